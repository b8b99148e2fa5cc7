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
    let separator = |byte: u8| b"-_./:=,+@".contains(&byte);
    let mut out = String::with_capacity(name.len());
    // Whether what is put together ends with a star, separators aside, and how long it is without them.
    let (mut starred, mut bare, mut changed) = (false, 0, false);
    let mut rest = &*name;
    while !rest.is_empty() {
        let uuid = uuid(rest);
        let length = uuid.unwrap_or_else(|| rest.bytes().position(separator).unwrap_or(rest.len()));
        let (part, behind) = rest.split_at(length);
        let mark = behind.chars().next().map_or(0, char::len_utf8);
        let (mark, behind) = behind.split_at(mark);
        rest = behind;
        let number = uuid.is_some() || is_number(part);
        changed |= number;
        // One star for a row of them.
        if number && starred {
            continue;
        }
        let part = if number { "*" } else { part };
        if !part.is_empty() {
            starred = part.ends_with('*');
            bare = out.len() + part.len();
        }
        out.push_str(part);
        out.push_str(mark);
        // What stands behind a UUID may be anything.
        if !mark.bytes().all(separator) {
            starred = mark == "*";
            bare = out.len();
        }
    }
    if !changed {
        return name;
    }
    if starred {
        out.truncate(bare);
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
    let (mut digit, mut letter, mut hexadecimal, mut consonants) = (false, false, true, true);
    for byte in part.bytes() {
        match byte {
            b'0'..=b'9' => digit = true,
            _ => {
                letter = true;
                hexadecimal &= byte.is_ascii_hexdigit();
                consonants &= byte.is_ascii_alphabetic() && !b"aeiouAEIOU".contains(&byte);
            }
        }
    }
    digit && (!letter || part.len() > WORD && (hexadecimal || consonants))
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
        check("1-2--3_web", "*--web");
        check("--1--", "--*");
        check("a*-1-b", "a*-b");
        check("1f0e8a52-9b1c-4d3e-8f00-0123456789abé-1", "*é-*");
        check("1f0e8a52-9b1c-4d3e-8f00-0123456789ab*--1", "**");
    }
}
