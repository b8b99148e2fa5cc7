//! Statements lowered into sets of requests.
//!
//! A statement becomes a union of regions: its actions × its resources × a conjunction of demands on the context. One
//! region suffices unless a condition has alternatives (a variable with a default value, a negated comparison with a
//! variable that the request may lack); more than [`ALTERNATIVES_MAX`] become a gap.
//!
//! Variables stand for what the caller is: where the caller is known they are substituted, as text that is never a
//! pattern; a key that the caller is known to lack stands for nothing; what is open stays a hole that copies the value of
//! the request.

mod areas;
mod carried;
mod condition;
mod pattern;
mod principal;
mod settle;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use leastwise_model::{Facts as Known, Gap, Side};
use leastwise_permset::{
    Atom, Case, Condition as Ask, Element, Guard, Key, Literal, Pattern, PermissionSet, Region, Strings,
};

use crate::keys::Keys;
use crate::policy::{Choice, Effect, Statement, Variables, variables_in};
use crate::told::Source;
use pattern::Spelling;

pub use areas::Alike;
pub use carried::without;
pub use principal::{account_of, is_account, principal_demands, refused_unless_listed, session};
use settle::settled_resources;
pub use settle::{Fact, Facts, settled};

/// How many alternatives one statement may have.
pub const ALTERNATIVES_MAX: usize = 64;

/// What stands for a variable of the caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resolved {
    /// This text.
    Known(Box<str>),
    /// Nothing: the caller's requests lack the key.
    Absent,
    /// Some text of this pattern.
    Like(Pattern),
    /// Whatever the request carries.
    Open,
}

/// Whoever a statement is lowered for.
#[derive(Clone, Copy, Debug)]
pub enum Caller<'a> {
    /// Anybody: every variable stays open.
    Anyone,
    /// One identity, and its unique id where that is a role's.
    Identity(&'a Known, Option<&'a str>),
}

impl Caller<'_> {
    /// What is known of keys whose values depend on the session: a role's user id starts with its unique id, and its
    /// credentials always have the moment at which they were issued. Source: IAM User Guide, "IAM policy elements:
    /// Variables and tags", table of principal key values, and "AWS global condition context keys".
    fn session(&self) -> Facts {
        let Self::Identity(facts, unique) = self else {
            return Vec::new();
        };
        let kind = facts.known.get(&Key::single(PRINCIPAL_TYPE));
        if kind
            .and_then(|kind| kind.first())
            .is_none_or(|kind| **kind != *SESSION_TYPE)
        {
            return Vec::new();
        }
        let mut known = vec![(Key::single(TOKEN_ISSUED), Fact::Like(Pattern::any()))];
        if let Some(unique) = unique {
            let elements = [Element::Text(format!("{unique}:").into()), Element::Many];
            known.push((
                Key::single(USER_ID),
                Fact::Like(Pattern::new(elements, Case::Exact)),
            ));
        }
        known
    }

    /// What a key that a statement depends on is for this caller, as far as that changes what the statement says.
    #[must_use]
    pub fn depends(&self, key: &Key) -> Resolved {
        let session = self.session();
        match session.into_iter().find(|(known, _)| known == key) {
            Some((_, Fact::Like(pattern))) => Resolved::Like(pattern),
            _ => self.resolve(key),
        }
    }

    /// What a key stands for in a variable.
    #[must_use]
    pub fn resolve(&self, key: &Key) -> Resolved {
        match self {
            Self::Anyone => Resolved::Open,
            Self::Identity(facts, _) => {
                match facts.known.get(key).map(|values| (values.len(), values.first())) {
                    Some((1, Some(value))) => Resolved::Known(value.clone()),
                    Some(_) => Resolved::Open,
                    None if facts.absent.contains(key) => Resolved::Absent,
                    None => Resolved::Open,
                }
            }
        }
    }
}

/// What lowering needs beside the statement.
pub struct Lowering<'a> {
    /// Condition keys.
    pub keys: &'a mut Keys,
    /// Where gaps go.
    pub gaps: &'a mut BTreeMap<Atom, Gap>,
}

const USER_ID: &str = "aws:userid";
const TOKEN_ISSUED: &str = "aws:TokenIssueTime";
const PRINCIPAL_TYPE: &str = "aws:PrincipalType";
/// The type of principal that sessions of roles are.
const SESSION_TYPE: &str = "AssumedRole";

/// A conjunction of demands.
pub type Demands = Vec<Literal>;

/// What a document is called in gaps, and how it is read.
#[derive(Clone, Copy, Debug)]
pub struct Within<'a> {
    /// Such as `policy arn:…` or `the trust policy of arn:…`.
    pub title: &'a str,
    /// The command that shows it again.
    pub settle: &'a str,
    /// How `${…}` is read.
    pub variables: Variables,
    /// The account whose users and roles it speaks of, where that is one: IAM acts within an account.
    pub account: Option<&'a str>,
}

impl Lowering<'_> {
    /// The keys of the caller on which it depends what a statement says: those of its variables, and those of which the
    /// kind of session tells something; sorted.
    pub fn variables(&mut self, statement: &Statement, variables: Variables) -> Vec<Key> {
        let mut found = Vec::new();
        for text in statement.variable_texts() {
            let keys = variables_in(text, variables);
            found.extend(keys.map(|(key, _)| self.keys.info(key).key));
        }
        for condition in &statement.conditions {
            let key = self.keys.info(&condition.key).key;
            if [USER_ID, TOKEN_ISSUED].contains(&key.as_str()) {
                found.push(key);
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The requests of a statement as `effect`, for `caller`.
    pub fn statement(
        &mut self,
        statement: &Statement,
        effect: Effect,
        within: Within<'_>,
        caller: Caller<'_>,
    ) -> PermissionSet {
        let anything = Choice::anything();
        let resources = statement.resources.as_ref().unwrap_or(&anything);
        let written = self.resources(resources, within, caller);
        let parts = carried::parts(statement, within.variables, self.keys);
        let told = self.told(statement, within.variables);
        PermissionSet::union_of(parts.iter().map(|part| {
            let resources = settled_resources(&written, &part.absent);
            let alternatives =
                self.alternatives(statement, effect, within, caller, &part.lacks, resources.len());
            let alternatives = settled(&alternatives, &part.absent);
            let areas = if told.is_empty() {
                vec![areas::Area::default()]
            } else {
                self.areas(
                    &told,
                    part.meant().as_ref(),
                    &resources,
                    &alternatives,
                    within.account,
                )
            };
            let areas: Vec<_> = areas
                .into_iter()
                .map(|area| (area.left(&alternatives, effect), area))
                .collect();
            part.of(self.keys, |actions| {
                PermissionSet::union_of(areas.iter().flat_map(|(alternatives, area)| {
                    resources.iter().map(move |(strings, first)| {
                        let region = |strings: &Strings| {
                            PermissionSet::union_of(alternatives.iter().map(|demands| {
                                let guard = Guard::all_of(first.iter().chain(demands).cloned());
                                PermissionSet::from(Region::new(actions.clone(), strings.clone()).when(guard))
                            }))
                        };
                        area.of(region, strings)
                    })
                }))
            })
        }))
    }

    /// The keys in a statement's conditions of which resources tell something.
    fn told(&mut self, statement: &Statement, variables: Variables) -> Vec<Key> {
        let mut found = Vec::new();
        for condition in &statement.conditions {
            found.push(self.keys.info(&condition.key).key);
            for text in &condition.values {
                let keys = variables_in(text, variables);
                found.extend(keys.map(|(key, _)| self.keys.info(key).key));
            }
        }
        found.retain(|key| crate::told::row(key).is_some());
        found.sort();
        found.dedup();
        found
    }

    /// What the conditions of a statement demand, where requests lack the keys of those that `lacks` marks.
    fn alternatives(
        &mut self,
        statement: &Statement,
        effect: Effect,
        within: Within<'_>,
        caller: Caller<'_>,
        lacks: &[bool],
        resources: usize,
    ) -> Vec<Demands> {
        let mut alternatives = vec![self.doubts(statement, effect, within)];
        for (at, condition) in statement.conditions.iter().enumerate() {
            if lacks.get(at) == Some(&true) {
                if without(condition) == Some(false) {
                    return Vec::new();
                }
                continue;
            }
            let ways = self.condition(condition, within, caller);
            if resources * alternatives.len() * ways.len() > ALTERNATIVES_MAX {
                let why = "it has too many alternatives";
                let literal = self.undecided(&condition.to_string(), why, within);
                alternatives
                    .iter_mut()
                    .for_each(|demands| demands.push(literal.clone()));
                continue;
            }
            alternatives = alternatives
                .iter()
                .flat_map(|head| {
                    ways.iter()
                        .map(|tail| [head.as_slice(), tail.as_slice()].concat())
                })
                .collect();
        }
        settled(&alternatives, &caller.session())
    }

    /// The demands of a statement's conditions alone, for taking on a role.
    pub fn demands(
        &mut self,
        statement: &Statement,
        effect: Effect,
        within: Within<'_>,
        role: &str,
    ) -> Vec<Demands> {
        let alternatives = self.alternatives(statement, effect, within, Caller::Anyone, &[], 1);
        let mut told = self.told(statement, within.variables);
        // Such requests carry no boundary.
        told.retain(|key| crate::told::row(key).is_some_and(|(row, _)| row.source != Source::Boundary));
        settled(&alternatives, &self.keys.told().facts(role, told))
    }

    /// The atom that stands before whatever a statement that is not fully understood would do.
    fn doubts(&mut self, statement: &Statement, effect: Effect, within: Within<'_>) -> Demands {
        if statement.doubts.is_empty() {
            return Vec::new();
        }
        let (what, side) = match effect {
            Effect::Allow => ("allows", Side::Adds),
            Effect::Deny => ("denies", Side::Removes),
        };
        let name = format!(
            "what a statement of {} {what} is not clear: {} ({})",
            within.title,
            statement.doubts.join("; "),
            statement.place.pointer
        );
        vec![self.gap(&name, within.settle, side)]
    }

    /// The literal for a condition that cannot be decided.
    fn undecided(&mut self, condition: &str, why: &str, within: Within<'_>) -> Literal {
        self.gap(
            &format!("whether `{condition}` holds cannot be decided: {why}"),
            // No document says it: the service itself does.
            &format!(
                "aws iam simulate-principal-policy with --action-names, --resource-arns and --context-entries of the \
                 request, for whoever holds {}",
                within.title
            ),
            Side::Both,
        )
    }

    /// The literal that holds where the gap of this name turns out true.
    pub fn gap(&mut self, name: &str, settle: &str, side: Side) -> Literal {
        let atom = Atom::new(name);
        self.gaps.entry(atom.clone()).or_insert_with(|| Gap {
            atom: atom.clone(),
            what: name.into(),
            settle: settle.into(),
            side,
        });
        Ask::Atom(atom).holds()
    }

    /// The resources of a statement, with what each alternative demands of the context.
    fn resources(
        &mut self,
        choice: &Choice,
        within: Within<'_>,
        caller: Caller<'_>,
    ) -> Vec<(Strings, Demands)> {
        if choice.texts.iter().any(|text| &**text == "*") {
            let strings = if choice.except {
                Strings::none()
            } else {
                Strings::any()
            };
            return vec![(strings, Vec::new())];
        }
        let spelled = self.patterns(&choice.texts, Spelling::Glob, within.variables, caller);
        if spelled.len() > ALTERNATIVES_MAX {
            let literal = self.undecided("Resource", "it has too many alternatives", within);
            return vec![(Strings::any(), vec![literal])];
        }
        let strings = |patterns| match choice.except {
            true => Strings::any_of(patterns).complement(),
            false => Strings::any_of(patterns),
        };
        let each = spelled.into_iter();
        each.map(|way| (strings(way.patterns), way.demands)).collect()
    }
}

/// The literal that asks for a key to be present.
pub fn present(key: Key) -> Literal {
    Ask::Absent(key).fails()
}

/// The literal that asks for a key to be absent.
pub fn absent(key: Key) -> Literal {
    Ask::Absent(key).holds()
}

/// The actions of a statement: names and prefixes without regard to case, `*` and `?` anywhere.
#[must_use]
pub fn actions(choice: &Choice) -> Strings {
    let strings = Strings::any_of(choice.texts.iter().map(|text| Pattern::glob(text, Case::Folded)));
    if choice.except {
        strings.complement()
    } else {
        strings
    }
}
