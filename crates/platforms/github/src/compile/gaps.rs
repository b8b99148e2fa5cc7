//! Gaps, each under one name.

use leastwise_model::{Gap, Side, Snapshot};
use leastwise_permset::{Atom, Condition, Literal};

/// The atom of a gap; its name reads well after "unknown, because".
pub(super) fn gap(snapshot: &mut Snapshot, name: String, settle: String, side: Side) -> Atom {
    let atom = Atom::new(&name);
    snapshot.add_gap(Gap {
        atom: atom.clone(),
        what: name.into(),
        settle: settle.into(),
        side,
    })
}

/// That it is so.
pub(super) fn so(atom: &Atom) -> Literal {
    Condition::Atom(atom.clone()).holds()
}
