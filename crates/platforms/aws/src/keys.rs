//! Condition keys: one canonical spelling each, and whether a request can carry several values.
//!
//! Key names are case-insensitive (IAM User Guide, "IAM JSON policy elements: Condition"). The canonical spelling is the
//! catalogue's; what follows the fixed part of a family (`aws:PrincipalTag/Team`) and a key that no catalogue knows are
//! written in lower case, so that equal keys are equal texts.

use std::sync::Arc;

use leastwise_permset::{Key, Strings};
use rustc_hash::FxHashMap;

use crate::catalogue::{ActionSet, Catalogue, Origin, Values};
use crate::compile::claim_count;
use crate::policy::Choice;
use crate::told::Told;

/// What is known of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyInfo {
    /// Its canonical spelling.
    pub key: Key,
    /// Whether a request can carry several values of it.
    pub many: bool,
    /// Whether a reference of AWS lists it, or it is a claim of a token.
    pub described: bool,
}

/// Condition keys met so far, by their spelling: each is looked up once.
#[derive(Debug, Default)]
pub struct Keys {
    met: FxHashMap<Box<str>, KeyInfo>,
    /// The actions whose requests can carry a key, by the numbers of the listed keys that it means.
    carriers: FxHashMap<Vec<u16>, Arc<ActionSet>>,
    /// What the export tells of users and roles as resources.
    told: Told,
    /// The actions that statements name, by how they name them: what many statements say alike is kept once.
    actions: FxHashMap<Choice, Strings>,
}

impl Keys {
    /// The actions that a statement names.
    pub fn actions(&mut self, choice: &Choice) -> Strings {
        if let Some(known) = self.actions.get(choice) {
            return known.clone();
        }
        let actions = crate::lower::actions(choice);
        self.actions.insert(choice.clone(), actions.clone());
        actions
    }

    /// None met yet, with what the export tells of resources.
    pub fn with(told: Told) -> Self {
        Self {
            told,
            ..Self::default()
        }
    }

    /// What the export tells of users and roles as resources.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// What is known of the key that is spelled so.
    pub fn info(&mut self, written: &str) -> KeyInfo {
        if let Some(info) = self.met.get(written) {
            return info.clone();
        }
        let key = canonical(written);
        // Two spellings of one key share its text.
        let key = self
            .met
            .values()
            .find(|info| info.key == key)
            .map_or(key, |info| info.key.clone());
        let described = Catalogue::embedded().key_origin(written) != Origin::Unknown;
        let info = KeyInfo {
            many: count(written) == Count::Many,
            described: described || claim_count(written).is_some(),
            key,
        };
        self.met.insert(written.into(), info.clone());
        info
    }

    /// The actions whose requests can carry a key, where that depends on the action: keys of a service, and the tags
    /// that a request sets. `None` for keys of whoever asks, tags of resources, and keys that no reference lists.
    pub fn carriers(&mut self, written: &str) -> Option<Arc<ActionSet>> {
        if !depends_on_the_action(written) {
            return None;
        }
        let catalogue = Catalogue::embedded();
        let numbers = catalogue.key_numbers(written);
        if numbers.is_empty() {
            return None;
        }
        if let Some(known) = self.carriers.get(&numbers) {
            return Some(known.clone());
        }
        let found = Arc::new(catalogue.carriers(&numbers));
        self.carriers.insert(numbers, found.clone());
        Some(found)
    }

    /// Every key met, in order.
    pub fn met(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.met.values().map(|info| info.key.clone()).collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

/// Whether the action decides which requests carry a key. Credentials carry some keys of services into requests of
/// every service (`ec2:SourceInstanceArn`); those are known by not being everybody's.
fn depends_on_the_action(written: &str) -> bool {
    let Some((service, name)) = written.split_once(':') else {
        return false;
    };
    let starts = |head: &str| {
        name.get(..head.len())
            .is_some_and(|text| text.eq_ignore_ascii_case(head))
    };
    if service.eq_ignore_ascii_case("aws") {
        return starts("RequestTag/") || name.eq_ignore_ascii_case("TagKeys");
    }
    let catalogue = Catalogue::embedded();
    !starts("ResourceTag/")
        && catalogue.service_title(service).is_some()
        && catalogue
            .key_rule(written)
            .is_none_or(|rule| rule.is_everybodys())
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
        None => claim_count(written).map_or(Count::Unknown, |many| match many {
            true => Count::Many,
            false => Count::One,
        }),
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
