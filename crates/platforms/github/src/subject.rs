//! The tokens that a job can have for other systems, as sets of claims.
//!
//! A token says where a run happens: repository, ref, event, environment. Its subject is made of these by a template,
//! and is spelled with names alone or with names and ids. Source: OpenID Connect reference
//! (docs.github.com/actions/reference/security/oidc).

mod renamed;
mod strangers;

use std::collections::BTreeMap;

use leastwise_model::{Renaming, Text};
use leastwise_permset::{
    Case, Condition, Element, Emptiness, Guard, Key, Limits, Literal, Pattern, PermissionSet, Region,
    Strings, Test,
};

use crate::refs::Refs;

pub(crate) use renamed::{renamed, taken};
pub(crate) use strangers::{Doubts, strangers};

/// What is known of the repository that every token of it says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Home {
    /// `owner/name`; `None` where it is not known which repository it is.
    pub full: Option<Text>,
    pub id: Option<Text>,
    pub owner_id: Option<Text>,
    pub visibility: Option<&'static str>,
    /// How subjects are spelled, each under what is not known about it.
    pub spellings: Vec<(Vec<Literal>, Spelling)>,
    /// The claims that a subject is made of; `None` for any text, under what is not known.
    pub template: Option<Vec<Text>>,
    /// What is not known of the template.
    pub doubt: Vec<Literal>,
    /// Where ids or visibility are not known: that they are what somebody asks for.
    pub guessed: Option<Literal>,
    /// What is called otherwise than workflows that are called are written.
    pub renaming: Option<Renaming>,
}

/// How a subject names a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    Names,
    NamesAndIds,
}

/// The last part of a subject that no template changed, where the job has no environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tail {
    Ref,
    PullRequest,
}

/// The name of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    None,
    Named(Text),
    /// This, whatever the case of its letters.
    Spelled(Text),
    /// Any but these, whatever the case of their letters.
    Except(Vec<Text>),
}

/// One way in which a job runs.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// The event; `None` for any.
    pub event: Option<Text>,
    pub refs: Refs,
    pub tail: Tail,
    pub stage: Stage,
    /// The file of the workflow in the repository, with the workflow's name; `None` for any of it.
    pub workflow: Option<(Text, Text)>,
    /// The workflow that holds the job, where it is called: the path with its repository, and its refs; no ref stands
    /// for the run's own.
    pub called: Option<(Text, Vec<Text>)>,
    pub runner: Option<&'static str>,
    /// What is not known of whether it runs so.
    pub doubt: Vec<Literal>,
}

impl Run {
    /// A job of any event, workflow and runner.
    pub fn of(refs: Refs, tail: Tail, stage: Stage, doubt: Vec<Literal>) -> Self {
        Self {
            event: None,
            refs,
            tail,
            stage,
            workflow: None,
            called: None,
            runner: None,
            doubt,
        }
    }

    /// Whether there is a ref for which it runs: one may be asked for of which the rules on its environment let none
    /// through.
    pub fn happens(&self) -> bool {
        self.happens_where(None)
    }

    /// Whether there is a ref of these for which it runs.
    fn happens_where(&self, among: Option<Strings>) -> bool {
        let refs = self.refs.literals(&Key::single("ref")).into_iter();
        let among = among.map(|strings| holds("ref", strings));
        let guard = Guard::all_of(refs.chain(self.doubt.iter().cloned()).chain(among));
        let set = PermissionSet::from(Region::everything().when(guard));
        !matches!(set.emptiness(&Limits::default()), Emptiness::Empty)
    }

    /// What its tokens say of the kind of the ref.
    fn kinds_of_ref(&self) -> Alternatives {
        let tags = Strings::one(Pattern::glob("refs/tags/*", Case::Exact));
        let kinds = [("branch", tags.clone().complement()), ("tag", tags)];
        let kinds = kinds
            .into_iter()
            .filter(|(_, refs)| self.happens_where(Some(refs.clone())));
        kinds.map(|(kind, _)| text(kind)).collect()
    }
}

/// Text in a claim; a hole copies another claim.
type Alternatives = Vec<Vec<Element>>;

fn text(text: &str) -> Vec<Element> {
    vec![Element::Text(text.into())]
}

/// As it stands in a subject.
fn escaped(elements: &[Element]) -> Vec<Element> {
    let escape = |element: &Element| match element {
        Element::Text(text) => Element::Text(text.replace(':', "%3A").into()),
        other => other.clone(),
    };
    elements.iter().map(escape).collect()
}

fn holds(claim: &str, strings: Strings) -> Literal {
    Condition::Some(Key::single(claim), Test::Text(strings)).holds()
}

fn any_of(alternatives: &Alternatives) -> Strings {
    let pattern = |elements: &Vec<Element>| Pattern::new(elements.iter().cloned(), Case::Exact);
    Strings::any_of(alternatives.iter().map(pattern))
}

/// Claims that are in every token and that nothing here decides.
const FREE: [&str; 16] = [
    "aud",
    "actor",
    "actor_id",
    "base_ref",
    "check_run_id",
    "event_name",
    "head_ref",
    "job_workflow_sha",
    "jti",
    "ref_protected",
    "ref_type",
    "run_attempt",
    "run_id",
    "run_number",
    "sha",
    "workflow_sha",
];

/// Claims of which no export tells whether a token has them, nor what they say: those of an enterprise, of the ids of
/// environments, and of properties that an organization gives its repositories.
const UNTOLD: [&str; 4] = [
    "enterprise",
    "enterprise_id",
    "environment_node_id",
    "repo_property_*",
];

/// They, as an issuer tells them.
pub(crate) fn untold() -> Vec<Text> {
    UNTOLD.iter().map(|claim| Text::from(*claim)).collect()
}

/// Claims that are the same in every token of a repository.
const FIXED: [&str; 3] = ["repository_id", "repository_owner_id", "repository_visibility"];

/// What stands for the value of such a claim while it is not known: nobody asks for it.
const NOT_KNOWN: &str = "(not known)";

/// The tokens of a job that runs in these ways: contexts whose keys are claims.
pub(crate) fn tokens(home: &Home, runs: &[Run]) -> PermissionSet {
    let mut regions = Vec::new();
    for run in runs.iter().filter(|run| run.happens()) {
        for (doubt, spelling) in &home.spellings {
            let mut add = |fits: bool, guess: Option<Literal>| {
                let mut literals = token(home, run, *spelling, fits);
                literals.extend(doubt.iter().chain(&home.doubt).chain(&run.doubt).cloned());
                literals.extend(guess);
                regions.push(Region::everything().when(Guard::all_of(literals)).into());
            };
            match &home.guessed {
                None => add(true, None),
                // What asks for no such claim is met by both.
                Some(guess) => {
                    add(true, Some(guess.clone()));
                    add(false, Some(guess.negate()));
                }
            }
        }
    }
    PermissionSet::union_of(regions)
}

fn token(home: &Home, run: &Run, spelling: Spelling, fits: bool) -> Vec<Literal> {
    let claims = claims(home, run, fits);
    let mut literals: Vec<Literal> = FREE
        .iter()
        .filter(|claim| !claims.contains_key(**claim))
        .map(|claim| holds(claim, Strings::any()))
        .collect();
    for (claim, alternatives) in &claims {
        literals.push(holds(claim, any_of(alternatives)));
    }
    literals.extend(run.refs.literals(&Key::single("ref")));
    match &run.stage {
        Stage::None => literals.push(Condition::Absent(Key::single("environment")).holds()),
        Stage::Named(name) => literals.push(holds("environment", Strings::literal(name))),
        Stage::Spelled(name) => literals.push(holds("environment", folded(&[text(name)]))),
        Stage::Except(names) => {
            // A name is some text; in a subject its colons are written otherwise, and no subject is made of such here.
            let some = vec![Element::OneExcept(':'), Element::ManyExcept(':')];
            literals.push(holds("environment", any_of(&vec![some])));
            let names: Alternatives = names.iter().map(|name| text(name)).collect();
            literals.push(holds("environment", folded(&names).complement()));
        }
    }
    let Some(template) = &home.template else {
        literals.push(holds("sub", Strings::any()));
        return literals;
    };
    let made = |stage: &Stage| {
        let run = Run {
            stage: stage.clone(),
            ..run.clone()
        };
        subject(home, &run, (spelling, fits), &claims, template)
    };
    literals.push(holds("sub", any_of(&made(&run.stage))));
    let names_it = template
        .iter()
        .any(|claim| matches!(&**claim, "context" | "environment"));
    match &run.stage {
        Stage::Spelled(name) if names_it => {
            literals.push(holds("sub", folded(&loose(made(&Stage::Named(name.clone()))))));
        }
        Stage::Except(names) if names_it && !names.is_empty() => {
            let named = names
                .iter()
                .flat_map(|name| loose(made(&Stage::Named(name.clone()))));
            let named: Alternatives = named.collect();
            literals.push(holds("sub", folded(&named)).negate());
        }
        _ => {}
    }
    literals
}

/// With any text where another claim is copied.
fn loose(alternatives: Alternatives) -> Alternatives {
    let any = |element| match element {
        Element::Hole(_) => Element::Many,
        other => other,
    };
    let all = alternatives.into_iter();
    all.map(|elements| elements.into_iter().map(any).collect())
        .collect()
}

/// These texts, whatever the case of their letters.
fn folded(alternatives: &[Vec<Element>]) -> Strings {
    let pattern = |elements: &Vec<Element>| Pattern::new(elements.iter().cloned(), Case::Folded);
    Strings::any_of(alternatives.iter().map(pattern))
}

fn claims(home: &Home, run: &Run, fits: bool) -> BTreeMap<&'static str, Alternatives> {
    let mut claims: BTreeMap<&'static str, Alternatives> = BTreeMap::new();
    let any = || vec![Element::Many];
    let mut say = |claim, alternatives| claims.insert(claim, alternatives);
    let full = home.full.as_deref();
    let owner = full.and_then(|full| full.split_once('/')).map(|(owner, _)| owner);
    say("repository", vec![full.map_or_else(any, text)]);
    say("repository_owner", vec![owner.map_or_else(any, text)]);
    let known = [
        ("repository_id", home.id.as_deref()),
        ("repository_owner_id", home.owner_id.as_deref()),
        ("repository_visibility", home.visibility),
        ("event_name", run.event.as_deref()),
    ];
    for (claim, value) in known {
        match value {
            Some(value) => say(claim, vec![text(value)]),
            None if FIXED.contains(&claim) => say(claim, vec![if fits { any() } else { text(NOT_KNOWN) }]),
            None => None,
        };
    }
    // Only a pull request goes from one branch to another.
    if run
        .event
        .as_ref()
        .is_some_and(|event| !event.starts_with("pull_request"))
    {
        say("base_ref", vec![text("")]);
        say("head_ref", vec![text("")]);
    }
    say("ref_type", run.kinds_of_ref());
    say("runner_environment", vec![run.runner.map_or_else(any, text)]);
    let own = || vec![Element::Text("@".into()), Element::Hole(Key::single("ref"))];
    let file = match (&run.workflow, full) {
        (Some((path, _)), Some(full)) => text(&format!("{full}/{path}")),
        (None, Some(full)) => [text(&format!("{full}/.github/workflows/")), any()].concat(),
        (_, None) => any(),
    };
    say(
        "workflow",
        vec![run.workflow.as_ref().map_or_else(any, |(_, name)| text(name))],
    );
    let here = [file, own()].concat();
    let holder = match &run.called {
        None => vec![here.clone()],
        Some((path, refs)) => {
            let renamed = renamed::renamed_path(home.renaming.as_ref(), path);
            let path = renamed.as_ref().unwrap_or(path);
            match refs.is_empty() {
                true => vec![[text(path), own()].concat()],
                false => refs.iter().map(|at| text(&format!("{path}@{at}"))).collect(),
            }
        }
    };
    say("workflow_ref", vec![here]);
    say("job_workflow_ref", holder);
    claims
}

/// The subjects that a template makes.
fn subject(
    home: &Home,
    run: &Run,
    (spelling, fits): (Spelling, bool),
    claims: &BTreeMap<&'static str, Alternatives>,
    template: &[Text],
) -> Alternatives {
    let hole = |claim: &str| vec![Element::Hole(Key::single(claim))];
    let mut subjects: Alternatives = vec![Vec::new()];
    for claim in template {
        let parts: Alternatives = match &**claim {
            "repo" => vec![[text("repo:"), repository(home, spelling, fits)].concat()],
            "context" => vec![match (&run.stage, run.tail) {
                (Stage::Named(name), _) => [text("environment:"), escaped(&text(name))].concat(),
                (Stage::Spelled(_), _) => text("environment:")
                    .into_iter()
                    .chain([Element::ManyExcept(':')])
                    .collect(),
                (Stage::Except(_), _) => [text("environment:"), hole("environment")].concat(),
                (Stage::None, Tail::PullRequest) => text("pull_request"),
                (Stage::None, Tail::Ref) => [text("ref:"), hole("ref")].concat(),
            }],
            "environment" => vec![match &run.stage {
                Stage::None => text("environment:"),
                Stage::Named(name) => [text("environment:"), escaped(&text(name))].concat(),
                Stage::Spelled(_) => text("environment:")
                    .into_iter()
                    .chain([Element::ManyExcept(':')])
                    .collect(),
                Stage::Except(_) => [text("environment:"), hole("environment")].concat(),
            }],
            // A template without `repo` has ids all the same where they cannot be taken away.
            claim => {
                let head = text(&format!("{claim}:"));
                match claims.get(claim) {
                    Some(alternatives) => alternatives
                        .iter()
                        .map(|value| match value.contains(&Element::Many) {
                            true => [head.clone(), hole(claim)].concat(),
                            false => [head.clone(), escaped(value)].concat(),
                        })
                        .collect(),
                    None => vec![[head, hole(claim)].concat()],
                }
            }
        };
        subjects = subjects
            .iter()
            .flat_map(|before| {
                parts.iter().map(move |part| match before.is_empty() {
                    true => part.clone(),
                    false => [before.clone(), text(":"), part.clone()].concat(),
                })
            })
            .collect();
    }
    subjects
}

/// The repository as a subject names it.
fn repository(home: &Home, spelling: Spelling, fits: bool) -> Vec<Element> {
    let Some((owner, name)) = home.full.as_deref().and_then(|full| full.split_once('/')) else {
        return vec![Element::Many];
    };
    let number = |id: &Option<Text>| match id {
        Some(id) => text(id),
        None if fits => vec![Element::OneExcept(':'), Element::ManyExcept(':')],
        None => text(NOT_KNOWN),
    };
    match spelling {
        Spelling::Names => text(&format!("{owner}/{name}")),
        Spelling::NamesAndIds => [
            text(&format!("{owner}@")),
            number(&home.owner_id),
            text(&format!("/{name}@")),
            number(&home.id),
        ]
        .concat(),
    }
}
