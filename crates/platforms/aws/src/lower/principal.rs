//! Principals as demands on who the caller is.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal".

use std::collections::BTreeMap;

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

/// The roles of a session: the ARN of a session does not tell a path.
fn roles_called(session: &str, role: &str) -> [Pattern; 2] {
    let account = account_of(session).unwrap_or_default();
    let partition = session.split(':').nth(1).unwrap_or_default();
    let base = format!("arn:{partition}:iam::{account}:role/");
    let below = [
        Element::Text(base.as_str().into()),
        Element::Many,
        Element::Text(format!("/{role}").into()),
    ];
    [
        Pattern::literal(&format!("{base}{role}")),
        Pattern::new(below, Case::Exact),
    ]
}

/// User ids of sessions of this name.
fn ending(name: &str) -> Pattern {
    Pattern::new(
        [Element::Many, Element::Text(format!(":{name}").into())],
        Case::Exact,
    )
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
                vec![
                    is("aws:PrincipalArn", roles_called(text, role)),
                    is("aws:userid", [ending(name)]),
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
    // A session is listed with its role: that of another role by the same name is not.
    let mut sessions: BTreeMap<&str, ([Pattern; 2], Vec<Pattern>)> = BTreeMap::new();
    for text in aws() {
        let Some((role, name)) = session(text) else {
            continue;
        };
        let whose = text.strip_suffix(name).unwrap_or(text);
        let listed = sessions
            .entry(whose)
            .or_insert_with(|| (roles_called(text, role), Vec::new()));
        listed.1.push(ending(name));
    }
    let listed = sessions.values().flat_map(|(roles, _)| roles.iter().cloned());
    let role = Pattern::glob("arn:*:iam::*:role/*", Case::Exact);
    let mut refused = vec![
        vec![is("aws:PrincipalAccount", accounts).fails()],
        vec![is("aws:PrincipalArn", identities).fails()],
        vec![
            is("aws:PrincipalArn", [role]).holds(),
            is("aws:PrincipalArn", listed).fails(),
        ],
        vec![Ask::Some(Key::single("aws:PrincipalArn"), Test::Text(bounded.clone())).holds()],
    ];
    refused.extend(sessions.into_values().map(|(roles, names)| {
        vec![
            is("aws:PrincipalArn", roles).holds(),
            is("aws:userid", names).fails(),
        ]
    }));
    refused
}
