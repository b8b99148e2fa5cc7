//! Random AWS policy documents with the shapes that real accounts hold.

use crate::Random;
use crate::json::{object, string, strings};

/// A service with some of its actions and the shapes of its resource names (`%` stands for a number, `#` for the account).
pub struct Service {
    pub name: &'static str,
    pub actions: &'static [&'static str],
    pub resources: &'static [&'static str],
    weight: f64,
}

const fn service(
    name: &'static str,
    weight: f64,
    actions: &'static [&'static str],
    resources: &'static [&'static str],
) -> Service {
    Service {
        name,
        actions,
        resources,
        weight,
    }
}

/// The services that generated policies speak of.
pub const SERVICES: [Service; 13] = [
    service(
        "s3",
        6.0,
        &[
            "GetObject",
            "PutObject",
            "DeleteObject",
            "ListBucket",
            "GetBucketPolicy",
            "PutBucketPolicy",
            "GetObjectVersion",
            "PutObjectAcl",
        ],
        &["arn:aws:s3:::app-%", "arn:aws:s3:::app-%/*"],
    ),
    service(
        "dynamodb",
        5.0,
        &[
            "GetItem",
            "PutItem",
            "Query",
            "Scan",
            "UpdateItem",
            "DeleteItem",
            "DescribeTable",
            "BatchGetItem",
        ],
        &["arn:aws:dynamodb:eu-west-1:#:table/t-%"],
    ),
    service(
        "sqs",
        4.0,
        &[
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "GetQueueAttributes",
            "SetQueueAttributes",
        ],
        &["arn:aws:sqs:eu-west-1:#:q-%"],
    ),
    service(
        "sns",
        3.0,
        &["Publish", "Subscribe", "GetTopicAttributes", "SetTopicAttributes"],
        &["arn:aws:sns:eu-west-1:#:n-%"],
    ),
    service(
        "lambda",
        4.0,
        &[
            "InvokeFunction",
            "UpdateFunctionCode",
            "GetFunction",
            "CreateFunction",
            "ListFunctions",
            "UpdateFunctionConfiguration",
        ],
        &["arn:aws:lambda:eu-west-1:#:function:f-%"],
    ),
    service(
        "kms",
        4.0,
        &[
            "Decrypt",
            "Encrypt",
            "GenerateDataKey",
            "DescribeKey",
            "CreateGrant",
        ],
        &["arn:aws:kms:eu-west-1:#:key/00000000-0000-0000-0000-0000000000%"],
    ),
    service(
        "secretsmanager",
        3.0,
        &["GetSecretValue", "DescribeSecret", "PutSecretValue"],
        &["arn:aws:secretsmanager:eu-west-1:#:secret:s-%-??????"],
    ),
    service(
        "ssm",
        3.0,
        &[
            "GetParameter",
            "GetParameters",
            "SendCommand",
            "StartSession",
            "PutParameter",
        ],
        &["arn:aws:ssm:eu-west-1:#:parameter/p/%/*"],
    ),
    service(
        "ec2",
        4.0,
        &[
            "DescribeInstances",
            "RunInstances",
            "TerminateInstances",
            "CreateTags",
            "StartInstances",
            "StopInstances",
        ],
        &["arn:aws:ec2:eu-west-1:#:instance/i-000000000000000%"],
    ),
    service(
        "logs",
        5.0,
        &[
            "CreateLogGroup",
            "CreateLogStream",
            "PutLogEvents",
            "DescribeLogGroups",
        ],
        &["arn:aws:logs:eu-west-1:#:log-group:/g/%:*"],
    ),
    service(
        "ecr",
        3.0,
        &[
            "GetAuthorizationToken",
            "BatchGetImage",
            "PutImage",
            "GetDownloadUrlForLayer",
        ],
        &["arn:aws:ecr:eu-west-1:#:repository/r-%"],
    ),
    service(
        "sts",
        1.5,
        &["AssumeRole", "TagSession", "GetCallerIdentity"],
        &["arn:aws:iam::#:role/app-%"],
    ),
    service(
        "iam",
        1.2,
        &[
            "GetRole",
            "ListRoles",
            "PassRole",
            "CreateAccessKey",
            "PutRolePolicy",
            "AttachRolePolicy",
            "UpdateAssumeRolePolicy",
            "GetPolicy",
        ],
        &["arn:aws:iam::#:role/app-%"],
    ),
];

/// Families of actions that policies grant by pattern.
const FAMILIES: [&str; 6] = ["Get*", "List*", "Describe*", "Put*", "Create*", "Batch*"];

/// What a statement says about actions or resources: these, or all but these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// `NotAction` or `NotResource` rather than `Action` or `Resource`.
    pub negated: bool,
    /// Patterns; a single one is written as a plain string, as people do.
    pub patterns: Vec<String>,
}

impl Element {
    fn of(patterns: Vec<String>) -> Self {
        Self {
            negated: false,
            patterns,
        }
    }

    fn json(&self) -> String {
        match self.patterns.as_slice() {
            [one] => string(one),
            many => strings(many),
        }
    }
}

/// A statement of a policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub denies: bool,
    pub actions: Element,
    pub resources: Element,
    /// The members of `Condition`: operator, key, value as JSON.
    pub conditions: Vec<(&'static str, &'static str, String)>,
}

impl Statement {
    /// A random statement of an account, with the same distribution of shapes everywhere.
    pub fn random(random: &mut Random, account: &str) -> Self {
        let at = random.weighted(&SERVICES.map(|service| service.weight));
        let Some(service) = SERVICES.get(at) else {
            return Self::everything();
        };
        let mut statement = Self {
            denies: false,
            actions: Element::of(actions(random, service)),
            resources: Element::of(resources(random, service, account)),
            conditions: Vec::new(),
        };
        let shape = random.unit();
        if shape < 0.05 {
            statement.denies = true;
            statement.actions = Element::of(vec![format!("{}:Delete*", service.name)]);
            statement.resources = Element::of(vec!["*".into()]);
        } else if shape < 0.065 {
            let all_but = ["iam:*", "organizations:*", "account:*"]
                .map(String::from)
                .to_vec();
            statement.actions = Element {
                negated: true,
                patterns: all_but,
            };
            statement.resources = Element::of(vec!["*".into()]);
        } else if shape < 0.08 {
            if statement.resources.patterns == ["*"] {
                statement.resources.patterns = vec!["arn:aws:s3:::secret-*".into()];
            }
            statement.resources.negated = true;
        }
        statement.conditions.extend(condition(random, account));
        statement
    }

    fn everything() -> Self {
        let all = Element::of(vec!["*".into()]);
        Self {
            denies: false,
            actions: all.clone(),
            resources: all,
            conditions: Vec::new(),
        }
    }

    /// The statement as AWS writes it.
    pub fn json(&self) -> String {
        let mut members = vec![
            ("Effect", string(if self.denies { "Deny" } else { "Allow" })),
            (
                if self.actions.negated {
                    "NotAction"
                } else {
                    "Action"
                },
                self.actions.json(),
            ),
            (
                if self.resources.negated {
                    "NotResource"
                } else {
                    "Resource"
                },
                self.resources.json(),
            ),
        ];
        if !self.conditions.is_empty() {
            members.push(("Condition", conditions_json(&self.conditions)));
        }
        object(&members)
    }
}

/// Groups conditions by operator, as the document needs it: one member an operator.
fn conditions_json(conditions: &[(&'static str, &'static str, String)]) -> String {
    let mut operators: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    for (operator, key, value) in conditions {
        match operators.iter_mut().find(|(name, _)| name == operator) {
            Some((_, keys)) => keys.push((key, value.clone())),
            None => operators.push((operator, vec![(key, value.clone())])),
        }
    }
    object(
        &operators
            .iter()
            .map(|(operator, keys)| (*operator, object(keys)))
            .collect::<Vec<_>>(),
    )
}

/// A policy document of `count` random statements.
pub fn document(random: &mut Random, account: &str, count: usize) -> String {
    let statements: Vec<Statement> = (0..count).map(|_| Statement::random(random, account)).collect();
    document_of(&statements)
}

/// The document that holds `statements`.
pub fn document_of(statements: &[Statement]) -> String {
    let statements: Vec<String> = statements.iter().map(Statement::json).collect();
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{}}}",
        crate::json::array(&statements)
    )
}

fn actions(random: &mut Random, service: &Service) -> Vec<String> {
    let name = service.name;
    let shape = random.unit();
    if shape < 0.06 {
        return vec![format!("{name}:*")];
    }
    let (from, count) = if shape < 0.22 {
        (FAMILIES.as_slice(), 2)
    } else {
        (service.actions, random.between(1, 5))
    };
    let chosen = random.sample(from.len(), count);
    chosen
        .iter()
        .filter_map(|at| from.get(*at))
        .map(|action| format!("{name}:{action}"))
        .collect()
}

fn resources(random: &mut Random, service: &Service, account: &str) -> Vec<String> {
    if random.chance(0.28) {
        return vec!["*".into()];
    }
    let number = format!("{:02}", random.below(50));
    let family = random.chance(0.15);
    let made = service.resources.iter().map(|shape| {
        let shape = shape.replace('#', account);
        match shape.split_once('%') {
            Some((head, _)) if family => format!("{head}*"),
            _ => shape.replace('%', &number),
        }
    });
    let mut made: Vec<String> = made.collect();
    made.dedup();
    made
}

/// Half of the statements have no condition.
fn condition(random: &mut Random, account: &str) -> Option<(&'static str, &'static str, String)> {
    match random.below(12) {
        0 => Some((
            "StringEquals",
            "aws:RequestedRegion",
            strings(&["eu-west-1", "eu-central-1"]),
        )),
        1 => Some(("Bool", "aws:SecureTransport", string("true"))),
        2 => Some((
            "StringEquals",
            "aws:ResourceTag/team",
            string("${aws:PrincipalTag/team}"),
        )),
        3 => Some((
            "IpAddress",
            "aws:SourceIp",
            strings(&["10.0.0.0/8", "192.0.2.0/24"]),
        )),
        4 => Some(("Null", "aws:TokenIssueTime", string("false"))),
        5 => Some((
            "StringLike",
            "aws:PrincipalArn",
            string(format!("arn:aws:iam::{account}:role/app-1*")),
        )),
        _ => None,
    }
}
