//! Records that could not be used: counted by reason, the first of each shown with their places.

use std::collections::BTreeMap;

/// How many places are kept for each reason.
const PLACES: usize = 5;

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as people know it.
    pub file: String,
    /// Which record of the file, counted from 1.
    pub record: u64,
    /// Where the record begins in what the file holds (unpacked), in bytes.
    pub byte: u64,
}

/// Records that were left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// How many.
    pub count: u64,
    /// Where the first ones stand.
    pub places: Vec<Place>,
}

/// All records that were left out, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quarantine {
    reasons: BTreeMap<String, Skipped>,
}

impl Quarantine {
    /// Puts a record in.
    pub fn add(&mut self, reason: &str, place: Place) {
        self.add_many(reason, place, 1);
    }

    /// Puts a record in that stands for so many of the log.
    pub fn add_many(&mut self, reason: &str, place: Place, many: u64) {
        let skipped = match self.reasons.get_mut(reason) {
            Some(skipped) => skipped,
            None => self.reasons.entry(reason.to_owned()).or_default(),
        };
        skipped.count += many;
        if skipped.places.len() < PLACES {
            skipped.places.push(place);
        }
    }

    /// The reasons with what was left out for each, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Skipped)> {
        self.reasons.iter().map(|(reason, skipped)| (&**reason, skipped))
    }

    /// How many records were left out.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.reasons.values().map(|skipped| skipped.count).sum()
    }
}
