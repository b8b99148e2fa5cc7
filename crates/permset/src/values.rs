//! Tests on one value of a context key. Values are strings; typed tests are views of those strings.

use std::fmt;
use std::net::IpAddr;

use crate::context::Context;
use crate::strings::Strings;

/// A decimal number, exact, in units of 10⁻¹²; what does not fit is no number here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(pub i128);

/// A moment, in whole microseconds since 1970-01-01T00:00:00Z; what is finer counts as the microsecond begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

/// A block of IP addresses; v4 and v6 never contain each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// From `from` to `to`, both included; an open end is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range<T> {
    /// The least member.
    pub from: Option<T>,
    /// The greatest member.
    pub to: Option<T>,
}

impl<T: Ord> Range<T> {
    /// Whether `value` lies within.
    pub fn contains(&self, value: &T) -> bool {
        self.from.as_ref().is_none_or(|from| from <= value) && self.to.as_ref().is_none_or(|to| value <= to)
    }
}

/// A test on one value. A value that is not of the type fails the test, so that its negation holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Test {
    /// The value is one of these strings.
    Text(Strings),
    /// The value is a number within one of these ranges.
    Number(Box<[Range<Decimal>]>),
    /// The value is a moment within one of these ranges.
    Instant(Box<[Range<Instant>]>),
    /// The value is an address within one of these blocks.
    Network(Box<[Network]>),
    /// The value is `true` or `false`, in letters of any case, and this one.
    Truth(bool),
    /// The test within fails.
    Not(Box<Test>),
}

impl Test {
    /// The opposite test.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::Text(strings) => Self::Text(strings.complement()),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether `value` passes.
    #[must_use]
    pub fn passes(&self, value: &str, context: &Context) -> bool {
        match self {
            Self::Text(strings) => strings.contains(value, context),
            Self::Number(ranges) => {
                Decimal::parse(value).is_some_and(|number| ranges.iter().any(|range| range.contains(&number)))
            }
            Self::Instant(ranges) => Instant::parse(value)
                .is_some_and(|instant| ranges.iter().any(|range| range.contains(&instant))),
            Self::Network(networks) => value
                .parse::<IpAddr>()
                .is_ok_and(|address| networks.iter().any(|network| network.contains(address))),
            Self::Truth(wanted) => value.eq_ignore_ascii_case(if *wanted { "true" } else { "false" }),
            Self::Not(inner) => !inner.passes(value, context),
        }
    }
}

impl Decimal {
    /// Units in 1.
    pub const ONE: i128 = 1_000_000_000_000;

    /// Reads `-12.5`, `3`, `+0.25`; `None` for anything else, and for what does not fit exactly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction_kept = fraction.trim_end_matches('0');
        if whole.is_empty() && fraction.is_empty()
            || digits.ends_with('.')
            || fraction_kept.len() > 12
            || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let mut units: i128 = 0;
        for b in whole.bytes() {
            units = units.checked_mul(10)?.checked_add(i128::from(b - b'0'))?;
        }
        units = units.checked_mul(Self::ONE)?;
        let mut place = Self::ONE;
        for b in fraction_kept.bytes() {
            place /= 10;
            units = units.checked_add(place.checked_mul(i128::from(b - b'0'))?)?;
        }
        Some(Self(if negative { -units } else { units }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let one = Self::ONE.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write!(f, "{}", magnitude / one)?;
        let fraction = format!("{:012}", magnitude % one);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() {
            Ok(())
        } else {
            write!(f, ".{fraction}")
        }
    }
}

impl Instant {
    /// Reads ISO 8601 (`2026-11-21`, `2026-11-21T10:00:00Z`, with fraction and offset) or a number of seconds
    /// since 1970; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(seconds) = Decimal::parse(text) {
            return i64::try_from(seconds.0.div_euclid(1_000_000)).ok().map(Self);
        }
        let field = |range: std::ops::Range<usize>| -> Option<i64> {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        let punctuation = |at: usize, wanted: u8| (text.as_bytes().get(at) == Some(&wanted)).then_some(());
        let (year, month, day) = (field(0..4)?, field(5..7)?, field(8..10)?);
        punctuation(4, b'-')?;
        punctuation(7, b'-')?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let month_days = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=month_days).contains(&day) {
            return None;
        }
        // Days since 1970-01-01 by counting from March, so that the leap day ends the year.
        let (y, m) = if month > 2 {
            (year, month - 3)
        } else {
            (year - 1, month + 9)
        };
        let days =
            365 * y + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (153 * m + 2) / 5 + day
                - 719_469;
        let mut micros = days * 86_400_000_000;
        if text.len() == 10 {
            return Some(Self(micros));
        }
        punctuation(10, b'T').or_else(|| punctuation(10, b't'))?;
        let (hour, minute) = (field(11..13)?, field(14..16)?);
        punctuation(13, b':')?;
        let mut at = 16;
        let mut second = 0;
        if text.as_bytes().get(at) == Some(&b':') {
            second = field(17..19)?;
            at = 19;
        } else if text.as_bytes().get(at) == Some(&b'.') {
            // A fraction of a minute is ISO 8601, but no platform reads it.
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        micros += (hour * 3600 + minute * 60 + second) * 1_000_000;
        if text.as_bytes().get(at) == Some(&b'.') {
            let fraction: String = text
                .get(at + 1..)?
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            if fraction.is_empty() {
                return None;
            }
            at += 1 + fraction.len();
            micros += format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()?;
        }
        match text.get(at..)? {
            "Z" | "z" => Some(Self(micros)),
            offset => {
                let sign = match offset.as_bytes().first()? {
                    b'+' => -1,
                    b'-' => 1,
                    _ => return None,
                };
                let hours = field(at + 1..at + 3)?;
                let minutes = match offset.len() {
                    3 => 0,
                    5 => field(at + 3..at + 5)?,
                    6 if offset.as_bytes().get(3) == Some(&b':') => field(at + 4..at + 6)?,
                    _ => return None,
                };
                if hours > 23 || minutes > 59 {
                    return None;
                }
                Some(Self(micros + sign * (hours * 3600 + minutes * 60) * 1_000_000))
            }
        }
    }
}

impl Instant {
    /// How many units of a [`Decimal`] number of seconds one microsecond is.
    pub(crate) const UNITS: i128 = Decimal::ONE / 1_000_000;

    /// As ISO 8601 in UTC; `None` outside the years 0 to 9999.
    pub(crate) fn to_iso(self) -> Option<String> {
        let (days, micros) = (
            self.0.div_euclid(86_400_000_000),
            self.0.rem_euclid(86_400_000_000),
        );
        // Years counted from March, in eras of 400 years.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let (month, carried) = if month < 10 {
            (month + 3, 0)
        } else {
            (month - 9, 1)
        };
        let year = era * 400 + year_of_era + carried;
        if !(0..=9999).contains(&year) {
            return None;
        }
        let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if fraction != 0 {
            text.push_str(format!(".{fraction:06}").trim_end_matches('0'));
        }
        text.push('Z');
        Some(text)
    }
}

impl fmt::Display for Instant {
    /// ISO 8601 in UTC; seconds since 1970 outside the years 0 to 9999.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_iso() {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}", Decimal(i128::from(self.0) * Self::UNITS)),
        }
    }
}

impl Network {
    /// Its first and last address and the neighbors of both, where they exist.
    pub(crate) fn edges(&self) -> impl Iterator<Item = IpAddr> {
        let found: [Option<IpAddr>; 4] = match self.address {
            IpAddr::V4(v4) => {
                let first = v4.to_bits();
                let last = first | u32::MAX.checked_shr(u32::from(self.bits)).unwrap_or(0);
                [Some(first), Some(last), last.checked_add(1), first.checked_sub(1)]
                    .map(|bits| bits.map(|bits| IpAddr::V4(bits.into())))
            }
            IpAddr::V6(v6) => {
                let first = v6.to_bits();
                let last = first | u128::MAX.checked_shr(u32::from(self.bits)).unwrap_or(0);
                [Some(first), Some(last), last.checked_add(1), first.checked_sub(1)]
                    .map(|bits| bits.map(|bits| IpAddr::V6(bits.into())))
            }
        };
        found.into_iter().flatten()
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or a single address; host bits are cleared.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            // `u8` would read `+8`, too.
            Some((_, bits)) if bits.starts_with('+') => return None,
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse::<u8>().ok()?)),
            None => (text.parse().ok()?, None),
        };
        let width = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let bits = bits.unwrap_or(width);
        (bits <= width).then(|| Self {
            address: mask(address, bits),
            bits,
        })
    }

    /// Its first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many leading bits are fixed.
    #[must_use]
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// Whether `address` lies within.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.address.is_ipv4() && mask(address, self.bits) == self.address
    }
}

fn mask(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let keep = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & keep).into())
        }
        IpAddr::V6(v6) => {
            let keep = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & keep).into())
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}
