//! Answers that rest on statements which nobody gave, but which were assumed.
//!
//! What an answer rests on is found by asking again where those statements give nothing. The second estate is made when the
//! first such answer is given, and only where something is assumed; each answer then costs as much again.

use std::collections::BTreeSet;

use leastwise_model::Assumption;
use leastwise_permset::Label;

use crate::answer::Outcome;
use crate::without::Taking;
use crate::world::World;

impl World {
    /// The same estate without what is given by assumed statements; `None` where nothing is assumed.
    pub(crate) fn without_assumed(&self) -> Option<&Self> {
        let snapshot = self.snapshot();
        if snapshot.assumed.is_empty() {
            return None;
        }
        let made = self.unassumed.get_or_init(|| {
            let all = (0u32..).map(Label).take(snapshot.steps.len());
            let labels: BTreeSet<Label> = all
                .filter(|label| snapshot.assumption_of(*label).is_some())
                .collect();
            let mut left = snapshot.clone();
            left.assumed.clear();
            Taking::new(&labels).out_of(&mut left);
            Box::new(Self::joined(left, self.platforms().to_vec()))
        });
        Some(made)
    }

    /// What an outcome rests on, where `again` tells what it would be without assumed statements: nothing where that is the
    /// same.
    pub(crate) fn resting<'w>(
        &'w self,
        outcome: &Outcome,
        again: impl FnOnce(&'w Self) -> Outcome,
    ) -> Vec<Assumption> {
        if *outcome == Outcome::No {
            return Vec::new();
        }
        match self.without_assumed() {
            Some(without) if again(without) != *outcome => {
                let all: BTreeSet<&Assumption> = self.snapshot().assumed.values().collect();
                all.into_iter().cloned().collect()
            }
            _ => Vec::new(),
        }
    }
}
