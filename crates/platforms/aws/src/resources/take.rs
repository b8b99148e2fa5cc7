//! Taking policies of resources.

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, Location, Remark, Text};

use super::{Exported, Policy, Resources};
use crate::export::Spot;
use crate::lower::{account_of, is_account};
use crate::output::Output;
use crate::policy::{Document, Place, parse_encoded, same_document};

/// Where services put the policy in what they print.
const PLACES: [&str; 6] = [
    "/Policy",
    "/policy",
    "/PolicyText",
    "/policyText",
    "/ResourcePolicy",
    "/Attributes/Policy",
];

/// Errors by which services say that a resource has no policy.
const NONE: [&str; 4] = [
    "NoSuchBucketPolicy",
    "PolicyNotFoundException",
    "RepositoryPolicyNotFoundException",
    "ResourceNotFoundException",
];

/// Commands that print nothing, or everything else, where there is no policy.
const SILENT: [&str; 5] = [
    "get-queue-attributes",
    "get-topic-attributes",
    "get-resource-policy",
    "describe-event-bus",
    "get-rest-api",
];

impl Resources {
    /// Takes an item, if it is an output about policies of resources; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        if output.node.get("PublicAccessBlockConfiguration").is_some()
            || output.verb() == Some("get-public-access-block")
        {
            self.block(&output);
            return true;
        }
        if self.take_grants(&output) {
            return true;
        }
        if let Some((list, _)) = output.list("VpcEndpoints") {
            list.iter()
                .enumerate()
                .for_each(|(at, node)| self.endpoint(&output, at, node));
            return true;
        }
        let found = PLACES
            .iter()
            .find_map(|place| Some((*place, output.node.find(place).filter(|node| !node.is_null())?)));
        let arn = output.of.or_else(|| named(output.node));
        match (output.command, arn) {
            (Some(_), Some(arn)) => self.wrapped(&output, arn, found),
            (Some(_), None) => self.unattributed(&output),
            (None, Some(arn)) if found.is_some() || names_all(output.node) => {
                self.wrapped(&output, arn, found)
            }
            // A policy as text, alone: an output that does not name its resource.
            (None, None) if found.is_some_and(|(_, node)| is_document_text(node)) => {
                self.unattributed(&output)
            }
            _ => return false,
        }
        true
    }

    fn endpoint(&mut self, output: &Output<'_>, at: usize, node: &Node) {
        let text = |key: &str| node.get(key).and_then(Node::text);
        let Some(id) = text("VpcEndpointId") else {
            return;
        };
        let pointer = format!("{}/VpcEndpoints/{at}/PolicyDocument", output.pointer);
        let place = Place::of(node, &pointer);
        // One without a policy lets everything through.
        let Some(policy) = node.get("PolicyDocument").filter(|policy| !policy.is_null()) else {
            return;
        };
        let mut document = parse_encoded(policy, &pointer);
        if let Some(known) = self.endpoints.get(id)
            && !same_document(Some(&known.document), Some(&document))
        {
            document.unreadable = Some("several exports describe it differently".into());
            document.statements = Vec::new();
        }
        let made = super::Endpoint {
            service: text("ServiceName").unwrap_or_default().into(),
            document,
            spot: Spot {
                file: output.file,
                place,
            },
        };
        self.endpoints.insert(id.into(), made);
    }

    fn wrapped(&mut self, output: &Output<'_>, arn: &str, found: Option<(&str, &Node)>) {
        // A bucket has a policy, its objects have none.
        let object = arn
            .split_once(":s3:::")
            .is_some_and(|(_, name)| name.contains('/'));
        if arn.split(':').count() < 6 || !arn.starts_with("arn:") || arn.contains(['*', '?', '$']) || object {
            self.remark(
                output,
                format!("`{arn}` is not the ARN of one resource with a policy"),
            );
            return;
        }
        let account = output.account.filter(|account| is_account(account));
        if let (Some(written), None) = (output.account, account) {
            self.remark(
                output,
                format!("`{written}` is no account id, which has twelve digits"),
            );
        }
        if let (Some(own), Some(said)) = (account_of(arn), account)
            && own != said
        {
            self.remark(output, format!("`{arn}` is not of account {said}"));
        }
        let quiet = output.verb().is_none_or(|verb| SILENT.contains(&verb));
        let place;
        let policy = match (found, output.error) {
            (Some((at, node)), _) => {
                let pointer = format!("{}{at}", output.pointer);
                place = Place::of(node, &pointer);
                if node.text().is_some_and(|text| text.trim().is_empty()) {
                    Policy::None
                } else {
                    Policy::Document(parse_encoded(node, &pointer))
                }
            }
            (None, error) => {
                place = output.place("Of");
                match error {
                    Some(error) if NONE.contains(&error) => Policy::None,
                    Some(error) => Policy::Unread(format!("it was answered with {error}").into()),
                    None if quiet => Policy::None,
                    None => Policy::Unread("the output holds no policy".into()),
                }
            }
        };
        let owner = account_of(arn).or(account).map(Text::from);
        if owner.is_none() {
            self.remark(
                output,
                format!("whose `{arn}` is cannot be told: its name carries no account and the wrapper has no `Account`"),
            );
        }
        let command = output.command.unwrap_or("the command that shows its policy");
        let made = Exported {
            owner,
            policy,
            settle: format!("aws {command} for {arn}").into(),
            spot: Spot {
                file: output.file,
                place,
            },
        };
        self.add(arn.into(), made);
    }

    fn add(&mut self, arn: Text, made: Exported) {
        let Some(known) = self.policies.get_mut(&arn) else {
            self.policies.insert(arn, made);
            return;
        };
        if known.owner != made.owner {
            known.owner = None;
        }
        known.policy = match (&known.policy, made.policy) {
            (Policy::None, Policy::None) => Policy::None,
            (Policy::Document(a), Policy::Document(b)) if same_document(Some(a), Some(&b)) => return,
            // Who may not read a policy does not contradict who may.
            (_, Policy::Unread(_)) => return,
            (Policy::Unread(_), other) => other,
            (Policy::None | Policy::Document(_), _) => Policy::Document(Document {
                unreadable: Some("several exports describe it differently".into()),
                ..Document::missing(known.spot.place.clone())
            }),
        };
    }

    /// What keeps public policies of a bucket, or of all buckets of an account, from letting other accounts in.
    fn block(&mut self, output: &Output<'_>) {
        let Some(of) = output.of else {
            self.unattributed(output);
            return;
        };
        let said = output
            .node
            .get("PublicAccessBlockConfiguration")
            .and_then(|block| block.get("RestrictPublicBuckets"))
            .and_then(Node::scalar);
        let restricts = match (said, output.error) {
            (Some(said), _) => said.eq_ignore_ascii_case("true"),
            (None, Some("NoSuchPublicAccessBlockConfiguration")) => false,
            (None, _) => return,
        };
        // Of two exports the one that lets fewer in.
        *self.restricts.entry(of.into()).or_default() |= restricts;
    }

    fn unattributed(&mut self, output: &Output<'_>) {
        self.remark(output, "this output does not say of which resource it is".into());
    }

    fn remark(&mut self, output: &Output<'_>, what: String) {
        let at = output.node.position();
        self.remarks.push(Remark {
            location: Some(Location {
                file: output.file,
                line: at.line,
                column: at.column,
                pointer: pointer_join(&output.pointer, "").trim_end_matches('/').into(),
            }),
            what: what.into(),
            hint: "put it into a wrapper: {\"AwsCli\": \"s3api get-bucket-policy\", \"Of\": \"arn:…\", \"Account\": \"…\", \"Output\": …}"
                .into(),
            loses: true,
        });
    }
}

/// The resource that an output names itself.
fn named(node: &Node) -> Option<&str> {
    let attribute = |key: &str| node.get("Attributes")?.get(key)?.text();
    let own = |key: &str, service: &str| {
        let arn = node.get(key).and_then(Node::text)?;
        (super::service(arn) == service).then_some(arn)
    };
    attribute("QueueArn")
        .or_else(|| attribute("TopicArn"))
        .or_else(|| own("ARN", "secretsmanager"))
        .or_else(|| own("Arn", "events").filter(|arn| arn.contains(":event-bus/")))
}

/// Whether an output that names its resource would also have its policy.
fn names_all(node: &Node) -> bool {
    let attributes = node
        .get("Attributes")
        .map_or(0, |attributes| attributes.entries().len());
    // Asked for the name alone, a queue tells nothing of its policy.
    attributes > 2 || node.get("Arn").is_some()
}

fn is_document_text(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains("\"Statement\""))
}
