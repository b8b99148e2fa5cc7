//! Who may make some request of those that rows ask for on whatever.

use leastwise_permset::{Emptiness, Request};

use super::*;

/// What is known of some requests.
#[derive(Default)]
pub(super) struct Asking {
    /// Whether an identity may make one of them.
    may: FxHashMap<IdentityIndex, bool>,
    /// One of them within reach of the policies of an account: most who may make any may make it.
    one: FxHashMap<Text, Option<Request>>,
}

impl Ways<'_> {
    /// Whether an identity may make some request of these; many rows ask for the same.
    pub(super) fn may_ask(&mut self, index: IdentityIndex, requests: &PermissionSet) -> bool {
        let (Some(identity), Some(person)) = (self.snapshot.identity(index), self.person(index)) else {
            return true;
        };
        if !self.asking.contains_key(requests) {
            self.asking.insert(requests.clone(), Asking::default());
        }
        let Some(known) = self.asking.get_mut(requests) else {
            return true;
        };
        if let Some(may) = known.may.get(&index) {
            return *may;
        }
        let most = self.reach.get(&person.account).map(|reach| &reach.most);
        let one = known.one.entry(person.account.clone()).or_insert_with(|| {
            match requests.intersection(most?).emptiness(&Limits::default()) {
                Emptiness::Inhabited(witness) => Some(witness.request),
                Emptiness::Empty | Emptiness::Unknown(_) => None,
            }
        });
        let held = identity.holding.effective();
        let may = one
            .as_ref()
            .is_some_and(|one| requests.contains(one) && held.contains(one))
            || !matches!(held.meets(requests, &Limits::default()), Meeting::Never);
        known.may.insert(index, may);
        may
    }
}
