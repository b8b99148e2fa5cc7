//! One pattern over strings: literal text, wildcards, segment wildcards, and holes for context values.

use std::fmt;

use crate::context::{Context, Key};

/// Whether letters are compared with or without their case.
///
/// Folding is by the simple, one-to-one lower-case mapping of each character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Case {
    /// `A` is not `a`.
    Exact,
    /// `A` is `a`.
    Folded,
}

/// One piece of a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Element {
    /// This text; never empty, already folded where the pattern folds.
    Text(Box<str>),
    /// Any one character.
    One,
    /// Any text, also none.
    Many,
    /// Any one character but this; already folded where the pattern folds, and then in no case.
    OneExcept(char),
    /// Any text, also none, in which this character does not occur (folded likewise).
    ManyExcept(char),
    /// A value of this context key, taken literally; matches nothing where the key is absent.
    Hole(Key),
}

/// A regular language of strings as platforms write them.
///
/// Matching takes time proportional to pattern × text in the worst case and to the text where at most one
/// wildcard is left of each literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    elements: Box<[Element]>,
    case: Case,
}

/// The lower-case form of `c` where that is one character, else `c`.
pub(crate) fn fold(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl Pattern {
    /// Exactly `text`, in which nothing is special.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::new([Element::Text(text.into())], Case::Exact)
    }

    /// `text` in which `*` stands for any text and `?` for any one character.
    #[must_use]
    pub fn glob(text: &str, case: Case) -> Self {
        let mut elements = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['*', '?']) {
            let (head, tail) = rest.split_at(at);
            elements.push(Element::Text(head.into()));
            elements.push(if tail.starts_with('*') {
                Element::Many
            } else {
                Element::One
            });
            rest = tail.get(1..).unwrap_or_default();
        }
        elements.push(Element::Text(rest.into()));
        Self::new(elements, case)
    }

    /// Every string.
    #[must_use]
    pub fn any() -> Self {
        Self::new([Element::Many], Case::Exact)
    }

    /// The concatenation of `elements`: empty texts go, neighbouring texts merge, repeated [`Element::Many`]
    /// collapse, so that equal spellings are equal values.
    #[must_use]
    pub fn new(elements: impl IntoIterator<Item = Element>, case: Case) -> Self {
        let mut merged: Vec<Element> = Vec::new();
        for element in elements {
            let element = match element {
                Element::Text(text) if text.is_empty() => continue,
                Element::Text(text) if case == Case::Folded => {
                    Element::Text(text.chars().map(fold).collect::<String>().into())
                }
                Element::OneExcept(c) if case == Case::Folded => Element::OneExcept(fold(c)),
                Element::ManyExcept(c) if case == Case::Folded => Element::ManyExcept(fold(c)),
                other => other,
            };
            match (merged.last_mut(), &element) {
                (Some(Element::Many), Element::Many) => {}
                (Some(Element::Text(last)), Element::Text(text)) => {
                    *last = format!("{last}{text}").into();
                }
                _ => merged.push(element),
            }
        }
        Self {
            elements: merged.into(),
            case,
        }
    }

    /// Its pieces.
    #[must_use]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// How it compares letters.
    #[must_use]
    pub fn case(&self) -> Case {
        self.case
    }

    /// The one text it stands for, where it has no wildcard and no hole (folded where it folds).
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match &*self.elements {
            [] => Some(""),
            [Element::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is every string.
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(&*self.elements, [Element::Many])
    }

    /// The text with which all its members begin.
    #[must_use]
    pub fn prefix(&self) -> &str {
        match self.elements.first() {
            Some(Element::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether `text` begins as all members do; what does not is no member in any context.
    pub(crate) fn begins(&self, text: &str) -> bool {
        strip(text, self.prefix(), self.case).is_some()
    }

    /// The context keys whose values it copies.
    pub fn holes(&self) -> impl Iterator<Item = &Key> {
        self.elements.iter().filter_map(|element| match element {
            Element::Hole(key) => Some(key),
            _ => None,
        })
    }

    /// Whether `text` belongs to the language, given the values that `context` has for the holes.
    #[must_use]
    pub fn matches(&self, text: &str, context: &Context) -> bool {
        let (rest, text) = match &*self.elements {
            [] => return text.is_empty(),
            // Most texts differ from most patterns at the beginning.
            [Element::Text(head), rest @ ..] => match strip(text, head, self.case) {
                Some(remaining) => (rest, remaining),
                None => return false,
            },
            all => (all, text),
        };
        match rest {
            [] => text.is_empty(),
            [Element::Many] => true,
            rest if rest
                .iter()
                .any(|e| matches!(e, Element::ManyExcept(_) | Element::Hole(_))) =>
            {
                matches_in_turn(rest, text, self.case, context)
            }
            rest => matches_glob(rest, text, self.case),
        }
    }
}

/// Backtracking over the last unbounded wildcard suffices where segment wildcards and holes do not occur.
fn matches_glob(elements: &[Element], text: &str, case: Case) -> bool {
    let mut elements = elements;
    let mut text = text;
    let mut retry: Option<(&[Element], &str)> = None;
    loop {
        let step = match elements.split_first() {
            None if text.is_empty() => return true,
            None => None,
            Some((Element::Text(wanted), rest)) => {
                strip(text, wanted, case).map(|remaining| (rest, remaining))
            }
            Some((Element::One, rest)) => strip_one(text, None, case).map(|remaining| (rest, remaining)),
            Some((Element::OneExcept(c), rest)) => {
                strip_one(text, Some(*c), case).map(|remaining| (rest, remaining))
            }
            Some((Element::Many, [])) => return true,
            Some((Element::Many, rest)) => {
                retry = Some((rest, text));
                Some((rest, text))
            }
            Some((Element::ManyExcept(_) | Element::Hole(_), _)) => None,
        };
        match (step, retry) {
            (Some((next, remaining)), _) => (elements, text) = (next, remaining),
            (None, None) => return false,
            (None, Some((after, from))) => {
                let Some(remaining) = strip_one(from, None, case) else {
                    return false;
                };
                retry = Some((after, remaining));
                (elements, text) = (after, remaining);
            }
        }
    }
}

/// Takes element after element as long as there is one way to do so, which is all the way for most patterns.
fn matches_in_turn(elements: &[Element], text: &str, case: Case, context: &Context) -> bool {
    let (mut elements, mut text) = (elements, text);
    while let Some((element, rest)) = elements.split_first() {
        let remaining = match element {
            Element::Text(wanted) => strip(text, wanted, case),
            Element::One => strip_one(text, None, case),
            Element::OneExcept(c) => strip_one(text, Some(*c), case),
            Element::Many if rest.is_empty() => return true,
            Element::ManyExcept(c) => {
                let end = text.find(|t| same(t, *c, case));
                match rest {
                    [] => return end.is_none(),
                    // What ends at a character and is followed by that character ends at the first one.
                    [Element::Text(next), ..] if next.starts_with(*c) => end.and_then(|end| text.get(end..)),
                    _ => return matches_by_places(elements, text, case, context),
                }
            }
            Element::Hole(key) => match context.get(key) {
                None => None,
                Some(values) if values.len() < 2 => values.iter().find_map(|value| strip(text, value, case)),
                Some(_) => return matches_by_places(elements, text, case, context),
            },
            Element::Many => return matches_by_places(elements, text, case, context),
        };
        match remaining {
            Some(remaining) => (elements, text) = (rest, remaining),
            None => return false,
        }
    }
    text.is_empty()
}

/// Follows all places in the text that can be reached, one element after the other, so that choices add up
/// and do not multiply.
fn matches_by_places(elements: &[Element], text: &str, case: Case, context: &Context) -> bool {
    let mut reached = vec![0];
    for element in elements {
        let mut next = Vec::new();
        // Up to where a wildcard has been followed: what begins before that reaches nothing new.
        let mut followed = 0;
        for from in reached {
            let Some(rest) = text.get(from..) else { continue };
            let after = |remaining: &str| text.len() - remaining.len();
            match element {
                Element::Text(wanted) => next.extend(strip(rest, wanted, case).map(after)),
                Element::One => next.extend(strip_one(rest, None, case).map(after)),
                Element::OneExcept(c) => next.extend(strip_one(rest, Some(*c), case).map(after)),
                Element::Many | Element::ManyExcept(_) if from < followed => {}
                Element::Many | Element::ManyExcept(_) => {
                    let length = match element {
                        Element::ManyExcept(c) => rest.find(|t| same(t, *c, case)).unwrap_or(rest.len()),
                        _ => rest.len(),
                    };
                    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
                    next.extend(ends.take_while(|end| *end <= length).map(|end| from + end));
                    followed = from + length + 1;
                }
                Element::Hole(key) => {
                    let values = context.get(key).into_iter().flatten();
                    next.extend(values.filter_map(|value| strip(rest, value, case)).map(after));
                }
            }
        }
        next.sort_unstable();
        next.dedup();
        reached = next;
    }
    reached.last() == Some(&text.len())
}

/// What is left of `text` after `wanted`.
fn strip<'t>(text: &'t str, wanted: &str, case: Case) -> Option<&'t str> {
    match case {
        Case::Exact => text.strip_prefix(wanted),
        Case::Folded => {
            // Letter by letter as long as both are ASCII, which most are.
            let (texts, wants) = (text.as_bytes(), wanted.as_bytes());
            let mut at = 0;
            while let (Some(t), Some(w)) = (texts.get(at), wants.get(at))
                && t.is_ascii()
                && w.is_ascii()
            {
                if !t.eq_ignore_ascii_case(w) {
                    return None;
                }
                at += 1;
            }
            let mut rest = text.get(at..)?.chars();
            for c in wanted.get(at..)?.chars() {
                if fold(rest.next()?) != fold(c) {
                    return None;
                }
            }
            Some(rest.as_str())
        }
    }
}

/// What is left of `text` after one character that is not `except`.
fn strip_one(text: &str, except: Option<char>, case: Case) -> Option<&str> {
    let mut rest = text.chars();
    let c = rest.next()?;
    except
        .is_none_or(|except| !same(c, except, case))
        .then_some(rest.as_str())
}

/// Whether `c` is `wanted`, which is folded where `case` folds.
pub(crate) fn same(c: char, wanted: char, case: Case) -> bool {
    match case {
        Case::Exact => c == wanted,
        Case::Folded => fold(c) == wanted,
    }
}

impl fmt::Display for Pattern {
    /// The platform-neutral spelling: `*`, `?`, `[^c]`, `[^c]*`, `${key}`; `\` before a literal character that would
    /// read as one of these, and `[^c]{1}` before a `*` of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut elements = self.elements.iter().peekable();
        while let Some(element) = elements.next() {
            match element {
                Element::Text(text) => escaped(text, f)?,
                Element::One => f.write_str("?")?,
                Element::Many => f.write_str("*")?,
                Element::OneExcept(c) => {
                    let repeats = elements.peek() == Some(&&Element::Many);
                    write!(f, "[^{c}]{}", if repeats { "{1}" } else { "" })?;
                }
                Element::ManyExcept(c) => write!(f, "[^{c}]*")?,
                Element::Hole(key) => write!(f, "${{{key}}}")?,
            }
        }
        Ok(())
    }
}

fn escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let special = match c {
            '*' | '?' | '\\' => true,
            '[' => letters.peek() == Some(&'^'),
            '$' => letters.peek() == Some(&'{'),
            _ => false,
        };
        if special {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    Ok(())
}
