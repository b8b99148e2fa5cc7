//! Which native statements were there before, wherever they stand.

use leastwise_model::{Snapshot, Step, redacted};
use leastwise_permset::Label;
use rustc_hash::FxHashSet;

/// What a statement is, without its place.
type Said<'w> = (&'w str, &'w str, &'w str);

/// The native statements of an older estate, and those that nobody wrote: what is assumed is no change.
pub(super) struct Known<'w>(FxHashSet<Said<'w>>);

fn said(step: &Step) -> Said<'_> {
    (&step.kind, &step.name, &step.statement)
}

impl<'w> Known<'w> {
    /// Linear in statements.
    pub fn of(old: &'w Snapshot, new: &'w Snapshot) -> Self {
        let assumed = (0u32..)
            .map(Label)
            .zip(&new.steps)
            .filter(|(label, _)| new.assumption_of(*label).is_some())
            .map(|(_, step)| step);
        Self(old.steps.iter().chain(assumed).map(said).collect())
    }

    /// Whether a statement stands here as it is, or its digest does where the text was not kept.
    pub fn has(&self, step: &Step) -> bool {
        let digest = || redacted(&step.statement);
        self.0.contains(&said(step)) || self.0.contains(&(&*step.kind, &*step.name, digest().as_str()))
    }

    /// Of statements of another estate, on the way to a request, the one to tell people of: the innermost that is not known,
    /// else the innermost.
    pub fn telling(&self, snapshot: &Snapshot, steps: &[Label]) -> Option<Label> {
        let new = |label: &&Label| snapshot.step(**label).is_some_and(|step| !self.has(step));
        let placed = |label: &&Label| snapshot.step(**label).is_some_and(|step| step.location.is_some());
        let inner = || steps.iter().rev();
        inner()
            .find(|label| new(label) && placed(label))
            .or_else(|| inner().find(placed))
            .or_else(|| inner().next())
            .copied()
    }

    /// Whether one of these statements is not known.
    pub fn lacks(&self, snapshot: &Snapshot, steps: &[Label]) -> bool {
        steps
            .iter()
            .any(|label| snapshot.step(*label).is_some_and(|step| !self.has(step)))
    }
}
