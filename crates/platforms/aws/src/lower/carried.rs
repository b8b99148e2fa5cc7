//! A statement's actions by which of its condition keys their requests carry.
//!
//! A key of a service, and a tag that a request sets, is in requests of the actions for which the Service Authorization
//! Reference lists it, and absent from all others. So a statement whose conditions mention such keys falls into parts:
//! actions that carry a key, for which the condition stands as written, and actions that lack it, for which the condition
//! is decided. So it is with a key that a variable copies: where requests lack it, the variable has no value. A name that
//! the catalogue does not have keeps the condition as written; what else a wildcard covers beyond the catalogue counts as
//! lacking the key.
//! Sources: Service Authorization Reference, column "Condition keys"; IAM User Guide, "Condition operators" and "IAM
//! policy elements: Variables and tags", Policy variables with no value.

use std::sync::Arc;

use leastwise_permset::{Case, Key, Pattern, PermissionSet, Region, Strings};

use super::settle::{Fact, Facts};
use crate::catalogue::{ActionSet, Catalogue};
use crate::keys::Keys;
use crate::policy::{Choice, Condition, Kind, Quantifier, Statement, Variables, variables_in};

/// How many sets of carriers one statement is told apart by.
const CARRIERS_MAX: usize = 4;

/// Actions of a statement for which the same of its condition keys are absent.
pub struct Part {
    /// The actions.
    choice: Choice,
    /// Names among them that are another part's.
    less: Vec<Box<str>>,
    /// For each condition of the statement, whether requests of these actions lack its key.
    pub lacks: Vec<bool>,
    /// The keys that they lack.
    pub absent: Facts,
}

/// What one set of actions carries and the rest of a statement's actions lack.
struct Carried {
    carriers: Arc<ActionSet>,
    /// The conditions that ask for it.
    conditions: Vec<usize>,
    keys: Vec<Key>,
}

impl Part {
    /// The requests of these actions among those of a region for any action.
    pub fn of(&self, keys: &mut Keys, regions: impl Fn(&Strings) -> PermissionSet) -> PermissionSet {
        let actions = keys.actions(&self.choice);
        if self.less.is_empty() {
            return regions(&actions);
        }
        if self.choice.except {
            let texts = self.choice.texts.iter().chain(&self.less);
            return regions(&Strings::any_of(texts.map(|text| folded(text))).complement());
        }
        let less = Strings::any_of(self.less.iter().map(|text| folded(text)));
        if self.choice.texts.iter().any(|text| &**text == "*") {
            return regions(&less.complement());
        }
        let all = regions(&actions);
        if all.is_plainly_empty() {
            return all;
        }
        all.difference(&Region::new(less, Strings::any()).into())
    }
}

impl Part {
    /// The actions of the catalogue that are meant; `None` where anything but some is.
    pub fn meant(&self) -> Option<ActionSet> {
        let catalogue = Catalogue::embedded();
        if self.choice.except {
            return None;
        }
        let matching = |texts: &[Box<str>]| {
            texts
                .iter()
                .fold(ActionSet::new(), |all, text| all.union(&catalogue.matching(text)))
        };
        Some(matching(&self.choice.texts).minus(&matching(&self.less)))
    }
}

fn folded(text: &str) -> Pattern {
    Pattern::glob(text, Case::Folded)
}

/// The parts of a statement; one part with nothing lacking where no key depends on the action.
pub fn parts(statement: &Statement, variables: Variables, keys: &mut Keys) -> Vec<Part> {
    let mut parts = vec![Part {
        choice: statement.actions.clone(),
        less: Vec::new(),
        lacks: vec![false; statement.conditions.len()],
        absent: Facts::new(),
    }];
    let mut found: Vec<Carried> = Vec::new();
    let mut add = |written: &str, condition: Option<usize>, keys: &mut Keys| {
        let Some(carriers) = keys.carriers(written) else {
            return;
        };
        let at = found
            .iter()
            .position(|known| Arc::ptr_eq(&known.carriers, &carriers));
        let at = at.unwrap_or_else(|| {
            found.push(Carried {
                carriers,
                conditions: Vec::new(),
                keys: Vec::new(),
            });
            found.len() - 1
        });
        if let Some(known) = found.get_mut(at) {
            known.conditions.extend(condition);
            known.keys.push(keys.info(written).key);
        }
    };
    for (at, condition) in statement.conditions.iter().enumerate() {
        if without(condition).is_some() {
            add(&condition.key, Some(at), keys);
        }
    }
    for text in statement.variable_texts() {
        for (key, _) in variables_in(text, variables) {
            add(key, None, keys);
        }
    }
    for carried in found.iter().take(CARRIERS_MAX) {
        parts = parts.into_iter().flat_map(|part| split(part, carried)).collect();
    }
    parts
}

/// A part told apart into what carries a key and what lacks it.
fn split(part: Part, carried: &Carried) -> Vec<Part> {
    let carriers = &carried.carriers;
    let catalogue = Catalogue::embedded();
    let mut carrying: Vec<Box<str>> = Vec::new();
    let mut lacking: Vec<Box<str>> = Vec::new();
    let mut less = part.less.clone();
    let taken = |name: &str| part.less.iter().any(|less| less.eq_ignore_ascii_case(name));
    if part.choice.except {
        for id in carriers.iter() {
            let name = catalogue.name(id);
            let listed = part
                .choice
                .texts
                .iter()
                .any(|text| catalogue.matching(text).contains(id));
            if !listed && !taken(name) {
                carrying.push(name.into());
            }
        }
        less.extend(carrying.iter().cloned());
    } else {
        for text in &part.choice.texts {
            let meant = catalogue.matching(text);
            let (with, lack): (Vec<_>, Vec<_>) = meant
                .iter()
                .filter(|id| !taken(catalogue.name(*id)))
                .partition(|id| carriers.contains(*id));
            if lack.is_empty() && (!with.is_empty() || meant.is_empty()) {
                carrying.push(text.clone());
            } else {
                lacking.push(text.clone());
                let names: Vec<Box<str>> = with.iter().map(|id| catalogue.name(*id).into()).collect();
                less.extend(names.iter().cloned());
                carrying.extend(names);
            }
        }
    }
    let tidy = |list: &mut Vec<Box<str>>| {
        list.sort();
        list.dedup();
    };
    tidy(&mut less);
    tidy(&mut carrying);
    let mut lacks = part.lacks.clone();
    let mut absent = part.absent.clone();
    absent.extend(carried.keys.iter().map(|key| (key.clone(), Fact::Absent)));
    for at in &carried.conditions {
        if let Some(mark) = lacks.get_mut(*at) {
            *mark = true;
        }
    }
    let except = part.choice.except;
    let mut made = Vec::with_capacity(2);
    if except || !lacking.is_empty() {
        made.push(Part {
            choice: Choice {
                except,
                texts: if except {
                    part.choice.texts.clone()
                } else {
                    lacking.into()
                },
            },
            less,
            lacks,
            absent,
        });
    }
    if !carrying.is_empty() {
        made.push(Part {
            choice: Choice {
                except: false,
                texts: carrying.into(),
            },
            less: if except { Vec::new() } else { part.less },
            lacks: part.lacks,
            absent: part.absent,
        });
    }
    made
}

/// Whether a condition holds for a request without its key; `None` where that is not known.
pub fn without(condition: &Condition) -> Option<bool> {
    let operator = condition.operator?;
    if operator.kind == Kind::Null {
        return Some(super::condition::null(&condition.values)?.0);
    }
    match operator.quantifier {
        Some(Quantifier::All) => Some(true),
        Some(Quantifier::Any) => (!operator.if_exists).then_some(false),
        None => Some(operator.negated || operator.if_exists),
    }
}
