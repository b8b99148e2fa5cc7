//! Resources by their beginnings and by their segments, so that a language finds those that may lie in it.

use std::cell::RefCell;
use std::ops::Range;

use leastwise_model::Text;
use leastwise_permset::{Case, Element, Pattern, Strings};
use rustc_hash::FxHashMap;

/// Entries beyond which a beginning does not narrow well, so that a segment is tried.
const MANY: usize = 64;

/// Values by resource, or by the text with which every resource meant begins.
#[derive(Default)]
pub(super) struct Index {
    sorted: Vec<(Text, u32)>,
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
    pub fn new(mut entries: Vec<(Text, u32)>) -> Self {
        entries.sort();
        entries.dedup();
        Self {
            sorted: entries,
            segments: RefCell::default(),
        }
    }

    /// The entries whose resources may lie in a language, in order, each once. Linear in what is found, where a
    /// beginning or a segment of the language is fixed.
    pub fn near(&self, language: &[Strings]) -> Vec<&(Text, u32)> {
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
            from..from + rest.partition_point(|(text, _)| holds(text))
        };
        let from = |text: &str| self.sorted.partition_point(|(other, _)| &**other < text);
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
    fn new(sorted: &[(Text, u32)], delimiter: char, place: usize) -> Self {
        let mut places: FxHashMap<Text, Vec<u32>> = FxHashMap::default();
        let mut untold = Vec::new();
        for (at, (text, _)) in (0u32..).zip(sorted) {
            let mut segments = text.split(delimiter);
            // Only what another segment follows is told to its end.
            match (segments.nth(place), segments.next()) {
                (Some(segment), Some(_)) => places.entry(segment.into()).or_default().push(at),
                _ => untold.push(at),
            }
        }
        Self { places, untold }
    }
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
        Index::new(resources.iter().map(|it| Text::from(*it)).zip(0u32..).collect())
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
            .map(|(text, _)| &**text)
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
        let near: Vec<&str> = index.near(&[language]).iter().map(|(text, _)| &**text).collect();
        assert_eq!(near, ["arn:x:iam", "arn:x:iam::7", "arn:x:iam::7:role"]);
    }

    #[test]
    fn a_beginning_finds_what_begins_so_and_what_it_begins_with() {
        let index = index(&["a", "ab", "abc", "abd", "b"]);
        let language = Strings::one(Pattern::glob("ab*", Case::Exact));
        let near: Vec<&str> = index.near(&[language]).iter().map(|(text, _)| &**text).collect();
        assert_eq!(near, ["a", "ab", "abc", "abd"]);
    }
}
