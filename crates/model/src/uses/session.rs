//! Names of sessions without what differs from one session of a workload to the next.

use std::borrow::Cow;

/// A part of a name that is short enough to be a word whatever it looks like.
const WORD: usize = 4;

/// The workload's part of a session's name: numbers, times, ids of instances and of pods give way to `*`.
///
/// `i-0abc12de34f567890` becomes `i-*`, `botocore-session-1700000000` becomes `botocore-session-*`; `deploy-web` and
/// `build2024` stay as they are.
#[must_use]
pub fn workload_of(name: Cow<'_, str>) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_digit()) {
        return name;
    }
    let separator = |c: char| matches!(c, '-' | '_' | '.' | '/' | ':' | '=' | ',' | '+' | '@');
    let mut out = String::with_capacity(name.len());
    let mut changed = false;
    let mut rest = &*name;
    while !rest.is_empty() {
        let uuid = uuid(rest);
        let length = uuid.unwrap_or_else(|| rest.find(separator).unwrap_or(rest.len()));
        let (part, behind) = rest.split_at(length);
        let mark = behind.chars().next().map_or(0, char::len_utf8);
        let (mark, behind) = behind.split_at(mark);
        rest = behind;
        if uuid.is_some() || is_number(part) {
            changed = true;
            // One star for a row of them.
            if !out.trim_end_matches(separator).ends_with('*') || out.is_empty() {
                out.push('*');
                out.push_str(mark);
            }
        } else {
            out.push_str(part);
            out.push_str(mark);
        }
    }
    if !changed {
        return name;
    }
    let bare = out.trim_end_matches(separator);
    if bare.ends_with('*') {
        out.truncate(bare.len());
    }
    Cow::Owned(out)
}

/// The length of the UUID that a text begins with, if it does.
fn uuid(text: &str) -> Option<usize> {
    const SHAPE: &[u8; 36] = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    let begins = text.len() >= SHAPE.len()
        && text.bytes().zip(SHAPE).all(|(byte, shape)| match shape {
            b'x' => byte.is_ascii_hexdigit(),
            _ => byte == *shape,
        });
    begins.then_some(SHAPE.len())
}

/// Whether a part looks made by a machine: digits with letters of hexadecimal numbers, or with letters that make no words.
fn is_number(part: &str) -> bool {
    let digit = part.bytes().any(|byte| byte.is_ascii_digit());
    let all = |within: fn(&u8) -> bool| part.bytes().all(|byte| within(&byte));
    digit
        && (all(u8::is_ascii_digit)
            || part.len() > WORD
                && (all(u8::is_ascii_hexdigit)
                    || all(|byte| byte.is_ascii_alphanumeric() && !b"aeiouAEIOU".contains(byte))))
}

#[cfg(test)]
mod tests {
    use super::workload_of;

    #[test]
    fn what_differs_between_sessions_gives_way_and_words_stay() {
        let check = |name: &str, expected: &str| assert_eq!(workload_of(name.into()), expected, "{name}");
        check("i-0abc12de34f567890", "i-*");
        check("botocore-session-1700000000", "botocore-session-*");
        check("sess-1", "sess-*");
        check("eks-shop-api-7d9f8c6b5-x2x4z", "eks-shop-api-*");
        check("1f0e8a52-9b1c-4d3e-8f00-0123456789ab", "*");
        check("job-1f0e8a52-9b1c-4d3e-8f00-0123456789ab-é", "job-*-é");
        check("db01", "db01");
        check("deploy-web", "deploy-web");
        check("build2024", "build2024");
        check("api-v2", "api-v2");
        check("10-web-20", "*-web-*");
    }
}
