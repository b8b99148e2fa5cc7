//! Grants of KMS keys, as `aws kms list-grants` prints them.

use leastwise_document::Node;
use leastwise_model::{Location, Remark, Text};

use super::{Resources, is_key};
use crate::export::Spot;
use crate::output::Output;
use crate::policy::Place;

/// The constraints that are evaluated.
const CONTEXT: [&str; 2] = ["EncryptionContextSubset", "EncryptionContextEquals"];

/// A grant: its grantee may perform some operations with a key.
#[derive(Clone, Debug)]
pub struct Grant {
    /// The key, by ARN.
    pub key: Text,
    /// What names it among the grants of the key.
    pub id: Text,
    /// An identity, one of its sessions, an account or a service.
    pub grantee: Text,
    /// Names of operations, such as `Decrypt`.
    pub operations: Vec<Text>,
    /// A constraint of a kind that is not evaluated.
    pub other: Option<Text>,
    /// Who may retire it.
    pub retiring: Option<Text>,
    /// Pairs that the encryption context of a cryptographic operation must hold.
    pub context: Vec<(Text, Text)>,
    /// Whether it must hold no others.
    pub exact: bool,
    /// Where it stands.
    pub spot: Spot,
}

/// A key of which not all grants are known.
#[derive(Clone, Debug)]
pub struct Ungranted {
    /// By ARN.
    pub key: Text,
    /// Why.
    pub why: Text,
    /// Where that shows.
    pub spot: Spot,
}

impl Resources {
    /// Takes a list of grants; says whether an output is one.
    pub(super) fn take_grants(&mut self, output: &Output<'_>) -> bool {
        let asked = output.verb() == Some("list-grants");
        let Some((list, whole)) = output.list("Grants") else {
            if let (true, Some(error), Some(key)) = (asked, output.error, output.of) {
                self.ungranted(output, key, &format!("they were answered with {error}"));
            }
            return asked;
        };
        let is_grant =
            |node: &Node| node.get("GranteePrincipal").is_some() && node.get("Operations").is_some();
        if !asked && !list.iter().any(is_grant) {
            return false;
        }
        let cut = !whole || output.node.get("Truncated").and_then(Node::scalar) == Some("true");
        let first = list.iter().find_map(|node| node.get("KeyId")?.text());
        if let (true, Some(key)) = (cut, first.or(output.of)) {
            self.ungranted(output, key, "their list goes on elsewhere");
        }
        for (at, node) in list.iter().enumerate() {
            let pointer = format!("{}/Grants/{at}", output.pointer);
            match grant(output, node, &pointer) {
                Ok(grant) => {
                    let of = (grant.key.clone(), grant.id.clone());
                    self.grants.entry(of).or_insert(grant);
                }
                Err(what) => {
                    if let Some(key) = node.get("KeyId").and_then(Node::text).or(output.of) {
                        self.ungranted(output, key, "one of them cannot be understood");
                    }
                    self.remarks.push(Remark {
                        location: Some(Location {
                            file: output.file,
                            line: node.position().line,
                            column: node.position().column,
                            pointer: pointer.as_str().into(),
                        }),
                        what: what.into(),
                        hint: "export it again: aws kms list-grants --key-id ARN".into(),
                        loses: true,
                    });
                }
            }
        }
        true
    }

    fn ungranted(&mut self, output: &Output<'_>, key: &str, why: &str) {
        self.ungranted.push(Ungranted {
            key: key.into(),
            why: why.into(),
            spot: Spot {
                file: output.file,
                place: Place::of(output.node, &output.pointer),
            },
        });
    }
}

/// One grant, or what is wrong with it.
fn grant(output: &Output<'_>, node: &Node, pointer: &str) -> Result<Grant, String> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let id = text("GrantId").unwrap_or_default();
    let key = text("KeyId").filter(|key| is_key(key)).or(output.of);
    let key = key
        .filter(|key| is_key(key))
        .ok_or_else(|| format!("the grant {id} does not name its key by ARN"))?;
    let grantee = text("GranteePrincipal").ok_or_else(|| format!("the grant {id} names no grantee"))?;
    let operations = node.get("Operations").filter(|list| list.is_list());
    let operations =
        operations.and_then(|list| list.list().iter().map(Node::text).collect::<Option<Vec<&str>>>());
    let operations = operations.ok_or_else(|| format!("the grant {id} lists no operations"))?;
    let constraints = node.get("Constraints").filter(|all| !all.is_null());
    let unclear = || format!("what the grant {id} asks of the encryption context cannot be understood");
    if constraints.is_some_and(|all| !all.is_map()) {
        return Err(unclear());
    }
    let asked = |kind: &str| {
        let Some(pairs) = constraints
            .and_then(|all| all.get(kind))
            .filter(|pairs| !pairs.is_null())
        else {
            return Ok(Vec::new());
        };
        let entries = pairs.is_map().then(|| pairs.entries().iter());
        let pairs = entries.and_then(|entries| {
            let each = entries.map(|(key, value)| Some((Text::from(&*key.text), value.text()?.into())));
            each.collect::<Option<Vec<(Text, Text)>>>()
        });
        pairs.ok_or_else(unclear)
    };
    let (subset, equal) = (asked(CONTEXT[0])?, asked(CONTEXT[1])?);
    let others = constraints.map(Node::entries).unwrap_or_default().iter();
    let other = others
        .filter(|(_, value)| !value.is_null())
        .find(|(key, _)| !CONTEXT.contains(&&*key.text));
    let exact = !equal.is_empty();
    Ok(Grant {
        key: key.into(),
        id: id.into(),
        grantee: grantee.into(),
        retiring: text("RetiringPrincipal").map(Text::from),
        operations: operations.into_iter().map(Text::from).collect(),
        other: other.map(|(key, _)| Text::from(&*key.text)),
        context: subset.into_iter().chain(equal).collect(),
        exact,
        spot: Spot {
            file: output.file,
            place: Place::of(node, pointer),
        },
    })
}
