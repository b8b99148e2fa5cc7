//! Which actions CloudTrail records as what: `data/event-kinds.tsv`, and a rule for the rest.

use std::sync::OnceLock;

use leastwise_model::{ActionCatalogue, Target};
use leastwise_permset::{Case, Context, Pattern, Strings};

use super::selectors::Access;
use crate::catalogue::Catalogue;

/// How CloudTrail records an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As a management event.
    Management,
    /// As a data event of this kind of resource.
    Data(&'static str),
    /// Not at all.
    Never,
}

impl Kind {
    /// Whether it is a data event of this type of resource.
    pub fn of_type(self, name: &str) -> bool {
        matches!(self, Self::Data(kind) if kind == name)
    }
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct KindRow {
    pub kind: Kind,
    /// Which selectors of data events take it: those of both alone where its own is not known.
    pub access: Access,
    pub actions: Strings,
}

/// The table.
pub(super) fn rows() -> &'static [KindRow] {
    static ROWS: OnceLock<Vec<KindRow>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let text = include_str!("../../data/event-kinds.tsv");
        crate::usage::rows(text).filter_map(row).collect()
    })
}

fn row(fields: Vec<&'static str>) -> Option<KindRow> {
    let [kind, access, actions, _] = fields[..] else {
        return None;
    };
    let actions = actions
        .split(' ')
        .map(|action| Pattern::glob(action, Case::Folded));
    Some(KindRow {
        kind: match kind {
            "management" => Kind::Management,
            "never" => Kind::Never,
            kind => Kind::Data(kind),
        },
        access: match access {
            "read" => Access::Read,
            "write" => Access::Write,
            _ => Access::Both,
        },
        actions: Strings::any_of(actions),
    })
}

/// Actions that read or write data and stand in no row.
pub(super) fn unclear() -> &'static Strings {
    static UNCLEAR: OnceLock<Strings> = OnceLock::new();
    UNCLEAR.get_or_init(|| {
        let catalogue: &dyn ActionCatalogue = Catalogue::embedded();
        let nothing = Context::new();
        let listed = |name: &str| rows().iter().any(|row| row.actions.contains(name, &nothing));
        let names = (0..catalogue.len()).map(|at| catalogue.name(at));
        let unclear = names.filter(|name| catalogue.class(name).target == Target::Data && !listed(name));
        Strings::any_of(unclear.map(|name| Pattern::glob(name, Case::Folded)))
    })
}

/// Actions that are management events: all that are nothing else.
pub(super) fn management() -> &'static Strings {
    static MANAGEMENT: OnceLock<Strings> = OnceLock::new();
    MANAGEMENT.get_or_init(|| {
        let others = rows().iter().filter(|row| row.kind != Kind::Management);
        let others = others.flat_map(|row| row.actions.patterns());
        Strings::any_of(others.chain(unclear().patterns()).cloned()).complement()
    })
}
