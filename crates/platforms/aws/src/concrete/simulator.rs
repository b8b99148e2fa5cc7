//! The twin against an open simulator of IAM that others wrote, on random worlds.
//!
//! `@cloud-copilot/iam-simulate` is run as a process of its own, where `LEASTWISE_IAM_SIMULATE` names the folder in which
//! npm installed it. `cargo xtask differential aws` does this.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Command, Stdio};

use leastwise_bench::Random;
use serde_json::{Value, json};

use super::Asked;
use super::account::{Actor, home};
use super::resource::is_owners;
use super::tests::Made;
use super::world::resources::BUCKET;

const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/concrete/simulate.mjs");

/// Requests of each identity of a world.
const REQUESTS: usize = 160;

/// A number that the environment gives.
fn number(name: &str, otherwise: u64) -> u64 {
    let told = std::env::var(name).ok();
    told.map_or(otherwise, |text| text.parse().expect("a number"))
}

fn everything() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] })
}

fn named(name: &str, policy: &Value) -> Value {
    json!({ "name": name, "policy": policy })
}

/// The entry of a list of an account whose field has that value.
fn entry<'v>(account: &'v Value, list: &str, field: &str, value: &str) -> &'v Value {
    let entries = account[list].as_array().expect("a list");
    let found = entries.iter().find(|one| one[field] == value);
    found.expect("what is mentioned is there")
}

/// The default version of a managed policy.
fn managed<'v>(account: &'v Value, arn: &str) -> &'v Value {
    let versions = entry(account, "Policies", "Arn", arn)["PolicyVersionList"].as_array();
    let default = versions.and_then(|all| all.iter().find(|version| version["IsDefaultVersion"] == true));
    &default.expect("one is the default")["Document"]
}

/// What a user, role or group holds.
fn held(account: &Value, entity: &Value, inline: &str) -> Vec<Value> {
    let inline = entity[inline].as_array().into_iter().flatten();
    let inline = inline.map(|one| named("inline", &one["PolicyDocument"]));
    let attached = entity["AttachedManagedPolicies"].as_array().into_iter().flatten();
    let attached = attached.filter_map(|one| one["PolicyArn"].as_str());
    inline
        .chain(attached.map(|arn| named(arn, managed(account, arn))))
        .collect()
}

/// One request as the simulator takes it.
fn simulation(made: &Made, actor: &Actor<'_>, asked: &Asked<'_>) -> Value {
    let owner = made.resources.owner(asked.resource, home(actor));
    let account = made.accounts.iter().find(|account| {
        let arn = account["RoleDetailList"][0]["Arn"].as_str().unwrap_or_default();
        arn.split(':').nth(4) == Some(home(actor))
    });
    let account = account.expect("the account of whoever asks");
    let arn = &*actor.entity.arn;
    let (entity, inline, principal) = if actor.role {
        let name = &*actor.entity.name;
        let session = format!("arn:aws:sts::{}:assumed-role/{name}/session", home(actor));
        (
            entry(account, "RoleDetailList", "Arn", arn),
            "RolePolicyList",
            session,
        )
    } else {
        (
            entry(account, "UserDetailList", "Arn", arn),
            "UserPolicyList",
            arn.to_owned(),
        )
    };
    let mut identity = held(account, entity, inline);
    for group in entity["GroupList"].as_array().into_iter().flatten() {
        let group = entry(
            account,
            "GroupDetailList",
            "GroupName",
            group.as_str().unwrap_or_default(),
        );
        identity.extend(held(account, group, "GroupPolicyList"));
    }
    let (mut service, mut resource) = (Vec::new(), Vec::new());
    if let Some(organization) = &made.organization {
        for (member, chain) in &organization.chains {
            for node in chain {
                let at = |service: bool| {
                    let policies = organization.policies.iter();
                    let here =
                        policies.filter(move |one| one.service == service && one.targets.contains(node));
                    here.map(|one| named("policy", one.document.as_ref().unwrap_or(&everything())))
                };
                if *member == home(actor) {
                    let policies: Vec<Value> = at(true).collect();
                    service.push(json!({ "orgIdentifier": node, "policies": policies }));
                }
                if *member == owner {
                    let policies: Vec<Value> = at(false).collect();
                    resource.push(json!({ "orgIdentifier": node, "policies": policies }));
                }
            }
        }
    }
    let policed = made.policed.iter().find(|one| {
        let below = asked.resource.strip_prefix(&*one.arn);
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let roles = made.accounts.iter();
    let mut roles = roles.flat_map(|account| account["RoleDetailList"].as_array().into_iter().flatten());
    let trust = (asked.action == "sts:AssumeRole").then(|| roles.find(|role| role["Arn"] == asked.resource));
    let policy = match trust {
        Some(role) => role.map(|role| role["AssumeRolePolicyDocument"].clone()),
        None => policed.and_then(|one| one.policy.clone()),
    };
    let context: BTreeMap<&str, Value> = asked
        .context
        .iter()
        .map(|(key, values)| match &values[..] {
            [one] if key != "aws:tagkeys" && key != "aws:principalorgpaths" => (key.as_str(), json!(one)),
            many => (key.as_str(), json!(many)),
        })
        .collect();
    let mut simulation = json!({
        "request": { "principal": principal, "action": asked.action, "contextVariables": context,
            "resource": { "resource": asked.resource, "accountId": owner } },
        "identityPolicies": identity, "serviceControlPolicies": service, "resourceControlPolicies": resource,
        "additionalSettings": { "s3": { "blockPublicAccess": policed.is_some_and(|one| one.restricted) } },
    });
    if let Some(policy) = policy {
        simulation["resourcePolicy"] = policy;
    }
    if let Some(boundary) = actor.boundary {
        simulation["permissionBoundaryPolicies"] = json!([named(boundary, managed(account, boundary))]);
    }
    if let Some(session) = actor.session {
        let begun = made.sessions.iter().find(|one| one["RoleArn"] == *session.role);
        let policy = begun.and_then(|one| one["Policy"].as_str());
        let policy: Option<Value> = policy.and_then(|text| serde_json::from_str(text).ok());
        simulation["sessionPolicy"] = policy.expect("it is told with its policy");
    }
    simulation
}

/// Whether a request is one that AWS knows, and not one that the simulator takes for a pattern.
fn meaningful(action: &str, resource: &str, known: bool) -> bool {
    let has = |part: &str| resource.contains(part);
    match action {
        "s3:ListBucket" => resource == BUCKET,
        "s3:GetObject" | "s3:PutObject" => has(":s3:") && has("/") && !has("*"),
        // Without the policy of its key the simulator lets nobody use it.
        "kms:Decrypt" | "kms:ScheduleKeyDeletion" => has(":kms:") && known,
        "sqs:SendMessage" | "sqs:DeleteQueue" => has(":sqs:"),
        "iam:PassRole" | "iam:PutRolePolicy" | "iam:CreateRole" | "sts:AssumeRole" => has(":role/"),
        _ => resource == "*",
    }
}

/// What of AWS decides for the twin where it is known that the simulator says otherwise.
fn explained(asked: &Asked<'_>, simulation: &Value, twin: bool) -> Option<&'static str> {
    let text = simulation.to_string();
    let controls = simulation["resourceControlPolicies"].as_array();
    let controlled = controls.is_some_and(|all| all.iter().any(|level| level["policies"] != json!([])));
    let mut documents = Vec::new();
    every_document(simulation, &mut documents);
    let old = |document: &&Value| document["Version"].is_null() && document.to_string().contains("${");
    if documents.iter().any(old) {
        Some("variables are text in documents without a version (UG, Version)")
    } else if documents.iter().any(|document| inverts_nothing(document, asked)) {
        Some(
            "inverted operators and NotResource hold against variables without a value (UG, Policy variables with no value)",
        )
    } else if controlled && ["iam:", "ec2:"].iter().any(|head| asked.action.starts_with(head)) {
        Some("resource control policies bind some services only (Organizations User Guide, RCPs)")
    } else if controlled && asked.action.starts_with("kms:") {
        Some(
            "resource control policies spare keys of AWS, which the name of a key does not tell (KMS Developer Guide)",
        )
    } else if text.contains("NotIpAddress") && asked.context.contains_key("aws:sourceip") {
        Some("NotIpAddress holds for addresses of the other family (UG, IP address condition operators)")
    } else if is_owners(asked.action, asked.resource) {
        Some("what administers a key or a queue is given to no other account (KMS and SQS Developer Guides)")
    } else if asked.action == "sts:AssumeRole" && asked.context.contains_key("aws:tagkeys") {
        Some("tags of a session ask for sts:TagSession as well (UG, Pass session tags)")
    } else if twin
        && !simulation["sessionPolicy"].is_null()
        && admits_everybody(&simulation["resourcePolicy"])
    {
        Some(
            "a session policy does not hold back what is granted to everybody (rule star-principal-beats-caps)",
        )
    } else {
        None
    }
}

/// Whether a statement of a resource's policy allows something to everybody.
fn admits_everybody(policy: &Value) -> bool {
    let statements = policy["Statement"].as_array().into_iter().flatten();
    let mut allowing = statements.filter(|statement| statement["Effect"] == "Allow");
    allowing.any(|statement| statement["Principal"] == "*" || statement["Principal"]["AWS"] == "*")
}

/// Whether an inverted operator or a `NotResource` of a document compares with a variable that has no value.
fn inverts_nothing(document: &Value, asked: &Asked<'_>) -> bool {
    let lacks = |text: &str| {
        let mut variables = text.split("${").skip(1).filter_map(|rest| rest.split('}').next());
        variables.any(|key| {
            key.len() > 1 && !key.contains('\'') && !asked.context.contains_key(&key.to_lowercase())
        })
    };
    let inverted = |statement: &Value| {
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let mut not = conditions.filter(|(operator, _)| operator.contains("Not"));
        lacks(&statement["NotResource"].to_string()) || not.any(|(_, keys)| lacks(&keys.to_string()))
    };
    document["Statement"]
        .as_array()
        .is_some_and(|all| all.iter().any(inverted))
}

/// Every policy document of a simulation.
fn every_document<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    if value.get("Statement").is_some() {
        found.push(value);
        return;
    }
    match value {
        Value::Array(all) => all.iter().for_each(|one| every_document(one, found)),
        Value::Object(all) => all.values().for_each(|one| every_document(one, found)),
        _ => {}
    }
}

#[test]
#[ignore = "runs a program that others wrote: cargo xtask differential aws"]
fn an_open_simulator_decides_the_same() {
    let Some(folder) = std::env::var_os("LEASTWISE_IAM_SIMULATE") else {
        println!("not run: LEASTWISE_IAM_SIMULATE names no folder (npm install @cloud-copilot/iam-simulate)");
        return;
    };
    let mut node = Command::new("node")
        .arg(DRIVER)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let mut ask = BufWriter::new(node.stdin.take().expect("a pipe"));
    let mut answers = BufReader::new(node.stdout.take().expect("a pipe")).lines();
    let (mut checks, mut yes, mut refused, mut wrong) = (0, 0, 0, 0);
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let first = number("LEASTWISE_SEED", 1);
    for seed in first..first + number("LEASTWISE_WORLDS", 60) {
        let mut random = Random::new(seed);
        let made = Made::new(&mut random);
        let actors: Vec<_> = made.actors().collect();
        let mut asked_of = Vec::new();
        for (actor, tags) in &actors {
            let who = made.who(actor, tags);
            for _ in 0..REQUESTS {
                let request = made.request(&mut random, &who);
                let knows = |resource: &str| made.resources.knows(resource);
                let request =
                    request.filter(|(action, resource, _)| meaningful(action, resource, knows(resource)));
                asked_of.extend(request.map(|request| (actor, request)));
            }
        }
        for batch in asked_of.chunks(64) {
            let mut simulations = Vec::new();
            for (actor, (action, resource, context)) in batch {
                let asked = Asked {
                    action,
                    resource,
                    context,
                };
                let simulation = simulation(&made, actor, &asked);
                writeln!(ask, "{simulation}").expect("node listens");
                simulations.push(simulation);
            }
            ask.flush().expect("node listens");
            for ((actor, (action, resource, context)), simulation) in batch.iter().zip(simulations) {
                let said = answers.next().expect("an answer a line").expect("text");
                if said.starts_with("error: ") {
                    refused += 1;
                    continue;
                }
                let mut said = said.split('\t');
                let simulator = said.next() == Some("Allowed");
                // Keys that the simulator leaves out of this action's requests are absent for the twin as well.
                let mut context = context.clone();
                for key in said {
                    context.remove(&key.to_lowercase());
                }
                let asked = Asked {
                    action,
                    resource,
                    context: &context,
                };
                let twin = made.allowed(actor, &asked);
                checks += 1;
                yes += usize::from(twin);
                if simulator == twin {
                    continue;
                }
                match explained(&asked, &simulation, twin) {
                    Some(why) => *known.entry(why).or_default() += 1,
                    None => {
                        wrong += 1;
                        println!("seed {seed}: leastwise {twin}, the simulator {simulator}\n  {simulation}");
                    }
                }
            }
        }
    }
    drop(ask);
    let _ = node.wait();
    println!(
        "{checks} requests, {yes} allowed, {wrong} disagreements; of {refused} more the simulator refuses a policy"
    );
    for (why, count) in known {
        println!("{count} differ as known: {why}");
    }
    assert_eq!(wrong, 0);
}
