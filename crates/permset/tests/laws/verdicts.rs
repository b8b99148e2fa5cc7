//! Component: verdicts, slices of one action, and smallest witnesses.

use std::collections::BTreeSet;

use leastwise_permset::fuzz::check;
use leastwise_permset::naive::{Universe, mentions};
use leastwise_permset::{
    Answers, Atom, Case, Condition, Context, Emptiness, Guard, Key, Limits, Literal, Node, Openness, Pattern,
    PermissionSet, Question, Region, Request, Strings, Taste, Test, Values, Verdict,
};
use proptest::prelude::*;

use crate::support::{World, cases, world};

/// What is known of a key when a question is asked.
#[derive(Clone, Debug)]
enum Role {
    Known(prop::sample::Index),
    Absent,
    Favourable,
    Open,
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        1 => any::<prop::sample::Index>().prop_map(Role::Known),
        1 => Just(Role::Absent),
        2 => Just(Role::Favourable),
        3 => Just(Role::Open),
    ]
}

/// A question with its universe split: what is known, and the keys whose values the world or the caller chooses.
struct Asked {
    action: Box<str>,
    resource: Box<str>,
    known: Context,
    absent: BTreeSet<Key>,
    open: Universe,
    favourable: Universe,
}

/// What some region of a set demands of keys of one sort, and of nothing else.
fn said_of(set: &PermissionSet, wanted: &dyn Fn(&Key) -> bool) -> Guard {
    match set.node() {
        Node::Region(region) => {
            let literals = region.guard.literals().iter();
            let speaks = |literal: &&Literal| literal.condition.key().is_some_and(wanted) && !copies(literal);
            Guard::all_of(literals.filter(speaks).cloned())
        }
        Node::Union(sets) | Node::Intersection(sets) => {
            let mut each = sets.iter().map(|set| said_of(set, wanted));
            each.find(|guard| !guard.is_always()).unwrap_or_default()
        }
        Node::Difference(set, _) | Node::Labelled(_, set) => said_of(set, wanted),
    }
}

/// Whether a literal copies the value of another key.
fn copies(literal: &Literal) -> bool {
    let guarded = PermissionSet::from(Region::everything().when(Guard::all_of([literal.clone()])));
    mentions(&guarded).keys.len() > 1
}

impl Asked {
    fn new(
        universe: &Universe,
        roles: &[Role],
        action: prop::sample::Index,
        resource: prop::sample::Index,
    ) -> Self {
        let part = || Universe {
            atoms: universe.atoms.clone(),
            ..Universe::default()
        };
        let mut asked = Self {
            action: action.get(&universe.actions).clone(),
            resource: resource.get(&universe.resources).clone(),
            known: Context::new(),
            absent: BTreeSet::new(),
            open: part(),
            favourable: part(),
        };
        for ((key, sets), role) in universe.keys.iter().zip(roles) {
            match role {
                Role::Known(index) => match index.get(sets) {
                    Some(values) => asked.known.set(key.clone(), values.clone()),
                    None => drop(asked.absent.insert(key.clone())),
                },
                Role::Absent => drop(asked.absent.insert(key.clone())),
                Role::Favourable => asked.favourable.keys.push((key.clone(), sets.clone())),
                Role::Open => asked.open.keys.push((key.clone(), sets.clone())),
            }
        }
        asked
    }

    fn openness(&self, key: &Key) -> Openness {
        let favourable = self.favourable.keys.iter().any(|(other, _)| other == key);
        if favourable {
            Openness::Favourable
        } else {
            Openness::Open
        }
    }

    /// The request with what is known, what the world chose and what the caller chose.
    fn request(&self, world: &Context, caller: &Context) -> Request {
        let mut context = self.known.clone();
        for (key, values) in world.iter().chain(caller.iter()) {
            context.set(key.clone(), values.clone());
        }
        Request::new(&self.action, &self.resource).within(context)
    }

    /// Whether the caller can make the request a member, given what the world chose and the answers to atoms: by
    /// trying the universe, then by a search whose witness is replayed; `None` where that stays open.
    fn reachable(&self, set: &PermissionSet, world: &Context, answers: &Answers) -> Option<bool> {
        let callers = self.favourable.contexts();
        if callers
            .iter()
            .any(|caller| set.contains_given(&self.request(world, caller), answers))
        {
            return Some(true);
        }
        if self.favourable.keys.is_empty() {
            return Some(false);
        }
        let mut literals = Vec::new();
        for atom in mentions(set).atoms {
            let held = answers.holds(&atom);
            let condition = Condition::Atom(atom);
            literals.push(if held {
                condition.holds()
            } else {
                condition.fails()
            });
        }
        let here = self.request(world, &Context::new()).context;
        for key in mentions(set)
            .keys
            .into_iter()
            .filter(|key| self.openness(key) == Openness::Open)
        {
            match here.get(&key) {
                None => literals.push(Condition::Absent(key).holds()),
                Some(values) => {
                    let listed = Strings::any_of(values.iter().map(|value| Pattern::literal(value)));
                    literals.push(Condition::Every(key.clone(), Test::Text(listed)).holds());
                    for value in values {
                        let test = Test::Text(Strings::literal(value));
                        literals.push(Condition::Some(key.clone(), test).holds());
                    }
                }
            }
        }
        let place = Region::new(Strings::literal(&self.action), Strings::literal(&self.resource));
        let restricted = PermissionSet::from(place.when(Guard::all_of(literals))).intersection(set);
        match restricted.emptiness(&Limits::default()) {
            Emptiness::Empty => Some(false),
            Emptiness::Inhabited(witness) => {
                check::replay(&restricted, &witness);
                Some(true)
            }
            Emptiness::Unknown(_) => None,
        }
    }
}

/// A catalogue with two actions and one shape of resource.
struct Catalogue;

const ACTIONS: [&str; 2] = ["a", "A/"];

impl Taste for Catalogue {
    fn actions(&self, within: &Strings) -> Vec<Box<str>> {
        ACTIONS
            .into_iter()
            .filter(|action| within.contains(action, &Context::new()))
            .map(Box::from)
            .collect()
    }

    fn resources(&self, _: &str) -> Vec<Pattern> {
        vec![Pattern::glob("b*", Case::Exact), Pattern::any()]
    }
}

proptest! {
    #![proptest_config(cases(512))]

    /// always ⟺ for all choices of the world and all answers some choice of the caller makes a member; never ⟺ for
    /// none; when(G) ⟺ exactly where G holds, whatever the answers; depends ⟸ some answer changes it
    #[test]
    fn verdict_is_its_quantifiers(
        World { universe, a, b, .. } in world(), roles in prop::collection::vec(role(), 2),
        action: prop::sample::Index, resource: prop::sample::Index,
    ) {
        let set = a.difference(&b);
        let universe = universe.narrowed_to(&[&set]);
        let asked = Asked::new(&universe, &roles, action, resource);
        let given = said_of(&b, &|key| asked.openness(key) == Openness::Open);
        let question = Question {
            action: &asked.action, resource: &asked.resource, known: &asked.known, absent: &asked.absent,
            given: Some(&given),
        };
        let verdict = set.verdict(&question, &|key| asked.openness(key), &Limits::default());
        let answers = universe.answers();
        let holds = |world: &Context| given.evaluate(&asked.request(world, &Context::new()).context, &Answers::none());
        for world in asked.open.contexts().into_iter().filter(holds) {
            let reached: Vec<Option<bool>> =
                answers.iter().map(|answers| asked.reachable(&set, &world, answers)).collect();
            let all = |truth: bool| reached.iter().all(|reached| reached.is_none_or(|reached| reached == truth));
            match &verdict {
                Verdict::Always => prop_assert!(all(true), "always, but {:?} in {:?}", reached, world),
                Verdict::Never => prop_assert!(all(false), "never, but {:?} in {:?}", reached, world),
                Verdict::When(guards) => {
                    let mut speaks = guards.iter().flat_map(|guard| guard.literals());
                    prop_assert!(speaks.all(|literal| literal.condition.key().is_some()));
                    let guarded = |guard: &Guard| PermissionSet::from(Region::everything().when(guard.clone()));
                    let spoken_of = guards.iter().flat_map(|guard| mentions(&guarded(guard)).keys);
                    let closed = spoken_of.into_iter().all(|key| asked.openness(&key) == Openness::Open);
                    if closed {
                        let context = asked.request(&world, &Context::new()).context;
                        let holds = guards.iter().any(|guard| guard.evaluate(&context, &Answers::none()));
                        prop_assert!(all(holds), "{:?} is {}, but {:?} in {:?}", guards, holds, reached, world);
                    }
                }
                Verdict::Depends(atoms) => {
                    prop_assert!(!atoms.is_empty());
                    let mentioned: BTreeSet<Atom> = mentions(&set).atoms;
                    prop_assert!(atoms.iter().all(|atom| mentioned.contains(atom)));
                    // One atom alone that changes the answer is among those named.
                    for (one, first) in answers.iter().zip(&reached) {
                        for (other, second) in answers.iter().zip(&reached) {
                            let differ: Vec<&Atom> =
                                mentioned.iter().filter(|atom| one.holds(atom) != other.holds(atom)).collect();
                            if let ([atom], Some(first), Some(second)) = (&*differ, first, second) {
                                prop_assert!(first == second || atoms.contains(atom), "{:?}", atom);
                            }
                        }
                    }
                }
                Verdict::Unknown(limit) => check::honest(limit),
            }
        }
    }

    /// with every key known or absent a verdict is membership
    #[test]
    fn verdict_of_a_full_question_is_membership(
        World { universe, a, .. } in world(), at in prop::collection::vec(any::<prop::sample::Index>(), 4),
    ) {
        let mut known = Context::new();
        let mut absent = BTreeSet::new();
        for ((key, sets), index) in universe.keys.iter().zip(&at) {
            match index.get(sets) {
                Some(values) => known.set(key.clone(), values.clone()),
                None => drop(absent.insert(key.clone())),
            }
        }
        let (action, resource) = (at[2].get(&universe.actions), at[3].get(&universe.resources));
        let request = Request::new(action, resource).within(known.clone());
        let question = Question { action, resource, known: &known, absent: &absent, given: None };
        let members: Vec<bool> =
            universe.answers().iter().map(|answers| a.contains_given(&request, answers)).collect();
        match a.verdict(&question, &|_| Openness::Open, &Limits::default()) {
            Verdict::Always => prop_assert!(members.iter().all(|member| *member)),
            Verdict::Never => prop_assert!(members.iter().all(|member| !*member)),
            Verdict::Depends(atoms) => {
                prop_assert!(members.contains(&true) && members.contains(&false), "{:?}", atoms);
            }
            Verdict::When(guards) => prop_assert!(false, "{:?}", guards),
            Verdict::Unknown(limit) => check::honest(&limit),
        }
    }

    /// fewer steps give the same verdict or unknown
    #[test]
    fn verdict_within_few_steps_is_unknown_or_the_same(World { a, .. } in world(), steps in 0..200u64) {
        let (known, absent) = (Context::new(), BTreeSet::new());
        let question = Question { action: "a", resource: "a", known: &known, absent: &absent, given: None };
        let within = |limits: Limits| a.verdict(&question, &|_| Openness::Open, &limits);
        match (within(Limits { steps, ..Limits::default() }), within(Limits::default())) {
            (Verdict::Unknown(limit), _) | (_, Verdict::Unknown(limit)) => check::honest(&limit),
            (few, many) => prop_assert_eq!(few, many),
        }
    }

    /// r ∈ A with action x ⟺ r fits a slice of A on x; the trail of a slice is a way in of what fits it
    #[test]
    fn slices_are_the_set_on_one_action(World { universe, a, .. } in world(), action: prop::sample::Index) {
        let universe = Universe { actions: vec![action.get(&universe.actions).clone()], ..universe };
        let action = universe.actions[0].clone();
        match a.on_action(&action, &Limits::default()) {
            Ok(slices) => {
                for answers in universe.answers() {
                    let wrong = universe.filter(|request| {
                        let mut fitting = slices.iter().filter(|slice| {
                            slice.resources.iter().all(|one| one.contains(&request.resource, &request.context))
                                && slice.guard.evaluate(&request.context, &answers)
                        }).peekable();
                        if fitting.peek().is_some() != a.contains_given(request, &answers) {
                            return true;
                        }
                        let trails = a.trails(request, &answers, 256);
                        !fitting.all(|slice| trails.len() >= 256 || trails.contains(&slice.trail))
                    });
                    prop_assert_eq!(wrong.first(), None, "{:?}", slices);
                }
            }
            Err(limit) => check::honest(&limit),
        }
    }

    /// a smallest witness is a member without a key to spare; hypothetical ⟹ no catalogued action is a member, where
    /// no pattern copies context values
    #[test]
    fn smallest_witness_is_lean_and_catalogued(World { universe, a, b, .. } in world()) {
        let set = a.difference(&b);
        let limits = Limits::default();
        match (set.smallest_witness(&Catalogue, &limits), set.emptiness(&limits)) {
            (Emptiness::Inhabited(witness), _) => {
                check::replay(&set, &witness);
                for (key, _) in witness.request.context.iter() {
                    let mut without = witness.request.clone();
                    without.context.remove(key);
                    let same = universe.answers().iter().all(|answers| {
                        set.contains_given(&witness.request, answers) == set.contains_given(&without, answers)
                    });
                    prop_assert!(!same, "{} is not needed in {:?}", key, witness);
                }
                let catalogued = Universe { actions: ACTIONS.map(Box::from).into(), ..universe };
                if witness.hypothetical {
                    prop_assert!(!ACTIONS.contains(&&*witness.request.action), "{:?}", witness);
                    let copies = set.to_string().contains("${");
                    prop_assert!(copies || catalogued.answers().iter().all(|answers| {
                        catalogued.members(&set, answers).is_empty()
                    }), "{:?}", witness);
                } else {
                    prop_assert!(ACTIONS.contains(&&*witness.request.action), "{:?}", witness);
                }
            }
            (small, plain) => prop_assert_eq!(small, plain),
        }
    }
}

/// a favorable key of one value that two types of tests leave nothing is no yes
#[test]
fn favorable_key_without_a_value_is_never() {
    let key = Key::single("l");
    let guard = Guard::all_of([
        Condition::Some(key.clone(), Test::Truth(true)).holds(),
        Condition::Some(key, Test::Text(Strings::one(Pattern::glob("true", Case::Folded)))).fails(),
    ]);
    let set = PermissionSet::from(Region::everything().when(guard));
    let (known, absent) = (Context::new(), BTreeSet::new());
    let question = Question {
        action: "a",
        resource: "a",
        known: &known,
        absent: &absent,
        given: None,
    };
    let verdict = set.verdict(&question, &|_| Openness::Favourable, &Limits::default());
    assert!(
        matches!(verdict, Verdict::Never | Verdict::Unknown(_)),
        "{verdict:?}"
    );
}

/// a value can be true and not spelled `true`, as long as another spelling is left
#[test]
fn truth_is_weighed_against_texts() {
    let holds = |case: Case| {
        let guard = Guard::all_of([
            Condition::Some(Key::single("l"), Test::Truth(true)).holds(),
            Condition::Some(
                Key::single("l"),
                Test::Text(Strings::one(Pattern::glob("true", case))),
            )
            .fails(),
        ]);
        let set = PermissionSet::from(Region::everything().when(guard));
        match set.emptiness(&Limits::default()) {
            Emptiness::Inhabited(witness) => {
                check::replay(&set, &witness);
                true
            }
            other => {
                assert_eq!(other, Emptiness::Empty);
                false
            }
        }
    };
    assert!(holds(Case::Exact));
    assert!(!holds(Case::Folded));
}

/// a number that is no moment, because it is too far, exists
#[test]
fn number_beyond_all_moments_is_found() {
    use leastwise_permset::{Decimal, Instant, Range};
    let anything = |set: PermissionSet| matches!(set.emptiness(&Limits::default()), Emptiness::Inhabited(_));
    let positive = Test::Number(
        [Range {
            from: Some(Decimal(0)),
            to: None,
        }]
        .into(),
    );
    let moment = Test::Instant([Range::<Instant> { from: None, to: None }].into());
    let guard = Guard::all_of([
        Condition::Some("k".into(), positive).holds(),
        Condition::Some("k".into(), moment).fails(),
    ]);
    let set = PermissionSet::from(Region::everything().when(guard));
    let far = Values::from(["99999999999999".into()]);
    let mut context = Context::new();
    context.set("k".into(), far);
    assert!(set.contains(&Request::new("a", "a").within(context)));
    assert!(anything(set));
}
