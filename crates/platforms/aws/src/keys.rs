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
            many: is_many(written),
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

fn is_many(written: &str) -> bool {
    let catalogue = Catalogue::embedded();
    match catalogue.key_rule(written).map(|rule| rule.values) {
        Some(Values::Multi) => true,
        Some(Values::Single) => false,
        Some(Values::AsTyped) | None => catalogue
            .key_type(written)
            .is_some_and(|kind| kind.is_multi_valued()),
    }
}

/// The canonical spelling of a key.
#[must_use]
pub fn canonical(written: &str) -> Key {
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
    Key::new(&written.to_ascii_lowercase())
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

fn spelled(template: &str, written: &str) -> Key {
    let fixed = fixed(template);
    if fixed.len() == template.len() {
        return Key::new(template);
    }
    match written.get(fixed.len()..) {
        Some(rest) => Key::new(&format!("{fixed}{}", rest.to_ascii_lowercase())),
        None => Key::new(&written.to_ascii_lowercase()),
    }
}
