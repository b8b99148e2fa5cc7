//! What sets hold of the actions that opportunities ask for, as a few languages of resources each under a guard.
//!
//! Languages and guards are numbered, so that what many sets hold alike is compared and looked up as numbers. What
//! hangs under a label is cut down once, however many sets it is a part of.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_permset::{Atom, Condition, Context, Guard, Limits, Node, PermissionSet, Slice, Strings};
use rustc_hash::FxHashMap;

/// A language: all of these must contain the resource. Sorted; none of them is every resource.
pub(super) type Language = Box<[Strings]>;

/// A language and the guard under which it is held, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stretch {
    pub language: u32,
    pub guard: u32,
}

impl Stretch {
    /// Every resource, whatever the context.
    pub const EVERYTHING: Self = Self {
        language: 0,
        guard: 0,
    };

    /// Whether it holds whatever the context.
    pub fn is_plain(self) -> bool {
        self.guard == 0
    }
}

/// For each action, by number and in order, what is held of it.
pub(super) type Cut = Arc<[(u32, Arc<[Stretch]>)]>;

/// Numbers for languages; number 0 is every resource.
pub(super) struct Languages {
    numbers: FxHashMap<Language, u32>,
    all: Vec<Language>,
    /// Those that speak of a value of the context.
    holed: Vec<bool>,
}

impl Languages {
    fn number(&mut self, resources: &[Strings]) -> u32 {
        let mut language: Vec<Strings> = resources.iter().filter(|it| !it.is_any()).cloned().collect();
        language.sort();
        language.dedup();
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        *self
            .numbers
            .entry(language.into())
            .or_insert_with_key(|language| {
                let holed = language.iter().any(|strings| strings.holes().next().is_some());
                self.all.push(language.clone());
                self.holed.push(holed);
                next
            })
    }

    pub fn get(&self, number: u32) -> &[Strings] {
        self.all.get(number as usize).map_or(&[], |language| language)
    }

    /// Whether a language speaks of a value of the context, so that it alone does not tell what is in it.
    pub fn is_holed(&self, number: u32) -> bool {
        self.holed.get(number as usize).copied().unwrap_or_default()
    }
}

/// Numbers for guards; number 0 is the guard that always holds.
pub(super) struct Guards {
    numbers: FxHashMap<Guard, u32>,
    all: Vec<Guard>,
}

impl Guards {
    pub fn number(&mut self, guard: &Guard) -> u32 {
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        match self.numbers.get(guard) {
            Some(number) => *number,
            None => {
                self.numbers.insert(guard.clone(), next);
                self.all.push(guard.clone());
                next
            }
        }
    }

    pub fn get(&self, number: u32) -> Guard {
        self.all.get(number as usize).cloned().unwrap_or_default()
    }
}

/// Cuts sets down to the actions that opportunities ask for.
pub(super) struct Cutter<'w> {
    limits: &'w Limits,
    /// The actions, sorted.
    actions: Vec<leastwise_model::Text>,
    pub languages: Languages,
    pub guards: Guards,
    cuts: FxHashMap<usize, Cut>,
}

impl<'w> Cutter<'w> {
    /// `actions` sorted.
    pub fn new(actions: Vec<leastwise_model::Text>, limits: &'w Limits) -> Self {
        let mut languages = Languages {
            numbers: FxHashMap::default(),
            all: Vec::new(),
            holed: Vec::new(),
        };
        let mut guards = Guards {
            numbers: FxHashMap::default(),
            all: Vec::new(),
        };
        languages.number(&[]);
        guards.number(&Guard::always());
        Self {
            limits,
            actions,
            languages,
            guards,
            cuts: FxHashMap::default(),
        }
    }

    /// What a set holds of each action.
    pub fn cut(&mut self, set: &PermissionSet) -> Cut {
        match set.node() {
            Node::Labelled(_, inner) => match self.cuts.get(&inner.address()) {
                Some(known) => known.clone(),
                None => {
                    let cut = self.cut(inner);
                    self.cuts.insert(inner.address(), cut.clone());
                    cut
                }
            },
            Node::Union(sets) => {
                let cuts: Vec<Cut> = sets.iter().map(|set| self.cut(set)).collect();
                merge(&cuts)
            }
            Node::Intersection(sets) => match self.narrowed(sets) {
                Some(cut) => cut,
                None => self.search(set),
            },
            Node::Region(_) | Node::Difference(..) => self.search(set),
        }
    }

    /// What is left of one set where all others of an intersection speak of every action and only name resources.
    fn narrowed(&mut self, sets: &[PermissionSet]) -> Option<Cut> {
        let narrowing = |set: &&PermissionSet| {
            matches!(set.node(), Node::Region(region)
                if region.actions.is_any() && region.guard.is_always())
        };
        let mut others = sets.iter().filter(|set| !narrowing(set));
        let (wide, None) = (others.next()?, others.next()) else {
            return None;
        };
        let bounds: Vec<Strings> = sets
            .iter()
            .filter_map(|set| match set.node() {
                Node::Region(region) if narrowing(&set) => Some(region.resources.clone()),
                _ => None,
            })
            .collect();
        let wide = self.cut(wide);
        let mut left = Vec::with_capacity(wide.len());
        for (action, stretches) in wide.iter() {
            let mut narrow: Vec<Stretch> = Vec::with_capacity(stretches.len());
            for stretch in stretches.iter() {
                let resources = [self.languages.get(stretch.language), &bounds].concat();
                narrow.push(Stretch {
                    language: self.languages.number(&resources),
                    guard: stretch.guard,
                });
            }
            left.push((*action, tidy(narrow)));
        }
        Some(left.into())
    }

    /// The number of an action.
    pub fn number_of(&self, action: &str) -> Option<u32> {
        let place = self
            .actions
            .binary_search_by(|known| (**known).cmp(action))
            .ok()?;
        u32::try_from(place).ok()
    }

    /// What a set holds of one action; `None` where a limit was hit.
    pub fn of_action(&mut self, set: &PermissionSet, action: u32) -> Option<Arc<[Stretch]>> {
        let name = self.actions.get(action as usize)?;
        let slices = set.on_action(name, self.limits).ok()?;
        let stretches = slices.iter().map(|slice| Stretch {
            language: self.languages.number(&slice.resources),
            guard: self.guards.number(&slice.guard),
        });
        Some(tidy(stretches.collect()))
    }

    fn search(&mut self, set: &PermissionSet) -> Cut {
        let mut cut = Vec::new();
        for (action, name) in (0u32..).zip(&self.actions) {
            if !speaks_of(set, name) {
                continue;
            }
            let slices = set.on_action(name, self.limits).unwrap_or_else(|limit| {
                let unknown = Atom::new(&format!("limit: {limit}"));
                vec![Slice {
                    resources: Vec::new(),
                    guard: Guard::all_of([Condition::Atom(unknown).holds()]),
                    trail: Vec::new(),
                }]
            });
            let stretches: Vec<Stretch> = slices
                .iter()
                .map(|slice| Stretch {
                    language: self.languages.number(&slice.resources),
                    guard: self.guards.number(&slice.guard),
                })
                .collect();
            if !stretches.is_empty() {
                cut.push((action, tidy(stretches)));
            }
        }
        cut.into()
    }
}

/// Sorted and without what something plainly says better.
pub(super) fn tidy(mut stretches: Vec<Stretch>) -> Arc<[Stretch]> {
    if stretches.contains(&Stretch::EVERYTHING) {
        return Arc::from([Stretch::EVERYTHING]);
    }
    stretches.sort_unstable();
    stretches.dedup();
    // Sorted by language, then guard: the guard that always holds comes first.
    let mut plain = None;
    stretches.retain(|stretch| {
        if stretch.is_plain() {
            plain = Some(stretch.language);
        }
        stretch.is_plain() || plain != Some(stretch.language)
    });
    stretches.into()
}

/// What several sets hold together.
pub(super) fn merge(cuts: &[Cut]) -> Cut {
    if let [one] = cuts {
        return one.clone();
    }
    let mut all: BTreeMap<u32, Vec<&Arc<[Stretch]>>> = BTreeMap::new();
    for (action, stretches) in cuts.iter().flat_map(|cut| cut.iter()) {
        all.entry(*action).or_default().push(stretches);
    }
    all.into_iter()
        .map(|(action, lists)| (action, join(&lists)))
        .collect()
}

/// What several lists say together.
pub(super) fn join(lists: &[&Arc<[Stretch]>]) -> Arc<[Stretch]> {
    match lists {
        [one] => (*one).clone(),
        lists => tidy(lists.iter().flat_map(|list| list.iter().copied()).collect()),
    }
}

/// What a cut holds of an action.
pub(super) fn held(cut: &Cut, action: u32) -> Option<&Arc<[Stretch]>> {
    let place = cut.binary_search_by_key(&action, |(action, _)| *action).ok()?;
    cut.get(place).map(|(_, stretches)| stretches)
}

/// A quick no: whether a region of a set speaks of an action at all.
fn speaks_of(set: &PermissionSet, action: &str) -> bool {
    match set.node() {
        Node::Region(region) => {
            region.actions.holes().next().is_some() || region.actions.contains(action, &Context::new())
        }
        Node::Union(sets) => sets.iter().any(|set| speaks_of(set, action)),
        Node::Intersection(sets) => sets.iter().all(|set| speaks_of(set, action)),
        Node::Difference(given, _) => speaks_of(given, action),
        Node::Labelled(_, inner) => speaks_of(inner, action),
    }
}
