//! Component: numbers, moments, addresses and the tests on them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use leastwise_permset::{Context, Decimal, Instant, Network, Range, Test};
use proptest::prelude::*;

use crate::support::{VALUES, cases, context, test};

const DAY: i64 = 86_400_000_000;

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, by counting them.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year_days = |year| if is_leap(year) { 366 } else { 365 };
    let years: i64 = if year >= 1970 {
        (1970..year).map(year_days).sum()
    } else {
        -(year..1970).map(year_days).sum::<i64>()
    };
    years + (1..month).map(|month| days_of_month(year, month)).sum::<i64>() + day - 1
}

fn date() -> impl Strategy<Value = (i64, i64, i64)> {
    let year = prop_oneof![3 => 1960..2110i64, 1 => 0..10_000i64];
    (year, 1..=12i64, 1..=31i64)
        .prop_map(|(year, month, day)| (year, month, day.min(days_of_month(year, month))))
}

/// Whether two addresses agree in their first bits, bit by bit.
fn agree(one: &[u8], two: &[u8], bits: usize) -> bool {
    let bit = |bytes: &[u8], at: usize| (bytes[at / 8] >> (7 - at % 8)) & 1;
    (0..bits).all(|at| bit(one, at) == bit(two, at))
}

fn address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<u32>().prop_map(|bits| Ipv4Addr::from(bits).into()),
        any::<u128>().prop_map(|bits| Ipv6Addr::from(bits).into()),
        prop::sample::select(vec!["10.0.0.1", "::ffff:10.0.0.1", "::", "0.0.0.0"])
            .prop_map(|text| text.parse().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
    ]
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

proptest! {
    #![proptest_config(cases(2048))]

    /// parse(display(d)) = d for decimals
    #[test]
    fn decimal_round_trip(units in prop_oneof![any::<i128>(), (-5_000i128..5_000).prop_map(|n| n * 10i128.pow(11))]) {
        prop_assume!(units != i128::MIN);
        prop_assert_eq!(Decimal::parse(&Decimal(units).to_string()), Some(Decimal(units)));
    }

    /// parse(±w.f) = ±(w·10¹² + f·10^(12−|f|)), however many zeros are added on either side
    #[test]
    fn decimal_is_its_digits(
        negative: bool, plus: bool, whole in 0..10i128.pow(20), fraction in "[0-9]{0,12}", zeros in "0{0,20}",
    ) {
        let sign = if negative { "-" } else if plus { "+" } else { "" };
        let point = if fraction.is_empty() && zeros.is_empty() { "" } else { "." };
        let text = format!("{sign}{zeros}{whole}{point}{fraction}{zeros}");
        let scaled = format!("{fraction:0<12}").parse::<i128>().unwrap_or_default();
        let units = whole * Decimal::ONE + scaled;
        prop_assert_eq!(Decimal::parse(&text), Some(Decimal(if negative { -units } else { units })), "{}", text);
    }

    /// x ≤ y ⟺ parse(x) ≤ parse(y) for whole numbers
    #[test]
    fn decimal_order_is_that_of_numbers(x: i64, y: i64) {
        prop_assert_eq!(Decimal::parse(&x.to_string()).cmp(&Decimal::parse(&y.to_string())), x.cmp(&y));
    }

    /// parse(y-m-dTh:m:s.f±o) = counted days and seconds − o
    #[test]
    fn instant_is_the_counted_time(
        date in date(), time in (0..24i64, 0..60i64, 0..60i64), micros in prop::option::of(0..1_000_000i64),
        offset in prop::option::of((any::<bool>(), 0..24i64, 0..60i64)), lower: bool,
    ) {
        let ((year, month, day), (hour, minute, second)) = (date, time);
        let local = days(year, month, day) * DAY
            + (hour * 3600 + minute * 60 + second) * 1_000_000
            + micros.unwrap_or(0);
        let fraction = micros.map_or_else(String::new, |micros| format!(".{micros:06}"));
        let (zone, shift) = match offset {
            None => ("Z".to_owned(), 0),
            Some((west, h, m)) => (
                format!("{}{h:02}:{m:02}", if west { '-' } else { '+' }),
                (h * 60 + m) * 60_000_000 * if west { -1 } else { 1 },
            ),
        };
        let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
        let text = if lower { text.to_lowercase() } else { text };
        prop_assert_eq!(Instant::parse(&text), Some(Instant(local - shift)), "{}", text);
        let start = format!("{year:04}-{month:02}-{day:02}");
        prop_assert_eq!(Instant::parse(&start), Some(Instant(days(year, month, day) * DAY)), "{}", start);
    }

    /// parse(n) = n seconds after 1970
    #[test]
    fn instant_of_a_number_counts_seconds(seconds in -10i64.pow(12)..10i64.pow(12)) {
        prop_assert_eq!(Instant::parse(&seconds.to_string()), Some(Instant(seconds * 1_000_000)));
    }

    /// a ∈ n/b ⟺ a and n are of one family and agree in their first b bits
    #[test]
    fn network_holds_what_shares_its_bits(n in address(), a in address(), bits in 0..=128usize, flip in 0..=128usize) {
        let width = octets(n).len() * 8;
        let bits = bits.min(width);
        let text = format!("{n}/{bits}");
        let network = Network::parse(&text);
        prop_assert!(network.is_some(), "{}", text);
        // An address that differs from the block's in one bit shows both sides of its edge.
        let mut near = octets(n);
        if flip < width {
            near[flip / 8] ^= 1 << (7 - flip % 8);
        }
        let near: IpAddr = match <[u8; 4]>::try_from(near.as_slice()) {
            Ok(v4) => v4.into(),
            Err(_) => <[u8; 16]>::try_from(near.as_slice()).unwrap_or_default().into(),
        };
        for candidate in [a, near, n] {
            let expected = candidate.is_ipv4() == n.is_ipv4() && agree(&octets(candidate), &octets(n), bits);
            prop_assert_eq!(network.is_some_and(|network| network.contains(candidate)), expected, "{}", candidate);
        }
    }

    /// parse(display(n)) = n for networks, whose host bits are clear
    #[test]
    fn network_round_trip(n in address(), bits in 0..=128u8) {
        let bits = bits.min(if n.is_ipv4() { 32 } else { 128 });
        let network = Network::parse(&format!("{n}/{bits}"));
        let again = network.and_then(|network| Network::parse(&network.to_string()));
        prop_assert!(network.is_some());
        prop_assert_eq!(network, again);
        if let Some(network) = network {
            prop_assert!(network.contains(network.address()));
            prop_assert_eq!(network.bits(), bits);
            let clear = octets(network.address());
            prop_assert!((usize::from(bits)..clear.len() * 8).all(|at| (clear[at / 8] >> (7 - at % 8)) & 1 == 0));
        }
    }

    /// v passes ¬t ⟺ v fails t; ¬¬t passes as t
    #[test]
    fn denied_test_is_the_rest(t in test(), v in prop::sample::select(VALUES.to_vec()), context in context()) {
        let passes = t.passes(v, &context);
        prop_assert_eq!(t.clone().negate().passes(v, &context), !passes);
        prop_assert_eq!(t.clone().negate().negate().passes(v, &context), passes);
        prop_assert_eq!(Test::Not(Box::new(t)).passes(v, &context), !passes);
    }

    /// v ∈ [x, y] ⟺ x ≤ v ≤ y, an open end leaving its side out
    #[test]
    fn range_has_both_ends(from: Option<i8>, to: Option<i8>, v: i8) {
        let expected = from.is_none_or(|from| from <= v) && to.is_none_or(|to| v <= to);
        prop_assert_eq!(Range { from, to }.contains(&v), expected);
    }

    /// parsing any text ends, without a panic, and the same way twice
    #[test]
    fn any_text_can_be_read(text in "[0-9TZtz:+./-]{0,24}|\\PC{0,12}") {
        prop_assert_eq!(Decimal::parse(&text), Decimal::parse(&text));
        prop_assert_eq!(Instant::parse(&text), Instant::parse(&text));
        prop_assert_eq!(Network::parse(&text), Network::parse(&text));
    }
}

/// decimals: a table of what is a number and what is not
#[test]
fn decimal_table() {
    let one = Decimal::ONE;
    for (text, units) in [
        ("0", 0),
        ("-0", 0),
        ("007", 7 * one),
        ("+3", 3 * one),
        (".5", one / 2),
        ("-.5", -one / 2),
        ("-12.50", -12 * one - one / 2),
        ("0.000000000001", 1),
        ("0.0000000000010", 1),
        (
            "170141183460469231731687303",
            170_141_183_460_469_231_731_687_303 * one,
        ),
    ] {
        assert_eq!(Decimal::parse(text), Some(Decimal(units)), "{text}");
    }
    for text in [
        "",
        "+",
        "-",
        ".",
        "-.",
        "5.",
        "1e3",
        "1,5",
        " 1",
        "1 ",
        "--1",
        "+-1",
        "1.2.3",
        "0x10",
        "0.0000000000001",
        "170141183460469231731687304",
        "NaN",
        "inf",
        "١",
    ] {
        assert_eq!(Decimal::parse(text), None, "{text}");
    }
}

/// moments: a table of ISO 8601 and what only looks like it
#[test]
fn instant_table() {
    for (text, seconds) in [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:00Z", 0),
        ("1969-12-31T23:59:59Z", -1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T19:00:00-05:00", 0),
        ("1970-01-01T05:30:00+0530", 0),
        ("1970-01-01T02:00:00+02", 0),
        ("1970-01-01T00:00Z", 0),
        ("2000-02-29T00:00:00Z", 951_782_400),
        ("2000-03-01", 951_868_800),
        ("2024-02-29T23:59:59Z", 1_709_251_199),
        ("2024-03-01", 1_709_251_200),
        ("2100-02-28T23:59:59Z", 4_107_542_399),
        ("2100-03-01T00:00:00Z", 4_107_542_400),
        ("2038-01-19T03:14:08Z", 2_147_483_648),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("0000-03-01", -62_162_035_200),
        ("9999-12-31T23:59:59Z", 253_402_300_799),
        ("0", 0),
        ("-1", -1),
        ("1700000000", 1_700_000_000),
        // Digits alone are a number of seconds, also where they look like a date.
        ("19700101", 19_700_101),
    ] {
        assert_eq!(Instant::parse(text), Some(Instant(seconds * 1_000_000)), "{text}");
    }
    assert_eq!(Instant::parse("1970-01-01T00:00:00.5Z"), Some(Instant(500_000)));
    assert_eq!(Instant::parse("1969-12-31T23:59:59.999999Z"), Some(Instant(-1)));
    assert_eq!(Instant::parse("0.25"), Some(Instant(250_000)));
    // What is finer than a microsecond counts as the one begun, before 1970 as after it.
    assert_eq!(Instant::parse("1970-01-01T00:00:00.0000019Z"), Some(Instant(1)));
    assert_eq!(Instant::parse("0.0000019"), Some(Instant(1)));
    assert_eq!(Instant::parse("-0.0000001"), Some(Instant(-1)));
    for text in [
        "",
        "1970-00-01",
        "1970-13-01",
        "1970-01-00",
        "1970-01-32",
        "1970-04-31",
        "1900-02-29",
        "2023-02-29",
        "2100-02-29",
        "1970-1-1",
        "1970-01-01 00:00:00Z",
        "1970-01-01T",
        "1970-01-01T00:00:00",
        "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z",
        "1970-01-01T00:00:61Z",
        "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00ZZ",
        "1970-01-01T00:00:00+",
        "1970-01-01T00:00:00+1",
        "1970-01-01T00:00:00+01:",
        "1970-01-01T00:00:00+01:0",
        "1970-01-01T00:00:00+0:100",
        "1970-01-01T00:00:00+24:00",
        "1970-01-01T00:00:00+01:60",
        "1970-01-01T00:00.5Z",
        "1970-01-01T00Z",
        "१९७०-01-01",
        "99999999999999999999",
    ] {
        assert_eq!(Instant::parse(text), None, "{text}");
    }
}

/// blocks: a table of CIDR notation and what only looks like it
#[test]
fn network_table() {
    for (text, inside, outside) in [
        ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
        ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
        ("0.0.0.0/0", "255.255.255.255", "::"),
        ("::/0", "ffff::", "0.0.0.0"),
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("192.0.2.6/31", "192.0.2.7", "192.0.2.8"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("2001:db8::1", "2001:db8:0:0::1", "2001:db8::2"),
        ("::ffff:0:0/96", "::ffff:10.0.0.1", "10.0.0.1"),
    ] {
        let network = Network::parse(text).unwrap();
        assert!(network.contains(inside.parse().unwrap()), "{inside} in {text}");
        assert!(
            !network.contains(outside.parse().unwrap()),
            "{outside} not in {text}"
        );
    }
    for text in [
        "",
        "/",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0/8",
        "010.0.0.1",
        "256.0.0.1",
        "::/129",
        "::1%lo",
        "10.0.0.0/256",
        " 10.0.0.0",
        "host",
        "10.0.0.0/ 8",
        "[::1]",
    ] {
        assert_eq!(Network::parse(text), None, "{text}");
    }
}

/// truths: `true` and `false` in letters of any case, and nothing else
#[test]
fn truth_table() {
    let none = Context::new();
    for (text, truth) in [
        ("true", true),
        ("TRUE", true),
        ("tRue", true),
        ("false", false),
        ("False", false),
    ] {
        assert!(Test::Truth(truth).passes(text, &none), "{text}");
        assert!(!Test::Truth(!truth).passes(text, &none), "{text}");
    }
    for text in ["", "1", "0", "yes", " true", "true ", "truе"] {
        assert!(
            !Test::Truth(true).passes(text, &none) && !Test::Truth(false).passes(text, &none),
            "{text}"
        );
    }
}
