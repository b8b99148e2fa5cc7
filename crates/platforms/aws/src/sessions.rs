//! Sessions of roles that begin with policies of their own, as the input of `aws sts assume-role --cli-input-json` tells them.
//!
//! ```json
//! {"RoleArn": "arn:aws:iam::111122223333:role/reports", "RoleSessionName": "nightly",
//!  "Policy": "{\"Version\":\"2012-10-17\",\"Statement\":[…]}", "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}
//! ```
//!
//! Without a name it is any session that begins so. Of the other parameters nothing is kept. Source: AWS STS API Reference,
//! "AssumeRole".

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{Begun, FileIndex, Identity, Location, Passed, Remark, Text};
use serde_json::{Map, Value, json};

use crate::export::{Attached, Spot};
use crate::lower::account_of;
use crate::policy::{Document, Place, parse_encoded};

/// What the call takes beside the parameters that are read.
const OTHERS: [&str; 8] = [
    "DurationSeconds",
    "ExternalId",
    "ProvidedContexts",
    "SerialNumber",
    "SourceIdentity",
    "Tags",
    "TokenCode",
    "TransitiveTagKeys",
];

const READ: [&str; 4] = ["RoleArn", "RoleSessionName", "Policy", "PolicyArns"];

/// How many characters the policy of a session may have.
const POLICY_MAX: usize = 2048;

/// How many managed policies a session may have.
const ARNS_MAX: usize = 10;

/// A session of a role.
#[derive(Clone, Debug)]
pub struct Session {
    /// Canonical id.
    pub arn: Text,
    /// The role, by ARN.
    pub role: Text,
    /// The unique part of its user id behind the role's; `None` for any session that begins so.
    pub name: Option<Text>,
    /// The policy that was passed.
    pub inline: Option<Document>,
    /// The managed policies that were named.
    pub managed: Vec<Attached>,
    /// Where it stands.
    pub spot: Spot,
}

impl Session {
    /// Whether policies bound it at all.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        self.inline.is_some() || !self.managed.is_empty()
    }
}

/// Takes the input of a call; says whether an item is one.
pub fn take(file: FileIndex, item: &Item, sessions: &mut Vec<Session>, remarks: &mut Vec<Remark>) -> bool {
    let node = &item.node;
    let keys = || node.entries().iter().map(|(key, _)| &*key.text);
    let Some(role) = node.get("RoleArn").and_then(Node::text) else {
        return false;
    };
    let known = |key: &str| READ.contains(&key) || OTHERS.contains(&key);
    if !keys().all(known) || !keys().any(|key| key != "RoleArn" && READ.contains(&key)) {
        return false;
    }
    let place = Place::of(node, &item.pointer);
    let mut say = |what: String, loses: bool| {
        remarks.push(Remark {
            location: Some(Location {
                file,
                line: place.line,
                column: place.column,
                pointer: place.pointer.clone(),
            }),
            what: what.into(),
            hint: "aws sts assume-role --generate-cli-skeleton input shows what it takes".into(),
            loses,
        });
    };
    let Some((partition, account, short)) = parts(role) else {
        say(
            format!("`{role}` is not the ARN of a role: its session does not count"),
            true,
        );
        return true;
    };
    let managed = match node.get("PolicyArns").filter(|list| !list.is_null()) {
        None => Some(Vec::new()),
        Some(list) => attached(list, &pointer_join(&item.pointer, "PolicyArns")),
    };
    let Some(managed) = managed else {
        say(
            format!("the `PolicyArns` of a session of {role} are no list of ARNs: it does not count"),
            true,
        );
        return true;
    };
    if managed.len() > ARNS_MAX {
        say(
            format!(
                "AWS takes {ARNS_MAX} managed policies for a session, not {}",
                managed.len()
            ),
            false,
        );
    }
    let policy = node.get("Policy").filter(|policy| !policy.is_null());
    let length = policy.and_then(Node::text).map_or(0, |text| text.chars().count());
    if length > POLICY_MAX {
        say(
            format!("AWS takes a policy of {POLICY_MAX} characters for a session, not of {length}"),
            false,
        );
    }
    let name = node
        .get("RoleSessionName")
        .and_then(Node::scalar)
        .filter(|name| !name.is_empty());
    sessions.push(Session {
        arn: format!(
            "arn:{partition}:sts::{account}:assumed-role/{short}/{}",
            name.unwrap_or("*")
        )
        .into(),
        role: role.into(),
        name: name.map(Text::from),
        inline: policy.map(|policy| parse_encoded(policy, &pointer_join(&item.pointer, "Policy"))),
        managed,
        spot: Spot { file, place },
    });
    true
}

/// The input of a call by which somebody takes on a role and passes these policies.
///
/// # Errors
/// Where no call takes them; the text says why.
pub fn begun(identity: &Identity, policies: &[Passed]) -> Result<Begun, Text> {
    let Some((partition, account, short)) = parts(&identity.id) else {
        return Err(format!("`{}` is no role: only sessions of roles can be told", identity.id).into());
    };
    let mut input = Map::from_iter([("RoleArn".to_owned(), json!(&*identity.id))]);
    let mut managed = Vec::new();
    for policy in policies {
        match policy {
            Passed::Document(_) if input.contains_key("Policy") => {
                return Err("a session takes one policy by its text; give others by their ARNs".into());
            }
            Passed::Document(text) => {
                input.insert("Policy".to_owned(), json!(&**text));
            }
            Passed::Name(arn) if arn.starts_with("arn:") && arn.contains(":policy/") => {
                managed.push(json!({ "arn": &**arn }));
            }
            Passed::Name(name) => {
                return Err(format!("`{name}` is neither a file nor the ARN of a policy").into());
            }
        }
    }
    if !managed.is_empty() {
        input.insert("PolicyArns".to_owned(), managed.into());
    }
    Ok(Begun {
        id: format!("arn:{partition}:sts::{account}:assumed-role/{short}/*").into(),
        text: Value::Object(input).to_string(),
        shown: "the session".into(),
    })
}

/// Partition, account and name of a role.
fn parts(arn: &str) -> Option<(&str, &str, &str)> {
    let partition = arn.split(':').nth(1)?;
    let name = arn.split_once(":role/")?.1.rsplit('/').next()?;
    let account = account_of(arn).filter(|account| !account.is_empty())?;
    (!name.is_empty()).then_some((partition, account, name))
}

/// The policies of a list of maps with an `arn` each.
fn attached(list: &Node, pointer: &str) -> Option<Vec<Attached>> {
    let one = |(at, node): (usize, &Node)| {
        let arn = node.get("arn").or_else(|| node.get("Arn"))?.text()?;
        Some(Attached {
            arn: arn.into(),
            place: Place::of(node, &pointer_join(pointer, &at.to_string())),
        })
    };
    list.is_list()
        .then(|| list.list().iter().enumerate().map(one).collect())?
}
