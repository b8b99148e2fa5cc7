//! Durations as the server reads them.

use crate::hcl::{Kind, Value};

const SECOND: f64 = 1e9;

/// Nanoseconds: a number is seconds; a text is a number, or numbers with units of `ns`, `us`, `ms`, `s`, `m`, `h`, or days
/// with `d`. (`ParseDurationSecond` of hashicorp/go-secure-stdlib parseutil.)
pub(super) fn nanoseconds(value: &Value) -> Option<i64> {
    match &value.kind {
        Kind::Number(text) => seconds(text),
        Kind::Text(text) if text.is_empty() => Some(0),
        Kind::Text(text) => seconds(text).or_else(|| match text.strip_suffix('d') {
            Some(days) => checked(days.parse::<i64>().ok()? as f64 * 86_400.0 * SECOND),
            None => units(text),
        }),
        _ => None,
    }
}

fn seconds(text: &str) -> Option<i64> {
    checked(text.parse::<i64>().ok()? as f64 * SECOND)
}

#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn checked(nanoseconds: f64) -> Option<i64> {
    // Up to this, floating point is exact on whole seconds and far beyond any wrapping.
    (nanoseconds.abs() < 9e18).then_some(nanoseconds as i64)
}

fn units(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, next) = tail.split_at(letters);
        let factor = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => SECOND,
            "m" => 60.0 * SECOND,
            "h" => 3_600.0 * SECOND,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * factor;
        rest = next;
    }
    checked(total)
}
