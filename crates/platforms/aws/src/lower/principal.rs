//! Principals as demands on who the caller is.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use leastwise_permset::{Case, Condition as Ask, Element, Key, Literal, Pattern, Strings, Test};

use crate::policy::{Principal, Principals};

/// The account of an ARN, of an account id, or of the root of an account.
#[must_use]
pub fn account_of(principal: &str) -> Option<&str> {
    let account = if principal.starts_with("arn:") {
        principal.split(':').nth(4)?
    } else {
        principal
    };
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Whether a principal under `AWS` stands for a whole account.
#[must_use]
pub fn is_account(principal: &str) -> bool {
    let mut fields = principal.split(':');
    account_of(principal) == Some(principal)
        || fields.nth(2) == Some("iam") && fields.nth(2) == Some("root") && account_of(principal).is_some()
}

/// Role name and session name of the ARN of a session.
#[must_use]
pub fn session(arn: &str) -> Option<(&str, &str)> {
    arn.split(':')
        .nth(5)?
        .strip_prefix("assumed-role/")?
        .split_once('/')
}

fn is(key: &str, patterns: impl IntoIterator<Item = Pattern>) -> Ask {
    Ask::Some(Key::single(key), Test::Text(Strings::any_of(patterns)))
}

/// What must hold for the caller to be this principal, together; nothing where everybody is.
fn asks(principal: &Principal) -> Vec<Ask> {
    let one = |key, value: &str| vec![is(key, [Pattern::literal(value)])];
    match principal {
        Principal::Anyone => Vec::new(),
        Principal::Aws(text) if is_account(text) => {
            one("aws:PrincipalAccount", account_of(text).unwrap_or_default())
        }
        Principal::Aws(text) => match session(text) {
            // The name of a session is the end of its user id; its role is the principal, whose path it does not tell.
            Some((role, name)) => {
                let account = account_of(text).unwrap_or_default();
                let partition = text.split(':').nth(1).unwrap_or_default();
                let base = format!("arn:{partition}:iam::{account}:role/");
                let below = [
                    Element::Text(base.as_str().into()),
                    Element::Many,
                    Element::Text(format!("/{role}").into()),
                ];
                let roles = [
                    Pattern::literal(&format!("{base}{role}")),
                    Pattern::new(below, Case::Exact),
                ];
                let session = [Element::Many, Element::Text(format!(":{name}").into())];
                vec![
                    is("aws:PrincipalArn", roles),
                    is("aws:userid", [Pattern::new(session, Case::Exact)]),
                ]
            }
            None if text.starts_with("arn:") => one("aws:PrincipalArn", text),
            // A unique id: of an identity that was deleted.
            None => one("aws:userid", text),
        },
        Principal::Service(name) => one("aws:PrincipalServiceName", name),
        Principal::Federated(name) => one("aws:FederatedProvider", name),
        Principal::Canonical(id) => one("aws:userid", id),
    }
}

/// The demands on the caller that `Principal` or `NotPrincipal` makes: alternatives, each a conjunction.
#[must_use]
pub fn principal_demands(principals: &Principals) -> Vec<Vec<Literal>> {
    let each = principals.list.iter().map(asks);
    if !principals.except {
        return each
            .map(|asks| asks.into_iter().map(Ask::holds).collect())
            .collect();
    }
    // None of them: of each, one of the questions fails.
    each.fold(vec![Vec::new()], |alternatives: Vec<Vec<Literal>>, asks| {
        alternatives
            .iter()
            .flat_map(|head| {
                asks.iter()
                    .map(|ask| [head.as_slice(), &[ask.clone().fails()]].concat())
            })
            .collect()
    })
}

/// Whom a `Deny` with `NotPrincipal` hits, in alternatives: whoever is listed not in all of its parts (account, identity,
/// session), and whoever has a boundary, however it is listed.
/// Source: IAM User Guide, "AWS JSON policy elements: NotPrincipal".
#[must_use]
pub fn refused_unless_listed(list: &[Principal], bounded: &Strings) -> Vec<Vec<Literal>> {
    if list.contains(&Principal::Anyone) {
        return Vec::new();
    }
    let aws = || {
        list.iter().filter_map(|principal| match principal {
            Principal::Aws(text) => Some(&**text),
            _ => None,
        })
    };
    let literal = |text: &str| Pattern::literal(text);
    let accounts = aws()
        .filter(|text| is_account(text))
        .filter_map(account_of)
        .map(literal);
    let identities = aws()
        .filter(|text| !is_account(text) && session(text).is_none())
        .map(literal);
    let sessions = aws().filter_map(session).map(|(_, name)| {
        Pattern::new(
            [Element::Many, Element::Text(format!(":{name}").into())],
            Case::Exact,
        )
    });
    let role = Pattern::glob("arn:*:iam::*:role/*", Case::Exact);
    vec![
        vec![is("aws:PrincipalAccount", accounts).fails()],
        vec![is("aws:PrincipalArn", identities).fails()],
        vec![
            is("aws:PrincipalArn", [role]).holds(),
            is("aws:userid", sessions).fails(),
        ],
        vec![Ask::Some(Key::single("aws:PrincipalArn"), Test::Text(bounded.clone())).holds()],
    ]
}
