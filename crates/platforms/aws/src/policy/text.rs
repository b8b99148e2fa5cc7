//! The text of a resource or condition value: wildcards, variables and escapes.
//! Source: IAM User Guide, "IAM policy elements: Variables and tags".

/// Whether `${…}` is a variable, or text like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variables {
    /// Version 2012-10-17.
    Substituted,
    /// Version 2008-10-17, and documents without version.
    Text,
}

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// As it stands.
    Text(&'t str),
    /// `?`
    One,
    /// `*`
    Many,
    /// `${key}` or `${key, 'default'}`; the key as written.
    Variable {
        /// The context key.
        key: &'t str,
        /// What stands in for a key that is absent.
        default: Option<&'t str>,
    },
}

/// Takes a text apart. Wildcards are recognised everywhere; whoever compares literally puts them back.
#[must_use]
pub fn pieces(text: &str, variables: Variables) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut at = 0;
    while at < rest.len() {
        let byte = rest.as_bytes().get(at).copied().unwrap_or_default();
        let (piece, length) = match byte {
            b'*' => (Piece::Many, 1),
            b'?' => (Piece::One, 1),
            b'$' if variables == Variables::Substituted => match rest.get(at..).and_then(variable) {
                Some(found) => found,
                None => {
                    at += 1;
                    continue;
                }
            },
            _ => {
                at += 1;
                continue;
            }
        };
        if let Some(head) = rest.get(..at).filter(|head| !head.is_empty()) {
            found.push(Piece::Text(head));
        }
        found.push(piece);
        rest = rest.get(at + length..).unwrap_or_default();
        at = 0;
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    found
}

/// The variables in a text: the key as written, and whether it has a default value.
pub fn variables_in(text: &str, variables: Variables) -> impl Iterator<Item = (&str, bool)> {
    let pieces = if variables == Variables::Substituted && text.contains("${") {
        pieces(text, variables)
    } else {
        Vec::new()
    };
    pieces.into_iter().filter_map(|piece| match piece {
        Piece::Variable { key, default } => Some((key, default.is_some())),
        Piece::Text(_) | Piece::One | Piece::Many => None,
    })
}

/// The variable or escape that `text` begins with, and its length. What is not closed or empty is text.
fn variable(text: &str) -> Option<(Piece<'_>, usize)> {
    let inner = text.strip_prefix("${")?;
    let end = inner.find('}')?;
    let inner = inner.get(..end)?;
    let length = end + 3;
    if matches!(inner, "*" | "?" | "$") {
        return Some((Piece::Text(inner), length));
    }
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => {
            let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
            (key.trim(), Some(default))
        }
        None => (inner.trim(), None),
    };
    (!key.is_empty()).then_some((Piece::Variable { key, default }, length))
}

/// The first `${…}` of a text in a form of which no document says what it stands for: a default value is in single quotes,
/// behind a comma and one space.
pub(crate) fn undocumented(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let here = rest.get(at..)?;
        let end = here.find('}')?;
        let inner = here.get(2..end)?;
        let plain = |name: &str| !name.is_empty() && !name.contains(['\'', ',']) && name.trim() == name;
        let documented = match inner.split_once(", '") {
            Some((key, default)) => plain(key) && default.ends_with('\'') && !default.contains(['$', '{']),
            None => plain(inner),
        };
        if !documented {
            return here.get(..=end);
        }
        rest = here.get(end..)?;
    }
    None
}
