//! Whose permissions counted. Source: CloudTrail User Guide, "CloudTrail userIdentity element".
//!
//! - A session of a role counts as the role, by the ARN and the unique id of `sessionIssuer`: the session's own ARN has lost
//!   the path of the role, and a role that was made again under an old name is another one.
//! - A federated user counts as the user who vouched for it.
//! - A service that acts on its own is named as it names itself; one that acts for somebody stands beside that identity.
//! - Where an account other than the caller's logs a call, it may know no more than the caller's account and unique id.

use std::borrow::Cow;

use leastwise_document::skim::Text;
use leastwise_model::workload_of;

use super::record::Identity;

/// Who made a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Who<'a> {
    pub identity: Cow<'a, str>,
    pub incarnation: Cow<'a, str>,
    pub session: Cow<'a, str>,
    pub issuer: Cow<'a, str>,
    pub via: Cow<'a, str>,
}

/// Nobody who logged in.
const ANONYMOUS: &str = "anonymous";
/// Nothing tells.
const NOBODY: &str = "unknown";

pub(super) fn who<'a>(told: &Identity<'a>) -> Who<'a> {
    let text = |text: Option<Text<'a>>| text.map(|text| text.get()).unwrap_or_default();
    let kind = told.kind.map(|kind| kind.raw()).unwrap_or_default();
    let principal = text(told.principal);
    let mut who = Who {
        via: text(told.invoked_by),
        ..Who::default()
    };
    match kind {
        b"AWSService" => {
            who.identity = std::mem::take(&mut who.via);
            if who.identity.is_empty() {
                who.identity = principal;
            }
        }
        b"AWSAccount" if is_nobody(&principal) || is_nobody(&text(told.account)) => {
            who.identity = ANONYMOUS.into();
        }
        b"AWSAccount" => {
            who.identity = text(told.account);
            who.incarnation = unique(principal);
        }
        b"WebIdentityUser" | b"SAMLUser" => {
            // The one who asks has no identity here yet: the holder of a token.
            who.issuer = text(told.provider);
            who.identity = text(told.user_name);
            if who.identity.is_empty() {
                who.identity = principal;
            }
        }
        b"IdentityCenterUser" => {
            who.identity = text(told.on_behalf_of);
            if who.identity.is_empty() {
                who.identity = principal;
            }
        }
        _ => {
            let arn = text(told.arn);
            if let Some(issuer) = told.issuer_arn {
                // A user's own temporary credentials have an issuer of no use: nothing, or the user.
                who.session = workload_of(session_of(&arn));
                who.identity = issuer.get();
                who.incarnation = text(told.issuer_principal);
                who.issuer = text(told.federated_provider);
            } else {
                who.identity = arn;
                if !who.identity.ends_with(":root") {
                    who.incarnation = unique(principal.clone());
                }
                if let Some((role, session)) = without_session(&who.identity) {
                    who.identity = Cow::Owned(role);
                    who.session = workload_of(Cow::Owned(session));
                }
            }
            if who.identity.is_empty() {
                // Failed logins carry no ARN.
                who.identity = match (principal.is_empty(), who.via.is_empty()) {
                    (false, _) if is_nobody(&principal) => ANONYMOUS.into(),
                    (_, false) => std::mem::take(&mut who.via),
                    (false, true) => principal,
                    (true, true) => Cow::default(),
                };
                who.incarnation = Cow::default();
            }
        }
    }
    if let Some(source) = told.source_identity {
        who.session = source.get();
    }
    if who.identity.is_empty() {
        who.identity = NOBODY.into();
    }
    who
}

fn is_nobody(principal: &str) -> bool {
    principal.eq_ignore_ascii_case("anonymous") || principal.eq_ignore_ascii_case("ANONYMOUS_PRINCIPAL")
}

/// `AROAEXAMPLE:session` without the session.
fn unique(principal: Cow<'_, str>) -> Cow<'_, str> {
    match principal {
        Cow::Borrowed(text) => Cow::Borrowed(text.split(':').next().unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.split(':').next().unwrap_or_default().to_owned()),
    }
}

/// The name of the session in its ARN: `…:assumed-role/NAME/SESSION`, `…:federated-user/NAME`.
fn session_of<'a>(arn: &Cow<'a, str>) -> Cow<'a, str> {
    let last = |arn: &str| arn.rsplit_once('/').map(|(head, _)| head.len() + 1);
    let is_session = arn.contains(":assumed-role/") || arn.contains(":federated-user/");
    let Some(from) = last(arn).filter(|_| is_session) else {
        return Cow::default();
    };
    match arn {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(from..).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(from..).unwrap_or_default().to_owned()),
    }
}

/// A session of a role of which nobody told the issuer: the role without its path, in the words of its sessions, for another
/// path would be another role.
fn without_session(arn: &str) -> Option<(String, String)> {
    let (_, rest) = arn.split_once(":assumed-role/")?;
    let (_, session) = rest.split_once('/')?;
    let role = arn.get(..arn.len() - session.len() - 1)?;
    Some((role.to_owned(), session.to_owned()))
}
