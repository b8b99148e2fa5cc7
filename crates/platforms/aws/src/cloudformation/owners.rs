//! Policies of resources in a template.
//!
//! Source: CloudFormation Template Reference, the page of each type.

use std::collections::BTreeMap;

use leastwise_document::{Node, Value};
use leastwise_model::Text;

use super::kinds::{Made, map};
use super::scope::{doubtful, function, text};
use crate::declared::{Form, POLICY_OF, Resource, queue};
use crate::export::Spot;
use crate::policy::marked;

/// Statements that several resources add to one policy.
#[derive(Default)]
pub struct Statements {
    list: Vec<(Node, Option<Text>)>,
    first: Option<(Text, Spot)>,
}

impl Made<'_> {
    /// A policy of the resource with this ARN; `property` holds it.
    fn attached(&mut self, arn: String, property: &str) {
        let policy = self.properties.find(property).cloned();
        let values = self.values([("arn", self.text(&arn)), ("policy", policy)]);
        self.add(POLICY_OF, values);
    }

    pub(super) fn policy_of_resource(&mut self, kind: &str, written: Option<&Node>) {
        let name = self.logical;
        let own = || self.scope.arn(name);
        let named = |kind: &str, property: &str| {
            let named = self.words(property).unwrap_or_default();
            self.scope.arn_named(kind, named)
        };
        match kind {
            "AWS::S3::BucketPolicy" => self.attached(named("AWS::S3::Bucket", "Bucket"), "/PolicyDocument"),
            "AWS::KMS::Key" => self.attached(own(), "/KeyPolicy"),
            "AWS::ECR::Repository" => self.attached(own(), "/RepositoryPolicyText"),
            "AWS::DynamoDB::Table" => self.attached(own(), "/ResourcePolicy/PolicyDocument"),
            "AWS::SecretsManager::ResourcePolicy" => {
                self.attached(
                    named("AWS::SecretsManager::Secret", "SecretId"),
                    "/ResourcePolicy",
                );
            }
            "AWS::SQS::QueuePolicy" | "AWS::SQS::QueueInlinePolicy" => {
                let queues =
                    written.and_then(|properties| properties.get("Queues").or(properties.get("Queue")));
                for arn in queues.map(|queues| self.queues(queues)).unwrap_or_default() {
                    self.attached(arn, "/PolicyDocument");
                }
            }
            "AWS::SNS::TopicPolicy" | "AWS::SNS::TopicInlinePolicy" => {
                let topics = self.get("Topics").or_else(|| self.get("TopicArn"));
                let Some(topics) = topics else { return };
                let alone = std::slice::from_ref(&topics);
                for one in if topics.is_list() { topics.list() } else { alone } {
                    self.attached(one.text().unwrap_or_default().to_owned(), "/PolicyDocument");
                }
            }
            "AWS::Lambda::Permission" => {
                let arn = named("AWS::Lambda::Function", "FunctionName");
                let statement = self.permission(&arn);
                self.statement(arn, statement);
            }
            "AWS::Events::EventBusPolicy" => {
                let bus = self.words("EventBusName").unwrap_or("default");
                let arn = self.scope.arn_named("AWS::Events::EventBus", bus);
                match self.get("Statement") {
                    Some(statement) => self.statement(arn, statement),
                    // The older form, of a principal and an action: that it says something is all that is kept.
                    None => {
                        let values = self.values([
                            ("arn", self.text(&arn)),
                            ("policy", self.text(&marked("EventBusPolicy"))),
                        ]);
                        self.add(POLICY_OF, values);
                    }
                }
            }
            _ => {}
        }
    }

    /// The ARNs of queues: `Ref` gives the URL of one.
    fn queues(&self, queues: &Node) -> Vec<String> {
        let alone = std::slice::from_ref(queues);
        let list = if queues.is_list() { queues.list() } else { alone };
        let each = list.iter().filter_map(|one| match function(one) {
            Some(("Ref", logical)) => Some(self.scope.arn(logical.text()?)),
            _ => {
                let url = self.scope.words(one, 0)?;
                Some(queue(&url).unwrap_or(url))
            }
        });
        each.collect()
    }

    /// The statement that a permission of a function adds to its policy.
    fn permission(&self, arn: &str) -> Node {
        let principal = self.words("Principal").unwrap_or_default();
        let service = principal.ends_with(".amazonaws.com") || principal.ends_with(".amazonaws.com.cn");
        let principal = match (principal, service) {
            ("*", _) => self.text("*"),
            (_, true) => Some(self.values([("Service", self.text(principal))])),
            (_, false) => Some(self.values([("AWS", self.text(principal))])),
        };
        let equal = [
            ("AWS:SourceAccount", "SourceAccount"),
            ("aws:PrincipalOrgID", "PrincipalOrgID"),
            ("lambda:EventSourceToken", "EventSourceToken"),
            ("lambda:FunctionUrlAuthType", "FunctionUrlAuthType"),
        ];
        let equal = equal.map(|(key, property)| (key, self.get(property)));
        let like = self.values([("AWS:SourceArn", self.get("SourceArn"))]);
        let equal = map(&self.properties, equal);
        let filled = |node: Node| (!node.entries().is_empty()).then_some(node);
        let condition = self.values([("StringEquals", filled(equal)), ("ArnLike", filled(like))]);
        self.values([
            ("Sid", self.text(self.logical)),
            ("Effect", self.text("Allow")),
            ("Principal", principal),
            ("Action", self.get("Action")),
            ("Resource", self.text(arn)),
            ("Condition", filled(condition)),
        ])
    }

    fn statement(&mut self, arn: String, statement: Node) {
        let spot = self.spot.clone();
        let all = self.statements.entry(arn).or_default();
        all.first.get_or_insert((self.logical.into(), spot));
        all.list.push((statement, self.perhaps.clone()));
    }
}

impl Statements {
    /// The policy that the statements make together.
    pub fn resource(self, arn: &str) -> Option<Resource> {
        let (address, spot) = self.first?;
        let mut list = Vec::new();
        for (mut statement, perhaps) in self.list {
            if let Some(condition) = perhaps {
                doubtful(&mut statement, &marked(&format!("condition {condition}")));
            }
            list.push(statement);
        }
        let at = list.first()?.clone();
        let statements = Node {
            at: at.at,
            value: Value::List(list),
        };
        let version = Some(text(&at, "2012-10-17"));
        let document = map(&at, [("Version", version), ("Statement", Some(statements))]);
        Some(Resource {
            address,
            kind: POLICY_OF,
            form: Form::Template,
            values: map(&at, [("arn", Some(text(&at, arn))), ("policy", Some(document))]),
            written: &[],
            references: BTreeMap::new(),
            perhaps: None,
            spot,
        })
    }
}
