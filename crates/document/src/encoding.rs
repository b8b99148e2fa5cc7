//! Bytes to UTF-8, and which form the text has.
//!
//! UTF-8 is not checked here: the readers do, so that what stands before a wrong byte is still delivered.

use std::borrow::Cow;

use crate::fault::FaultKind;

/// A file's text; `bytes` end before what could not be decoded.
pub(crate) struct Text<'a> {
    pub(crate) bytes: Cow<'a, [u8]>,
    pub(crate) cut: Option<FaultKind>,
}

/// Removes a byte order mark and turns UTF-16 into UTF-8.
///
/// Without a mark, a NUL beside an ASCII character at the very beginning tells UTF-16 (RFC 4627, section 3).
pub(crate) fn decode(bytes: &[u8]) -> Text<'_> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => Text {
            bytes: Cow::Borrowed(rest),
            cut: None,
        },
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [1..=0x7F, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, 1..=0x7F, ..] => utf16(bytes, u16::from_be_bytes),
        _ => Text {
            bytes: Cow::Borrowed(bytes),
            cut: None,
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let mut cut = if odd.is_empty() {
        None
    } else {
        Some(FaultKind::NotUtf16)
    };
    for character in char::decode_utf16(pairs.iter().copied().map(unit)) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => {
                cut = Some(FaultKind::NotUtf16);
                break;
            }
        }
    }
    Text {
        bytes: Cow::Owned(text.into_bytes()),
        cut,
    }
}

/// The two forms a file can have.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Yaml,
}

/// Tells the form by the first two visible characters: every JSON map or list is YAML too, so JSON is what
/// begins as only JSON usually does (`{"`, `{}`, `[{`), and a YAML flow map (`{a: b}`) is not.
pub(crate) fn form(bytes: &[u8]) -> Form {
    let mut visible = bytes
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    match (visible.next(), visible.next()) {
        (Some(b'{'), Some(b'"' | b'}') | None) => Form::Json,
        (Some(b'['), Some(b'"' | b'{' | b'[' | b']' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') | None) => {
            Form::Json
        }
        _ => Form::Yaml,
    }
}
