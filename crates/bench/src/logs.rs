//! Audit logs of many identities over many days, with the truth about them.
//!
//! Heavy-tailed as real logs are: few identities, actions and objects make most events. Some identities are active on every
//! day, some on every seventh or thirtieth only; each has its own rate of denials; sessions last one hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Random;

/// The size of a corpus.
#[derive(Debug, Clone)]
pub struct AuditLogs {
    /// How many events.
    pub events: usize,
    /// How many identities.
    pub identities: usize,
    /// How many days they cover.
    pub days: usize,
    /// How many events a file holds.
    pub per_file: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

impl Default for AuditLogs {
    fn default() -> Self {
        Self {
            events: 200_000,
            identities: 2_000,
            days: 90,
            per_file: 5_000,
            seed: 1,
        }
    }
}

/// What happened between one identity and one operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// How often it went through.
    pub allowed: u64,
    /// How often it was refused.
    pub denied: u64,
    /// When it went through last; empty where it never did.
    pub last_allowed: String,
}

/// For each identity and operation, in the log's own words, what happened.
pub type Truths = BTreeMap<(String, String), Truth>;

const ACCOUNT: &str = "111122223333";
/// Seconds of the first of January 2026.
const BEGINNING: i64 = 1_767_225_600;

/// Service, event, whether it only reads, the resource (`R` and `O` stand for numbers), whether it is a data event.
const EVENTS: [(&str, &str, bool, &str, bool); 23] = [
    ("s3", "GetObject", true, "arn:aws:s3:::bkt-R/k/O", true),
    ("s3", "PutObject", false, "arn:aws:s3:::bkt-R/k/O", true),
    ("s3", "ListObjects", true, "arn:aws:s3:::bkt-R", true),
    ("s3", "GetBucketAcl", true, "arn:aws:s3:::bkt-R", false),
    (
        "sts",
        "AssumeRole",
        true,
        "arn:aws:iam::111122223333:role/app-R",
        false,
    ),
    ("sts", "GetCallerIdentity", true, "", false),
    (
        "kms",
        "Decrypt",
        true,
        "arn:aws:kms:us-east-1:111122223333:key/R",
        false,
    ),
    (
        "kms",
        "GenerateDataKey",
        true,
        "arn:aws:kms:us-east-1:111122223333:key/R",
        false,
    ),
    (
        "dynamodb",
        "GetItem",
        true,
        "arn:aws:dynamodb:us-east-1:111122223333:table/tR",
        true,
    ),
    (
        "dynamodb",
        "PutItem",
        false,
        "arn:aws:dynamodb:us-east-1:111122223333:table/tR",
        true,
    ),
    (
        "dynamodb",
        "DescribeTable",
        true,
        "arn:aws:dynamodb:us-east-1:111122223333:table/tR",
        false,
    ),
    (
        "lambda",
        "Invoke",
        false,
        "arn:aws:lambda:us-east-1:111122223333:function:fR",
        true,
    ),
    (
        "lambda",
        "GetFunction20150331v2",
        true,
        "arn:aws:lambda:us-east-1:111122223333:function:fR",
        false,
    ),
    ("ec2", "DescribeInstances", true, "", false),
    ("ec2", "DescribeNetworkInterfaces", true, "", false),
    ("ec2", "RunInstances", false, "", false),
    ("ec2", "CreateTags", false, "", false),
    (
        "secretsmanager",
        "GetSecretValue",
        true,
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:sR-AbCdEf",
        false,
    ),
    ("logs", "CreateLogStream", false, "", false),
    ("logs", "DescribeLogGroups", true, "", false),
    ("iam", "GetRole", true, "", false),
    ("iam", "ListAttachedRolePolicies", true, "", false),
    ("iam", "ListRoles", true, "", false),
];

/// Group, resource, subresource.
const RESOURCES: [(&str, &str, &str); 10] = [
    ("", "pods", ""),
    ("", "secrets", ""),
    ("", "configmaps", ""),
    ("", "events", ""),
    ("apps", "deployments", ""),
    ("batch", "jobs", ""),
    ("coordination.k8s.io", "leases", ""),
    ("rbac.authorization.k8s.io", "rolebindings", ""),
    ("", "pods", "exec"),
    ("", "serviceaccounts", "token"),
];
const VERBS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

/// Numbers from 0, each less likely than the one before.
struct HeavyTail(Vec<f64>);

impl HeavyTail {
    fn new(count: usize, steepness: f64) -> Self {
        let mut sum = 0.0;
        let sums = (0..count.max(1)).map(|rank| {
            sum += ((rank + 1) as f64).powf(-steepness);
            sum
        });
        Self(sums.collect())
    }

    fn draw(&self, random: &mut Random) -> usize {
        let wanted = random.unit() * self.0.last().copied().unwrap_or_default();
        self.0.partition_point(|sum| *sum <= wanted).min(self.0.len() - 1)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Role,
    User,
    Web,
    Service,
}

struct Person {
    number: usize,
    kind: Kind,
    events: Vec<usize>,
    accesses: Vec<(usize, usize)>,
    likely: HeavyTail,
    likely_access: HeavyTail,
    resources: Vec<usize>,
    denials: f64,
    period: i64,
    agent: &'static str,
}

/// Everybody, and what is drawn for every event.
struct World<'a> {
    size: &'a AuditLogs,
    people: Vec<Person>,
    random: Random,
    who: HeavyTail,
    objects: HeavyTail,
    names: HeavyTail,
    truths: Truths,
}

impl<'a> World<'a> {
    fn new(size: &'a AuditLogs) -> Self {
        let resources = HeavyTail::new(400, 1.3);
        let mut random = Random::new(size.seed);
        let people = (0..size.identities.max(1)).map(|number| person(number, &mut random, &resources));
        Self {
            size,
            people: people.collect(),
            random,
            who: HeavyTail::new(size.identities, 1.15),
            objects: HeavyTail::new(100_000, 0.9),
            names: HeavyTail::new(400, 1.3),
            truths: Truths::new(),
        }
    }

    /// Who does something about this share of the whole time, and when exactly.
    fn draw(&mut self, share: f64) -> (usize, i64) {
        let at = (share * self.size.days as f64 * 86_400.0) as i64 + self.random.below(900) as i64;
        let second = BEGINNING + at;
        loop {
            let who = self.who.draw(&mut self.random);
            let active = self.people.get(who).is_none_or(|person| {
                (second.div_euclid(86_400) + person.number as i64).rem_euclid(person.period) == 0
            });
            if active {
                return (who, second);
            }
        }
    }

    fn tell(&mut self, who: String, operation: String, denied: bool, at: &str) {
        let truth = self.truths.entry((who, operation)).or_default();
        if denied {
            truth.denied += 1;
        } else {
            truth.allowed += 1;
            if *truth.last_allowed < *at {
                at.clone_into(&mut truth.last_allowed);
            }
        }
    }
}

fn person(number: usize, random: &mut Random, resources: &HeavyTail) -> Person {
    let services: Vec<&str> = {
        let mut all: Vec<&str> = EVENTS.iter().map(|event| event.0).collect();
        all.dedup();
        let count = [1, 2, 2, 3, 4].get(random.below(5)).copied().unwrap_or(1);
        let chosen = random.sample(all.len(), count);
        chosen.into_iter().filter_map(|at| all.get(at).copied()).collect()
    };
    let mut events = Vec::new();
    for service in services {
        let of: Vec<usize> = (0..EVENTS.len())
            .filter(|at| EVENTS.get(*at).is_some_and(|event| event.0 == service))
            .collect();
        let count = random.between(1, of.len());
        let chosen = random.sample(of.len(), count);
        events.extend(chosen.into_iter().filter_map(|at| of.get(at).copied()));
    }
    let accesses: Vec<(usize, usize)> = (0..random.between(1, 8))
        .map(|_| (random.below(RESOURCES.len()), random.below(VERBS.len())))
        .collect();
    let kind = match random.unit() {
        share if share < 0.7 => Kind::Role,
        share if share < 0.8 => Kind::User,
        share if share < 0.92 => Kind::Web,
        _ => Kind::Service,
    };
    Person {
        number,
        kind,
        likely: HeavyTail::new(events.len(), 1.6),
        likely_access: HeavyTail::new(accesses.len(), 1.4),
        events,
        accesses,
        resources: (0..random.between(1, 5))
            .map(|_| resources.draw(random))
            .collect(),
        denials: [0.0, 0.0, 0.002, 0.03, 0.4]
            .get(random.below(5))
            .copied()
            .unwrap_or_default(),
        period: [1, 1, 1, 7, 30].get(random.below(5)).copied().unwrap_or(1),
        agent: random.pick(
            &[
                "aws-sdk-java/2.20.1 Linux/5.10 OpenJDK_64-Bit",
                "Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux",
                "aws-cli/2.15",
                "HashiCorp Terraform/1.7 (+https://www.terraform.io)",
            ],
            "aws-cli/2.15",
        ),
    }
}

/// Writes CloudTrail files, `{"Records":[…]}` each on one line, and tells what they hold.
///
/// # Errors
/// What `file` returns.
pub fn cloud_trail<E>(
    size: &AuditLogs,
    mut file: impl FnMut(usize, Vec<u8>) -> Result<(), E>,
) -> Result<Truths, E> {
    let mut world = World::new(size);
    let mut written = 0;
    let mut number = 0;
    while written < size.events {
        let mut text = String::from("{\"Records\":[");
        let count = size.per_file.min(size.events - written);
        let share = written as f64 / size.events as f64;
        for index in 0..count {
            if index > 0 {
                text.push(',');
            }
            call(&mut world, share, &mut text);
        }
        text.push_str("]}");
        file(number, text.into_bytes())?;
        written += count;
        number += 1;
    }
    Ok(world.truths)
}

/// Writes audit events of Kubernetes as JSON Lines, and tells what they hold.
///
/// # Errors
/// What `file` returns.
pub fn kubernetes_audit<E>(
    size: &AuditLogs,
    mut file: impl FnMut(usize, Vec<u8>) -> Result<(), E>,
) -> Result<Truths, E> {
    let mut world = World::new(size);
    let mut written = 0;
    let mut number = 0;
    while written < size.events {
        let mut text = String::new();
        let count = size.per_file.min(size.events - written);
        let share = written as f64 / size.events as f64;
        for _ in 0..count {
            access(&mut world, share, &mut text);
            text.push('\n');
        }
        file(number, text.into_bytes())?;
        written += count;
        number += 1;
    }
    Ok(world.truths)
}

/// `2026-01-31T23:59:59`.
fn moment(second: i64) -> String {
    let days = second.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, later) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = year + era * 400 + later;
    let of_day = second.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

fn uuid(random: &mut Random) -> String {
    let (one, two) = (random.next_u64(), random.next_u64());
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        one >> 32,
        one >> 16 & 0xFFFF,
        one & 0xFFFF,
        two >> 48,
        two & 0xFFFF_FFFF_FFFF
    )
}

fn call(world: &mut World<'_>, share: f64, out: &mut String) {
    let (index, second) = world.draw(share);
    let Some(person) = world.people.get(index) else {
        return;
    };
    let random = &mut world.random;
    let event = person
        .events
        .get(person.likely.draw(random))
        .copied()
        .unwrap_or_default();
    let (service, name, reads, template, data) = EVENTS.get(event).copied().unwrap_or(EVENTS[0]);
    let n = person.number;
    let at = format!("{}Z", moment(second));
    let hour = second.div_euclid(3_600);
    let session = Random::new((n as u64) << 40 ^ hour as u64).next_u64();
    let (who, arn, identity) = actor(person, session, &at);
    let via = matches!(person.kind, Kind::Role | Kind::Web) && random.chance(0.05);
    let identity = if via {
        identity.replacen('{', "{\"invokedBy\":\"cloudformation.amazonaws.com\",", 1)
    } else {
        identity
    };
    let resource = person
        .resources
        .get(random.below(person.resources.len()))
        .copied()
        .unwrap_or_default();
    let object = world.objects.draw(random);
    let name_of = template
        .replace('R', &resource.to_string())
        .replace('O', &object.to_string());
    let denied = random.chance(person.denials);
    let octets = (n % 250, random.below(250), random.below(250));
    let _ = write!(
        out,
        "{{\"eventVersion\":\"1.09\",\"userIdentity\":{identity},\"eventTime\":\"{at}\",\"eventSource\":\"{service}.amazonaws.com\",\"eventName\":\"{name}\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"10.{}.{}.{}\",\"userAgent\":\"{}\"",
        octets.0, octets.1, octets.2, person.agent
    );
    if denied {
        let code = if service == "ec2" {
            "Client.UnauthorizedOperation"
        } else {
            "AccessDenied"
        };
        let on = if name_of.is_empty() { "None" } else { &name_of };
        let _ = write!(
            out,
            ",\"errorCode\":\"{code}\",\"errorMessage\":\"User: {arn} is not authorized to perform: {service}:{name} on resource: {on} because no identity-based policy allows the {service}:{name} action\""
        );
    }
    out.push_str(",\"requestParameters\":");
    match service {
        "s3" => {
            let _ = write!(
                out,
                "{{\"bucketName\":\"bkt-{resource}\",\"Host\":\"bkt-{resource}.s3.us-east-1.amazonaws.com\",\"key\":\"k/{object}\"}}"
            );
        }
        "ec2" => {
            let items: Vec<String> = (0..random.below(7))
                .map(|_| format!("{{\"instanceId\":\"i-{:017x}\"}}", random.next_u64() >> 4))
                .collect();
            let _ = write!(
                out,
                "{{\"instancesSet\":{{\"items\":[{}]}},\"filterSet\":{{}}}}",
                items.join(",")
            );
        }
        _ if random.chance(0.8) => {
            let _ = write!(
                out,
                "{{\"name\":\"n{resource}\",\"encryptionContext\":{{\"aws:pi\":\"x\\\"y\\\\z\"}}}}"
            );
        }
        _ => out.push_str("null"),
    }
    if reads || denied {
        out.push_str(",\"responseElements\":null");
    } else {
        let _ = write!(
            out,
            ",\"responseElements\":{{\"requestId\":\"{}\",\"_return\":true}}",
            uuid(random)
        );
    }
    if data {
        let _ = write!(
            out,
            ",\"additionalEventData\":{{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"ECDHE-RSA-AES128-GCM-SHA256\",\"bytesTransferredIn\":0,\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"{:016x}{:016x}{:016x}{:012x}\",\"bytesTransferredOut\":{}}}",
            random.next_u64(),
            random.next_u64(),
            random.next_u64(),
            random.next_u64() >> 16,
            random.below(1_000_000)
        );
    }
    let _ = write!(
        out,
        ",\"requestID\":\"{:016X}\",\"eventID\":\"{}\",\"readOnly\":{reads}",
        random.next_u64(),
        uuid(random)
    );
    if !name_of.is_empty() {
        let _ = write!(
            out,
            ",\"resources\":[{{\"accountId\":\"{ACCOUNT}\",\"type\":\"AWS::X\",\"ARN\":\"{name_of}\"}}]"
        );
    }
    let _ = write!(
        out,
        ",\"eventType\":\"AwsApiCall\",\"managementEvent\":{},\"recipientAccountId\":\"{ACCOUNT}\",\"eventCategory\":\"{}\",\"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"{service}.us-east-1.amazonaws.com\"}}}}",
        !data,
        if data { "Data" } else { "Management" }
    );
    world.tell(who, format!("{service}:{name}"), denied, &at);
}

/// Whom the truth names, the ARN that messages name, and `userIdentity`.
fn actor(person: &Person, session: u64, at: &str) -> (String, String, String) {
    let n = person.number;
    match person.kind {
        Kind::Service => {
            let who = "lambda.amazonaws.com".to_owned();
            let identity = "{\"type\":\"AWSService\",\"invokedBy\":\"lambda.amazonaws.com\"}".to_owned();
            (who, "None".to_owned(), identity)
        }
        Kind::User => {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/u{n}");
            let identity = format!(
                "{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{n:016X}\",\"arn\":\"{arn}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\"AKIA{n:016X}\",\"userName\":\"u{n}\"}}"
            );
            (arn.clone(), arn, identity)
        }
        Kind::Role | Kind::Web => {
            let who = format!("arn:aws:iam::{ACCOUNT}:role/team{}/app-{n}", n % 37);
            let name = format!("sess-{}", session >> 34);
            let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/app-{n}/{name}");
            let provider = if person.kind == Kind::Web {
                format!(
                    "{{\"federatedProvider\":\"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/ABCD\",\"attributes\":{{}}}}"
                )
            } else {
                "{}".to_owned()
            };
            let hour = at.get(..13).unwrap_or_default();
            let identity = format!(
                "{{\"type\":\"AssumedRole\",\"principalId\":\"AROA{n:016X}:{name}\",\"arn\":\"{arn}\",\"accountId\":\"{ACCOUNT}\",\"accessKeyId\":\"ASIA{session:016X}\",\"sessionContext\":{{\"sessionIssuer\":{{\"type\":\"Role\",\"principalId\":\"AROA{n:016X}\",\"arn\":\"{who}\",\"accountId\":\"{ACCOUNT}\",\"userName\":\"app-{n}\"}},\"webIdFederationData\":{provider},\"attributes\":{{\"creationDate\":\"{hour}:00:00Z\",\"mfaAuthenticated\":\"false\"}}}}}}"
            );
            (who, arn, identity)
        }
    }
}

fn access(world: &mut World<'_>, share: f64, out: &mut String) {
    let (index, second) = world.draw(share);
    let Some(person) = world.people.get(index) else {
        return;
    };
    let random = &mut world.random;
    let (resource, verb) = person
        .accesses
        .get(person.likely_access.draw(random))
        .copied()
        .unwrap_or_default();
    let (group, resource, sub) = RESOURCES.get(resource).copied().unwrap_or(RESOURCES[0]);
    let verb = VERBS.get(verb).copied().unwrap_or("get");
    let n = person.number;
    let namespace = format!("ns{}", n % 97);
    let who = format!("system:serviceaccount:{namespace}:sa-{n}");
    let at = format!("{}.{:06}Z", moment(second), random.below(1_000_000));
    let denied = random.chance(person.denials);
    let _ = write!(
        out,
        "{{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"level\":\"Metadata\",\"auditID\":\"{}\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/api/v1/namespaces/{namespace}/{resource}?limit=500\",\"verb\":\"{verb}\",\"user\":{{\"username\":\"{who}\",\"uid\":\"{:08x}-0000-0000-0000-000000000000\",\"groups\":[\"system:serviceaccounts\",\"system:serviceaccounts:{namespace}\",\"system:authenticated\"],\"extra\":{{\"authentication.kubernetes.io/pod-name\":[\"p-{:010x}\"],\"authentication.kubernetes.io/node-name\":[\"node-{}\"]}}}},\"sourceIPs\":[\"10.1.{}.{}\"],\"userAgent\":\"app/v0 (linux/amd64) kubernetes/$Format\",\"objectRef\":{{\"resource\":\"{resource}\",\"namespace\":\"{namespace}\",\"name\":\"o{}\",\"apiVersion\":\"v1\"",
        uuid(random),
        n + 1,
        random.next_u64() >> 24,
        n % 50,
        n % 250,
        random.below(250),
        world.names.draw(random)
    );
    if !group.is_empty() {
        let _ = write!(out, ",\"apiGroup\":\"{group}\"");
    }
    if !sub.is_empty() {
        let _ = write!(out, ",\"subresource\":\"{sub}\"");
    }
    let (code, decision) = if denied { (403, "forbid") } else { (200, "allow") };
    let reason = if denied {
        String::new()
    } else {
        format!(
            "RBAC: allowed by RoleBinding \\\"rb-{n}/{namespace}\\\" of Role \\\"r-{n}\\\" to ServiceAccount \\\"sa-{n}/{namespace}\\\""
        )
    };
    let _ = write!(
        out,
        "}},\"responseStatus\":{{\"metadata\":{{}},\"code\":{code}}},\"requestReceivedTimestamp\":\"{at}\",\"stageTimestamp\":\"{at}\",\"annotations\":{{\"authorization.k8s.io/decision\":\"{decision}\",\"authorization.k8s.io/reason\":\"{reason}\"}}}}"
    );
    let sub = if sub.is_empty() {
        String::new()
    } else {
        format!("/{sub}")
    };
    let group = if group.is_empty() { "core" } else { group };
    world.tell(who, format!("{group}/{resource}{sub}:{verb}"), denied, &at);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{AuditLogs, cloud_trail, kubernetes_audit, moment};

    #[test]
    fn moments_are_those_of_the_calendar() {
        assert_eq!(moment(1_767_225_600), "2026-01-01T00:00:00");
        assert_eq!(
            moment(1_767_225_600 + 59 * 86_400 + 86_399),
            "2026-03-01T23:59:59"
        );
        assert_eq!(moment(951_782_400), "2000-02-29T00:00:00");
    }

    #[test]
    fn records_are_json_and_the_truth_counts_them_all() {
        let size = AuditLogs {
            events: 2_000,
            identities: 50,
            per_file: 700,
            ..AuditLogs::default()
        };
        let mut files = Vec::new();
        let keep = |_, bytes: Vec<u8>| {
            files.push(bytes);
            Ok::<(), ()>(())
        };
        let truths = cloud_trail(&size, keep).expect("nothing fails");
        let count: usize = files
            .iter()
            .map(|file| {
                let value: Value = serde_json::from_slice(file).expect("JSON");
                value["Records"].as_array().map_or(0, Vec::len)
            })
            .sum();
        assert_eq!((files.len(), count), (3, 2_000));
        assert_eq!(
            truths
                .values()
                .map(|truth| truth.allowed + truth.denied)
                .sum::<u64>(),
            2_000
        );
        assert!(truths.values().any(|truth| truth.denied > 0));

        let mut lines = 0;
        let keep = |_, bytes: Vec<u8>| {
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                serde_json::from_slice::<Value>(line).expect("JSON");
                lines += 1;
            }
            Ok::<(), ()>(())
        };
        kubernetes_audit(&size, keep).expect("nothing fails");
        assert_eq!(lines, 2_000);
    }
}
