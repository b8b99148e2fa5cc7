//! Objections, requests and policies of the platform.

use leastwise_document::{Limits, read};
use leastwise_model::{ActionCatalogue, KeyOrigin, Platform, PolicyReading, Settings, Snapshot};
use leastwise_permset::{
    Case, Context, Emptiness, Limits as Bounds, Pattern, PermissionSet, Region, Request, Strings,
};

use super::Aws;
use crate::catalogue::Catalogue;

fn policy(text: &str) -> Option<PolicyReading> {
    let mut found = None;
    read(text.as_bytes(), &Limits::default(), &mut |item| {
        found = Aws.policy(&item)
    });
    found
}

#[test]
fn objections_suggest_what_is_near() {
    let says = |action: &str, resource: &str| Aws.objection(action, resource).unwrap_or_default().to_string();
    assert!(says("s3:GetObjekt", "*").contains("did you mean `s3:GetObject`"));
    assert!(says("s4:GetObject", "*").contains("did you mean `s3`"));
    assert!(says("getobject", "*").contains("service:Action"));
    assert!(says("s3:GetObject", "bucket/key").contains("give an ARN"));
    assert!(says("s3:Frobnicate*", "*").contains("no known AWS action matches"));
    for (action, resource) in [
        ("*", "*"),
        ("S3:getobject", "arn:aws:s3:::b/k"),
        ("s3:Get*", "*"),
        ("s3:GetObject", "*b/k"),
    ] {
        assert_eq!(Aws.objection(action, resource), None, "{action} {resource}");
    }
}

#[test]
fn a_document_alone_is_read_for_comparison() {
    let reading = policy(
        r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sqs:*", "Resource": "*"}]}"#,
    )
    .expect("a policy");
    assert!(reading.remarks.is_empty());
    let delete = Request::new("s3:DeleteObject", "arn:aws:s3:::b/k");
    assert!(reading.allows.contains(&delete) && reading.denies.contains(&delete));
    let send = Request::new("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q");
    assert!(!reading.allows.contains(&send));
    let known = send.within(Context::new().with("aws:PrincipalAccount", ["111122223333"]));
    assert!(reading.allows.contains(&known));
    assert!(policy(r#"{"kind": "Role", "rules": []}"#).is_none());
    assert!(policy(r#"{"PolicyVersion": {"Document": {"Statement": []}, "VersionId": "v1"}}"#).is_some());
    let odd =
        policy(r#"{"Statement": [{"Effect": "Allow", "Actions": "*", "Resource": "*"}]}"#).expect("a policy");
    assert!(
        odd.remarks
            .iter()
            .any(|remark| remark.what.contains("no element `Actions`"))
    );
    assert!(!odd.allows.contains(&delete));
}

#[test]
fn keys_have_one_spelling() {
    let key = |typed: &str| Aws.key(typed).to_string();
    assert_eq!(key("AWS:sourceip"), "aws:SourceIp");
    assert_eq!(key("aws:principaltag/Team"), "aws:PrincipalTag/team");
    assert_eq!(key("IAM:PassedToService"), "iam:PassedToService");
    assert_eq!(key("EC2:instancetype"), "ec2:InstanceType");
    assert_eq!(key("Some.Issuer/x:Sub"), "some.issuer/x:sub");
    assert_eq!(Aws.key_origin(&Aws.key("aws:SourceIp")), KeyOrigin::World);
    assert_eq!(Aws.key_origin(&Aws.key("iam:PassedToService")), KeyOrigin::Caller);
    assert_eq!(Aws.key_origin(&Aws.key("aws:PrincipalArn")), KeyOrigin::Identity);
}

#[test]
fn the_catalogue_speaks_the_words_of_the_model() {
    let catalogue = Aws.catalogue();
    let find = |name: &str| catalogue.find(name).unwrap_or_else(|| panic!("{name}"));
    let glob = |text: &str| Strings::one(Pattern::glob(text, Case::Folded));
    let gets = catalogue.select(&glob("s3:Get*"));
    assert!(gets.contains(find("s3:GetObject")) && !gets.contains(find("s3:PutObject")));
    let rest = catalogue.select(&glob("s3:*").complement());
    assert!(!rest.contains(find("s3:GetObject")) && rest.contains(find("iam:PassRole")));
    assert_eq!(
        catalogue.select(&Strings::any()).count(),
        ActionCatalogue::len(Catalogue::embedded())
    );

    let shapes = |name: &str| Strings::any_of(catalogue.resource_shapes(name));
    let none = Context::new();
    assert!(shapes("s3:GetObject").contains("arn:aws:s3:::b/a/k", &none));
    assert!(!shapes("s3:GetObject").contains("*", &none));
    assert!(shapes("s3:ListAllMyBuckets").contains("*", &none));
    assert!(!shapes("s3:ListAllMyBuckets").contains("arn:aws:s3:::b", &none));
    assert!(shapes("iam:PassRole").contains("arn:aws:iam::111122223333:role/path/r", &none));
    assert!(!shapes("iam:PassRole").contains("arn:aws:iam::111122223333:user/u", &none));
}

#[test]
fn reports_are_told_from_other_tables() {
    let mut reader = Aws.reader(&Settings::default());
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(leastwise_model::File {
        path: "a".into(),
        unit: "a".into(),
    });
    assert!(!reader.take_text(file, "a", "name,age\nx,1\n"));
    assert!(reader.take_text(
        file,
        "a",
        "user,arn,user_creation_time\n<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00Z\n"
    ));
    reader.compile(&mut snapshot);
    assert_eq!(&*snapshot.identities[0].id, "arn:aws:iam::111122223333:root");
}

#[test]
fn an_action_that_takes_no_resource_is_asked_for_on_the_star_alone() {
    let asked = |action: &str, resource: &str| Aws.requests(action, resource);
    let holds =
        |set: &PermissionSet, action: &str, resource: &str| set.contains(&Request::new(action, resource));
    let one = asked("s3:ListAllMyBuckets", "*");
    assert!(holds(&one, "s3:ListAllMyBuckets", "*"));
    assert!(!holds(&one, "s3:ListAllMyBuckets", "arn:aws:s3:::b"));
    let several = asked("s3:*", "*");
    assert!(
        holds(&several, "s3:ListAllMyBuckets", "*") && holds(&several, "s3:GetObject", "arn:aws:s3:::b/k")
    );
    assert!(!holds(&several, "s3:ListAllMyBuckets", "arn:aws:s3:::b"));
    assert!(holds(
        &asked("s3:GetObject", "arn:aws:s3:::b/*"),
        "s3:GetObject",
        "arn:aws:s3:::b/k"
    ));
}

#[test]
fn examples_of_resources_look_like_resources() {
    let catalogue = Aws.catalogue();
    let shown = |action: &str| {
        let shape = Strings::one(catalogue.natural_shapes(action).swap_remove(0));
        match PermissionSet::from(Region::new(Strings::literal(action), shape)).emptiness(&Bounds::default())
        {
            Emptiness::Inhabited(witness) => witness.request.resource.to_string(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(shown("iot:ListJobs"), "*");
    assert_eq!(shown("s3:GetObject"), "arn:aws:s3:::example/example");
    assert_eq!(
        shown("sqs:SendMessage"),
        "arn:aws:sqs:us-east-1:123456789012:example"
    );
    assert_eq!(shown("iam:PassRole"), "arn:aws:iam::123456789012:role/example");
}
