//! Resources by what fields of their ARNs say: the account, its organization, and the region.

use std::cmp::Reverse;

use leastwise_permset::{Case, Condition as Ask, Element, Key, Pattern, Strings, Test};

use super::{Class, Classes};
use crate::lower::settle::Fact;
use crate::lower::{Demands, Lowering};

/// Digits of an account.
const ACCOUNT_DIGITS: usize = 12;

/// The patterns that demands compare a key with; `None` where they ask for something else.
fn patterns_in<'d>(key: &Key, alternatives: &'d [Demands]) -> Option<Vec<&'d Pattern>> {
    let mut found = Vec::new();
    let literals = alternatives.iter().flatten();
    for literal in literals {
        let tests = match &literal.condition {
            Ask::Some(own, test) | Ask::Every(own, test) if own == key => test,
            _ => continue,
        };
        let Test::Text(strings) = tests else { return None };
        found.extend(strings.patterns());
    }
    Some(found)
}

/// The texts that demands compare a key with; `None` where they ask for more than equality.
fn texts_in(key: &Key, alternatives: &[Demands]) -> Option<Vec<Box<str>>> {
    let patterns = patterns_in(key, alternatives)?.into_iter();
    let texts = patterns.map(|pattern| Some(Box::from(pattern.as_literal()?)));
    let mut texts: Vec<Box<str>> = texts.collect::<Option<_>>()?;
    texts.sort();
    texts.dedup();
    Some(texts)
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

/// How demands mean regions; in the order in which a region is told by the first that fits.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Named<'d> {
    This(&'d str),
    /// All that begin so; the longest beginning first.
    Begins(Reverse<usize>, &'d str),
}

impl<'d> Named<'d> {
    fn of(pattern: &'d Pattern) -> Option<Self> {
        match (pattern.as_literal(), pattern.elements()) {
            (Some(text), _) => Some(Self::This(text)),
            (None, [Element::Text(start), Element::Many]) => Some(Self::Begins(Reverse(start.len()), start)),
            _ => None,
        }
    }

    fn text(&self) -> &'d str {
        match self {
            Self::This(text) | Self::Begins(_, text) => text,
        }
    }

    /// The fields of ARNs that say so: no region is written without `-`.
    fn field(&self) -> Vec<Element> {
        let text = |text: &str| Element::Text(text.into());
        match self {
            Self::This(region) => vec![text(region)],
            Self::Begins(_, start) if start.contains('-') => vec![text(start), any_field()],
            Self::Begins(_, start) => vec![text(start), any_field(), text("-"), any_field()],
        }
    }

    /// A region that no demand tells from others of the same name or beginning.
    fn example(&self) -> Box<str> {
        match self {
            Self::This(region) => (*region).into(),
            Self::Begins(_, start) => format!("{start}(another region)").into(),
        }
    }
}

/// Regions that the demands name, those that begin as they say, and all the others. Where they compare in another way it stands
/// as written.
pub(super) fn regions(keys: &[&Key], alternatives: &[Demands]) -> Classes {
    let Some(key) = keys.first() else {
        return Classes::default();
    };
    let patterns = patterns_in(key, alternatives);
    let named = patterns.and_then(|patterns| patterns.into_iter().map(Named::of).collect::<Option<Vec<_>>>());
    let Some(mut named) = named else {
        return Classes::default();
    };
    named.sort();
    named.dedup();
    named.retain(|named| !named.text().is_empty() && !named.text().contains(':'));
    let mut classes: Vec<Class> = Vec::with_capacity(named.len() + 1);
    let mut add = |field: Vec<Element>, example: Box<str>| {
        let taken = classes
            .iter()
            .flat_map(|class: &Class| class.resources.patterns().to_vec());
        let taken: Vec<Pattern> = taken.collect();
        classes.push(Class {
            listed: None,
            resources: with_field(Field::Region, field),
            other: (!taken.is_empty()).then(|| Strings::any_of(taken)),
            facts: vec![((*key).clone(), Fact::Is(example))],
        });
    };
    for named in &named {
        add(named.field(), named.example());
    }
    // Any region of which no demand speaks. What is `global` is in none.
    let name = vec![any_field(), Element::Text("-".into()), any_field()];
    add(name, "(another region)".into());
    Classes::new(classes)
}
