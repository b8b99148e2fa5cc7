//! Which catalogued actions a set speaks of on everything, and of which on something only: what is plain is sorted as bits, and
//! only the rest is searched.

use std::sync::{Arc, Mutex};

use leastwise_effective::Selector;
use leastwise_model::ActionBits;
use leastwise_permset::{Context, Node, PermissionSet, Strings};
use rustc_hash::FxHashMap;

/// The catalogued actions of a set.
#[derive(Clone, Debug, Default)]
pub(super) struct Extent {
    /// All of whose requests are in it.
    pub whole: ActionBits,
    /// Some of whose requests may be.
    pub part: ActionBits,
}

/// Extents of sets that many identities share, each found once.
#[derive(Default)]
pub(super) struct Extents(Mutex<FxHashMap<usize, (PermissionSet, Arc<Extent>)>>);

impl Extents {
    /// The extent of a set; kept by where the set stands.
    pub fn of(&self, selector: &Selector, set: &PermissionSet) -> Arc<Extent> {
        let Ok(mut known) = self.0.lock() else {
            return Arc::new(extent(selector, set));
        };
        let (_, extent) = known
            .entry(set.address())
            .or_insert_with(|| (set.clone(), Arc::new(extent(selector, set))));
        extent.clone()
    }
}

/// The extent of a set. Linear in its parts times the words of the catalogue.
pub(super) fn extent(selector: &Selector, set: &PermissionSet) -> Extent {
    let none = || ActionBits::none();
    match set.node() {
        Node::Region(region) => {
            let actions = (*selector.select(&region.actions)).clone();
            match region.resources.is_any() && region.guard.is_always() {
                true => Extent {
                    whole: actions,
                    part: none(),
                },
                false => Extent {
                    whole: none(),
                    part: actions,
                },
            }
        }
        Node::Labelled(_, inner) => extent(selector, inner),
        Node::Union(sets) => {
            let mut all = Extent {
                whole: none(),
                part: none(),
            };
            for one in sets.iter().map(|set| extent(selector, set)) {
                all.whole.unite(&one.whole);
                all.part.unite(&one.part);
            }
            all.part.subtract(&all.whole);
            all
        }
        Node::Intersection(sets) => {
            let every = (*selector.select(&Strings::any())).clone();
            let mut all = Extent {
                whole: every.clone(),
                part: every,
            };
            for one in sets.iter().map(|set| extent(selector, set)) {
                let mut any = one.part;
                any.unite(&one.whole);
                all.part.intersect(&any);
                all.whole.intersect(&one.whole);
            }
            all.part.subtract(&all.whole);
            all
        }
        Node::Difference(given, taken) => {
            let (mut given, taken) = (extent(selector, given), extent(selector, taken));
            given.part.unite(&given.whole);
            given.part.subtract(&taken.whole);
            given.whole.subtract(&taken.whole);
            given.whole.subtract(&taken.part);
            given.part.subtract(&given.whole);
            given
        }
    }
}

/// What a set says of one action, without labels and without the parts that do not speak of it; nothing where none does.
pub(super) fn said(set: &PermissionSet, action: &str) -> Option<PermissionSet> {
    match set.node() {
        Node::Region(region) => {
            let speaks =
                region.actions.holes().next().is_some() || region.actions.contains(action, &Context::new());
            speaks.then(|| set.clone())
        }
        Node::Labelled(_, inner) => said(inner, action),
        Node::Union(sets) => {
            let said: Vec<PermissionSet> = sets.iter().filter_map(|set| said(set, action)).collect();
            (!said.is_empty()).then(|| PermissionSet::union_of(said))
        }
        Node::Intersection(sets) => {
            let said: Option<Vec<PermissionSet>> = sets.iter().map(|set| said(set, action)).collect();
            said.map(PermissionSet::intersection_of)
        }
        Node::Difference(given, taken) => {
            let given = said(given, action)?;
            Some(match said(taken, action) {
                Some(taken) => given.difference(&taken),
                None => given,
            })
        }
    }
}
