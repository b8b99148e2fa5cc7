//! Policies, and the compiled sets of those that are under the same ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use leastwise_model::{
    Assumption, Dangling, DanglingKind, Entitlement, Gap, IdentityIndex, Location, Remark, Side, Snapshot,
    Statement, Step, Text,
};
use leastwise_permset::{
    Atom, Condition, Context, Guard, Key, Label, Pattern, PermissionSet, Region, Strings,
};

use super::World;
use crate::export::StoredText;
use crate::lower::{self, Held};
use crate::path::{Route, Value};
use crate::policy::{Policy, Rule};
use crate::template::{self, Piece};

const DEFAULT: &str = include_str!("../../data/default.hcl");

/// A policy by namespace and name.
pub(super) type Name = (Text, Text);

/// One policy with its steps.
struct Read {
    policy: Policy,
    labels: Vec<Label>,
    until: Option<Timestamp>,
    slashes: bool,
    wildcards: bool,
    location: Option<Location>,
    provided: bool,
    holders: BTreeSet<IdentityIndex>,
}

/// All policies of a server.
pub(super) struct Policies {
    read: BTreeMap<Name, Read>,
    /// Policies that do not exist, and who names them.
    absent: BTreeMap<Name, (BTreeSet<IdentityIndex>, Label)>,
    shared: BTreeMap<Vec<Name>, Shared>,
    now: Option<Timestamp>,
}

/// What all that are under the same policies share.
#[derive(Clone)]
struct Shared {
    set: PermissionSet,
    shadowed: PermissionSet,
    unprivileged: PermissionSet,
    /// Templates that the rules use.
    templates: BTreeSet<Box<str>>,
    /// Whether values of templates decide which pattern wins.
    undecided: bool,
}

/// Whose templates are filled in.
#[derive(Clone, Copy)]
pub(super) enum Who<'a> {
    /// Some entity; it is not known which.
    Unknown,
    /// A token without an entity.
    Nobody,
    /// What its templates stand for; what is not in it has no value.
    Known(&'a dyn Fn(&str) -> Option<Text>),
}

/// What somebody under some policies holds.
#[derive(Clone, Default)]
pub(super) struct Holds {
    pub set: PermissionSet,
    /// Where a pattern wins that withholds.
    pub shadowed: PermissionSet,
    /// What lacks nothing but `sudo`.
    pub unprivileged: PermissionSet,
    pub known: Context,
    pub absent: BTreeSet<Key>,
    /// The template whose value makes the server refuse everything.
    pub blocked: Option<Box<str>>,
    /// Policies that are named and do not exist.
    pub missing: Vec<Name>,
    pub assumptions: Vec<Assumption>,
}

impl Holds {
    fn take(&mut self, shared: &Shared) {
        self.set = shared.set.clone();
        self.shadowed = shared.shadowed.clone();
        self.unprivileged = shared.unprivileged.clone();
    }

    /// What withholds is not sure any more.
    pub(super) fn forget_why(&mut self) {
        self.shadowed = PermissionSet::empty();
        self.unprivileged = PermissionSet::empty();
    }

    /// Nothing can be done at all.
    pub(super) fn disable(&mut self) {
        self.set = PermissionSet::empty();
        self.forget_why();
    }
}

impl Policies {
    pub(super) fn read(world: &World<'_>, snapshot: &mut Snapshot) -> Self {
        let mut all = Self {
            read: BTreeMap::new(),
            absent: BTreeMap::new(),
            shared: BTreeMap::new(),
            now: world.server.time,
        };
        for (path, namespace) in &world.server.namespaces {
            for (name, stored) in &namespace.policies {
                let parsed;
                let (policy, inside) = match &stored.text {
                    StoredText::Raw(text) => {
                        parsed = Policy::parse(text, world.product, world.server.time);
                        (&parsed, false)
                    }
                    StoredText::Read(policy) => (policy, true),
                };
                match policy {
                    Ok(policy) => {
                        let at = |rule: &Rule| {
                            let mut location = stored.location.clone();
                            if inside {
                                (location.line, location.column) = (rule.at.line, rule.at.column);
                            }
                            location
                        };
                        let shown = format!("{path}{name}");
                        let read = Read {
                            labels: steps(&shown, policy, Some(&at), snapshot),
                            policy: policy.clone(),
                            until: stored.expires,
                            slashes: stored.slashes,
                            wildcards: stored.wildcards,
                            location: Some(stored.location.clone()),
                            provided: false,
                            holders: BTreeSet::new(),
                        };
                        all.read.insert((path.clone(), name.clone()), read);
                    }
                    Err(fault) => {
                        let mut location = stored.location.clone();
                        if inside {
                            (location.line, location.column) = (fault.at.line, fault.at.column);
                        }
                        let place = if inside {
                            String::new()
                        } else {
                            format!(" at line {} of its text", fault.at.line)
                        };
                        snapshot.remarks.push(Remark {
                            location: Some(location),
                            what: format!("policy `{path}{name}` is left out{place}: {}", fault.what).into(),
                            hint: "correct the policy; a server would refuse to store it".into(),
                            loses: true,
                        });
                    }
                }
            }
        }
        all
    }

    /// What somebody under `names` holds, with the gaps of policies that the estate names and does not hold.
    pub(super) fn holds(
        &mut self,
        names: &[Name],
        who: Who<'_>,
        world: &World<'_>,
        snapshot: &mut Snapshot,
    ) -> Holds {
        let mut names: Vec<Name> = names.to_vec();
        names.sort();
        names.dedup();
        let mut holds = Holds::default();
        let mut present = Vec::new();
        let mut unknown = Vec::new();
        for name in names {
            if self.read.contains_key(&name) {
                present.push(name);
                continue;
            }
            let listed = world
                .server
                .namespaces
                .get(&name.0)
                .and_then(|namespace| namespace.policy_names.as_ref());
            match listed {
                Some(all) if !all.contains(&name.1) => holds.missing.push(name),
                _ if &*name.1 == "default" => {
                    self.ship_default(&name, snapshot);
                    present.push(name);
                }
                _ => unknown.push(name),
            }
        }
        if present
            .iter()
            .any(|name| self.read.get(name).is_some_and(|read| read.provided))
        {
            holds.assumptions.push(Assumption {
                layer: "the `default` policy as the server ships it".into(),
                settle: "export sys/policies/acl/default".into(),
                side: Side::Both,
            });
        }
        let shared = self.shared(&present, world, snapshot);
        self.fill_in(&mut holds, &shared, &present, who, world, snapshot);
        for (namespace, name) in unknown {
            let full = format!("{namespace}{name}");
            let settle: Text = format!("export {namespace}sys/policies/acl/{name}").into();
            let mut gap = |what: &str| {
                snapshot.add_gap(Gap {
                    atom: Atom::new(&format!("what policy `{full}` {what}")),
                    what: format!("policy `{full}` is named but not in the export").into(),
                    settle: settle.clone(),
                    side: Side::Both,
                })
            };
            let (grants, withholds) = (gap("grants"), gap("withholds"));
            let when = |condition: Condition, holds: bool| {
                let literal = if holds {
                    condition.holds()
                } else {
                    condition.fails()
                };
                PermissionSet::from(Region::everything().when(Guard::all_of([literal])))
            };
            holds.set = holds
                .set
                .intersection(&when(Condition::Atom(withholds), false))
                .union(&when(Condition::Atom(grants), true));
            holds.forget_why();
        }
        holds
    }

    /// Whether somebody under `names` may be able to do less than under some of them alone. Where no pattern that wins
    /// has less than those it wins over, and no rule asks for more than its capability, nobody can.
    pub(super) fn may_withhold(
        &mut self,
        names: &[Name],
        world: &World<'_>,
        snapshot: &mut Snapshot,
    ) -> bool {
        let mut names: Vec<Name> = names.to_vec();
        names.sort();
        names.dedup();
        let mut rules = Vec::new();
        for name in &names {
            match self.read.get(name) {
                Some(read) => rules.extend(&read.policy.rules),
                None => return true,
            }
        }
        if rules.iter().any(|rule| !rule.constraints.is_none()) {
            return true;
        }
        let shared = self.shared(&names, world, snapshot);
        shared.undecided || !shared.templates.is_empty() || !shared.shadowed.is_plainly_empty()
    }

    fn fill_in(
        &mut self,
        holds: &mut Holds,
        shared: &Shared,
        names: &[Name],
        who: Who<'_>,
        world: &World<'_>,
        snapshot: &mut Snapshot,
    ) {
        let value = match who {
            Who::Unknown => {
                holds.take(shared);
                return;
            }
            Who::Nobody => &|_: &str| None,
            Who::Known(value) => value,
        };
        holds.blocked = self.blocked(names, value, world);
        let mut odd = false;
        for template in &shared.templates {
            match value(template) {
                None => {
                    holds.absent.insert(template::key(template));
                }
                Some(text) => {
                    // What is more than text within one segment can change what the pattern is.
                    odd |= text.is_empty() || text.contains(['*', '+', '/']);
                    holds.known = std::mem::take(&mut holds.known).with(template::key(template), [&*text]);
                }
            }
        }
        if holds.blocked.is_some() {
            holds.known = Context::new();
            return;
        }
        if !shared.undecided && !odd {
            holds.take(shared);
            return;
        }
        // The values themselves decide what wins: compiled for this identity alone.
        let fill = |template: &str| value(template).map_or(Value::None, |text| Value::Text((*text).into()));
        holds.take(&self.lower(names, world, &fill, snapshot));
    }

    /// The template whose value OpenBao refuses to fill in. Templates are filled in one after the other, and a rule is left
    /// out at the first that has no value. HashiCorp Vault fills in whatever there is.
    fn blocked(
        &self,
        names: &[Name],
        value: &dyn Fn(&str) -> Option<Text>,
        world: &World<'_>,
    ) -> Option<Box<str>> {
        if world.product != crate::product::Product::OpenBao {
            return None;
        }
        let read = names.iter().filter_map(|name| self.read.get(name));
        for (read, rule) in read.flat_map(|read| read.policy.rules.iter().map(move |rule| (read, rule))) {
            for hole in holes(rule) {
                let Some(text) = value(&hole) else { break };
                if !read.slashes && text.contains('/') || !read.wildcards && text.contains(['*', '+']) {
                    return Some(hole);
                }
            }
        }
        None
    }

    fn shared(&mut self, names: &[Name], world: &World<'_>, snapshot: &mut Snapshot) -> Shared {
        if let Some(shared) = self.shared.get(names) {
            return shared.clone();
        }
        let shared = self.lower(names, world, &|_| Value::Open, snapshot);
        self.shared.insert(names.to_vec(), shared.clone());
        shared
    }

    fn lower(
        &self,
        names: &[Name],
        world: &World<'_>,
        value: &dyn Fn(&str) -> Value,
        snapshot: &mut Snapshot,
    ) -> Shared {
        let mut rules = Vec::new();
        let mut templates = BTreeSet::new();
        for name in names {
            let Some(read) = self.read.get(name) else { continue };
            for (rule, label) in read.policy.rules.iter().zip(&read.labels) {
                templates.extend(holes(rule));
                rules.push(Held {
                    rule,
                    namespace: &name.0,
                    label: *label,
                    until: read.until,
                });
            }
        }
        let world = lower::World {
            product: world.product,
            now: self.now,
            protected: &world.protected,
        };
        let lowered = lower::lower(&rules, &world, value);
        let undecided = !lowered.undecided.is_empty();
        for (atom, one, other) in lowered.undecided {
            snapshot.add_gap(Gap {
                atom,
                what: format!("whether `{one}` or `{other}` wins depends on a value that is not known")
                    .into(),
                settle: "export identity/entity/id/<id> of every entity".into(),
                side: Side::Both,
            });
        }
        for rule in rules.iter().map(|held| held.rule) {
            if world.product != crate::product::Product::Vault {
                break;
            }
            for name in rule
                .constraints
                .allowed
                .keys()
                .chain(rule.constraints.denied.keys())
            {
                snapshot.add_gap(Gap {
                    atom: lower::list_atom(name),
                    what: format!(
                        "Vault takes a list given as parameter `{name}` apart and asks for each part, which is not evaluated"
                    )
                    .into(),
                    settle: "ask with one value, or try the request".into(),
                    side: Side::Both,
                });
            }
        }
        Shared {
            set: lowered.set,
            shadowed: lowered.shadowed,
            unprivileged: lowered.unprivileged,
            templates,
            undecided,
        }
    }

    /// The policy that every token has where nothing else is said, as the server ships it.
    fn ship_default(&mut self, name: &Name, snapshot: &mut Snapshot) {
        // Read in a test.
        let policy = Policy::parse(DEFAULT, crate::product::Product::OpenBao, None).unwrap_or_default();
        let labels = steps(&format!("{}default", name.0), &policy, None, snapshot);
        self.read.insert(
            name.clone(),
            Read {
                policy,
                labels,
                until: None,
                slashes: false,
                wildcards: false,
                location: None,
                provided: true,
                holders: BTreeSet::new(),
            },
        );
    }

    /// Notes who holds what.
    pub(super) fn held_by(&mut self, names: &[Name], holds: &Holds, identity: IdentityIndex, by: Label) {
        for name in names {
            if let Some(read) = self.read.get_mut(name) {
                read.holders.insert(identity);
            }
        }
        for name in &holds.missing {
            let entry = self
                .absent
                .entry(name.clone())
                .or_insert_with(|| (BTreeSet::new(), by));
            entry.0.insert(identity);
        }
    }

    /// All policies that were read, by namespace and name.
    pub(super) fn names(&self) -> impl Iterator<Item = &Name> {
        self.read.keys()
    }

    /// The paths of all rules of a namespace.
    pub(super) fn paths<'p>(&'p self, namespace: &'p str) -> impl Iterator<Item = &'p str> {
        let here = self.read.iter().filter(move |(name, _)| *name.0 == *namespace);
        here.flat_map(|(_, read)| read.policy.rules.iter().map(|rule| &*rule.path))
    }

    /// Who is under a policy.
    pub(super) fn holders(&self, name: &Name) -> Arc<[IdentityIndex]> {
        self.read
            .get(name)
            .map(|read| read.holders.iter().copied().collect())
            .unwrap_or_default()
    }

    /// Entitlements, and grants of what does not exist.
    pub(super) fn describe(self, world: &World<'_>, snapshot: &mut Snapshot) {
        for ((namespace, name), read) in self.read {
            let statements = read
                .policy
                .rules
                .iter()
                .zip(&read.labels)
                .map(|(rule, label)| Statement {
                    label: *label,
                    denies: rule.denies,
                    set: as_written(&namespace, rule),
                })
                .collect();
            snapshot.entitlements.push(Entitlement {
                kind: "policy".into(),
                name: format!("{namespace}{name}").into(),
                instance: world.instance,
                statements,
                holders: read.holders.iter().copied().collect(),
                provided: read.provided || &*name == "default",
                location: read.location,
            });
        }
        for ((namespace, name), (subjects, step)) in self.absent {
            snapshot.dangling.push(Dangling {
                kind: DanglingKind::Entitlement,
                instance: world.instance,
                missing: format!("{namespace}{name}").into(),
                subjects: subjects.into_iter().collect(),
                gives: None,
                armed_by: Some((
                    "update".into(),
                    format!("{namespace}sys/policies/acl/{name}").into(),
                )),
                step,
                complete: true,
            });
        }
    }
}

fn holes(rule: &Rule) -> Vec<Box<str>> {
    template::pieces(&rule.path)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Text(_) => None,
        })
        .collect()
}

fn steps(
    name: &str,
    policy: &Policy,
    at: Option<&dyn Fn(&Rule) -> Location>,
    snapshot: &mut Snapshot,
) -> Vec<Label> {
    policy
        .rules
        .iter()
        .map(|rule| {
            snapshot.add_step(Step {
                kind: "policy rule".into(),
                name: name.into(),
                statement: rule.text.clone(),
                location: at.map(|at| at(rule)),
                provided: at.is_none(),
            })
        })
        .collect()
}

/// The requests of a rule before any other is weighed.
fn as_written(namespace: &str, rule: &Rule) -> PermissionSet {
    let Some(route) = Route::new(namespace, &rule.path, &|_| Value::Open) else {
        return PermissionSet::empty();
    };
    let paths = Strings::any_of(route.paths());
    let actions = if rule.denies {
        Strings::any()
    } else {
        Strings::any_of(
            rule.operations
                .iter()
                .map(|operation| Pattern::literal(operation.as_str())),
        )
    };
    Region::new(actions, paths).into()
}
