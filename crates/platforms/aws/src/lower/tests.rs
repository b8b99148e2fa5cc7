//! Principals, patterns and conditions, lowered.

use super::*;
use crate::policy::{Principal, Principals};
use leastwise_permset::{Answers, Context};

#[test]
fn accounts_of_principals() {
    assert_eq!(account_of("111122223333"), Some("111122223333"));
    assert_eq!(
        account_of("arn:aws:iam::111122223333:role/r"),
        Some("111122223333")
    );
    assert_eq!(account_of("arn:aws:s3:::bucket"), None);
    assert_eq!(account_of("AIDAEXAMPLE"), None);
    assert!(is_account("111122223333") && is_account("arn:aws:iam::111122223333:root"));
    assert!(
        !is_account("arn:aws:iam::111122223333:role/root") && !is_account("arn:aws:iam::111122223333:user/x")
    );
    assert_eq!(
        session("arn:aws:sts::111122223333:assumed-role/r/s"),
        Some(("r", "s"))
    );
    assert_eq!(session("arn:aws:iam::111122223333:role/r"), None);
}

/// Whether somebody with this ARN and user id satisfies one of the alternatives.
fn admits(alternatives: &[Demands], arn: &str, userid: &str) -> bool {
    let account = arn.split(':').nth(4).unwrap_or_default();
    let context = Context::new()
        .with("aws:PrincipalArn", [arn])
        .with("aws:userid", [userid])
        .with("aws:PrincipalAccount", [account]);
    alternatives.iter().any(|demands| {
        demands
            .iter()
            .all(|literal| literal.evaluate(&context, &Answers::none()))
    })
}

#[test]
fn principals_tell_callers_apart() {
    let role = "arn:aws:iam::111122223333:role/path/r";
    let list = |texts: &[&str], except| Principals {
        except,
        list: texts.iter().map(|text| Principal::Aws((*text).into())).collect(),
    };
    let session = ["arn:aws:sts::111122223333:assumed-role/r/night"];
    let named = principal_demands(&list(&session, false));
    assert!(admits(&named, role, "AROA1:night") && !admits(&named, role, "AROA1:day"));
    assert!(!admits(
        &named,
        "arn:aws:iam::111122223333:role/xr",
        "AROA1:night"
    ));
    let others = principal_demands(&list(&session, true));
    assert!(!admits(&others, role, "AROA1:night") && admits(&others, role, "AROA1:day"));

    let listed = [role, "arn:aws:iam::111122223333:root", session[0]].map(|text| Principal::Aws(text.into()));
    let refused = refused_unless_listed(&listed, &Strings::none());
    assert!(!admits(&refused, role, "AROA1:night") && admits(&refused, role, "AROA1:day"));
    assert!(admits(&refused, "arn:aws:iam::111122223333:user/u", "AIDA1"));
    let bounded = refused_unless_listed(&listed, &Strings::literal(role));
    assert!(admits(&bounded, role, "AROA1:night"));
}
