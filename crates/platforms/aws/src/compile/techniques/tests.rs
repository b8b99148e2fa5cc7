//! Every row that makes its actor a role: open to who holds each of its needs, closed to who lacks one of them.

use std::fmt::Write as _;

use leastwise_document::{Limits as Bounds, read};
use leastwise_model::{File, Platform, Settings, TechniqueIndex};

use super::*;
use crate::Aws;
use leastwise_permset::{Answers, Request};
use row::Requirement;

const ACTOR: &str = "arn:aws:iam::111122223333:role/actor";
const TARGET: &str = "arn:aws:iam::111122223333:role/target";

/// How surely a way is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Open {
    No,
    Perhaps,
    Surely,
}

fn filled(text: &str, service: &str) -> String {
    text.replace("{partition}", "aws")
        .replace("{account}", "111122223333")
        .replace("{service}", service)
}

fn service(row: &Row) -> Option<&'static str> {
    let named = row.requires.iter().find_map(|one| match one {
        Requirement::Service(name) => Some(*name),
        _ => None,
    })?;
    Some(match named {
        "saml" => "arn:aws:iam::111122223333:saml-provider/corporate",
        "oidc" => "arn:aws:iam::111122223333:oidc-provider/id.acme.example",
        "oidc.eks" => "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123",
        name => name,
    })
}

/// The account of an actor that is allowed all of its needs but one, and of a target.
fn account(row: &Row, service: &str, lacks: Option<usize>, target: &str) -> String {
    let mut statements = String::new();
    let allowed = row.needs.iter().enumerate();
    let allowed = allowed.filter(|(at, need)| need.side == RowSide::Hold && Some(*at) != lacks);
    for (_, need) in allowed {
        let resource = need
            .resource
            .map_or(TARGET.to_owned(), |text| filled(text, service));
        let mut condition = String::new();
        for (key, value) in &need.carries {
            let _ = write!(condition, r#""{}": "{}""#, key.as_str(), filled(value, service));
        }
        let separator = if statements.is_empty() { "" } else { "," };
        let _ = write!(
            statements,
            r#"{separator}{{"Effect": "Allow", "Action": "{}", "Resource": "{resource}", "Condition": {{"StringEquals": {{{condition}}}}}}}"#,
            need.action
        );
    }
    let policy = |statements: &str| {
        format!(
            r#"[{{"PolicyName": "p", "PolicyDocument": {{"Version": "2012-10-17", "Statement": [{statements}]}}}}]"#
        )
    };
    let trust = |service: &str| {
        let (sort, action) = match service.contains("-provider/") || service.starts_with("cognito-identity.")
        {
            true => (
                "Federated",
                r#"["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]"#,
            ),
            false => ("Service", r#""sts:AssumeRole""#),
        };
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Principal": {{"{sort}": "{service}"}}, "Action": {action}}}]}}"#
        )
    };
    let role = |name: &str, trust: &str, policies: &str| {
        format!(
            r#"{{"Arn": "arn:aws:iam::111122223333:role/{name}", "RoleName": "{name}", "RoleId": "AROA{name}",
               "AssumeRolePolicyDocument": {trust}, "RolePolicyList": {policies},
               "InstanceProfileList": [{{"InstanceProfileName": "{name}", "Arn": "arn:aws:iam::111122223333:instance-profile/{name}"}}]}}"#
        )
    };
    let roles = [
        role("actor", &trust("nothing.amazonaws.com"), &policy(&statements)),
        role("target", &trust(service), &policy(target)),
    ];
    format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "RoleDetailList": [{}]}}"#,
        roles.join(",")
    )
}

fn compiled(text: &str) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let settings = Settings::default();
    let mut reader = Aws.reader(&settings);
    let file = snapshot.add_file(File {
        path: "account.json".into(),
        unit: "u".into(),
    });
    let faults = read(text.as_bytes(), &Bounds::default(), &mut |item| {
        let _ = reader.take(file, "account.json", item);
    });
    assert!(faults.is_empty(), "{faults:?}\n{text}");
    reader.compile(&mut snapshot);
    snapshot
}

/// How surely the actor becomes the target by a row.
fn open(row: &Row, snapshot: &Snapshot) -> Open {
    let find = |arn: &str| {
        let mut all = snapshot.each_identity();
        all.find(|(_, identity)| &*identity.id == arn)
    };
    let (Some((actor, identity)), Some((target, _))) = (find(ACTOR), find(TARGET)) else {
        panic!("no actor or no target");
    };
    let held = identity.holding.effective();
    let techniques = snapshot.techniques.iter().zip(0..);
    let own: Vec<TechniqueIndex> = techniques
        .filter(|(technique, _)| technique.id == row.technique().id)
        .map(|(_, at)| TechniqueIndex(at))
        .collect();
    let ways = snapshot.opportunities.iter().filter(|way| {
        own.contains(&way.technique)
            && way.bearers.contains(&actor)
            && matches!(&way.targets, Targets::These(these) if these.contains(&target))
    });
    let met = |need: &Need| match (need.side, held.meets(&need.set, &Limits::default())) {
        (NeedSide::NotRefused, _) | (_, Meeting::Surely(_)) => Open::Surely,
        (_, Meeting::Depends(_)) => Open::Perhaps,
        (_, Meeting::Never | Meeting::Unknown(_)) => Open::No,
    };
    let open = ways.map(|way| way.needs.iter().map(met).min().unwrap_or(Open::No));
    open.max().unwrap_or(Open::No)
}

#[test]
fn who_meets_all_needs_becomes_the_role_and_who_lacks_one_does_not() {
    let mut tried = 0;
    for row in rows().iter().filter(|row| matches!(row.on, On::Role | On::Roles)) {
        let Some(service) = service(row) else {
            continue;
        };
        tried += 1;
        let has = |wanted: fn(&Requirement) -> bool| row.requires.iter().any(wanted);
        let unseen = has(|one| matches!(one, Requirement::Unseen(_)));
        let partial = has(|one| matches!(one, Requirement::Partial(_)));
        let sends = r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#;
        let does_all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
        for (target, sure) in [(sends, !unseen && !partial), (does_all, !unseen)] {
            let all = compiled(&account(row, service, None, target));
            let expected = if sure { Open::Surely } else { Open::Perhaps };
            assert_eq!(open(row, &all), expected, "{} to {target}", row.technique().id);
            for (lacks, need) in row.needs.iter().enumerate() {
                if need.side == RowSide::Hold {
                    let less = compiled(&account(row, service, Some(lacks), target));
                    assert_eq!(
                        open(row, &less),
                        Open::No,
                        "{} without {}",
                        row.technique().id,
                        need.action
                    );
                }
            }
        }
    }
    assert!(tried > 100, "only {tried} rows were tried");
}

/// Users of whom one may write the policies of some buckets and nothing else.
fn users(count: usize) -> String {
    let policy = r#", "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:PutBucketPolicy", "Resource": "arn:aws:s3:::acme-*"}]}}]"#;
    let user = |at: usize| {
        let policy = if at == 0 { policy } else { "" };
        format!(
            r#"{{"Arn": "arn:aws:iam::111122223333:user/u{at}", "UserName": "u{at}", "UserId": "AIDA{at}"{policy}}}"#
        )
    };
    let users: Vec<String> = (0..count).map(user).collect();
    format!(
        r#"{{"UserDetailList": [{}], "GroupDetailList": [], "Policies": [], "RoleDetailList": []}}"#,
        users.join(",")
    )
}

#[test]
fn what_policies_of_resources_open_is_not_looked_at_one_by_one_in_large_estates() {
    let gained = |count: usize| {
        let snapshot = compiled(&users(count));
        let technique = |opportunity: &Opportunity| {
            let technique = snapshot.techniques.get(opportunity.technique.0 as usize);
            technique.is_some_and(|technique| &*technique.id == "aws:put-bucket-policy")
        };
        let found: Vec<&Opportunity> = snapshot
            .opportunities
            .iter()
            .filter(|one| technique(one))
            .collect();
        let [one] = found.as_slice() else {
            panic!("one opportunity, not {}", found.len());
        };
        assert_eq!(*one.bearers, [IdentityIndex(0)]);
        let Gain::Grant(gain) = &one.gain else {
            panic!("a grant");
        };
        let gained = |bucket: &str| {
            let request = Request::new("s3:GetObject", &format!("arn:aws:s3:::{bucket}/x"));
            let perhaps = gain.contains_given(&request, &Answers::holding(gain.atoms()));
            (gain.contains(&request), perhaps)
        };
        [gained("acme-logs"), gained("other")]
    };
    assert_eq!(gained(3), [(true, true), (false, false)]);
    assert_eq!(gained(opened::EXACT_UP_TO + 1), [(false, true), (false, true)]);
}
