//! Many questions, one after the other.

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::PermissionSet;
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Question, Reach};
use crate::world::World;

/// How many sets are remembered before all are forgotten.
const KEPT: usize = 1 << 16;

/// Answers questions as [`World::ask`] does, and remembers what each identity's set says of an action: a batch asks
/// about the same ones again and again. One serves one thread.
pub struct Asker<'w> {
    world: &'w World,
    known: FxHashMap<IdentityIndex, FxHashMap<Text, PermissionSet>>,
    size: usize,
}

impl<'w> Asker<'w> {
    /// Nothing is remembered yet.
    #[must_use]
    pub fn new(world: &'w World) -> Self {
        Self {
            world,
            known: FxHashMap::default(),
            size: 0,
        }
    }

    /// Answers one question.
    #[must_use]
    pub fn ask(&mut self, question: &Question<'_>) -> Answer {
        match question.reach {
            Reach::Any => self.world.ask(question),
            Reach::Direct => {
                let set = self.of_action(question.identity, question.action);
                self.world.ask_within(question, &set)
            }
        }
    }

    /// What an identity's set says of one action.
    fn of_action(&mut self, identity: IdentityIndex, action: &str) -> PermissionSet {
        if let Some(set) = self.known.get(&identity).and_then(|known| known.get(action)) {
            return set.clone();
        }
        let whole = self.world.effective(identity);
        // Where that is too much work, the whole set says the same.
        let set = whole.for_action(action, self.world.limits()).unwrap_or(whole);
        if self.size == KEPT {
            self.known.clear();
            self.size = 0;
        }
        self.size += 1;
        self.known
            .entry(identity)
            .or_default()
            .insert(action.into(), set.clone());
        set
    }
}
