//! The resources that policies are written on, and what lies in them.

use super::row::{Opens, Place, RowNeed};
use super::*;

/// The resources of an account whose policies a row is about.
pub(super) fn domain(need: &RowNeed, opens: Opens, account: &str, home: &Account) -> Option<Strings> {
    let text = need.resource?;
    let text = text
        .replace("{partition}", &home.partition)
        .replace("{account}", account);
    // What lies in a resource is told from it by the first `/`.
    let pattern = match opens.place {
        Place::Within(_) => between(&text, '/'),
        Place::Itself | Place::Beside => arn_pattern(&text),
    };
    Some(Strings::one(pattern))
}

/// Requests on what a policy of something in all of these speaks of.
pub(super) fn image<'s>(opens: Opens, strings: impl Iterator<Item = &'s Strings> + Clone) -> PermissionSet {
    let itself = all_of(strings.clone().cloned());
    match opens.place {
        Place::Itself => itself,
        Place::Within(by) => itself.union(&all_of(strings.map(|it| behind(it, by)))),
        Place::Beside => all_of(strings.map(beside)),
    }
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

/// What lies behind a `/`, or more that begins with one, in the members of some strings that hold none themselves. Of two
/// sets of strings what lies in both lies in a member of both, since the first `/` tells the member.
pub(super) fn behind(strings: &Strings, by: &str) -> Strings {
    each(strings, |pattern| {
        let elements = pattern.elements().iter().map(|element| match element {
            Element::Many => Element::ManyExcept('/'),
            Element::One => Element::OneExcept('/'),
            other => other.clone(),
        });
        let within = [Element::Text(by.into()), Element::Many];
        Pattern::new(elements.chain(within), pattern.case())
    })
}

/// All ARNs with the first five fields of some.
fn beside(strings: &Strings) -> Strings {
    each(strings, |pattern| {
        let (mut elements, mut fields) = (Vec::new(), 0);
        for element in pattern.elements() {
            match element {
                Element::Text(text) => {
                    let colons = text.match_indices(':');
                    if let Some((at, _)) = colons.clone().nth(4 - fields) {
                        elements.push(Element::Text(text.get(..=at).unwrap_or_default().into()));
                        fields = 5;
                        break;
                    }
                    fields += colons.count();
                    elements.push(element.clone());
                }
                Element::Many => elements.push(Element::ManyExcept(':')),
                other => elements.push(other.clone()),
            }
        }
        // Where a `*` stands for fields, they may be any.
        let whole = |element: &&Element| !matches!(element, Element::Many);
        if fields < 5 {
            elements = pattern.elements().iter().take_while(whole).cloned().collect();
        }
        elements.push(Element::Many);
        Pattern::new(elements, pattern.case())
    })
}

/// Some strings by what becomes of each of their patterns.
fn each(strings: &Strings, change: impl Fn(&Pattern) -> Pattern) -> Strings {
    if strings.is_any() {
        return Strings::any();
    }
    let patterns = strings.patterns().iter().map(change);
    let inside = Strings::any_of(patterns);
    if strings.is_complement() {
        inside.complement()
    } else {
        inside
    }
}
