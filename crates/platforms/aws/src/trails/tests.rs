//! Trails against what they must and must not be taken to show.

use leastwise_document::{Item, Limits, read};
use leastwise_model::{
    Identity, Instance, LogCoverage, LogScope, Platform, Settings, Sighting, Snapshot, Source,
};
use leastwise_permset::{Context, Request};

use super::Trails;
use super::kinds;

fn items(text: &str) -> Vec<Item> {
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut items = Vec::new();
    assert!(read(text.as_bytes(), &limits, &mut |item| items.push(item)).is_empty());
    items
}

fn identity() -> (Instance, Identity) {
    let export = r#"{"RoleDetailList":[{"Path":"/","RoleName":"a","RoleId":"AROA1","Arn":"arn:aws:iam::111122223333:role/a","AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":[]}}],"UserDetailList":[],"GroupDetailList":[],"Policies":[]}"#;
    let mut snapshot = Snapshot::default();
    let mut reader = crate::Aws.reader(&Settings::default());
    read(export.as_bytes(), &Limits::default(), &mut |item| {
        reader.take(leastwise_model::FileIndex(0), "a.json", item);
    });
    reader.compile(&mut snapshot);
    (snapshot.instances[0].clone(), snapshot.identities[0].clone())
}

fn coverage(configuration: &[&str], sightings: &[(&str, &str)]) -> LogCoverage {
    let mut trails = Trails::default();
    let mut remarks = Vec::new();
    for text in configuration {
        for item in items(text) {
            trails.take("trail.json", item, &mut remarks);
        }
    }
    for kind in ["management", "data"] {
        trails.source(&Source {
            platform: "aws",
            instance: "111122223333",
            area: "eu-west-1",
            kind,
        });
    }
    for (action, resource) in sightings {
        trails.sighting(&Sighting {
            identity: "somebody",
            action,
            resource: Some(resource),
        });
    }
    let (instance, identity) = identity();
    (*trails.coverage(&instance, &identity)).clone()
}

/// Whether a request would have been in the logs.
fn shows(coverage: &LogCoverage, action: &str, resource: &str, region: &str) -> bool {
    let request = Request::new(action, resource)
        .within(Context::new().with(leastwise_permset::Key::single("aws:RequestedRegion"), [region]));
    !coverage.unshown.iter().any(|one| one.requests.contains(&request))
}

const OBJECT: &str = "arn:aws:s3:::reports/june";

#[test]
fn records_alone_show_management_events_and_data_events_where_some_were() {
    let told = coverage(&[], &[("s3:GetObject", "arn:aws:s3:::reports/*")]);
    let there = |action, resource| shows(&told, action, resource, "eu-west-1");
    assert!(there("iam:CreateUser", "arn:aws:iam::111122223333:user/u"));
    assert!(there("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1"));
    assert!(there("s3:GetObject", OBJECT));
    assert!(
        there("s3:GetObjectTagging", OBJECT),
        "reads are selected together"
    );
    assert!(!there("s3:PutObject", OBJECT), "writes may not be");
    assert!(!there("s3:GetObject", "arn:aws:s3:::cards/june"));
    assert!(!there("iam:PassRole", "arn:aws:iam::111122223333:role/r"));
    assert!(
        !there(
            "dynamodb:GetItem",
            "arn:aws:dynamodb:eu-west-1:111122223333:table/t"
        ),
        "no data event of a table was seen"
    );
    assert!(told.shown_by.iter().all(|by| by.assumed));
}

#[test]
fn an_account_without_records_shows_nothing() {
    let mut trails = Trails::default();
    let (instance, identity) = identity();
    let told = trails.coverage(&instance, &identity);
    assert!(!shows(&told, "iam:CreateUser", "*", "eu-west-1"));
}

#[test]
fn selectors_say_what_is_recorded_and_where() {
    let described = r#"{"trailList":[{"Name":"t","TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","HomeRegion":"eu-west-1","IsMultiRegionTrail":true}]}"#;
    let selectors = r#"{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,"DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::reports/"]}],"ExcludeManagementEventSources":["kms.amazonaws.com"]}]}"#;
    let told = coverage(
        &[described, selectors],
        &[("s3:GetObject", "arn:aws:s3:::reports/*")],
    );
    let there = |action, resource| shows(&told, action, resource, "us-east-1");
    assert!(there("s3:PutObject", OBJECT));
    assert!(!there("s3:PutObject", "arn:aws:s3:::cards/june"));
    assert!(
        !there("s3:GetObject", OBJECT),
        "a configuration outweighs records"
    );
    assert!(there("iam:CreateUser", "arn:aws:iam::111122223333:user/u"));
    assert!(!there("iam:ListUsers", "*"), "reads are not recorded");
    assert!(!there(
        "kms:DisableKey",
        "arn:aws:kms:eu-west-1:111122223333:key/1"
    ));

    let alone = coverage(&[selectors], &[]);
    assert!(shows(&alone, "s3:PutObject", OBJECT, "eu-west-1"));
    assert!(
        !shows(&alone, "s3:PutObject", OBJECT, "us-east-1"),
        "a trail of which no more is told records its own region"
    );
    let described_alone = coverage(&[described], &[]);
    assert!(!shows(&described_alone, "iam:CreateUser", "*", "eu-west-1"));
}

#[test]
fn advanced_selectors_are_conjunctions_and_what_is_not_understood_records_nothing() {
    let described = r#"{"trailList":[{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","HomeRegion":"eu-west-1","IsMultiRegionTrail":true}]}"#;
    let selectors = r#"{"TrailARN":"arn:aws:cloudtrail:eu-west-1:111122223333:trail/t","AdvancedEventSelectors":[
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["true"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::reports/"],"NotEndsWith":[".tmp"]}]},
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::DynamoDB::Table"]},{"Field":"userIdentity.arn","NotStartsWith":["arn:aws:sts::111122223333:assumed-role/a"]}]}]}"#;
    let told = coverage(&[described, selectors], &[]);
    let there = |action, resource| shows(&told, action, resource, "us-east-1");
    assert!(there("iam:ListUsers", "*"));
    assert!(there("s3:GetObject", OBJECT));
    assert!(!there("s3:GetObject", "arn:aws:s3:::reports/x.tmp"));
    assert!(!there("s3:PutObject", OBJECT));
    assert!(!there(
        "dynamodb:GetItem",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t"
    ));
}

#[test]
fn a_report_of_iam_is_silent_on_what_it_does_not_track_long_enough() {
    let told = |asked: &str| {
        let report = format!(
            r#"{{"Arn":"arn:aws:iam::111122223333:role/a","JobStatus":"COMPLETED","JobCreationDate":"{asked}","ServicesLastAccessed":[
            {{"ServiceNamespace":"sqs"}},
            {{"ServiceNamespace":"kms","LastAuthenticated":"2023-08-01T00:00:00Z","TrackedActionsLastAccessed":[{{"ActionName":"DisableKey"}}]}},
            {{"ServiceNamespace":"s3","LastAuthenticated":"2023-08-01T00:00:00Z","TrackedActionsLastAccessed":[{{"ActionName":"DeleteBucket"}}]}}]}}"#
        );
        let mut trails = Trails::default();
        for item in items(&report) {
            assert!(matches!(
                trails.take("report.json", item, &mut Vec::new()),
                leastwise_model::Taken::Yes
            ));
        }
        let (instance, identity) = identity();
        (*trails.coverage(&instance, &identity)).clone()
    };
    let (early, late) = (told("2023-09-01T00:00:00Z"), told("2026-06-01T00:00:00Z"));
    for coverage in [&early, &late] {
        assert!(shows(coverage, "sqs:SendMessage", "*", "us-east-1"));
        assert!(shows(coverage, "s3:DeleteBucket", "*", "us-east-1"));
        assert!(!shows(coverage, "s3:GetObject", OBJECT, "us-east-1"));
        assert!(
            !shows(coverage, "sqs:SendMessage", "*", "mx-central-1"),
            "not tracked"
        );
        assert!(!shows(coverage, "sns:Publish", "*", "us-east-1"), "not listed");
    }
    for (action, region) in [
        ("kms:DisableKey", "us-east-1"),
        ("sqs:SendMessage", "il-central-1"),
    ] {
        assert!(
            !shows(&early, action, "*", region),
            "{action} in {region} is tracked for a month"
        );
        assert!(shows(&late, action, "*", region));
    }
}

#[test]
fn every_action_of_the_table_exists_and_stands_in_one_row() {
    use leastwise_model::ActionCatalogue;
    let catalogue: &dyn ActionCatalogue = crate::catalogue::Catalogue::embedded();
    let mut seen = std::collections::BTreeSet::new();
    for row in kinds::rows() {
        for pattern in row.actions.patterns() {
            let one = leastwise_permset::Strings::one(pattern.clone());
            let selected = catalogue.select(&one);
            assert!(!selected.is_empty(), "{pattern}");
            for action in selected.iter() {
                assert!(seen.insert(action), "{}", catalogue.name(action));
            }
        }
    }
}
