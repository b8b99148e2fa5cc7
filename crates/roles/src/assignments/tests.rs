//! What lines say, and where they are wrong.

use super::*;

fn read(text: &[u8]) -> Reading {
    let mut reader = Reader::default();
    reader.feed(text);
    reader.finish()
}

/// The pairs of names that were read, in order.
fn pairs(reading: &Reading) -> Vec<(&str, &str)> {
    let all = &reading.assignments;
    let rows = all.rows.iter().enumerate();
    rows.flat_map(|(identity, row)| {
        row.iter()
            .map(move |permission| (all.identity(number(identity)), all.permission(*permission)))
    })
    .collect()
}

#[test]
fn lines_are_pairs_of_names_however_they_are_laid_out() {
    let reading =
        read(b"\xEF\xBB\xBFb  p\r\n\n# a comment\n   a\t q \n\t b   q\na q\nThe Reporter\t\tGet Object\n");
    assert_eq!(
        pairs(&reading),
        [("The Reporter", "Get Object"), ("a", "q"), ("b", "p"), ("b", "q")]
    );
    assert_eq!((reading.repeated, reading.bad_count), (1, 0));
}

#[test]
fn neither_order_nor_cuts_matter() {
    let text = b"x 1\ny 2\nx 3\nz 1";
    let whole = read(text).assignments;
    assert_eq!(read(b"z 1\nx 3\ny 2\nx 1\n").assignments, whole);
    for cut in 0..text.len() {
        let mut reader = Reader::default();
        reader.feed(&text[..cut]);
        reader.feed(&text[cut..]);
        assert_eq!(reader.finish().assignments, whole, "cut at {cut}");
    }
}

#[test]
fn bad_lines_are_named_with_their_place_and_the_others_are_read() {
    let mut text = b"a p\nlonely\na,p\na p q\nx\ty\tz\nx\t\nb \xFF\nb \0\nb p\n".to_vec();
    text.extend(vec![b'w'; LINE_MAX + 5]);
    let reading = read(&text);
    let bad: Vec<_> = reading
        .bad
        .iter()
        .map(|bad| (bad.line, bad.column, bad.kind))
        .collect();
    assert_eq!(
        bad,
        [
            (2, 7, BadLineKind::NoPermission),
            (3, 4, BadLineKind::Commas),
            (4, 5, BadLineKind::TooMany),
            (5, 5, BadLineKind::TooMany),
            (6, 2, BadLineKind::NoPermission),
            (7, 3, BadLineKind::NotUtf8),
            (8, 3, BadLineKind::Binary),
            (10, LINE_MAX + 1, BadLineKind::TooLong),
        ]
    );
    assert_eq!(pairs(&reading), [("a", "p"), ("b", "p")]);
}

#[test]
fn names_whose_hashes_meet_are_told_apart() {
    let mut names = Names::default();
    let (a, b) = (names.intern("a"), names.intern("b"));
    // As if both had the hash of `c`.
    let hash = FxBuildHasher.hash_one("c");
    names.known.insert(hash, a);
    names.all[a as usize].next = Some(b);
    let c = names.intern("c");
    assert!(c != a && c != b);
    assert_eq!(names.intern("a"), a);
    assert_eq!(names.intern("c"), c);
}
