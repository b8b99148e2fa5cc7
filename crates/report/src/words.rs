//! Strings as people write them: wildcards instead of classes of characters, names as their catalogue spells them, the
//! first few of many.
//!
//! What is printed says a little more than what is meant (`*` where a field ends at a colon): for tables only.

use leastwise_model::ActionCatalogue;
use leastwise_permset::{Case, Element, Pattern, Strings};

/// Strings in the words of their first `shown` patterns; `catalogue` knows how actions are spelled, where they are actions.
pub(crate) fn words(strings: &Strings, catalogue: Option<&dyn ActionCatalogue>, shown: usize) -> String {
    if strings.is_any() {
        return "*".into();
    }
    let patterns = strings.patterns();
    let mut parts: Vec<String> = patterns
        .iter()
        .take(shown)
        .map(|pattern| spelled(pattern, catalogue))
        .collect();
    match patterns.len().saturating_sub(shown) {
        0 => {}
        more => parts.push(format!("{more} more")),
    }
    let text = listed(&parts);
    match (strings.is_complement(), patterns.len()) {
        (false, _) => text,
        (true, 1) => format!("all but {text}"),
        (true, _) => format!("all but {}", text.replace(" and ", " or ")),
    }
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => "nothing".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn spelled(pattern: &Pattern, catalogue: Option<&dyn ActionCatalogue>) -> String {
    let mut text = String::new();
    for element in pattern.elements() {
        match element {
            Element::Text(part) => text.push_str(part),
            Element::One | Element::OneExcept(_) => text.push('?'),
            Element::Many | Element::ManyExcept(_) if text.ends_with('*') => {}
            Element::Many | Element::ManyExcept(_) => text.push('*'),
            Element::Hole(key) => text.push_str(&format!("${{{key}}}")),
        }
    }
    match (pattern.case(), catalogue) {
        (Case::Folded, Some(catalogue)) => respelled(&text, pattern, catalogue),
        _ => text,
    }
}

/// Gives the letters before the first wildcard the case that the catalogue's first such name has.
fn respelled(text: &str, pattern: &Pattern, catalogue: &dyn ActionCatalogue) -> String {
    let first = catalogue.select(&Strings::one(pattern.clone())).iter().next();
    let prefix = pattern.prefix().len();
    let as_named = first.and_then(|action| catalogue.name(action).get(..prefix));
    match (as_named, text.get(..prefix), text.get(prefix..)) {
        (Some(named), Some(ours), Some(rest)) if named.eq_ignore_ascii_case(ours) => format!("{named}{rest}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(texts: &[&str]) -> Strings {
        Strings::any_of(texts.iter().map(|text| Pattern::glob(text, Case::Exact)))
    }

    #[test]
    fn classes_of_characters_are_printed_as_wildcards() {
        let field = Pattern::new(
            [
                Element::ManyExcept('/'),
                Element::Text("/".into()),
                Element::OneExcept(':'),
                Element::ManyExcept(':'),
            ],
            Case::Exact,
        );
        assert_eq!(words(&Strings::one(field), None, 2), "*/?*");
        assert_eq!(words(&Strings::any(), None, 2), "*");
        assert_eq!(words(&Strings::none(), None, 2), "nothing");
    }

    #[test]
    fn of_many_the_first_are_printed_with_how_many_are_left() {
        assert_eq!(words(&exact(&["a*", "b"]), None, 2), "a* and b");
        assert_eq!(words(&exact(&["a", "b", "c", "d"]), None, 2), "a, b and 2 more");
        assert_eq!(words(&exact(&["a", "b"]).complement(), None, 2), "all but a or b");
    }
}
