//! Path patterns of rules, which of two wins, and the paths that each matches.
//!
//! Source: `CheckAllowedFromNonExactPaths` of openbao/openbao internal/vault/policy/acl.go and hashicorp/vault vault/acl.go;
//! openbao/openbao website/content/docs/concepts/policies.mdx, "Priority matching".

use std::cmp::Ordering;

use leastwise_permset::{Case, Element, Pattern};

use crate::template::{self, Piece};

/// The character that ends a pattern for everything that begins like it.
const GLOB: char = '*';
/// The segment that stands for any one segment.
const ANY_SEGMENT: &str = "+";

/// Whether the server refuses the path.
pub(crate) fn forbidden(path: &str) -> bool {
    path.contains("+*")
}

/// A path pattern. Two rules speak of the same pattern where their routes are equal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Route {
    /// Without the `*` at the end.
    pieces: Vec<Piece>,
    /// Everything that begins so.
    prefix: bool,
    /// A segment is `+`, or begins with it.
    segments: bool,
}

impl Route {
    /// The pattern of a path as it stands in a rule, below a namespace (`""` or `team/`). Templates of which `value` knows
    /// nothing remain open; `None` where one has no value, so that the server leaves the rule out.
    pub(crate) fn new(namespace: &str, path: &str, value: &dyn Fn(&str) -> Value) -> Option<Self> {
        let mut pieces = vec![Piece::Text(namespace.into())];
        for piece in template::pieces(path).unwrap_or_default() {
            pieces.push(match piece {
                Piece::Hole(hole) => match value(&hole) {
                    Value::Open => Piece::Hole(hole),
                    Value::None => return None,
                    Value::Text(text) => Piece::Text(text),
                },
                text @ Piece::Text(_) => text,
            });
        }
        // A leading `/` goes after the templates are filled in, and only one.
        if let Some(Piece::Text(first)) = pieces.get_mut(1)
            && let Some(rest) = first.strip_prefix('/')
        {
            *first = rest.into();
        }
        let mut merged: Vec<Piece> = Vec::new();
        for piece in pieces {
            match (merged.last_mut(), piece) {
                (Some(Piece::Text(last)), Piece::Text(text)) => *last = format!("{last}{text}").into(),
                (_, piece) => merged.push(piece),
            }
        }
        merged.retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        let prefix = match merged.last_mut() {
            Some(Piece::Text(text)) => match text.strip_suffix(GLOB) {
                Some(rest) => {
                    *text = rest.into();
                    true
                }
                None => false,
            },
            _ => false,
        };
        let mut route = Self {
            pieces: merged,
            prefix,
            segments: false,
        };
        // A value that is not known holds no `+`: the server refuses to fill in one that does.
        let shape = route.shape();
        route.segments = shape == ANY_SEGMENT && !prefix || shape.contains("/+") || shape.starts_with("+/");
        route
            .pieces
            .retain(|piece| !matches!(piece, Piece::Text(text) if text.is_empty()));
        Some(route)
    }

    /// The text, with a character of no meaning for what is not known.
    fn shape(&self) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => &**text,
                Piece::Hole(_) => "\u{0}",
            })
            .collect()
    }

    /// Whether it is one path (with open templates, one for each choice of their values).
    pub(crate) fn is_exact(&self) -> bool {
        !self.prefix && !self.segments
    }

    /// Whether it is everything that begins in some way.
    pub(crate) fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// Whether all of it is known.
    pub(crate) fn is_closed(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, Piece::Hole(_)))
    }

    /// The pattern's text, for people.
    pub(crate) fn text(&self) -> String {
        let mut out: String = self
            .pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(hole) => format!("{{{{{hole}}}}}"),
            })
            .collect();
        if self.prefix {
            out.push(GLOB);
        }
        out
    }

    /// What all matching paths begin with.
    pub(crate) fn head(&self) -> &str {
        let Some(Piece::Text(first)) = self.pieces.first() else {
            return "";
        };
        if !self.segments {
            return first;
        }
        let mut at = 0;
        for segment in first.split_inclusive('/') {
            if segment.trim_end_matches('/') == ANY_SEGMENT {
                break;
            }
            at += segment.len();
        }
        first.get(..at).unwrap_or_default()
    }

    /// Whether some path may match both. Errs on the side of yes.
    pub(crate) fn may_meet(&self, other: &Self) -> bool {
        let (a, b) = (self.head(), other.head());
        a.starts_with(b) || b.starts_with(a)
    }

    /// Which of two patterns that match the same path wins, where neither is one exact path: the greater. `None` where
    /// that depends on values that are not known.
    pub(crate) fn rank(&self, other: &Self) -> Option<Ordering> {
        if self.is_closed() && other.is_closed() {
            return Some(self.closed_rank().cmp(&other.closed_rank()));
        }
        let ((a, a_open), (b, b_open)) = (self.first(), other.first());
        match (a_open, b_open) {
            // Where the first wildcard stands is at least so far behind.
            (true, false) if a > b => Some(Ordering::Greater),
            (false, true) if b > a => Some(Ordering::Less),
            (false, false) if a != b => Some(a.cmp(&b)),
            _ => None,
        }
    }

    /// Where the first wildcard stands, in bytes; at least there, where it depends on values.
    fn first(&self) -> (usize, bool) {
        let mut at = 0;
        let mut open = false;
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => {
                    if self.segments
                        && let Some(plus) = text.find(ANY_SEGMENT)
                    {
                        return (at + plus, open);
                    }
                    at += text.len();
                }
                Piece::Hole(hole) => {
                    at += usize::from(!template::may_be_empty(hole));
                    open = true;
                }
            }
        }
        (at, open)
    }

    /// The order of the server: the first wildcard further behind, no `*` at the end, fewer `+` segments, longer, greater.
    fn closed_rank(&self) -> (usize, bool, std::cmp::Reverse<usize>, usize, String) {
        let text = self.shape();
        let segments = if self.segments {
            text.split('/').filter(|segment| *segment == ANY_SEGMENT).count()
        } else {
            0
        };
        let (first, _) = self.first();
        (first, !self.prefix, std::cmp::Reverse(segments), text.len(), text)
    }

    fn elements(&self) -> Vec<Element> {
        let mut elements = Vec::new();
        // A `+` is a wildcard where it is all of a segment.
        let mut segment_begins = true;
        for (index, piece) in self.pieces.iter().enumerate() {
            let text = match piece {
                Piece::Hole(hole) => {
                    elements.push(Element::Hole(template::key(hole)));
                    segment_begins = false;
                    continue;
                }
                Piece::Text(text) => text,
            };
            let goes_on = self.pieces.len() > index + 1;
            let count = text.split('/').count();
            for (at, segment) in text.split('/').enumerate() {
                if at > 0 {
                    elements.push(Element::Text("/".into()));
                    segment_begins = true;
                }
                let whole = segment_begins && !(goes_on && at + 1 == count);
                if self.segments && segment == ANY_SEGMENT && whole {
                    elements.push(Element::ManyExcept('/'));
                } else {
                    elements.push(Element::Text(segment.into()));
                }
                if !segment.is_empty() {
                    segment_begins = false;
                }
            }
        }
        elements
    }

    fn pattern(elements: Vec<Element>) -> Pattern {
        Pattern::new(elements, Case::Exact)
    }

    /// The paths that match.
    pub(crate) fn paths(&self) -> Vec<Pattern> {
        let mut elements = self.elements();
        if self.prefix {
            elements.push(Element::Many);
        }
        vec![Self::pattern(elements)]
    }

    /// The paths that match and end in `/`.
    pub(crate) fn folders(&self) -> Vec<Pattern> {
        let elements = self.elements();
        let slash = Element::Text("/".into());
        let ends_in_slash = matches!(elements.iter().rev().find(|e| !is_empty(e)), Some(Element::Text(text)) if text.ends_with('/'));
        let mut found = Vec::new();
        if self.prefix {
            found.push(Self::pattern([&elements[..], &[Element::Many, slash]].concat()));
            if ends_in_slash {
                found.push(Self::pattern(elements));
            }
        } else if ends_in_slash {
            found.push(Self::pattern(elements));
        } else if let Some((Element::ManyExcept(_), before)) = elements.split_last()
            && !before.is_empty()
        {
            // The last segment is any, so it may be none.
            found.push(Self::pattern(before.to_vec()));
        }
        found
    }

    /// The paths that end in `/` and match without that `/`.
    pub(crate) fn folders_without_slash(&self) -> Vec<Pattern> {
        let mut elements = self.elements();
        if self.prefix {
            elements.push(Element::Many);
        }
        elements.push(Element::Text("/".into()));
        vec![Self::pattern(elements)]
    }
}

fn is_empty(element: &Element) -> bool {
    matches!(element, Element::Text(text) if text.is_empty())
}

/// What is known of the value of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// This text.
    Text(Box<str>),
    /// There is none, so that the server leaves the rule out.
    None,
    /// Not known.
    Open,
}

#[cfg(test)]
mod tests;
