//! Patterns matched letter by letter.

use std::collections::BTreeMap;

use crate::policy::Variables;

/// One letter of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// This character.
    Letter(char),
    /// Any one character.
    One,
    /// Any text.
    Many,
}

/// A text with wildcards and without variables.
pub fn plain(text: &str) -> Vec<Token> {
    text.chars()
        .map(|letter| match letter {
            '*' => Token::Many,
            '?' => Token::One,
            other => Token::Letter(other),
        })
        .collect()
}

/// The same without wildcards.
pub fn verbatim(tokens: &[Token]) -> String {
    tokens
        .iter()
        .map(|token| match token {
            Token::Letter(letter) => *letter,
            Token::One => '?',
            Token::Many => '*',
        })
        .collect()
}

/// A text with its variables filled in; `None` where one has no value.
pub fn filled(
    text: &str,
    variables: Variables,
    context: &BTreeMap<String, Vec<String>>,
) -> Option<Vec<Token>> {
    if variables == Variables::Text {
        return Some(plain(text));
    }
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let Some(end) = rest[at..].find('}').map(|end| at + end) else {
            break;
        };
        tokens.extend(plain(&rest[..at]));
        let inside = &rest[at + 2..end];
        rest = &rest[end + 1..];
        if matches!(inside, "*" | "?" | "$") {
            tokens.extend(inside.chars().map(Token::Letter));
            continue;
        }
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key.trim(), Some(default.trim().trim_matches('\'').to_owned())),
            None => (inside.trim(), None),
        };
        let value = match context.get(&key.to_lowercase()).map(Vec::as_slice) {
            Some([one]) => Some(one.clone()),
            _ => None,
        };
        tokens.extend(value.or(default)?.chars().map(Token::Letter));
    }
    tokens.extend(plain(rest));
    Some(tokens)
}

/// Whether a text matches, by trying everything.
pub fn glob(pattern: &[Token], text: &str) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Token::Many, rest)) => glob(rest, text) || (!text.is_empty() && glob(pattern, skip_one(text))),
        Some((Token::One, rest)) => !text.is_empty() && glob(rest, skip_one(text)),
        Some((Token::Letter(letter), rest)) => text.starts_with(*letter) && glob(rest, skip_one(text)),
    }
}

fn skip_one(text: &str) -> &str {
    let mut letters = text.chars();
    letters.next();
    letters.as_str()
}
