//! What a plain scalar is: the core schema of YAML 1.2.2, section 10.3.2.

use crate::node::Value;

/// A plain scalar without a tag.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_number(text) => Value::Number(text.into()),
        _ => Value::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    let all = |digits: &str, of: fn(&u8) -> bool| !digits.is_empty() && digits.as_bytes().iter().all(of);
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return false;
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (!whole.is_empty() || !fraction.is_empty())
        && digits(whole)
        && digits(fraction)
        && exponent.is_none_or(|exponent| all(exponent, u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_core_schema_and_no_others() {
        for text in [
            "0",
            "-12",
            "+3",
            "012345678901",
            "0o17",
            "0x1F",
            "1.",
            ".5",
            "1e3",
            "-1.5E-3",
            ".inf",
            "-.INF",
            ".nan",
        ] {
            assert_eq!(plain(text), Value::Number(text.into()), "{text}");
        }
        for text in [
            "-",
            "+",
            ".",
            "e3",
            "1_000",
            "0o8",
            "0x",
            "1.2.3",
            "10.0.0.0/8",
            "12:30",
            "1e",
            "-.nan",
            "yes",
            "off",
        ] {
            assert_eq!(plain(text), Value::Text(text.into()), "{text}");
        }
    }

    #[test]
    fn null_and_booleans_have_three_spellings_each() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(plain(text), Value::Null, "{text}");
        }
        assert_eq!(plain("True"), Value::Bool(true));
        assert_eq!(plain("FALSE"), Value::Bool(false));
        assert_eq!(plain("tRUE"), Value::Text("tRUE".into()));
    }
}
