//! A platform of four actions and five resources, and random estates on it.

use std::sync::Arc;

use leastwise_document::Item;
use leastwise_effective::World;
use leastwise_model::{
    ActionBits, ActionCatalogue, ActionClass, ActionClasses, Effect, Facts, Gain, Holding, Identity,
    IdentityIndex, IdentityKind, Instance, InstanceIndex, KeyOrigin, Layer, Need, NeedSide, Opportunity,
    Platform, PolicyReading, Reader, Settings, Snapshot, Target, Targets, Technique, TechniqueIndex, Text,
    Verb,
};
use leastwise_permset::{
    Atom, Case, Condition, Context, Guard, Key, Label, Pattern, PermissionSet, Region, Strings, Test,
};
use proptest::prelude::*;

pub const ACTIONS: [&str; 4] = ["a:become", "a:pass", "a:start", "a:read"];
pub const RESOURCES: [&str; 5] = ["x/1", "x/2", "x/3", "y/1", "y/2"];
const IDENTITIES: u32 = 5;
/// So many of them are in the first of two instances.
const FIRST: u32 = 3;

struct Small;

impl ActionCatalogue for Small {
    fn version(&self) -> &str {
        "1"
    }
    fn len(&self) -> usize {
        ACTIONS.len()
    }
    fn name(&self, action: usize) -> &str {
        ACTIONS.get(action).copied().unwrap_or_default()
    }
    fn find(&self, name: &str) -> Option<usize> {
        ACTIONS.iter().position(|action| *action == name)
    }
    fn class(&self, name: &str) -> ActionClass {
        let verb = if name == "a:become" {
            Verb::Impersonate
        } else {
            Verb::Read
        };
        ActionClass::new(verb, Target::Control)
    }
    fn classes(&self, name: &str) -> ActionClasses {
        ActionClasses::default().with(self.class(name))
    }
    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        for (at, name) in ACTIONS.iter().enumerate() {
            if actions.contains(name, &Context::new()) {
                bits.insert(at);
            }
        }
        bits
    }
    fn resource_shapes(&self, _: &str) -> Vec<Pattern> {
        Vec::new()
    }
}

impl Platform for Small {
    fn name(&self) -> &'static str {
        "small"
    }
    fn title(&self) -> &'static str {
        "Small"
    }
    fn reader(&self, _: &Settings) -> Box<dyn Reader> {
        struct Nothing;
        impl Reader for Nothing {
            fn take(&mut self, _: leastwise_model::FileIndex, _: &str, item: Item) -> leastwise_model::Taken {
                leastwise_model::Taken::No(Box::new(item))
            }
            fn compile(self: Box<Self>, _: &mut Snapshot) {}
        }
        Box::new(Nothing)
    }
    fn catalogue(&self) -> &dyn ActionCatalogue {
        self
    }
    fn key_origin(&self, _: &Key) -> KeyOrigin {
        KeyOrigin::Caller
    }
    fn requests(&self, action: &str, resource: &str) -> PermissionSet {
        let glob = |text| Strings::one(Pattern::glob(text, Case::Exact));
        Region::new(glob(action), glob(resource)).into()
    }
    fn objection(&self, _: &str, _: &str) -> Option<Text> {
        None
    }
    fn administration(&self, _: &Snapshot, _: InstanceIndex) -> PermissionSet {
        PermissionSet::everything()
    }
    fn policy(&self, _: &Item) -> Option<PolicyReading> {
        None
    }
}

pub fn world(snapshot: Snapshot) -> World {
    World::new(snapshot, &[&Small])
}

/// The contexts that tell this platform's guards apart.
#[allow(dead_code, reason = "not every test that shares this file asks for them")]
pub fn contexts() -> Vec<Context> {
    let none = Context::new();
    vec![none.clone(), none.clone().with("k", ["v"]), none.with("k", ["w"])]
}

/// What nobody has answered; it stands where it can only add.
pub fn gap() -> Atom {
    Atom::new("g")
}

fn open_guard() -> impl Strategy<Value = Guard> {
    prop_oneof![
        6 => guard(),
        1 => Just(Guard::all_of([Condition::Atom(gap()).holds()])),
    ]
}

fn guard() -> impl Strategy<Value = Guard> {
    let test = || Test::Text(Strings::literal("v"));
    prop_oneof![
        6 => Just(Guard::always()),
        1 => Just(Guard::all_of([Condition::Some(Key::new("k"), test()).holds()])),
        1 => Just(Guard::all_of([Condition::Some(Key::new("k"), test()).fails()])),
        1 => Just(Guard::all_of([Condition::Absent(Key::new("k")).holds()])),
    ]
}

fn region(open: bool) -> impl Strategy<Value = PermissionSet> {
    let actions = prop_oneof![
        4 => proptest::sample::select(&ACTIONS[..]).prop_map(Strings::literal),
        1 => Just(Strings::any()),
        1 => proptest::sample::select(&ACTIONS[..]).prop_map(|action| Strings::literal(action).complement()),
    ];
    let resources = prop_oneof![
        3 => proptest::sample::select(&RESOURCES[..]).prop_map(Strings::literal),
        1 => Just(Strings::any()),
        1 => Just(Strings::one(Pattern::glob("x/*", Case::Exact))),
        1 => Just(Strings::one(Pattern::glob("*/1", Case::Exact))),
        1 => Just(Strings::literal("x/1").complement()),
    ];
    let guard = if open {
        open_guard().boxed()
    } else {
        guard().boxed()
    };
    (actions, resources, guard).prop_map(|(a, r, g)| Region::new(a, r).when(g).into())
}

fn union(most: usize, open: bool) -> impl Strategy<Value = PermissionSet> {
    proptest::collection::vec(region(open), 0..most).prop_map(PermissionSet::union_of)
}

/// Grants that several identities share, each under a label.
fn grants() -> impl Strategy<Value = Vec<PermissionSet>> {
    let narrowed = (
        union(3, true),
        proptest::option::of(Just(Pattern::glob("x/*", Case::Exact))),
    );
    let grant = narrowed.prop_map(|(set, within)| match within {
        Some(within) => set.intersection(&Region::new(Strings::any(), Strings::one(within)).into()),
        None => set,
    });
    let labelled = |sets: Vec<PermissionSet>| {
        let sets = (0u32..).zip(sets);
        sets.map(|(at, set)| set.labelled(Label(at))).collect()
    };
    proptest::collection::vec(grant, 3).prop_map(labelled)
}

fn holding(shared: Vec<PermissionSet>) -> impl Strategy<Value = Holding> {
    let bounded = proptest::option::weighted(0.2, (union(3, false), any::<bool>()));
    let denied = proptest::option::weighted(0.3, union(2, false));
    let shared = proptest::sample::subsequence(shared, 0..=3);
    (union(3, true), shared, bounded, denied).prop_map(|(own, shared, bound, denied)| {
        let granted = PermissionSet::union_of(shared.into_iter().chain([own]));
        let layer = |effect, set| Layer {
            effect,
            title: "layer".into(),
            set,
        };
        let mut layers = vec![layer(Effect::Grants, granted)];
        layers.extend(bound.map(|(set, others)| layer(Effect::Bounds { others }, set)));
        layers.extend(denied.map(|set| layer(Effect::Denies, set)));
        Holding {
            layers,
            facts: Facts::default(),
        }
    })
}

fn need(action: &'static str, guarded: bool) -> impl Strategy<Value = Need> {
    let resource = proptest::option::weighted(0.8, proptest::sample::select(&RESOURCES[..]));
    let side = prop_oneof![5 => Just(NeedSide::Holder), 1 => Just(NeedSide::NotRefused)];
    let guard = if guarded {
        open_guard().boxed()
    } else {
        Just(Guard::always()).boxed()
    };
    (resource, guard, side).prop_map(move |(resource, guard, side)| {
        let resources = resource.map_or_else(Strings::any, Strings::literal);
        let set = Region::new(Strings::literal(action), resources)
            .when(guard)
            .into();
        Need {
            side,
            action: action.into(),
            resource: resource.map(Text::from),
            set,
        }
    })
}

/// A need that any of several requests meets, some of them left out or open.
fn choice() -> impl Strategy<Value = Need> {
    let one = |action: &'static str| {
        (
            proptest::sample::select(&["x/*", "*/1", "y/2"][..]),
            any::<bool>(),
            any::<bool>(),
        )
            .prop_map(move |(glob, open, except)| {
                let resources = Strings::one(Pattern::glob(glob, Case::Exact));
                let mut region = Region::new(Strings::literal(action), resources);
                if open {
                    region = region.when(Guard::all_of([Condition::Atom(gap()).holds()]));
                }
                let taken = Region::new(Strings::literal(action), Strings::literal("x/1"));
                match except {
                    true => PermissionSet::from(region).difference(&taken.into()),
                    false => region.into(),
                }
            })
    };
    (one("a:start"), proptest::option::of(one("a:read"))).prop_map(|(first, second)| Need {
        side: NeedSide::Holder,
        action: "a:start".into(),
        resource: None,
        set: PermissionSet::union_of([first].into_iter().chain(second)),
    })
}

fn opportunity() -> impl Strategy<Value = Opportunity> {
    let needs = prop_oneof![
        2 => need("a:become", true).prop_map(|need| vec![need]),
        1 => (need("a:pass", true), need("a:start", true)).prop_map(|(a, b)| vec![a, b]),
        2 => (need("a:pass", false), choice()).prop_map(|(a, b)| vec![a, b]),
        1 => (need("a:pass", false), choice(), choice()).prop_map(|(a, b, c)| vec![a, b, c]),
        2 => choice().prop_map(|need| vec![need]),
        1 => (choice(), need("a:pass", true)).prop_map(|(a, b)| vec![a, b]),
    ];
    let first: Arc<[IdentityIndex]> = (0..FIRST).map(IdentityIndex).collect();
    let bearers = prop_oneof![
        3 => Just(everybody()),
        // Everybody of one instance.
        2 => Just(first),
        1 => proptest::collection::btree_set(0..IDENTITIES, 0..3)
            .prop_map(|set| set.into_iter().map(IdentityIndex).collect::<Arc<[_]>>()),
    ];
    (needs, bearers, 0..IDENTITIES).prop_map(|(needs, bearers, target)| becoming(needs, bearers, target))
}

fn everybody() -> Arc<[IdentityIndex]> {
    (0..IDENTITIES).map(IdentityIndex).collect()
}

/// To become one of them.
fn becoming(needs: Vec<Need>, bearers: Arc<[IdentityIndex]>, target: u32) -> Opportunity {
    Opportunity {
        technique: TechniqueIndex(0),
        needs,
        bearers,
        targets: Targets::These(Arc::from([IdentityIndex(target)])),
        gain: Gain::Become,
        step: None,
    }
}

/// Somebody who can start one thing, and somebody who can read the same, where to become the first of all takes two
/// needs of which starting meets one and reading both.
#[allow(dead_code, reason = "not every test that shares this file asks for it")]
pub fn told_apart_by_action() -> Snapshot {
    let region = |action, glob| {
        let resources = Strings::one(Pattern::glob(glob, Case::Exact));
        PermissionSet::from(Region::new(Strings::literal(action), resources))
    };
    let need = |action: &str, sets: Vec<PermissionSet>| Need {
        side: NeedSide::Holder,
        action: action.into(),
        resource: None,
        set: PermissionSet::union_of(sets),
    };
    let holding = |sets: Vec<PermissionSet>| Holding {
        layers: vec![Layer {
            effect: Effect::Grants,
            title: "layer".into(),
            set: PermissionSet::union_of(sets),
        }],
        facts: Facts::default(),
    };
    let needs = vec![
        need("a:pass", vec![region("a:pass", "*")]),
        need("a:start", vec![region("a:start", "x/*"), region("a:read", "x/*")]),
        need("a:start", vec![region("a:start", "*/1"), region("a:read", "x/*")]),
    ];
    let holdings = vec![
        holding(Vec::new()),
        holding(vec![region("a:pass", "x/*"), region("a:start", "x/3")]),
        holding(vec![region("a:pass", "x/*"), region("a:read", "x/3")]),
        holding(Vec::new()),
        holding(Vec::new()),
    ];
    estate_of(holdings, vec![becoming(needs, everybody(), 0)])
}

/// Five identities and up to six opportunities to become one of them.
pub fn estate() -> impl Strategy<Value = Snapshot> {
    let holdings =
        grants().prop_flat_map(|shared| proptest::collection::vec(holding(shared), IDENTITIES as usize));
    let opportunities = proptest::collection::vec(opportunity(), 0..6);
    (holdings, opportunities).prop_map(|(holdings, opportunities)| estate_of(holdings, opportunities))
}

/// Identities who hold these, the first of them in the first instance, and what is open to them.
pub fn estate_of(holdings: Vec<Holding>, opportunities: Vec<Opportunity>) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let [first, second] = ["one", "two"].map(|name| {
        snapshot.add_instance(Instance {
            platform: "small",
            name: name.into(),
            title: name.into(),
            version: None,
            environment: None,
        })
    });
    snapshot.add_technique(Technique {
        id: "small:become".into(),
        title: "become".into(),
        source: "none".into(),
        effect: "run-as".into(),
    });
    for (at, holding) in holdings.into_iter().enumerate() {
        let instance = if at < FIRST as usize { first } else { second };
        snapshot.add_identity(identity(at, holding, instance));
    }
    snapshot.opportunities = opportunities;
    snapshot
}

fn identity(at: usize, holding: Holding, instance: InstanceIndex) -> Identity {
    Identity {
        holding,
        ..Identity::new(
            format!("id-{at}").into(),
            format!("{at}").into(),
            IdentityKind::Role,
            instance,
        )
    }
}
