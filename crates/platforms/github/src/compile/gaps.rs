//! Gaps, each under one name.

use leastwise_model::{Gap, Side, Snapshot};
use leastwise_permset::{Atom, Condition, Literal};

/// What the name of a repository begins with of which nothing says what it is called.
pub(super) const UNNAMED: &str = "(unknown)/";

/// How to say what it is called.
pub(super) const NAMING: &str = "put {\"leastwise\": \"github-export/v1\", \"checkouts\": {\"FOLDER\": \"OWNER/NAME\"}} \
                                 into a .json file beside the checkout";

/// The atom of a gap; of a repository without a name nothing can be asked before it is named. Its name reads well after "unknown, because".
pub(super) fn gap(snapshot: &mut Snapshot, name: String, settle: String, side: Side) -> Atom {
    let settle = if settle.contains(UNNAMED) {
        NAMING.to_owned()
    } else {
        settle
    };
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
