//! Resources by what fields of their ARNs say: the account, its organization, and the region.

use leastwise_permset::{Case, Condition as Ask, Element, Key, Pattern, Strings, Test};

use super::{Class, Classes};
use crate::lower::settle::Fact;
use crate::lower::{Demands, Lowering};

/// Digits of an account.
const ACCOUNT_DIGITS: usize = 12;

/// The texts that demands compare a key with; `None` where they ask for more than equality.
fn texts_in(key: &Key, alternatives: &[Demands]) -> Option<Vec<Box<str>>> {
    let mut found = Vec::new();
    let literals = alternatives.iter().flatten();
    for literal in literals {
        let tests = match &literal.condition {
            Ask::Some(own, test) | Ask::Every(own, test) if own == key => test,
            _ => continue,
        };
        let Test::Text(strings) = tests else { return None };
        for pattern in strings.patterns() {
            found.push(pattern.as_literal()?.into());
        }
    }
    found.sort();
    found.dedup();
    Some(found)
}

fn any_field() -> Element {
    Element::ManyExcept(':')
}

/// Which field of an ARN.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    Region,
    Account,
}

/// ARNs of which a field is this.
fn with_field(field: Field, value: impl IntoIterator<Item = Element>) -> Strings {
    let text = |text: &str| Element::Text(text.into());
    let rest = [any_field(), text(":"), any_field(), text(":")];
    let elements: Vec<Element> = match field {
        Field::Region => {
            let head = [text("arn:aws")].into_iter().chain(rest).chain(value);
            head.chain([text(":"), any_field(), text(":"), Element::Many])
                .collect()
        }
        Field::Account => {
            let head = [text("arn:")]
                .into_iter()
                .chain(rest)
                .chain([any_field(), text(":")]);
            head.chain(value).chain([text(":"), Element::Many]).collect()
        }
    };
    Strings::one(Pattern::new(elements, Case::Exact))
}

impl Lowering<'_> {
    /// Resources whose names carry an account, and those of which it is known without.
    fn owned(&self, named: impl IntoIterator<Item = Strings>, account: Option<&str>) -> Strings {
        let named = named.into_iter();
        let patterns: Vec<Pattern> = named.flat_map(|strings| strings.patterns().to_vec()).collect();
        let unnamed = self.keys.told().unnamed(account).cloned();
        Strings::any_of(patterns.into_iter().chain(unnamed))
    }

    /// Resources of the accounts of the organization that was exported.
    pub(super) fn organization(&self, keys: &[&Key]) -> Classes {
        let (Some(key), Some((id, accounts))) = (keys.first(), self.keys.told().organization()) else {
            return Classes::default();
        };
        let named = accounts.iter().flat_map(|account| {
            let own = with_field(Field::Account, [Element::Text((&**account).into())]);
            self.owned([own], Some(account)).patterns().to_vec()
        });
        Classes::new(vec![Class {
            listed: None,
            resources: Strings::any_of(named.collect::<Vec<_>>()),
            other: None,
            facts: vec![((*key).clone(), Fact::Is((&**id).into()))],
        }])
    }

    /// Accounts that the demands name, and all the others.
    pub(super) fn accounts(&self, keys: &[&Key], alternatives: &[Demands]) -> Classes {
        let Some(key) = keys.first() else {
            return Classes::default();
        };
        let Some(named) = texts_in(key, alternatives) else {
            return Classes::default();
        };
        let is_account =
            |text: &str| text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        let mut classes: Vec<Class> = named
            .iter()
            .filter(|account| is_account(account))
            .map(|account| Class {
                listed: None,
                resources: self.owned(
                    [with_field(Field::Account, [Element::Text(account.clone())])],
                    Some(account),
                ),
                other: None,
                facts: vec![((*key).clone(), Fact::Is(account.clone()))],
            })
            .collect();
        let patterns = classes
            .iter()
            .flat_map(|class| class.resources.patterns().to_vec());
        let taken = Strings::any_of(patterns.collect::<Vec<_>>());
        // Any account that no demand names; which one makes no difference to them.
        let fresh = (0..=named.len())
            .map(|number| Box::from(format!("{number:012}")))
            .find(|account| !named.contains(account));
        if let Some(fresh) = fresh {
            classes.push(Class {
                listed: None,
                resources: self.owned(
                    [with_field(
                        Field::Account,
                        std::iter::repeat_n(Element::OneExcept(':'), ACCOUNT_DIGITS),
                    )],
                    None,
                ),
                other: Some(taken),
                facts: vec![((*key).clone(), Fact::Is(fresh))],
            });
        }
        Classes::new(classes)
    }
}

/// Regions that the demands name, and all the others.
pub(super) fn regions(keys: &[&Key], alternatives: &[Demands]) -> Classes {
    let Some(key) = keys.first() else {
        return Classes::default();
    };
    let Some(named) = texts_in(key, alternatives) else {
        return Classes::default();
    };
    let in_region = |region: &str| Class {
        listed: None,
        resources: with_field(Field::Region, [Element::Text(region.into())]),
        other: None,
        facts: vec![((*key).clone(), Fact::Is(region.into()))],
    };
    let fields = named
        .iter()
        .filter(|text| !text.is_empty() && !text.contains(':'));
    let mut classes: Vec<Class> = fields.map(|region| in_region(region)).collect();
    let patterns = classes
        .iter()
        .flat_map(|class| class.resources.patterns().to_vec());
    let taken = Strings::any_of(patterns.collect::<Vec<_>>());
    // Any region that no demand names: no region is written so. What is `global` is in none.
    let name = [any_field(), Element::Text("-".into()), any_field()];
    classes.push(Class {
        resources: with_field(Field::Region, name),
        other: Some(taken),
        ..in_region("another region")
    });
    Classes::new(classes)
}
