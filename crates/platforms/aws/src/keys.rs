//! Condition keys: one canonical spelling each, and whether a request can carry several values.
//!
//! Key names are case-insensitive (IAM User Guide, "IAM JSON policy elements: Condition"). The canonical spelling is the
//! catalogue's; what follows the fixed part of a family (`aws:PrincipalTag/Team`) and a key that no catalogue knows are
//! written in lower case, so that equal keys are equal texts.

use leastwise_permset::Key;
use rustc_hash::FxHashMap;

use crate::catalogue::{Catalogue, Values};

/// What is known of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its canonical spelling.
    pub key: Key,
    /// Whether a request can carry several values of it.
    pub many: bool,
}

/// Condition keys met so far, by their spelling: each is looked up once.
#[derive(Debug, Default)]
pub struct Keys(FxHashMap<Box<str>, KeyInfo>);

impl Keys {
    /// What is known of the key that is spelled so.
    pub fn info(&mut self, written: &str) -> KeyInfo {
        if let Some(info) = self.0.get(written) {
            return info.clone();
        }
        let key = canonical(written);
        // Two spellings of one key share its text.
        let key = self
            .0
            .values()
            .find(|info| info.key == key)
            .map_or(key, |info| info.key.clone());
        let info = KeyInfo {
            many: count(written) == Count::Many,
            key,
        };
        self.0.insert(written.into(), info.clone());
        info
    }

    /// Every key met, in order.
    pub fn met(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.0.values().map(|info| info.key.clone()).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// How many values one request carries of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    One,
    Many,
    /// Nobody describes the key.
    Unknown,
}

fn count(written: &str) -> Count {
    let catalogue = Catalogue::embedded();
    let typed = || match catalogue.key_type(written) {
        Some(kind) if kind.is_multi_valued() => Count::Many,
        Some(_) => Count::One,
        None => Count::Unknown,
    };
    match catalogue.key_rule(written).map(|rule| rule.values) {
        Some(Values::Multi) => Count::Many,
        Some(Values::Single) => Count::One,
        Some(Values::AsTyped) | None => typed(),
    }
}

/// The key in its canonical spelling; one that is known to hold one value holds no more.
#[must_use]
pub fn canonical(written: &str) -> Key {
    let name = spelling(written);
    if count(written) == Count::One {
        Key::single(&name)
    } else {
        Key::new(&name)
    }
}

fn spelling(written: &str) -> String {
    let catalogue = Catalogue::embedded();
    if let Some(rule) = catalogue.key_rule(written) {
        return spelled(rule.key, written);
    }
    let service = written.split(':').next().unwrap_or_default();
    if !service.contains(['*', '?', '.']) {
        for action in catalogue.matching(&format!("{service}:*")).iter() {
            if let Some(known) = catalogue
                .condition_keys(action)
                .into_iter()
                .find(|known| is_spelling(known, written))
            {
                return spelled(known, written);
            }
        }
    }
    written.to_ascii_lowercase()
}

/// The part of a key's template before what varies.
fn fixed(template: &str) -> &str {
    template.split("${").next().unwrap_or_default()
}

fn is_spelling(template: &str, written: &str) -> bool {
    let fixed = fixed(template);
    if fixed.len() == template.len() {
        return template.eq_ignore_ascii_case(written);
    }
    written.len() > fixed.len()
        && written
            .get(..fixed.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(fixed))
}

fn spelled(template: &str, written: &str) -> String {
    let fixed = fixed(template);
    if fixed.len() == template.len() {
        return template.to_owned();
    }
    match written.get(fixed.len()..) {
        Some(rest) => format!("{fixed}{}", rest.to_ascii_lowercase()),
        None => written.to_ascii_lowercase(),
    }
}
