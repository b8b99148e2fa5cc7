//! Quick relations between two patterns: cover, disjointness, and the simplest member of one.
//!
//! Each is linear in the patterns, or a product of their lengths at worst, and errs on one stated side only; what
//! they leave open goes to the automaton.

use crate::context::{Context, Key};
use crate::pattern::{Case, Element, Pattern, fold, same};

/// One step of a pattern, character by character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit<'p> {
    Char(char),
    One,
    OneExcept(char),
    Many,
    ManyExcept(char),
    Hole(&'p Key),
}

impl Unit<'_> {
    /// Whether it can take any number of characters, also none.
    pub(crate) fn repeats(self) -> bool {
        matches!(self, Self::Many | Self::ManyExcept(_) | Self::Hole(_))
    }

    /// Whether it can take `c`. A hole, read as any text, can take anything.
    pub(crate) fn takes(self, c: char, case: Case) -> bool {
        match self {
            Self::Char(wanted) => same(c, wanted, case),
            Self::One | Self::Many | Self::Hole(_) => true,
            Self::OneExcept(not) | Self::ManyExcept(not) => !same(c, not, case),
        }
    }
}

/// The units of a pattern.
pub(crate) fn units(pattern: &Pattern) -> Vec<Unit<'_>> {
    let mut units = Vec::new();
    for element in pattern.elements() {
        match element {
            Element::Text(text) => units.extend(text.chars().map(Unit::Char)),
            Element::One => units.push(Unit::One),
            Element::Many => units.push(Unit::Many),
            Element::OneExcept(c) => units.push(Unit::OneExcept(*c)),
            Element::ManyExcept(c) => units.push(Unit::ManyExcept(*c)),
            Element::Hole(key) => units.push(Unit::Hole(key)),
        }
    }
    units
}

/// Whether `pattern` copies a context value.
pub(crate) fn has_hole(pattern: &Pattern) -> bool {
    pattern
        .elements()
        .iter()
        .any(|element| matches!(element, Element::Hole(_)))
}

/// Whether every member of `inner` is plainly a member of `outer`, whatever the context is. `false` means only
/// that it does not show.
pub(crate) fn covers(outer: &Pattern, inner: &Pattern) -> bool {
    if outer.is_any() || std::ptr::eq(outer, inner) {
        return true;
    }
    if let (Some(text), Case::Exact) = (inner.as_literal(), inner.case()) {
        return outer.matches(text, Context::nowhere());
    }
    if let ([Element::Text(head), Element::Many], true) = (outer.elements(), outer.case() == inner.case()) {
        return inner.prefix().starts_with(&**head);
    }
    if outer == inner {
        return true;
    }
    // A cheap no: the fixed beginning of `outer` must be seen in that of `inner`.
    if outer.case() == inner.case() && !inner.prefix().starts_with(outer.prefix()) {
        return false;
    }
    simulate(&units(outer), outer.case(), &units(inner), inner.case())
}

/// Reads `inner` as a word whose letters are its units, and runs `outer` over it.
fn simulate(outer: &[Unit<'_>], outer_case: Case, inner: &[Unit<'_>], inner_case: Case) -> bool {
    if outer.len() >= 128 {
        return false;
    }
    let close = |mut states: u128| {
        for (at, unit) in outer.iter().enumerate() {
            if unit.repeats() && !matches!(unit, Unit::Hole(_)) && states & (1 << at) != 0 {
                states |= 1 << (at + 1);
            }
        }
        states
    };
    let mut states = close(1);
    for letter in inner {
        let mut next = 0_u128;
        let mut rest = states;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let Some(unit) = outer.get(at) else { continue };
            if unit_covers(*unit, outer_case, *letter, inner_case) {
                let stays = matches!(unit, Unit::Many | Unit::ManyExcept(_));
                next |= 1 << if stays { at } else { at + 1 };
            }
        }
        if next == 0 {
            return false;
        }
        states = close(next);
    }
    states & (1 << outer.len()) != 0
}

/// Whether one unit takes all that the other can stand for.
fn unit_covers(outer: Unit<'_>, outer_case: Case, inner: Unit<'_>, inner_case: Case) -> bool {
    // Whether folding leaves a character alone, and no other becomes it.
    let caseless = |c: char| c.is_ascii() && !c.is_ascii_alphabetic();
    // Whether what `inner` says with `letter` can be the character that `outer` excludes.
    let may_be = |letter: char, c: char| match (outer_case, inner_case) {
        (Case::Exact, Case::Exact) => letter == c,
        (Case::Exact, Case::Folded) => letter == fold(c),
        (Case::Folded, _) => fold(letter) == c,
    };
    // Whether all that `outer` excludes, `inner` excludes, too.
    let excludes = |c: char, not: char| match (outer_case, inner_case) {
        (Case::Exact, Case::Exact) | (Case::Folded, Case::Folded) => c == not,
        (Case::Exact, Case::Folded) => fold(c) == not,
        (Case::Folded, Case::Exact) => c == not && caseless(c),
    };
    match (outer, inner) {
        (Unit::Many, _) => true,
        (Unit::Char(c), Unit::Char(letter)) => match (outer_case, inner_case) {
            (Case::Exact, Case::Exact) => c == letter,
            (Case::Folded, _) => c == fold(letter),
            (Case::Exact, Case::Folded) => c == letter && caseless(letter),
        },
        (Unit::One, Unit::Char(_) | Unit::One | Unit::OneExcept(_)) => true,
        (Unit::OneExcept(c) | Unit::ManyExcept(c), Unit::Char(letter)) => !may_be(letter, c),
        (Unit::OneExcept(c) | Unit::ManyExcept(c), Unit::OneExcept(not)) => excludes(c, not),
        (Unit::ManyExcept(c), Unit::ManyExcept(not)) => excludes(c, not),
        (Unit::Hole(key), Unit::Hole(other)) => {
            key == other && (outer_case == Case::Folded || inner_case == Case::Exact)
        }
        _ => false,
    }
}

/// Whether no text is in both, whatever the context is. `false` means only that it does not show.
pub(crate) fn plainly_disjoint(a: &Pattern, b: &Pattern) -> bool {
    if a.is_any() || b.is_any() {
        return false;
    }
    for (one, other) in [(a, b), (b, a)] {
        if let Some(text) = one.as_literal()
            && (one.case() == Case::Exact || other.case() == Case::Folded)
            && !has_hole(other)
        {
            return !other.matches(text, Context::nowhere());
        }
    }
    let exact = a.case() == b.case();
    let (head_a, head_b) = (a.prefix(), b.prefix());
    let heads_differ = if exact {
        let shared = head_a.len().min(head_b.len());
        head_a.as_bytes().get(..shared) != head_b.as_bytes().get(..shared)
    } else {
        head_a
            .chars()
            .zip(head_b.chars())
            .any(|(x, y)| fold(x) != fold(y))
    };
    if heads_differ {
        return true;
    }
    let (tail_a, tail_b) = (suffix(a), suffix(b));
    if exact {
        let shared = tail_a.len().min(tail_b.len());
        tail_a.as_bytes().get(tail_a.len() - shared..) != tail_b.as_bytes().get(tail_b.len() - shared..)
    } else {
        tail_a
            .chars()
            .rev()
            .zip(tail_b.chars().rev())
            .any(|(x, y)| fold(x) != fold(y))
    }
}

fn suffix(pattern: &Pattern) -> &str {
    match pattern.elements().last() {
        Some(Element::Text(text)) => text,
        _ => "",
    }
}

/// The member that has `filler` for every single wildcard and `many` for every unbounded one. `filler` must not
/// be a character that the pattern excepts.
pub(crate) fn instance(pattern: &Pattern, filler: char, many: &str) -> String {
    let mut text = String::new();
    for element in pattern.elements() {
        match element {
            Element::Text(part) => text.push_str(part),
            Element::One | Element::OneExcept(_) => text.push(filler),
            Element::Many | Element::ManyExcept(_) => text.push_str(many),
            Element::Hole(_) => text.push(filler),
        }
    }
    text
}

/// A character that no pattern mentions in any case: letters first, then digits, then whatever is left.
pub(crate) fn unmentioned<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> char {
    let mut ascii = 0_u128;
    let mut others = Vec::new();
    let mut note = |c: char| {
        if c.is_ascii() {
            ascii |= 1 << u32::from(c.to_ascii_lowercase());
            ascii |= 1 << u32::from(c.to_ascii_uppercase());
        } else {
            others.push(c);
            others.push(fold(c));
        }
    };
    for pattern in patterns {
        for element in pattern.elements() {
            match element {
                Element::Text(text) => text.chars().for_each(&mut note),
                Element::OneExcept(c) | Element::ManyExcept(c) => note(*c),
                Element::One | Element::Many | Element::Hole(_) => {}
            }
        }
    }
    let free = |c: &char| {
        if c.is_ascii() {
            ascii & (1 << u32::from(*c)) == 0
        } else {
            !others.contains(c) && !others.contains(&fold(*c))
        }
    };
    let plain = ('x'..='z')
        .chain('a'..='w')
        .chain('0'..='9')
        .chain(['-', '_', '.']);
    // The second range is larger than any number of characters that patterns of sane size mention.
    plain
        .chain('\u{3041}'..='\u{D7A3}')
        .find(free)
        .unwrap_or('\u{10FFFD}')
}
