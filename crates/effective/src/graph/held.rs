//! What is held of an action, as a few languages of resources each under a guard.
//!
//! Languages and guards are numbered, so that what many sets hold alike is compared and looked up as numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_permset::{Case, Context, Guard, Strings};
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

impl Default for Languages {
    fn default() -> Self {
        let mut languages = Self {
            numbers: FxHashMap::default(),
            all: Vec::new(),
            holed: Vec::new(),
        };
        languages.number(&[]);
        languages
    }
}

impl Languages {
    pub fn number(&mut self, resources: &[Strings]) -> u32 {
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

    /// The text that a language consists of, where it is one as it is spelled.
    pub fn one_text(&self, number: u32) -> Option<&str> {
        let [strings] = self.get(number) else { return None };
        let [pattern] = strings.patterns() else {
            return None;
        };
        let exact = !strings.is_complement() && pattern.case() == Case::Exact;
        pattern.as_literal().filter(|_| exact)
    }

    /// Whether a language has a text; it must not speak of a value of the context.
    pub fn contains(&self, number: u32, text: &str) -> bool {
        let nothing = Context::new();
        self.get(number)
            .iter()
            .all(|strings| strings.contains(text, &nothing))
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

impl Default for Guards {
    fn default() -> Self {
        let mut guards = Self {
            numbers: FxHashMap::default(),
            all: Vec::new(),
        };
        guards.number(&Guard::always());
        guards
    }
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
