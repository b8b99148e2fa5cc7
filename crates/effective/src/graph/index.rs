//! Resources, and patterns of them, by their beginnings and by their segments, so that a language finds those that it
//! may meet.

use std::cell::RefCell;
use std::ops::Range;

use leastwise_model::Text;
use leastwise_permset::{Case, Element, Pattern, Strings};
use rustc_hash::FxHashMap;

/// Entries beyond which a beginning does not narrow well, so that a segment is tried.
const MANY: usize = 8;

/// What is looked up: one resource, or all that match some pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    /// The resource, or the text with which every resource meant begins.
    pub start: Text,
    /// The one pattern of what is meant; `None` where it is the resource.
    pattern: Option<Strings>,
    /// What is found by it.
    pub value: u32,
}

impl Entry {
    /// A resource by its name.
    pub fn named(resource: Text, value: u32) -> Self {
        Self {
            start: resource,
            pattern: None,
            value,
        }
    }

    /// All that lies in all of some strings: one entry for each pattern of the first of them that lists patterns.
    pub fn among<'s>(strings: impl IntoIterator<Item = &'s Strings>, value: u32) -> Vec<Self> {
        let listing = strings
            .into_iter()
            .find(|strings| !strings.is_complement() && !strings.is_any());
        let entry = |start: &str, pattern| Self {
            start: start.into(),
            pattern,
            value,
        };
        match listing {
            None => vec![entry("", None)],
            Some(strings) => match strings.patterns() {
                [one] => vec![entry(beginning(one), Some(strings.clone()))],
                patterns => patterns
                    .iter()
                    .map(|one| entry(beginning(one), Some(Strings::one(one.clone()))))
                    .collect(),
            },
        }
    }

    /// A segment of every resource meant, where that is told.
    fn segment(&self, delimiter: char, place: usize) -> Option<Text> {
        match self.pattern.as_ref().map(Strings::patterns) {
            Some([pattern]) => told_segment(pattern, delimiter, place),
            Some(_) => None,
            None => {
                let mut segments = self.start.split(delimiter);
                // Only what another segment follows is told to its end.
                match (segments.nth(place), segments.next()) {
                    (Some(segment), Some(_)) => Some(segment.into()),
                    _ => None,
                }
            }
        }
    }
}

/// Values by resource, or by a pattern of all resources meant.
#[derive(Default)]
pub(super) struct Index {
    sorted: Vec<Entry>,
    /// By delimiter and place of a segment; made when first asked for.
    segments: RefCell<FxHashMap<(char, usize), BySegment>>,
}

/// Places by one segment.
struct BySegment {
    places: FxHashMap<Text, Vec<u32>>,
    /// Where the segment is not told, or not to its end.
    untold: Vec<u32>,
}

impl Index {
    /// Sorts the entries; each once.
    pub fn new(mut entries: Vec<Entry>) -> Self {
        entries.sort();
        entries.dedup();
        Self {
            sorted: entries,
            segments: RefCell::default(),
        }
    }

    /// The entries of which some resource may lie in a language, in order, each once. Linear in what is found, where a
    /// beginning or a segment of the language is fixed.
    pub fn near(&self, language: &[Strings]) -> Vec<&Entry> {
        let mut best: Option<Vec<u32>> = None;
        for strings in language.iter().filter(|strings| !strings.is_complement()) {
            if best.as_ref().is_some_and(|best| best.len() <= MANY) {
                break;
            }
            let mut places: Vec<u32> = Vec::new();
            for pattern in strings.patterns() {
                let range = self.beginning_with(beginning(pattern));
                let count: usize = range.iter().map(Range::len).sum();
                match fixed_segment(pattern).filter(|_| count > MANY) {
                    Some((delimiter, place, segment)) => {
                        self.with_segment(delimiter, place, segment, &mut places)
                    }
                    None => places.extend(
                        range
                            .into_iter()
                            .flatten()
                            .filter_map(|it| u32::try_from(it).ok()),
                    ),
                }
            }
            if best.as_ref().is_none_or(|best| places.len() < best.len()) {
                best = Some(places);
            }
        }
        match best {
            None => self.sorted.iter().collect(),
            Some(mut places) => {
                places.sort_unstable();
                places.dedup();
                let entries = places.into_iter();
                entries
                    .filter_map(|place| self.sorted.get(place as usize))
                    .collect()
            }
        }
    }

    /// Where the entries stand that begin with a text, and those that it begins with.
    fn beginning_with(&self, start: &str) -> Vec<Range<usize>> {
        let upto = |from: usize, holds: &dyn Fn(&str) -> bool| {
            let rest = self.sorted.get(from..).unwrap_or_default();
            from..from + rest.partition_point(|entry| holds(&entry.start))
        };
        let from = |text: &str| self.sorted.partition_point(|entry| &*entry.start < text);
        let mut ranges: Vec<Range<usize>> = start
            .char_indices()
            .filter_map(|(end, _)| start.get(..end))
            .map(|shorter| upto(from(shorter), &|text| text == shorter))
            .collect();
        ranges.push(upto(from(start), &|text| text.starts_with(start)));
        ranges.retain(|range| !range.is_empty());
        ranges
    }

    /// Adds where the entries stand whose segment is `segment`, or may be.
    fn with_segment(&self, delimiter: char, place: usize, segment: &str, found: &mut Vec<u32>) {
        let mut segments = self.segments.borrow_mut();
        let by = segments
            .entry((delimiter, place))
            .or_insert_with(|| BySegment::new(&self.sorted, delimiter, place));
        found.extend(by.places.get(segment).into_iter().flatten());
        found.extend(&by.untold);
    }
}

impl BySegment {
    fn new(sorted: &[Entry], delimiter: char, place: usize) -> Self {
        let mut places: FxHashMap<Text, Vec<u32>> = FxHashMap::default();
        let mut untold = Vec::new();
        for (at, entry) in (0u32..).zip(sorted) {
            match entry.segment(delimiter, place) {
                Some(segment) => places.entry(segment).or_default().push(at),
                None => untold.push(at),
            }
        }
        Self { places, untold }
    }
}

/// A segment of every member of a pattern, where it is fixed from one delimiter to the next.
fn told_segment(pattern: &Pattern, delimiter: char, place: usize) -> Option<Text> {
    if pattern.case() != Case::Exact {
        return None;
    }
    let mut at = 0;
    let mut segment = Some(String::new());
    for element in pattern.elements() {
        match element {
            Element::Text(text) => {
                for (nth, piece) in text.split(delimiter).enumerate() {
                    if nth > 0 {
                        if at == place {
                            return segment.map(Text::from);
                        }
                        at += 1;
                        segment = Some(String::new());
                    }
                    if let Some(segment) = &mut segment {
                        segment.push_str(piece);
                    }
                }
            }
            // A free segment, or the free part of one, which ends before the next delimiter.
            Element::ManyExcept(stop) if *stop == delimiter => segment = None,
            _ => return None,
        }
    }
    None
}

/// The last segment of a pattern that is fixed text between two delimiters behind free segments: the delimiter, the
/// segment's place, and the text.
fn fixed_segment(pattern: &Pattern) -> Option<(char, usize, &str)> {
    if pattern.case() != Case::Exact {
        return None;
    }
    let delimiter = pattern.elements().iter().find_map(|element| match element {
        Element::ManyExcept(delimiter) => Some(*delimiter),
        _ => None,
    })?;
    let mut found = None;
    let mut place = 0;
    for element in pattern.elements() {
        match element {
            // A free segment, which ends before the next delimiter.
            Element::ManyExcept(stop) if *stop == delimiter => {}
            Element::Text(text) => {
                let last = text.matches(delimiter).count();
                for (at, segment) in text.split(delimiter).enumerate() {
                    // Whole only between two delimiters of the same text.
                    if at > 0 && at < last {
                        found = Some((delimiter, place + at, segment));
                    }
                }
                place += last;
            }
            _ => break,
        }
    }
    found
}

/// The text that every member of a pattern begins with, letter for letter.
pub(super) fn beginning(pattern: &Pattern) -> &str {
    match pattern.case() {
        Case::Exact => pattern.prefix(),
        Case::Folded => "",
    }
}

#[cfg(test)]
mod tests {
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
}
