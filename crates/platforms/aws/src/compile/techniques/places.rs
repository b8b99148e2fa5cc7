//! The resources that policies are written on, and what lies in them.

use super::row::{Opens, RowNeed};
use super::*;

/// The resources of an account whose policies a row is about.
pub(super) fn domain(need: &RowNeed, opens: Opens, account: &str, home: &Account) -> Option<Strings> {
    let text = need.resource?;
    let text = text
        .replace("{partition}", &home.partition)
        .replace("{account}", account);
    // What lies in a resource is told from it by the first `/`.
    let pattern = if opens.within {
        between(&text, '/')
    } else {
        arn_pattern(&text)
    };
    Some(Strings::one(pattern))
}

/// The only text of some strings.
pub(super) fn only(strings: &Strings) -> Option<Text> {
    match strings.patterns() {
        [one] if !strings.is_complement() && one.case() == Case::Exact => one.as_literal().map(Text::from),
        _ => None,
    }
}

/// Requests on what is in all of these.
pub(super) fn all_of(strings: impl IntoIterator<Item = Strings>) -> PermissionSet {
    let regions = strings.into_iter().map(|it| Region::new(Strings::any(), it));
    PermissionSet::intersection_of(regions.map(PermissionSet::from))
}

/// What lies behind a `/` in the members of some strings that hold none themselves. Of two sets of strings what lies in
/// both lies in a member of both, since the first `/` tells the member.
pub(super) fn behind(strings: &Strings) -> Strings {
    if strings.is_any() {
        return Strings::any();
    }
    let patterns = strings.patterns().iter().map(|pattern| {
        let elements = pattern.elements().iter().map(|element| match element {
            Element::Many => Element::ManyExcept('/'),
            Element::One => Element::OneExcept('/'),
            other => other.clone(),
        });
        let within = [Element::Text("/".into()), Element::Many];
        Pattern::new(elements.chain(within), pattern.case())
    });
    let inside = Strings::any_of(patterns);
    if strings.is_complement() {
        inside.complement()
    } else {
        inside
    }
}
