//! Condition keys: which action knows which, their types, who determines them.

use super::super::keys::{parse, rows, rules};
use super::super::{KeyType, KeyUse, Origin, PrincipalKind, Values};
use super::{action, catalogue};

#[test]
fn an_action_knows_its_own_keys_and_those_of_its_resource_types() {
    let keys = catalogue().condition_keys(action("s3:GetObject"));
    assert!(keys.contains(&"s3:ExistingObjectTag/<key>"));
    assert!(!keys.contains(&"s3:prefix"), "a key of ListBucket");
    assert!(
        catalogue()
            .condition_keys(action("s3:ListBucket"))
            .contains(&"s3:prefix")
    );
    let pass = catalogue().condition_keys(action("iam:PassRole"));
    assert!(pass.contains(&"iam:PassedToService") && pass.contains(&"iam:ResourceTag/${TagKey}"));
    let lower: Vec<String> = pass.iter().map(|key| key.to_lowercase()).collect();
    assert!(lower.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn the_use_of_a_key_tells_where_it_is_listed() {
    let pass = action("iam:PassRole");
    assert_eq!(catalogue().key_use(pass, "IAM:passedtoservice"), KeyUse::Action);
    assert_eq!(
        catalogue().key_use(pass, "aws:ResourceTag/team"),
        KeyUse::ResourceType
    );
    assert_eq!(catalogue().key_use(pass, "aws:SourceIp"), KeyUse::Global);
    assert_eq!(catalogue().key_use(pass, "s3:prefix"), KeyUse::Unlisted);
    assert_eq!(
        catalogue().key_use(pass, "aws:RequestTag/team"),
        KeyUse::Unlisted,
        "PassRole takes no tags"
    );
    assert_eq!(catalogue().key_use(pass, "aws:NoSuchKey"), KeyUse::Unlisted);
    assert_eq!(
        catalogue().key_use(action("iam:CreateRole"), "aws:RequestTag/team"),
        KeyUse::Action
    );
}

#[test]
fn types_are_known_for_global_keys_service_keys_and_members_of_families() {
    let expected = [
        ("aws:SourceIp", Some(KeyType::IpAddress)),
        ("AWS:sourceip", Some(KeyType::IpAddress)),
        ("aws:PrincipalTag/team", Some(KeyType::String)),
        ("aws:TagKeys", Some(KeyType::ArrayOfString)),
        ("aws:PrincipalArn", Some(KeyType::Arn)),
        ("aws:MultiFactorAuthPresent", Some(KeyType::Bool)),
        ("aws:MultiFactorAuthAge", Some(KeyType::Numeric)),
        ("aws:CurrentTime", Some(KeyType::Date)),
        ("kms:EncryptionContext:app", Some(KeyType::String)),
        ("s3:ExistingObjectTag/class", Some(KeyType::String)),
        ("s3:max-keys", Some(KeyType::Numeric)),
        ("token.actions.githubusercontent.com:sub", None),
        ("token.actions.githubusercontent.com:ref", Some(KeyType::String)),
        (
            "codebuild:environment.environmentVariables/STAGE.value",
            Some(KeyType::String),
        ),
        ("aws:PrincipalTag/", None),
        ("aws:NoSuchKey", None),
        ("", None),
    ];
    for (key, kind) in expected {
        assert_eq!(catalogue().key_type(key), kind, "{key}");
    }
    assert!(KeyType::ArrayOfArn.is_multi_valued() && !KeyType::Arn.is_multi_valued());
}

#[test]
fn origins_follow_the_data_file_and_its_default() {
    let expected = [
        ("aws:PrincipalArn", Origin::Identity),
        ("aws:principaltag/team", Origin::Identity),
        ("aws:username", Origin::Identity),
        ("aws:RequestedRegion", Origin::Caller),
        ("aws:RequestTag/team", Origin::Caller),
        ("aws:SecureTransport", Origin::Caller),
        ("sts:RoleSessionName", Origin::Caller),
        ("sts:ExternalId", Origin::Secret),
        ("s3:prefix", Origin::Caller),
        ("s3:x-amz-acl", Origin::Caller),
        ("iam:PassedToService", Origin::Caller),
        ("aws:CurrentTime", Origin::World),
        ("aws:SourceIp", Origin::World),
        ("aws:SourceVpce", Origin::World),
        ("aws:ResourceTag/a.b:c", Origin::World),
        ("ec2:ResourceTag/team", Origin::World),
        ("autoscaling:ResourceTag/team", Origin::World),
        ("s3:ExistingObjectTag/class", Origin::World),
        ("aws:MultiFactorAuthPresent", Origin::World),
        ("kms:EncryptionContext:a.b:c", Origin::Caller),
        ("token.actions.githubusercontent.com:sub", Origin::Identity),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF:sub",
            Origin::Identity,
        ),
        ("saml:aud", Origin::Identity),
        ("lambda:FunctionUrlAuthType", Origin::Caller),
        ("aws:NoSuchKey", Origin::Unknown),
        ("nothing", Origin::Unknown),
        ("", Origin::Unknown),
    ];
    for (key, origin) in expected {
        assert_eq!(catalogue().key_origin(key), origin, "{key}");
    }
}

#[test]
fn rules_tell_who_carries_a_key_and_how_many_values() {
    let user = catalogue().key_rule("aws:username").unwrap();
    assert_eq!(user.carried_by, [PrincipalKind::User]);
    let organization = catalogue().key_rule("aws:PrincipalOrgPaths").unwrap();
    assert_eq!(organization.values, Values::Multi);
    assert!(!organization.carried_by.contains(&PrincipalKind::Anonymous));
    assert!(
        catalogue()
            .key_rule("aws:SourceIp")
            .unwrap()
            .carried_by
            .contains(&PrincipalKind::Anonymous)
    );
    assert_eq!(catalogue().key_rule("ec2:Tenancy"), None);
}

#[test]
fn every_row_of_the_data_file_is_well_formed_and_agrees_with_the_catalogue() {
    let text = include_str!("../../../data/condition-keys.tsv");
    for row in rows(text) {
        assert!(parse(row).is_some(), "{row}");
    }
    assert_eq!(rows(text).count(), rules().len());
    for rule in rules() {
        let typed = rule.kind.is_none_or(|kind| match rule.values {
            Values::Single => !kind.is_multi_valued(),
            Values::Multi => kind.is_multi_valued(),
            Values::AsTyped => true,
        });
        assert!(typed, "{}: type and number of values disagree", rule.key);
        let listed = catalogue()
            .keys
            .find(&catalogue().text, rule.key)
            .and_then(|number| catalogue().keys.kind(number));
        let disagrees = rule.source.contains("SAR says");
        if let (Some(kind), Some(listed), false) = (rule.kind, listed, disagrees) {
            assert_eq!(kind, listed, "{}", rule.key);
        }
        if !rule.key.contains(['$', '<']) {
            assert_eq!(
                catalogue().key_rule(rule.key),
                Some(rule),
                "{} is hidden by an earlier row",
                rule.key
            );
        }
    }
    assert!(catalogue().global_keys().any(|key| key == "aws:SourceIp"));
    assert!(catalogue().global_keys().all(|key| key.starts_with("aws:")));
}

#[test]
fn a_key_of_any_length_is_answered() {
    let long = format!("aws:ResourceTag/{}", "a".repeat(1 << 20));
    assert_eq!(catalogue().key_origin(&long), Origin::Unknown);
}
