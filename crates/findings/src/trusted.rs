//! What rules about trusts ask: whose tokens a trust admits, as far as the estate holds the issuer.

use leastwise_model::{Accepted, Admits, IdentityIndex, IdentityKind, Issuer, KnownSubjects, Text, Trust};
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
    let wanted = wanted_of(estate, trust)?;
    let mut issuers = estate.snapshot().issuers.iter();
    issuers.find(|issuer| {
        issuer.url.as_ref() == Some(wanted)
            && (issuer.whole || issuer.holders.iter().any(|holder| holder.claims.is_none()))
    })
}

/// The subjects of which it is known who has them, among those of the issuer whose tokens a trust admits.
pub(crate) fn known_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> impl Iterator<Item = &'e KnownSubjects> {
    let snapshot = estate.snapshot();
    let wanted = wanted_of(estate, trust);
    let issuers = snapshot.issuers.iter();
    let issuers = issuers.filter(move |issuer| wanted.is_some() && issuer.url.as_ref() == wanted);
    issuers.flat_map(|issuer| &issuer.known)
}

/// What a trust names as the issuer.
fn wanted_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> Option<&'e Text> {
    let mut acceptances = estate.snapshot().acceptances.iter();
    let of_trust = acceptances.find(|one| one.step == trust.step && one.target == trust.target)?;
    match &of_trust.admits {
        Accepted::Token { issuer, .. } => Some(issuer),
        _ => None,
    }
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
