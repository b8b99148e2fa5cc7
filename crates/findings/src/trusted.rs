//! What rules about trusts ask: whose tokens a trust admits, as far as the estate holds the issuer.

use leastwise_model::{
    Acceptance, Accepted, Admits, IdentityIndex, IdentityKind, Issuer, KnownSubjects, Text, Trust,
};
use leastwise_permset::{Case, Element, Emptiness, Limits, Pattern, PermissionSet, Region, Strings};

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
    issuers_of(estate, trust).flat_map(|issuer| &issuer.known)
}

/// All of the estate whose tokens a trust admits.
pub(crate) fn issuers_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> impl Iterator<Item = &'e Issuer> {
    let wanted = wanted_of(estate, trust);
    let issuers = estate.snapshot().issuers.iter();
    issuers.filter(move |issuer| wanted.is_some() && issuer.url.as_ref() == wanted)
}

/// What a trust names as the issuer.
fn wanted_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> Option<&'e Text> {
    match &acceptance_of(estate, trust)?.admits {
        Accepted::Token { issuer, .. } => Some(issuer),
        _ => None,
    }
}

/// What a trust admits, as sets tell it.
pub(crate) fn acceptance_of<'e>(estate: &'e Estate<'_>, trust: &Trust) -> Option<&'e Acceptance> {
    let mut acceptances = estate.snapshot().acceptances.iter();
    acceptances.find(|one| one.step == trust.step && one.target == trust.target)
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

/// Whether a text with `*` and `?` can mean one that begins so; names that differ in case alone are taken for the same.
pub(crate) fn can_begin(subject: &str, beginning: &str) -> bool {
    let subject = Strings::one(Pattern::glob(subject, Case::Folded));
    let beginning = Pattern::new([Element::Text(beginning.into()), Element::Many], Case::Folded);
    let all = |resources: Strings| PermissionSet::from(Region::new(Strings::any(), resources));
    let both = all(subject).intersection(&all(Strings::one(beginning)));
    !matches!(both.emptiness(&Limits::default()), Emptiness::Empty)
}
