//! The actions that a PostgreSQL server checks, and what they do.

use std::sync::LazyLock;

use leastwise_model::{ActionBits, ActionCatalogue, ActionClass, ActionClasses, Target, Verb};
use leastwise_permset::{Case, Context, Element, Pattern, Strings};

const ACTIONS: &str = include_str!("../data/actions.tsv");

/// What the resource of an action looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// The server itself.
    Server,
    /// The name of something that belongs to the server.
    Name,
    /// Two parts: a database and something in it.
    InDatabase,
    /// Three parts: database, schema, object.
    Object,
    /// Four parts: the last is a column.
    Column,
}

#[derive(Debug)]
struct Action {
    name: &'static str,
    shape: Shape,
    primary: ActionClass,
    all: ActionClasses,
}

/// The actions, sorted by name.
pub(crate) struct Catalogue(Vec<Action>);

/// The catalogue, read once.
pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(Catalogue::read);

/// The rows of a data file: lines without comment, split at tabs.
pub(crate) fn rows(data: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    data.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split('\t').collect())
}

fn class(words: &str) -> Option<ActionClass> {
    ActionClass::all().find(|class| class.to_string() == words)
}

impl Shape {
    pub(crate) const ALL: [Self; 5] = [
        Self::Server,
        Self::Name,
        Self::InDatabase,
        Self::Object,
        Self::Column,
    ];

    fn of(word: &str) -> Self {
        match word {
            "server" => Self::Server,
            "schema" | "in-database" => Self::InDatabase,
            "object" => Self::Object,
            "column" => Self::Column,
            _ => Self::Name,
        }
    }

    /// As a pattern: parts that are not empty, with `/` between them.
    pub(crate) fn patterns(self) -> Vec<Pattern> {
        let parts = match self {
            Self::Server => return vec![Pattern::literal("/")],
            Self::Name => 1,
            Self::InDatabase => 2,
            Self::Object => 3,
            Self::Column => 4,
        };
        let mut elements = Vec::new();
        for part in 0..parts {
            if part > 0 {
                elements.push(Element::Text("/".into()));
            }
            elements.extend([Element::OneExcept('/'), Element::ManyExcept('/')]);
        }
        vec![Pattern::new(elements, Case::Exact)]
    }

    /// How people write it.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Server => "`/`, the server",
            Self::Name => "as one name; `%`, `/` and `*` in names are written `%25`, `%2F`, `%2A`",
            Self::InDatabase => "`database/name`; `%`, `/` and `*` in names are written `%25`, `%2F`, `%2A`",
            Self::Object => {
                "`database/schema/name`, for a function `database/schema/name(integer, text)`; `%`, `/` and `*` in names \
                 are written `%25`, `%2F`, `%2A`"
            }
            Self::Column => {
                "`database/schema/table/column`; `%`, `/` and `*` in names are written `%25`, `%2F`, `%2A`"
            }
        }
    }
}

impl Catalogue {
    fn read() -> Self {
        let mut actions = Vec::new();
        for row in rows(ACTIONS) {
            let [name, shape, primary, further, ..] = *row else {
                continue;
            };
            let Some(primary) = class(primary) else { continue };
            let all = ActionClasses::default().with(primary);
            actions.push(Action {
                name,
                shape: Shape::of(shape),
                primary,
                all: further
                    .split(',')
                    .filter_map(class)
                    .fold(all, ActionClasses::with),
            });
        }
        actions.sort_by_key(|action| action.name);
        Self(actions)
    }

    fn get(&self, name: &str) -> Option<&Action> {
        self.0.get(self.find(name)?)
    }

    /// What the resource of an action looks like; `None` where there is no such action.
    pub(crate) fn shape(&self, name: &str) -> Option<Shape> {
        self.get(name).map(|action| action.shape)
    }

    /// The actions of a kind, in order.
    pub(crate) fn of_kind(&self, kind: &str) -> impl Iterator<Item = &'static str> {
        self.0
            .iter()
            .map(|action| action.name)
            .filter(move |name| name.split_once(':').is_some_and(|(of, _)| of == kind))
    }
}

impl ActionCatalogue for Catalogue {
    fn version(&self) -> &str {
        "PostgreSQL 18"
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn name(&self, action: usize) -> &str {
        self.0.get(action).map_or("", |action| action.name)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by(|action| action.name.cmp(name)).ok()
    }

    fn class(&self, name: &str) -> ActionClass {
        self.get(name)
            .map_or(ActionClass::new(Verb::Write, Target::System), |action| {
                action.primary
            })
    }

    fn classes(&self, name: &str) -> ActionClasses {
        self.get(name).map_or_else(
            || ActionClasses::default().with(self.class(name)),
            |action| action.all,
        )
    }

    fn select(&self, actions: &Strings) -> ActionBits {
        let mut bits = ActionBits::none();
        let context = Context::new();
        for (at, action) in self.0.iter().enumerate() {
            if actions.contains(action.name, &context) {
                bits.insert(at);
            }
        }
        bits
    }

    fn resource_shapes(&self, name: &str) -> Vec<Pattern> {
        self.shape(name).map(Shape::patterns).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, CATALOGUE, rows};
    use leastwise_model::ActionCatalogue;

    #[test]
    fn every_row_is_read_and_every_action_has_a_source() {
        assert_eq!(rows(ACTIONS).count(), CATALOGUE.len());
        for row in rows(ACTIONS) {
            assert_eq!(row.len(), 5, "{row:?}");
            assert!(!row[4].is_empty());
            assert!(CATALOGUE.find(row[0]).is_some());
        }
    }
}
