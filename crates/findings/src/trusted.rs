//! What rules about trusts ask: whose tokens a trust admits, as far as the estate holds the issuer.

use leastwise_model::{Accepted, Admits, IdentityIndex, IdentityKind, Issuer, Text, Trust};
use leastwise_permset::{Case, Pattern};

use crate::estate::Estate;

/// Trusts in tokens, with the subjects that they name.
pub(crate) fn trusts<'e>(estate: &'e Estate<'_>) -> impl Iterator<Item = (&'e Trust, &'e [Text])> {
    estate
        .snapshot()
        .trusts
        .iter()
        .filter_map(|trust| match &trust.admits {
            Admits::Issuer { subjects, .. } => Some((trust, subjects.as_slice())),
            _ => None,
        })
}

/// The issuer of the tokens that a trust admits, where it is in the estate and names identities by their subjects.
pub(crate) fn issuer_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> Option<&'e Issuer> {
    let snapshot = estate.snapshot();
    let mut acceptances = snapshot.acceptances.iter();
    let of_trust = acceptances.find(|one| one.step == trust.step && one.target == trust.target)?;
    let Accepted::Token { issuer: wanted, .. } = &of_trust.admits else {
        return None;
    };
    let mut issuers = snapshot.issuers.iter();
    issuers.find(|issuer| {
        issuer.url.as_ref() == Some(wanted)
            && (issuer.whole || issuer.holders.iter().any(|holder| holder.claims.is_none()))
    })
}

/// Those to whom an issuer gives tokens, by the subjects of these.
pub(crate) fn bearers<'e>(estate: &'e Estate<'_>, issuer: &Issuer) -> Vec<(&'e str, IdentityIndex)> {
    let all = estate.snapshot().each_identity();
    all.filter(|(_, identity)| {
        identity.instance == issuer.instance && identity.kind == IdentityKind::ServiceAccount
    })
    .filter_map(|(index, identity)| Some((&**identity.names.first()?, index)))
    .collect()
}

/// The subjects that a trust means by a text with `*` and `?`.
pub(crate) fn pattern(subject: &str) -> Pattern {
    Pattern::glob(subject, Case::Exact)
}
