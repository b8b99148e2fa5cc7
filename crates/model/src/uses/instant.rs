//! Instants as logs write them.

use jiff::Timestamp;

/// Reads an instant as RFC 3339 has it; nothing where it is none.
#[must_use]
pub fn log_instant(text: &str) -> Option<Timestamp> {
    plain(text.as_bytes()).or_else(|| text.parse().ok())
}

/// `2026-01-31T23:59:59Z`, with a part of the second or without, and nothing else: nearly all instants look like this, and reading them so costs a tenth.
fn plain(text: &[u8]) -> Option<Timestamp> {
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        rest @ ..,
        b'Z',
    ] = text
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i64, |number, digit| {
            digit
                .is_ascii_digit()
                .then(|| number * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (
        number(&[*y1, *y2, *y3, *y4])?,
        number(&[*m1, *m2])?,
        number(&[*d1, *d2])?,
    );
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    // Whether a day exists at the end of a month is left to the careful way.
    if !(1..=12).contains(&month) || !(1..=28).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since 1970: years begin in March, so that leap days come last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let nanosecond = match rest {
        [] => 0,
        [b'.', digits @ ..] if (1..=9).contains(&digits.len()) => {
            (digits.len()..9).try_fold(number(digits)?, |number, _| Some(number * 10))?
        }
        _ => return None,
    };
    let second = days * 86_400 + hour * 3_600 + minute * 60 + second;
    Timestamp::new(second, i32::try_from(nanosecond).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{log_instant as parse, plain};

    #[test]
    fn the_short_way_agrees_with_the_careful_one() {
        for year in [1970, 1999, 2000, 2024, 2026, 2100] {
            for month in 1..=12 {
                for day in [1, 27, 28, 29, 30, 31] {
                    let text = format!("{year}-{month:02}-{day:02}T23:04:59Z");
                    let careful = text.parse().ok();
                    assert_eq!(parse(&text), careful, "{text}");
                    assert!(
                        plain(text.as_bytes()).is_none_or(|short| Some(short) == careful),
                        "{text}"
                    );
                }
            }
        }
        assert!(plain(b"2026-03-01T00:00:00Z").is_some());
        for text in [
            "2026-03-01T00:00:00.5Z",
            "2026-03-01T00:00:00.123456Z",
            "1969-12-28T23:59:59.999999999Z",
        ] {
            assert_eq!(plain(text.as_bytes()), text.parse().ok(), "{text}");
        }
        assert_eq!(plain(b"2026-03-01T00:00:00.Z"), None);
    }

    #[test]
    fn what_is_no_instant_is_none() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse("2026-01-01T00:00:00.5+01:00").is_some());
    }
}
