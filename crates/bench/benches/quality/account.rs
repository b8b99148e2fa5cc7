//! Roles whose work is known, the account that holds more for them, and what a trail shows of the first days.

use leastwise_bench::Random;
use leastwise_model::{Basis, UseOutcome};
use leastwise_usage::{Observation, Observed, ObservedLog};

/// How long the time is, and how much of it is seen.
pub const DAYS: i64 = 90;
pub const SEEN: i64 = 60;
/// The first of January 2026, in days since 1970.
const BEGINNING: i64 = 20_454;
const DAY: i64 = 86_400;

/// Action, resource (`N` is a number of the role's own), whether the trail records it.
const TASKS: [(&str, &str, bool); 18] = [
    ("s3:GetObject", "arn:aws:s3:::app-N/report", false),
    ("s3:PutObject", "arn:aws:s3:::app-N/report", false),
    ("s3:ListBucket", "arn:aws:s3:::app-N", false),
    ("s3:GetBucketPolicy", "arn:aws:s3:::app-N", true),
    ("s3:PutLifecycleConfiguration", "arn:aws:s3:::app-N", true),
    (
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/app-N",
        false,
    ),
    (
        "dynamodb:PutItem",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/app-N",
        false,
    ),
    (
        "dynamodb:DescribeTable",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/app-N",
        true,
    ),
    (
        "dynamodb:RestoreTableFromBackup",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/app-N",
        true,
    ),
    (
        "lambda:InvokeFunction",
        "arn:aws:lambda:eu-west-1:111122223333:function:app-N",
        false,
    ),
    (
        "lambda:UpdateFunctionCode",
        "arn:aws:lambda:eu-west-1:111122223333:function:app-N",
        true,
    ),
    ("ec2:DescribeInstances", "*", true),
    (
        "ec2:StartInstances",
        "arn:aws:ec2:eu-west-1:111122223333:instance/i-0000N",
        true,
    ),
    (
        "rds:CreateDBSnapshot",
        "arn:aws:rds:eu-west-1:111122223333:snapshot:app-N",
        true,
    ),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/N", true),
    (
        "kms:GenerateDataKey",
        "arn:aws:kms:eu-west-1:111122223333:key/N",
        true,
    ),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-N",
        true,
    ),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/app-N", false),
];
/// How often a task comes back, in days, and how likely that is.
const PERIODS: [(i64, f64); 4] = [(1, 0.55), (7, 0.2), (30, 0.15), (DAYS, 0.1)];

/// A task of a role.
pub struct Work {
    pub action: &'static str,
    pub resource: String,
    pub recorded: bool,
    pub period: i64,
    /// The day on which it comes first.
    from: i64,
}

impl Work {
    /// The days on which it is done.
    pub fn days(&self) -> impl Iterator<Item = i64> {
        (self.from..DAYS).step_by(usize::try_from(self.period).unwrap_or(1))
    }
}

/// The work of each role.
pub struct Account {
    pub roles: Vec<Vec<Work>>,
    held: Vec<Vec<&'static str>>,
}

/// The ARN of a role.
pub fn arn(role: usize) -> String {
    format!("arn:aws:iam::111122223333:role/app-{role}")
}

fn service(action: &str) -> &str {
    action.split(':').next().unwrap_or(action)
}

impl Account {
    /// Roles with four to nine tasks each; every role holds the services of its tasks whole, and one more.
    pub fn random(roles: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let weights = PERIODS.map(|(_, weight)| weight);
        let mut account = Self {
            roles: Vec::new(),
            held: Vec::new(),
        };
        for role in 0..roles {
            let count = random.between(4, 9);
            let chosen = random.sample(TASKS.len(), count);
            let tasks = chosen.iter().filter_map(|at| TASKS.get(*at));
            let mut work = Vec::new();
            for (action, resource, recorded) in tasks {
                let period = PERIODS
                    .get(random.weighted(&weights))
                    .map_or(1, |(days, _)| *days);
                let from = random.below(usize::try_from(period).unwrap_or(1));
                work.push(Work {
                    action,
                    resource: resource.replace('N', &role.to_string()),
                    recorded: *recorded,
                    period,
                    from: i64::try_from(from).unwrap_or(0),
                });
            }
            let mut held: Vec<&str> = work.iter().map(|work| service(work.action)).collect();
            held.extend(
                TASKS
                    .get(random.below(TASKS.len()))
                    .map(|(action, ..)| service(action)),
            );
            held.sort_unstable();
            held.dedup();
            account.roles.push(work);
            account.held.push(held);
        }
        account
    }

    /// The account as `aws iam get-account-authorization-details` prints it.
    pub fn export(&self) -> String {
        let roles = self.held.iter().enumerate().map(|(role, services)| {
            let actions: Vec<String> = services
                .iter()
                .map(|service| match *service {
                    "iam" => "\"iam:PassRole\"".to_owned(),
                    service => format!("\"{service}:*\""),
                })
                .collect();
            format!(
                r#"{{"Path":"/","RoleName":"app-{role}","RoleId":"AROAEXAMPLE{role:05}","Arn":"{}",
                "AssumeRolePolicyDocument":{{"Version":"2012-10-17","Statement":[]}},"RolePolicyList":[{{"PolicyName":"all",
                "PolicyDocument":{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{}],"Resource":"*"}}]}}}}]}}"#,
                arn(role),
                actions.join(",")
            )
        });
        let roles: Vec<String> = roles.collect();
        format!(
            r#"{{"RoleDetailList":[{}],"UserDetailList":[],"GroupDetailList":[],"Policies":[]}}"#,
            roles.join(",")
        )
    }

    /// What the trail shows of the days that are seen.
    pub fn observed(&self) -> Observed {
        let instant = |day: i64| {
            let second = (BEGINNING + day).saturating_mul(DAY) + DAY / 2;
            jiff::Timestamp::from_second(second).unwrap_or_default()
        };
        let mut observed = Observed::default();
        for (role, work) in self.roles.iter().enumerate() {
            for task in work.iter().filter(|task| task.recorded) {
                let days: Vec<i64> = task.days().filter(|day| *day < SEEN).collect();
                let (Some(first), Some(last)) = (days.first(), days.last()) else {
                    continue;
                };
                observed.uses.push(Observation {
                    identity: arn(role),
                    operation: task.action.to_owned(),
                    action: task.action.to_owned(),
                    basis: Basis::Mapped,
                    resource: Some(task.resource.clone()),
                    folded: false,
                    outcome: UseOutcome::Allowed,
                    count: days.len() as u64,
                    first: instant(*first),
                    last: instant(*last),
                    days: days
                        .iter()
                        .filter_map(|day| (BEGINNING + day).try_into().ok())
                        .collect(),
                });
            }
        }
        observed.logs = vec![ObservedLog {
            platform: "aws".into(),
            instance: "111122223333".into(),
            area: "eu-west-1".into(),
            kind: "management".into(),
            first: instant(0),
            last: instant(SEEN - 1),
            days: usize::try_from(SEEN).unwrap_or(0),
        }];
        observed
    }
}

/// The configuration of the trail: management events, and no data events.
pub const TRAIL: [&str; 2] = [
    r#"{"trailList":[{"Name":"main","TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","HomeRegion":"eu-west-1","IsMultiRegionTrail":true,"IsOrganizationTrail":false}]}"#,
    r#"{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/main","EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":true,"DataResources":[],"ExcludeManagementEventSources":[]}]}"#,
];
