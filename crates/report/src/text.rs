//! Small matters of printing: numbers, plurals, lengths, and text from an estate that must not steer a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` with every control character spelled out, so that nothing in an estate can move a cursor, hide a line
/// or break a table.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| {
        c.is_control()
            // Marks that turn the direction of text around.
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if harmful(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// `1234567` as `1,234,567`.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 file`, `2 files`.
#[must_use]
pub fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `a, b and c`.
#[must_use]
pub fn listed<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", head.join(", "), last.as_ref())
        }
    }
}

/// How many columns a text takes on a terminal, one for each character.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    }
}

/// `text` within `limit` columns: where it is longer, its middle gives way to `…`, for the ends of names tell more.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    let length = width(text);
    if length <= limit {
        return Cow::Borrowed(text);
    }
    if limit < 2 {
        return Cow::Borrowed(if limit == 1 { "…" } else { "" });
    }
    let head = (limit - 1) / 3;
    let tail = limit - 1 - head;
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    Cow::Owned(format!("{start}…{end}"))
}

/// `text` within `limit` columns: where it is longer, its end gives way to `…`.
#[must_use]
pub fn cut(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// `text` cut into lines of at most `limit` columns, at spaces where there are some; at most `lines`, the last
/// ending in `…` where more would follow.
#[must_use]
pub fn wrapped(text: &str, limit: usize, lines: usize) -> Vec<String> {
    let limit = limit.max(16);
    let mut out: Vec<String> = Vec::new();
    let mut rest: Vec<char> = text.chars().collect();
    while !rest.is_empty() && out.len() < lines {
        if rest.len() <= limit {
            out.push(rest.iter().collect());
            return out;
        }
        let window = rest.get(..limit).unwrap_or_default();
        let behind_space = window
            .iter()
            .rposition(|c| *c == ' ')
            .map(|at| at + 1)
            .filter(|at| *at > limit / 3);
        let behind_comma = window
            .iter()
            .rposition(|c| *c == ',')
            .map(|at| at + 1)
            .filter(|at| *at > limit / 2);
        let end = behind_space.or(behind_comma).unwrap_or(limit);
        let line: String = rest.drain(..end).collect();
        out.push(line.trim_end().to_owned());
    }
    if !rest.is_empty()
        && let Some(last) = out.last_mut()
    {
        let keep: String = last.chars().take(limit - 1).collect();
        *last = format!("{keep}…");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(clean("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\n");
        assert_eq!(clean("plain"), "plain");
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(
            [grouped(0), grouped(999), grouped(1000), grouped(1_234_567)],
            ["0", "999", "1,000", "1,234,567"]
        );
    }

    #[test]
    fn long_names_keep_their_ends() {
        assert_eq!(shortened("arn:aws:iam::1:role/deploy", 13), "arn:…e/deploy");
        assert_eq!(shortened("short", 13), "short");
    }

    #[test]
    fn long_statements_are_cut_at_spaces_and_say_that_they_are_cut() {
        assert_eq!(
            wrapped("aaaa bbbb cccc dddd eeee", 16, 9),
            ["aaaa bbbb cccc", "dddd eeee"]
        );
        assert_eq!(wrapped("aaaa bbbb cccc dddd eeee", 16, 1), ["aaaa bbbb cccc…"]);
    }
}
