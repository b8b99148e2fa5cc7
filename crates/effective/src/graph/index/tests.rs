//! What an index finds, beside what looking at each entry finds.

use leastwise_permset::Context;

use super::*;

fn index(resources: &[&str]) -> Index {
    let named = |(resource, value): (&&str, u32)| Entry::named(Text::from(*resource), value);
    Index::new(resources.iter().zip(0u32..).map(named).collect())
}

fn segments(pieces: &[Option<&str>]) -> Pattern {
    let element = |piece: &Option<&str>| match piece {
        Some(text) => Element::Text((*text).into()),
        None => Element::ManyExcept(':'),
    };
    Pattern::new(pieces.iter().map(element).chain([Element::Many]), Case::Exact)
}

#[test]
fn a_fixed_segment_behind_free_ones_finds_only_its_own() {
    let names: Vec<String> = (0..1000)
        .map(|n| format!("arn:x:iam::{}:role/r{n}", n % 100))
        .collect();
    let index = index(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let language = Strings::one(segments(&[Some("arn:"), None, Some(":"), None, Some("::7:")]));
    let near: Vec<&str> = index
        .near(std::slice::from_ref(&language))
        .iter()
        .map(|entry| &*entry.start)
        .collect();
    assert_eq!(near.len(), 10);
    let inside = |text: &str| language.contains(text, &Context::new());
    assert!(near.iter().all(|text| inside(text)));
    assert_eq!(names.iter().filter(|text| inside(text)).count(), 10);
}

#[test]
fn an_entry_that_ends_before_the_segment_is_always_near() {
    let mut names: Vec<String> = (0..1000).map(|n| format!("arn:x:iam::{n}:role")).collect();
    names.push("arn:x:iam".to_owned());
    names.push("arn:x:iam::7".to_owned());
    let index = index(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let language = Strings::one(segments(&[Some("arn:"), None, Some(":"), None, Some("::7:")]));
    let near: Vec<&str> = index
        .near(&[language])
        .iter()
        .map(|entry| &*entry.start)
        .collect();
    assert_eq!(near, ["arn:x:iam", "arn:x:iam::7", "arn:x:iam::7:role"]);
}

#[test]
fn a_beginning_finds_what_begins_so_and_what_it_begins_with() {
    let index = index(&["a", "ab", "abc", "abd", "b"]);
    let language = Strings::one(Pattern::glob("ab*", Case::Exact));
    let near: Vec<&str> = index
        .near(&[language])
        .iter()
        .map(|entry| &*entry.start)
        .collect();
    assert_eq!(near, ["a", "ab", "abc", "abd"]);
}

#[test]
fn a_pattern_is_found_by_the_segments_that_it_tells() {
    let among = |account: usize| {
        let pattern = segments(&[Some("arn:x:"), None, Some(&format!(":{account}:job/"))]);
        Entry::among(&[Strings::one(pattern)], u32::try_from(account).unwrap())
    };
    let mut entries: Vec<Entry> = (0..1000).flat_map(among).collect();
    let untold = Strings::one(segments(&[Some("arn:x:"), None, Some(":")]));
    entries.extend(Entry::among(&[Strings::literal("x").complement(), untold], 1000));
    let index = Index::new(entries);
    let language = Strings::one(segments(&[Some("arn:"), None, Some(":"), None, Some(":7:")]));
    let near: Vec<u32> = index.near(&[language]).iter().map(|it| it.value).collect();
    assert_eq!(near, [1000, 7]);
}

#[test]
fn beginnings_are_found_as_by_looking_at_each() {
    let mut state = 7_u64;
    let mut letters = |most: u64| -> String {
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % below
        };
        let length = next(most);
        (0..length)
            .map(|_| if next(3) == 0 { 'b' } else { 'a' })
            .collect()
    };
    for _ in 0..200 {
        let names: Vec<String> = (0..30).map(|_| letters(7)).collect();
        let index = index(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let start = letters(9);
        let mut found: Vec<usize> = index.beginning_with(&start).into_iter().flatten().collect();
        found.sort_unstable();
        let near = |entry: &&Entry| entry.start.starts_with(&*start) || start.starts_with(&*entry.start);
        let expected: Vec<&Entry> = index.sorted.iter().filter(near).collect();
        let found: Vec<&Entry> = found.iter().map(|at| &index.sorted[*at]).collect();
        assert_eq!(found, expected, "{start}");
        let mut shorter = Vec::new();
        index.with_beginnings_of(&start, &mut shorter);
        shorter.sort_unstable();
        let beginnings = index
            .sorted
            .iter()
            .filter(|entry| start.starts_with(&*entry.start));
        let mut expected: Vec<u32> = beginnings.map(|entry| entry.value).collect();
        expected.sort_unstable();
        assert_eq!(shorter, expected, "{start}");
    }
}
