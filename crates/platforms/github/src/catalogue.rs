//! Actions: the permissions that tokens, Apps and roles have, by level; and the use of a secret.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
use leastwise_permset::{Case, Context, Element, Pattern, Strings};

use crate::rows::rows;

const ACTIONS: &str = include_str!("../data/actions.tsv");

/// What an action is done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `owner/name`; writing contents also has refs.
    Repository,
    /// `owner/name:refs/heads/main`.
    Ref,
    /// `owner`.
    Owner,
    /// `owner/name:secret/NAME` and the like.
    Secret,
}

#[derive(Debug)]
struct Action {
    name: &'static str,
    class: ActionClass,
    classes: ActionClasses,
    shape: Shape,
}

/// The actions of the data file, by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Catalogue;

fn verb(text: &str) -> Option<Verb> {
    [
        Verb::Read,
        Verb::List,
        Verb::Write,
        Verb::Delete,
        Verb::Execute,
        Verb::Impersonate,
        Verb::Grant,
        Verb::Revoke,
    ]
    .into_iter()
    .find(|verb| verb.as_str() == text)
}

fn target(text: &str) -> Option<Target> {
    [Target::Data, Target::System, Target::Control]
        .into_iter()
        .find(|target| target.as_str() == text)
}

fn table() -> &'static (Vec<Action>, BTreeMap<&'static str, usize>) {
    static TABLE: OnceLock<(Vec<Action>, BTreeMap<&'static str, usize>)> = OnceLock::new();
    TABLE.get_or_init(|| {
        let read = |row: Vec<&'static str>| {
            let [name, does, to, further, shape, ..] = *row else {
                return None;
            };
            let class = ActionClass::new(verb(does)?, target(to)?);
            let mut classes = ActionClasses::default().with(class);
            if let Some((does, to)) = further.split_once(' ') {
                classes = classes.with(ActionClass::new(verb(does)?, target(to)?));
            }
            let shape = match shape {
                "repository" => Shape::Repository,
                "ref" => Shape::Ref,
                "owner" => Shape::Owner,
                _ => Shape::Secret,
            };
            Some(Action {
                name,
                class,
                classes,
                shape,
            })
        };
        let actions: Vec<Action> = rows(ACTIONS).filter_map(read).collect();
        let numbers = actions.iter().enumerate();
        let numbers = numbers.map(|(number, action)| (action.name, number)).collect();
        (actions, numbers)
    })
}

/// What an action is done to; `None` where there is no such action.
pub(crate) fn shape(name: &str) -> Option<Shape> {
    let (actions, numbers) = table();
    actions.get(*numbers.get(name)?).map(|action| action.shape)
}

/// The names of all actions.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    table().0.iter().map(|action| action.name)
}

/// What an action that no list has is likely to be: its level.
fn unlisted(name: &str) -> ActionClass {
    let verb = if name.ends_with(":read") {
        Verb::Read
    } else {
        Verb::Write
    };
    ActionClass::new(verb, Target::System)
}

impl ActionCatalogue for Catalogue {
    fn version(&self) -> &'static str {
        "permissions of GitHub, 2026-11"
    }

    fn len(&self) -> usize {
        table().0.len()
    }

    fn name(&self, action: usize) -> &str {
        table().0.get(action).map_or("", |action| action.name)
    }

    fn find(&self, name: &str) -> Option<usize> {
        table().1.get(name).copied()
    }

    fn class(&self, name: &str) -> ActionClass {
        let (actions, numbers) = table();
        let action = numbers.get(name).and_then(|number| actions.get(*number));
        action.map_or_else(|| unlisted(name), |action| action.class)
    }

    fn classes(&self, name: &str) -> ActionClasses {
        let (actions, numbers) = table();
        let action = numbers.get(name).and_then(|number| actions.get(*number));
        action.map_or_else(
            || ActionClasses::default().with(unlisted(name)),
            |action| action.classes,
        )
    }

    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        let context = Context::new();
        for (number, action) in table().0.iter().enumerate() {
            if actions.contains(action.name, &context) {
                bits.insert(number);
            }
        }
        bits
    }

    fn resource_shapes(&self, name: &str) -> Vec<Pattern> {
        let segment = || [Element::OneExcept('/'), Element::ManyExcept('/')];
        let repository = || {
            let name = [
                Element::Text("/".into()),
                Element::OneExcept(':'),
                Element::ManyExcept(':'),
            ];
            segment().into_iter().chain(name)
        };
        let with = |tail: &str| {
            let tail = [Element::Text(tail.into()), Element::OneExcept('*'), Element::Many];
            Pattern::new(repository().chain(tail), Case::Exact)
        };
        match shape(name) {
            Some(Shape::Owner) => vec![Pattern::new(segment(), Case::Exact)],
            Some(Shape::Ref) => vec![with(":refs/")],
            Some(Shape::Secret) => vec![with(":secret/")],
            Some(Shape::Repository) | None => {
                let mut shapes = vec![Pattern::new(repository(), Case::Exact)];
                if name == "contents:write" {
                    shapes.push(with(":refs/"));
                }
                shapes
            }
        }
    }
}
