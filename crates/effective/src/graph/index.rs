//! Resources, and patterns of them, by their beginnings and by their segments, so that a language finds those that it
//! may meet.

use std::cell::{OnceCell, RefCell};
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
    /// Made when first asked for.
    starts: OnceCell<Starts>,
}

/// Where the entries stand by how they begin.
struct Starts {
    /// The different lengths of beginnings, in bytes.
    lengths: Vec<usize>,
    ranges: FxHashMap<Text, Range<usize>>,
}

impl Starts {
    fn new(sorted: &[Entry]) -> Self {
        let mut ranges: FxHashMap<Text, Range<usize>> = FxHashMap::default();
        for (place, entry) in sorted.iter().enumerate() {
            let range = ranges.entry(entry.start.clone()).or_insert(place..place);
            range.end = place + 1;
        }
        let mut lengths: Vec<usize> = ranges.keys().map(|start| start.len()).collect();
        lengths.sort_unstable();
        lengths.dedup();
        Self { lengths, ranges }
    }
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
            starts: OnceCell::new(),
        }
    }

    /// The entries of which some resource may lie in a language, in order, each once. Linear in what is found, where a
    /// beginning or a segment of the language is fixed.
    pub fn near(&self, language: &[Strings]) -> Vec<&Entry> {
        let mut best: Option<(usize, Vec<Found<'_>>)> = None;
        for strings in language.iter().filter(|strings| !strings.is_complement()) {
            if best.as_ref().is_some_and(|(count, _)| *count <= MANY) {
                break;
            }
            let patterns = strings.patterns().iter();
            let found: Vec<Found<'_>> = patterns.map(|pattern| self.found(pattern)).collect();
            let count = found.iter().map(|found| self.count(found)).sum();
            if best.as_ref().is_none_or(|(least, _)| count < *least) {
                best = Some((count, found));
            }
        }
        let Some((count, found)) = best else {
            return self.sorted.iter().collect();
        };
        let mut places: Vec<u32> = Vec::with_capacity(count);
        for found in &found {
            match found {
                Found::Beginning(ranges) => {
                    let all = ranges.iter().cloned().flatten();
                    places.extend(all.filter_map(|it| u32::try_from(it).ok()));
                }
                Found::Segment(delimiter, place, segment) => self.by_segment(*delimiter, *place, |by| {
                    places.extend(by.places.get(*segment).into_iter().flatten());
                    places.extend(&by.untold);
                }),
            }
        }
        places.sort_unstable();
        places.dedup();
        let entries = places.into_iter();
        entries
            .filter_map(|place| self.sorted.get(place as usize))
            .collect()
    }

    /// Adds the values of all entries that begin with a beginning of `text`: at least all in which it may lie. A look-up
    /// for each different length of those.
    pub fn with_beginnings_of(&self, text: &str, values: &mut Vec<u32>) {
        let starts = self.starts.get_or_init(|| Starts::new(&self.sorted));
        for length in &starts.lengths {
            let range = text.get(..*length).and_then(|start| starts.ranges.get(start));
            let entries = range.and_then(|range| self.sorted.get(range.clone()));
            values.extend(entries.into_iter().flatten().map(|entry| entry.value));
        }
    }

    /// How to find what may match a pattern.
    fn found<'p>(&self, pattern: &'p Pattern) -> Found<'p> {
        let ranges = self.beginning_with(beginning(pattern));
        let count: usize = ranges.iter().map(Range::len).sum();
        match fixed_segment(pattern).filter(|_| count > MANY) {
            Some((delimiter, place, segment)) => Found::Segment(delimiter, place, segment),
            None => Found::Beginning(ranges),
        }
    }

    fn count(&self, found: &Found<'_>) -> usize {
        match found {
            Found::Beginning(ranges) => ranges.iter().map(Range::len).sum(),
            Found::Segment(delimiter, place, segment) => {
                let mut count = 0;
                self.by_segment(*delimiter, *place, |by| {
                    count = by.places.get(*segment).map_or(0, Vec::len) + by.untold.len();
                });
                count
            }
        }
    }

    /// Where the entries stand that begin with a text, and those that it begins with. A search by halving for each of
    /// the latter and for each neighbor that begins otherwise, however long the text is.
    fn beginning_with(&self, start: &str) -> Vec<Range<usize>> {
        let from = |text: &[u8]| self.sorted.partition_point(|entry| entry.start.as_bytes() < text);
        let first = from(start.as_bytes());
        let rest = self.sorted.get(first..).unwrap_or_default();
        let longer = rest.partition_point(|entry| entry.start.starts_with(start));
        let mut ranges = Vec::new();
        ranges.push(first..first + longer);
        // What is shorter stands before, and none of it before what begins otherwise at its length.
        let mut end = first;
        while let Some(before) = end.checked_sub(1).and_then(|place| self.sorted.get(place)) {
            let pairs = before.start.bytes().zip(start.bytes());
            let common = pairs.take_while(|(one, other)| one == other).count();
            let shared = start.as_bytes().get(..common).unwrap_or_default();
            let at = from(shared);
            let same = self.sorted.get(at..end).unwrap_or_default();
            let same = same.partition_point(|entry| entry.start.as_bytes() == shared);
            ranges.push(at..at + same);
            end = at;
        }
        ranges.retain(|range| !range.is_empty());
        ranges
    }

    /// Calls `with` with the entries by a segment.
    fn by_segment(&self, delimiter: char, place: usize, with: impl FnOnce(&BySegment)) {
        let mut segments = self.segments.borrow_mut();
        let by = segments
            .entry((delimiter, place))
            .or_insert_with(|| BySegment::new(&self.sorted, delimiter, place));
        with(by);
    }
}

/// Where the entries stand that may match a pattern.
enum Found<'p> {
    /// In these ranges.
    Beginning(Vec<Range<usize>>),
    /// Those with this text between two delimiters: the delimiter, the segment's place, the text.
    Segment(char, usize, &'p str),
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
pub(crate) fn beginning(pattern: &Pattern) -> &str {
    match pattern.case() {
        Case::Exact => pattern.prefix(),
        Case::Folded => "",
    }
}

#[cfg(test)]
mod tests;
