//! What outputs tell of what runs.

use leastwise_document::{Limits, read};
use leastwise_model::FileIndex;

use super::*;

fn running(outputs: &[&str]) -> Running {
    let mut running = Running::default();
    for text in outputs {
        let faults = read(text.as_bytes(), &Limits::default(), &mut |item| {
            assert!(running.take(FileIndex(0), &item), "not taken: {text}");
        });
        assert!(faults.is_empty(), "{faults:?}");
    }
    running
}

fn arns(running: &Running, word: &str) -> Vec<String> {
    running.things(word).map(|thing| thing.arn.to_string()).collect()
}

#[test]
fn every_row_is_well_formed() {
    assert_eq!(kinds().len(), rows::lines().count());
    assert!(
        kinds()
            .iter()
            .all(|kind| kind.pattern.starts_with("arn:{partition}:"))
    );
}

#[test]
fn things_are_told_bare_and_in_a_wrapper() {
    let functions = r#"{"Functions": [{"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
        "Role": "arn:aws:iam::111122223333:role/r", "Environment": {"Variables": {"PASSWORD": "hunter2"}}}]}"#;
    let bare = running(&[functions]);
    assert_eq!(
        arns(&bare, "function"),
        ["arn:aws:lambda:eu-west-1:111122223333:function:f"]
    );
    assert!(!format!("{bare:?}").contains("hunter2"));
    let account: Text = "111122223333".into();
    assert_eq!(bare.others("function", &account), Others::NotIn(BTreeSet::new()));
    let wrapped = |region: &str, more: &str| {
        format!(
            r#"{{"AwsCli": "lambda list-functions", "Account": "111122223333", "Region": "{region}", "Output": {{"Functions": []{more}}}}}"#
        )
    };
    let regions = r#"{"AwsCli": "ec2 describe-regions", "Account": "111122223333", "Output": {"Regions": [
        {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"}, {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"},
        {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"}]}}"#;
    let one = running(&[regions, &wrapped("eu-west-1", "")]);
    assert_eq!(
        one.others("function", &account),
        Others::NotIn(["eu-west-1".into()].into())
    );
    let all = running(&[regions, &wrapped("eu-west-1", ""), &wrapped("us-east-1", "")]);
    assert_eq!(all.others("function", &account), Others::None);
    let cut = running(&[
        regions,
        &wrapped("eu-west-1", ""),
        &wrapped("us-east-1", r#", "NextMarker": "x""#),
    ]);
    assert_eq!(
        cut.others("function", &account),
        Others::NotIn(["eu-west-1".into()].into())
    );
}

#[test]
fn an_instance_takes_commands_where_it_is_managed() {
    let instances = r#"{"Reservations": [{"OwnerId": "111122223333", "Instances": [
        {"InstanceId": "i-1", "State": {"Name": "running"}, "Placement": {"AvailabilityZone": "us-west-2-lax-1a"},
         "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/p"}},
        {"InstanceId": "i-2", "State": {"Name": "terminated"}, "Placement": {"AvailabilityZone": "us-west-2a"},
         "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/p"}}]}]}"#;
    let managed = |region: &str| {
        format!(
            r#"{{"AwsCli": "ssm describe-instance-information", "Account": "111122223333", "Region": "{region}",
                "Output": {{"InstanceInformationList": [{{"InstanceId": "i-1", "PingStatus": "Online"}}]}}}}"#
        )
    };
    let here = running(&[instances, &managed("us-west-2")]);
    assert_eq!(
        arns(&here, "instance"),
        ["arn:aws:ec2:us-west-2:111122223333:instance/i-1"]
    );
    assert_eq!(arns(&here, "managed-instance"), arns(&here, "instance"));
    let elsewhere = running(&[instances, &managed("eu-west-1")]);
    assert!(arns(&elsewhere, "managed-instance").is_empty());
}
