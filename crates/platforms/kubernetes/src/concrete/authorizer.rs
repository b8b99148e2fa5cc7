//! The twin, the compiled sets and covering against the real RBAC authorizer, on random clusters.
//!
//! `authorizer/build.sh` builds it from Debian's source package of Kubernetes as a program of its own. Without that program
//! the comparison says aloud that it does not run. `cargo xtask differential kubernetes` runs a long one.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use leastwise_bench::Random;
use leastwise_model::Text;
use leastwise_permset::{Answers, Request};
use serde_json::{Value, json};

use super::tests::{aimed, compiled, users, world};
use super::{Attributes, Objects, User};
use crate::covers;
use crate::object::{Binding, Role, Rule};

/// Requests of each user of a world, drawn anew for each world.
const REQUESTS: usize = 300;
/// Pairs of rule lists of each world.
const PAIRS: usize = 40;

/// Where the program is: `LEASTWISE_ASK_RBAC`, else where `authorizer/build.sh` puts it.
fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("LEASTWISE_ASK_RBAC") {
        return Some(named.into());
    }
    let home = PathBuf::from(std::env::var_os("HOME")?);
    let place = home.join(".cache/leastwise-kubernetes/ask-rbac");
    place.is_file().then_some(place)
}

/// A number that the environment gives.
fn number(name: &str, otherwise: u64) -> u64 {
    let told = std::env::var(name).ok();
    told.map_or(otherwise, |text| text.parse().expect("a number"))
}

/// The real authorizer, as long as it runs.
struct Authorizer {
    process: Child,
    questions: BufWriter<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Authorizer {
    fn start(program: PathBuf) -> Self {
        let mut command = Command::new(program);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let questions = BufWriter::new(process.stdin.take().expect("it is asked"));
        let answers = BufReader::new(process.stdout.take().expect("it answers"));
        Self {
            process,
            questions,
            answers,
        }
    }

    fn ask(&mut self, question: &Value) -> Value {
        serde_json::to_writer(&mut self.questions, question).expect("it listens");
        self.questions.write_all(b"\n").expect("it listens");
        self.questions.flush().expect("it listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).expect("it answers in JSON")
    }

    fn end(self) {
        let Self {
            mut process,
            questions,
            ..
        } = self;
        drop(questions);
        assert!(process.wait().expect("it ends").success());
    }
}

fn rule(rule: &Rule) -> Value {
    json!({
        "verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources,
        "resourceNames": rule.names, "nonResourceURLs": rule.urls,
    })
}

fn rules(rules: &[Rule]) -> Value {
    rules.iter().map(rule).collect()
}

/// A rule as the authorizer writes it: lists without elements are left out.
fn heard(told: &Value) -> Rule {
    let list = |key: &str| -> Box<[Text]> {
        let all = told[key].as_array().into_iter().flatten();
        all.map(|text| text.as_str().expect("a text").into()).collect()
    };
    Rule {
        verbs: list("verbs"),
        groups: list("apiGroups"),
        resources: list("resources"),
        names: list("resourceNames"),
        urls: list("nonResourceURLs"),
    }
}

fn role(role: &Role) -> Value {
    json!({ "metadata": { "name": role.meta.name, "namespace": role.meta.namespace }, "rules": rules(&role.rules) })
}

fn binding(binding: &Binding) -> Value {
    let kind = if binding.role_cluster {
        "ClusterRole"
    } else {
        "Role"
    };
    let subjects: Vec<Value> = binding
        .subjects
        .iter()
        .map(|one| json!({ "kind": one.kind.as_str(), "name": one.name, "namespace": one.namespace }))
        .collect();
    json!({
        "metadata": { "name": binding.meta.name, "namespace": binding.meta.namespace },
        "roleRef": { "kind": kind, "name": binding.role }, "subjects": subjects,
    })
}

fn request(asked: &Attributes) -> Value {
    match asked {
        Attributes::Url { verb, path } => json!({ "verb": verb, "path": path }),
        Attributes::Resource {
            verb,
            group,
            resource,
            subresource,
            namespace,
            name,
        } => json!({
            "verb": verb, "group": group, "resource": resource, "subresource": subresource,
            "namespace": namespace, "name": name,
        }),
    }
}

fn question(objects: &Objects, users: &[(&str, User)], asked: &[&Attributes], pairs: &[Pair]) -> Value {
    let of = |cluster: bool| -> (Value, Value) {
        let roles = objects.roles.iter().filter(|role| role.cluster == cluster);
        let bindings = objects.bindings.iter().filter(|one| one.cluster == cluster);
        (roles.map(role).collect(), bindings.map(binding).collect())
    };
    let ((roles, bindings), (cluster_roles, cluster_bindings)) = (of(false), of(true));
    let users = users
        .iter()
        .map(|(_, user)| json!({ "name": user.name, "groups": user.groups }));
    let pairs = pairs
        .iter()
        .map(|(held, wanted)| json!({ "owner": rules(held), "servant": rules(wanted) }));
    json!({
        "roles": roles, "roleBindings": bindings, "clusterRoles": cluster_roles, "clusterRoleBindings": cluster_bindings,
        "users": users.collect::<Value>(), "requests": asked.iter().map(|one| request(one)).collect::<Value>(),
        "pairs": pairs.collect::<Value>(),
    })
}

/// Rules that are held, and rules that they may cover.
type Pair = (Vec<Rule>, Vec<Rule>);

/// Rules of some roles of a world, and those of another with a few of the same: else covering would be rare.
fn pairs(random: &mut Random, objects: &Objects) -> Vec<Pair> {
    let drawn = |random: &mut Random, most: usize| -> Vec<Rule> {
        let count = random.between(0, most);
        let picked = random.sample(objects.roles.len(), count).into_iter();
        picked.flat_map(|at| objects.roles[at].rules.to_vec()).collect()
    };
    (0..PAIRS)
        .map(|_| {
            let (held, mut wanted) = (drawn(random, 5), drawn(random, 1));
            wanted.extend(held.iter().filter(|_| random.chance(0.3)).cloned());
            (held, wanted)
        })
        .collect()
}

/// Requests aimed at rules of a world.
fn drawn(random: &mut Random, objects: &Objects) -> Vec<(Request, Attributes)> {
    let rules: Vec<&Rule> = objects.roles.iter().flat_map(|role| &role.rules).collect();
    let nothing = Rule::default();
    (0..REQUESTS)
        .map(|_| {
            let rule = rules.get(random.below(rules.len())).copied().unwrap_or(&nothing);
            aimed(random, rule)
        })
        .collect()
}

/// What was compared.
#[derive(Default)]
struct Tally {
    requests: u64,
    allowed: u64,
    compiled: u64,
    pairs: u64,
    covered: u64,
}

impl Tally {
    /// Compares one world.
    fn compare(&mut self, number: u64, random: &mut Random, real: &mut Authorizer) {
        let (objects, users) = (world(random), users());
        let mut twin = objects.clone();
        twin.aggregate();
        let drawn = drawn(random, &twin);
        let asked: Vec<&Attributes> = drawn.iter().map(|(_, attributes)| attributes).collect();
        let pairs = pairs(random, &twin);
        let answer = real.ask(&question(&twin, &users, &asked, &pairs));
        let snapshot = compiled(&objects);
        let identities: BTreeMap<&str, _> = snapshot.identities.iter().map(|one| (&*one.id, one)).collect();
        for (at, (id, user)) in users.iter().enumerate() {
            let letters = answer["allowed"][at].as_str().expect("letters");
            assert_eq!(letters.len(), drawn.len(), "one letter for each request");
            let held = identities.get(id).map(|one| one.holding.effective());
            for (letter, (request, attributes)) in letters.bytes().zip(&drawn) {
                let real = letter == b'y';
                let say = || format!("world {number}, {id}, {request:?}\n{objects:#?}");
                assert_eq!(twin.authorize(user, attributes), real, "the twin: {}", say());
                self.requests += 1;
                self.allowed += u64::from(real);
                // Users and groups are known only where a binding names them.
                if let Some(held) = &held {
                    let found = held.contains_given(request, &Answers::none());
                    assert_eq!(found, real, "the compiled set: {}", say());
                    self.compiled += 1;
                }
            }
        }
        for (at, (held, wanted)) in pairs.iter().enumerate() {
            let told = answer["uncovered"][at].as_array().expect("rules");
            let told: Vec<Rule> = told.iter().map(heard).collect();
            let found = covers::uncovered(held, wanted);
            assert_eq!(found, told, "world {number}: {held:#?} over {wanted:#?}");
            self.pairs += 1;
            self.covered += u64::from(told.is_empty() && !wanted.is_empty());
        }
    }
}

/// Forty-eight worlds are a hundred thousand requests.
#[test]
fn the_real_authorizer_decides_the_same() {
    let Some(program) = program() else {
        println!("not run: no RBAC authorizer (crates/platforms/kubernetes/authorizer/build.sh builds it)");
        return;
    };
    let (worlds, seed) = (number("LEASTWISE_WORLDS", 48), number("LEASTWISE_SEED", 1));
    let mut real = Authorizer::start(program);
    let (mut random, mut tally) = (Random::new(seed), Tally::default());
    for number in 0..worlds {
        tally.compare(number, &mut random, &mut real);
    }
    real.end();
    println!(
        "{worlds} worlds, {} requests ({} allowed), {} of them asked of compiled sets; {} pairs of rules ({} covered): no \
         disagreement",
        tally.requests, tally.allowed, tally.compiled, tally.pairs, tally.covered
    );
    assert!(tally.allowed > tally.requests / 50 && tally.covered > tally.pairs / 50);
}
