//! Templates in paths: `{{identity.entity.name}}` and the like.
//!
//! Source: `PopulateString` of openbao/openbao sdk/helper/identitytpl/templating.go.

use leastwise_permset::Key;

/// A piece of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Piece {
    /// Text as it is.
    Text(Box<str>),
    /// What the template between braces stands for.
    Hole(Box<str>),
}

/// Splits a path into pieces.
pub(crate) fn pieces(path: &str) -> Result<Vec<Piece>, &'static str> {
    const UNBALANCED: &str = "the braces of its templates are not balanced";
    let mut pieces = Vec::new();
    for (index, part) in path.split("{{").enumerate() {
        let (hole, text) = match (index, part.split_once("}}")) {
            (0, None) => (None, part),
            (0, Some(_)) | (_, None) => return Err(UNBALANCED),
            (_, Some((_, text))) if text.contains("}}") => return Err(UNBALANCED),
            (_, Some((hole, text))) => (Some(hole.trim()), text),
        };
        pieces.extend(hole.map(|hole| Piece::Hole(hole.into())));
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
    }
    Ok(pieces)
}

/// Why the templates of a path cannot be read.
pub(crate) fn check(path: &str) -> Result<(), &'static str> {
    pieces(path).map(drop)
}

/// The context key that holds what a template stands for. It follows from who asks.
pub(crate) fn key(template: &str) -> Key {
    Key::single(template)
}

/// Whether the value of a template may be no text at all: names and ids that are empty leave the rule out, metadata do not.
pub(crate) fn may_be_empty(template: &str) -> bool {
    template.contains("metadata")
}
