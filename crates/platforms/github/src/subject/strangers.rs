//! The tokens that whoever has an account can have: of repositories of their own.
//!
//! Strangers name their owners and repositories as they like, but never as somebody else did. So their names hold a text
//! that nobody's name holds: a pattern that leaves a part of a name open takes such a name, one that names an owner
//! letter by letter does not. (A pattern that leaves open single letters alone takes few names, of which nobody here
//! knows whether they are free: it is taken for one that names them.) Claims of one token agree with one another here too.
//!
//! Sources: OpenID Connect reference, "OIDC token claims" and "Customizing the subject claims"; Creating an account on
//! GitHub (docs.github.com).

use leastwise_permset::{
    Case, Condition, Element, Guard, Key, Literal, Pattern, PermissionSet, Region, Strings,
};

use super::{holds, text};

/// A part of a name that nobody has.
pub(super) const FREE_NAME: &str = "qzx7-nobody-9vk";

/// Claims that are theirs to choose, or in which nothing of anybody else can be told.
const CHOSEN: [&str; 17] = [
    "aud",
    "base_ref",
    "check_run_id",
    "event_name",
    "head_ref",
    "job_workflow_sha",
    "jti",
    "ref_protected",
    "ref_type",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "run_number",
    "runner_environment",
    "sha",
    "workflow",
    "workflow_sha",
];

/// Claims that are names or numbers of theirs.
const OWN: [&str; 5] = [
    "actor",
    "actor_id",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
];

/// Claims of which a template can make a subject.
const IN_TEMPLATES: [&str; 16] = [
    "actor",
    "actor_id",
    "base_ref",
    "environment",
    "event_name",
    "head_ref",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "runner_environment",
    "workflow",
    "workflow_ref",
];

/// What is not known of such tokens.
pub(crate) struct Doubts {
    /// That a workflow of somebody else gives its token away to whoever calls it.
    pub calls: Literal,
    /// That a template of several claims makes a subject of a form that is asked for.
    pub templates: Literal,
}

fn hole(claim: &str) -> Element {
    Element::Hole(Key::single(claim))
}

fn plain(text: &str) -> Element {
    Element::Text(text.into())
}

fn of(patterns: Vec<Vec<Element>>) -> Strings {
    Strings::any_of(
        patterns
            .into_iter()
            .map(|elements| Pattern::new(elements, Case::Exact)),
    )
}

/// A place where a run happens, as a subject tells it and as claims do.
struct Place {
    /// How subjects tell it; it copies claims.
    told: Vec<Element>,
    /// What its text begins with.
    head: &'static str,
    claims: Vec<Literal>,
}

fn places() -> Vec<Place> {
    let absent = || Condition::Absent(Key::single("environment")).holds();
    let refs = |heads: &[&str]| {
        let all = heads
            .iter()
            .map(|head| vec![plain(head), Element::ManyExcept(':')]);
        holds("ref", of(all.collect()))
    };
    let merges = || vec![plain("refs/pull/"), Element::ManyExcept('/'), plain("/merge")];
    let some = || of(vec![vec![Element::OneExcept(':'), Element::ManyExcept(':')]]);
    vec![
        Place {
            told: vec![plain("ref:"), hole("ref")],
            head: "ref:",
            claims: vec![refs(&["refs/heads/", "refs/tags/"]), absent()],
        },
        Place {
            told: text("pull_request"),
            head: "pull_request",
            claims: vec![holds("ref", of(vec![merges()])), absent()],
        },
        Place {
            told: vec![plain("environment:"), hole("environment")],
            head: "environment:",
            claims: vec![refs(&["refs/"]), holds("environment", some())],
        },
    ]
}

/// A subject that names the repository, before where it runs; and texts that such subjects are not, because names hold
/// no `/`, `:` and `@`: whatever follows, and where the place of the run does.
fn by_name(head: &str) -> (Vec<Element>, Vec<Vec<Element>>, Vec<Vec<Element>>) {
    let except = Element::ManyExcept;
    let subject = vec![plain("repo:"), hole("repository"), plain(":")];
    let never = vec![
        vec![plain("repo:"), except(':'), plain("@"), Element::Many],
        vec![
            plain("repo:"),
            except('/'),
            plain(":"),
            except('/'),
            plain("/"),
            Element::Many,
        ],
    ];
    let with_context = vec![vec![
        plain("repo:"),
        except('/'),
        plain("/"),
        except('/'),
        plain(":"),
        except('/'),
        plain(&format!(":{head}")),
        Element::Many,
    ]];
    (subject, never, with_context)
}

/// Likewise, with ids.
fn by_id() -> (Vec<Element>, Vec<Vec<Element>>, Vec<Vec<Element>>) {
    let except = Element::ManyExcept;
    // An id is a number that GitHub gives: a pattern that leaves it open takes it, whatever it is.
    let subject = vec![
        plain("repo:"),
        except('@'),
        plain(FREE_NAME),
        except('@'),
        plain(&format!("@{FREE_NAME}/")),
        Element::OneExcept('@'),
        except('@'),
        plain(&format!("@{FREE_NAME}:")),
    ];
    let mut never: Vec<Vec<Element>> = ["/", ":"]
        .map(|sign| vec![plain("repo:"), except('@'), plain(sign), Element::Many])
        .into();
    let owner = [plain("repo:"), except('/'), plain("/")];
    never.push([owner.to_vec(), vec![except(':'), plain("/"), Element::Many]].concat());
    let behind = plain(&format!("@{FREE_NAME}:"));
    never.push(
        [
            owner.to_vec(),
            vec![except('@'), plain(":"), except('@'), behind, Element::Many],
        ]
        .concat(),
    );
    (subject, never, Vec::new())
}

/// What every such token says, but for its subject and for where it runs.
fn claims(own_workflow: bool, doubts: &Doubts) -> Vec<Literal> {
    let mut literals: Vec<Literal> = CHOSEN.iter().map(|claim| holds(claim, Strings::any())).collect();
    let free = || of(vec![vec![Element::Many, plain(FREE_NAME), Element::Many]]);
    literals.extend(OWN.iter().map(|claim| holds(claim, free())));
    let within = || Element::ManyExcept('/');
    let full = vec![
        within(),
        plain(FREE_NAME),
        within(),
        plain("/"),
        Element::OneExcept('/'),
        within(),
    ];
    literals.push(holds("repository", of(vec![full])));
    literals.push(holds("workflow_ref", of(vec![own_file()])));
    match own_workflow {
        true => literals.push(holds("job_workflow_ref", of(vec![own_file()]))),
        false => {
            let any = [
                Element::Many,
                plain("/.github/workflows/"),
                within(),
                plain("@"),
                Element::Many,
            ];
            literals.push(holds("job_workflow_ref", of(vec![any.into()])));
            literals.push(doubts.calls.clone());
        }
    }
    literals
}

/// A workflow of the repository, at the ref for which it runs.
fn own_file() -> Vec<Element> {
    let file = [plain("/.github/workflows/"), Element::ManyExcept('/'), plain("@")];
    [vec![hole("repository")], file.into(), vec![hole("ref")]].concat()
}

/// The tokens of repositories of strangers' own: contexts whose keys are claims.
pub(crate) fn strangers(doubts: &Doubts) -> PermissionSet {
    let mut regions = Vec::new();
    for own_workflow in [true, false] {
        for place in places() {
            let common = [claims(own_workflow, doubts), place.claims.clone()].concat();
            let mut add = |subjects: Vec<Vec<Element>>, never: Vec<Vec<Element>>, doubt: Option<&Literal>| {
                let mut literals = common.clone();
                literals.push(holds("sub", of(subjects)));
                if !never.is_empty() {
                    literals.push(holds("sub", of(never)).negate());
                }
                literals.extend(doubt.cloned());
                regions.push(Region::everything().when(Guard::all_of(literals)).into());
            };
            for (head, never, of_names) in [by_name(place.head), by_id()] {
                let told = [head.clone(), place.told.clone()].concat();
                add(vec![told], [never.clone(), of_names].concat(), None);
                let made = [head, vec![Element::Many]].concat();
                add(vec![made], never, Some(&doubts.templates));
            }
            let told = |claim: &&&str| common.iter().any(|it| is_value(it, claim));
            let made: Vec<Vec<Element>> = IN_TEMPLATES
                .iter()
                .filter(told)
                .map(|claim| {
                    let value = match *claim {
                        "workflow_ref" => own_file(),
                        "job_workflow_ref" if own_workflow => own_file(),
                        other => vec![hole(other)],
                    };
                    [vec![plain(&format!("{claim}:"))], value].concat()
                })
                .chain([place.told.clone()])
                .collect();
            let more = |head: &Vec<Element>| [head.clone(), vec![plain(":"), Element::Many]].concat();
            let several = made.iter().map(more).collect();
            add(made, Vec::new(), None);
            add(several, Vec::new(), Some(&doubts.templates));
        }
    }
    PermissionSet::union_of(regions)
}

/// Whether it says that a claim has a value.
fn is_value(literal: &Literal, claim: &str) -> bool {
    matches!(&literal.condition, Condition::Some(key, _) if literal.holds && key.as_str() == claim)
}
