//! A small random organization above the two accounts, as outputs of the AWS command line.

use leastwise_bench::Random;
use serde_json::{Value, json};

use super::{ACCOUNTS, document};

/// The organization, its root and its unit.
pub const ID: &str = "o-world";
const ROOT: &str = "r-world";
const UNIT: &str = "ou-world-u";
const MANAGEMENT: &str = "777788889999";

const SERVICE: &str = "SERVICE_CONTROL_POLICY";
const RESOURCE: &str = "RESOURCE_CONTROL_POLICY";

/// One policy and where it is attached; no document for the policy that allows everything.
pub struct Policy {
    pub service: bool,
    pub document: Option<Value>,
    pub targets: Vec<&'static str>,
}

/// What there is.
pub struct Organization {
    /// Nodes above each member, the root first, with the account.
    pub chains: Vec<(&'static str, Vec<&'static str>)>,
    pub policies: Vec<Policy>,
}

/// An organization, or none.
pub fn organization(random: &mut Random) -> Option<Organization> {
    if random.chance(0.4) {
        return None;
    }
    let mut chains = vec![(ACCOUNTS[0], vec![ROOT, UNIT, ACCOUNTS[0]])];
    match random.below(4) {
        0 => {}
        1 => chains.push((ACCOUNTS[1], vec![ROOT, ACCOUNTS[1]])),
        _ => chains.push((ACCOUNTS[1], vec![ROOT, UNIT, ACCOUNTS[1]])),
    }
    let nodes = [ROOT, UNIT, ACCOUNTS[0], ACCOUNTS[1]];
    // Every node has at least one service control policy.
    let everywhere: Vec<&str> = nodes.into_iter().filter(|_| random.chance(0.8)).collect();
    let mut policies = vec![Policy {
        service: true,
        document: None,
        targets: everywhere.clone(),
    }];
    for node in nodes {
        if random.chance(0.3) || !everywhere.contains(&node) {
            policies.push(Policy {
                service: true,
                document: Some(document(random)),
                targets: vec![node],
            });
        }
    }
    for _ in 0..random.below(3) {
        let mut made = document(random);
        for statement in made["Statement"].as_array_mut().into_iter().flatten() {
            statement["Effect"] = json!("Deny");
            statement["Principal"] = json!("*");
        }
        policies.push(Policy {
            service: false,
            document: Some(made),
            targets: nodes.into_iter().filter(|_| random.chance(0.4)).collect(),
        });
    }
    Some(Organization { chains, policies })
}

impl Organization {
    /// The outputs that tell it.
    pub fn outputs(&self) -> Vec<String> {
        let mut made = vec![
            json!({ "Organization": { "Id": ID, "MasterAccountId": MANAGEMENT,
                "Arn": format!("arn:aws:organizations::{MANAGEMENT}:organization/{ID}") } }),
            json!({ "Roots": [{ "Id": ROOT, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:root/{ID}/{ROOT}"),
                "PolicyTypes": [{ "Type": SERVICE, "Status": "ENABLED" }, { "Type": RESOURCE, "Status": "ENABLED" }] }] }),
        ];
        for (account, chain) in &self.chains {
            for pair in chain.windows(2) {
                let kind = if pair[0] == ROOT {
                    "ROOT"
                } else {
                    "ORGANIZATIONAL_UNIT"
                };
                made.push(json!({ "AwsCli": "organizations list-parents", "Of": pair[1],
                    "Output": { "Parents": [{ "Id": pair[0], "Type": kind }] } }));
            }
            made.push(
                json!({ "AwsCli": "organizations list-accounts-for-parent", "Of": chain[chain.len() - 2], "Output": { "Accounts":
                    [{ "Id": account, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:account/{ID}/{account}") }] } }),
            );
        }
        for service in [true, false] {
            let kind = if service { SERVICE } else { RESOURCE };
            let mut list = Vec::new();
            for (number, policy) in self.policies.iter().enumerate() {
                if policy.service != service {
                    continue;
                }
                let id = match policy.document {
                    Some(_) => format!("p-{number}"),
                    None => "p-FullAWSAccess".to_owned(),
                };
                let arn = format!(
                    "arn:aws:organizations::{MANAGEMENT}:policy/{ID}/{}/{id}",
                    kind.to_lowercase()
                );
                let summary = json!({ "Id": id, "Arn": arn, "Type": kind, "Name": id, "AwsManaged": policy.document.is_none() });
                if let Some(document) = &policy.document {
                    made.push(
                        json!({ "Policy": { "PolicySummary": summary, "Content": document.to_string() } }),
                    );
                }
                let targets: Vec<Value> = policy
                    .targets
                    .iter()
                    .map(|target| json!({ "TargetId": target, "Arn": format!("arn:aws:organizations::{MANAGEMENT}:x/{ID}/{target}") }))
                    .collect();
                made.push(json!({ "AwsCli": "organizations list-targets-for-policy", "Of": id, "Output": { "Targets": targets } }));
                list.push(summary);
            }
            made.push(json!({ "AwsCli": format!("organizations list-policies --filter {kind}"), "Output": { "Policies": list } }));
        }
        made.iter().map(Value::to_string).collect()
    }
}
