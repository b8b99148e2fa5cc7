//! Sets of strings: a union of patterns, or the complement of one.

use std::fmt;
use std::sync::Arc;

use crate::context::{Context, Key};
use crate::pattern::{Element, Pattern, fold};

/// A set of strings: all that match one of some patterns, or all that match none of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strings {
    patterns: Arc<[Pattern]>,
    complement: bool,
}

impl Strings {
    /// Every string.
    #[must_use]
    pub fn any() -> Self {
        Self {
            patterns: Arc::default(),
            complement: true,
        }
    }

    /// No string.
    #[must_use]
    pub fn none() -> Self {
        Self {
            patterns: Arc::default(),
            complement: false,
        }
    }

    /// The strings of one pattern.
    #[must_use]
    pub fn one(pattern: Pattern) -> Self {
        Self::any_of([pattern])
    }

    /// Exactly `text`.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        Self::one(Pattern::literal(text))
    }

    /// The strings of any of these patterns: sorted, without repeats, and `*` absorbs the rest.
    pub fn any_of(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        let mut patterns: Vec<Pattern> = patterns.into_iter().collect();
        if patterns.iter().any(Pattern::is_any) {
            return Self::any();
        }
        patterns.sort();
        patterns.dedup();
        Self {
            patterns: patterns.into(),
            complement: false,
        }
    }

    /// All strings that are not in this set.
    #[must_use]
    pub fn complement(self) -> Self {
        Self {
            patterns: self.patterns,
            complement: !self.complement,
        }
    }

    /// The patterns it was made of.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// Whether it holds what the patterns do *not* match.
    #[must_use]
    pub fn is_complement(&self) -> bool {
        self.complement
    }

    /// Whether it is plainly every string (a set may be every string without showing it).
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.complement && self.patterns.is_empty()
    }

    /// An address that two of them have in common only where they share their patterns, and which they keep as long as
    /// either lives; for memo tables.
    #[must_use]
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.patterns).cast::<Pattern>().addr()
    }

    /// The context keys whose values its patterns copy.
    pub fn holes(&self) -> impl Iterator<Item = &Key> {
        self.patterns.iter().flat_map(Pattern::holes)
    }

    /// Whether `text` is in the set. A hole whose key is absent matches nothing, so that its complement
    /// matches everything.
    #[must_use]
    pub fn contains(&self, text: &str, context: &Context) -> bool {
        self.matched(text, context) != self.complement
    }

    /// Whether a pattern matches. Long lists are not looked through: patterns are in order, so those that begin with a
    /// beginning of the text are found by halving.
    fn matched(&self, text: &str, context: &Context) -> bool {
        let matches = |pattern: &Pattern| pattern.matches(text, context);
        if self.patterns.len() <= FEW {
            return self.patterns.iter().any(matches);
        }
        let (beginning, free) = self
            .patterns
            .split_at(self.patterns.partition_point(|pattern| head(pattern).is_some()));
        if free.iter().any(matches) || any_that_begins(beginning, text, matches) {
            return true;
        }
        if text.is_ascii() {
            let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
            return upper && any_that_begins(beginning, &text.to_ascii_lowercase(), matches);
        }
        let folded: String = text.chars().map(fold).collect();
        folded != text && any_that_begins(beginning, &folded, matches)
    }
}

/// The longest list of patterns that is looked through one by one.
const FEW: usize = 16;

/// The text that a pattern begins with; `None` where it begins with something else. Patterns in order have those first
/// of which it is some.
fn head(pattern: &Pattern) -> Option<&[u8]> {
    match pattern.elements().first() {
        None => Some(&[]),
        Some(Element::Text(head)) => Some(head.as_bytes()),
        Some(_) => None,
    }
}

/// Whether a test holds for any of the patterns, sorted, that begin with a text with which `text` begins.
fn any_that_begins(mut sorted: &[Pattern], text: &str, test: impl Fn(&Pattern) -> bool) -> bool {
    let mut text = text.as_bytes();
    loop {
        // What stands behind the text in the order is no beginning of it.
        let end = sorted.partition_point(|pattern| head(pattern).is_some_and(|head| head <= text));
        sorted = sorted.get(..end).unwrap_or_default();
        let Some((last, before)) = sorted.split_last() else {
            return false;
        };
        let head = head(last).unwrap_or_default();
        let common = head
            .iter()
            .zip(text)
            .take_while(|(one, other)| one == other)
            .count();
        if common == head.len() {
            if test(last) {
                return true;
            }
            sorted = before;
        }
        // A longer beginning would stand behind this head.
        text = text.get(..common).unwrap_or_default();
    }
}

impl fmt::Display for Strings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&*self.patterns, self.complement) {
            ([], true) => f.write_str("*"),
            ([], false) => f.write_str("(none)"),
            (patterns, complement) => {
                if complement {
                    f.write_str("not ")?;
                }
                if let [one] = patterns {
                    return write!(f, "{one}");
                }
                f.write_str("(")?;
                for (index, pattern) in patterns.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" | ")?;
                    }
                    write!(f, "{pattern}")?;
                }
                f.write_str(")")
            }
        }
    }
}
