//! What documents say, at a glance, of writing the policies of resources: most who may write one hold all that it could give,
//! by the same statement.

use leastwise_permset::{Context, Emptiness, Node, Slice};

use super::places::behind;
use super::row::{Opens, Place, RowNeed};
use super::*;

/// What the statements of a document let somebody write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Writes {
    /// No policy.
    Nothing,
    /// Policies that give no more than the same statement does.
    Held,
    /// Policies that may give more.
    Perhaps,
}

/// What documents say of one row; each is looked at once.
pub(super) struct Documents<'r> {
    pub need: &'r RowNeed,
    /// Of whichever partition and account.
    domain: Region,
    gained: Vec<Pattern>,
    pub opens: Opens,
    known: FxHashMap<UnitIndex, Writes>,
    /// Which documents give all that a policy can, on everything and whatever the circumstances.
    giving: FxHashMap<UnitIndex, bool>,
    /// On what documents that say the same for everybody let a policy be written; found as they are met.
    pub slices: FxHashMap<UnitIndex, Vec<Slice>>,
    /// By address, for what a policy gives and for writing it; what documents of the people refuse lives as long as they.
    refusing: FxHashMap<usize, bool>,
    stopping: FxHashMap<usize, bool>,
}

impl<'r> Documents<'r> {
    pub fn new(need: &'r RowNeed, opens: Opens) -> Self {
        let text = need.resource.unwrap_or("*");
        let text = text.replace("{partition}", "*").replace("{account}", "*");
        let actions = opens.actions.split(',');
        Self {
            need,
            domain: Region::new(Strings::any(), Strings::one(between(&text, ':'))),
            gained: actions
                .map(|action| Pattern::glob(action, Case::Folded))
                .collect(),
            opens,
            known: FxHashMap::default(),
            giving: FxHashMap::default(),
            slices: FxHashMap::default(),
            refusing: FxHashMap::default(),
            stopping: FxHashMap::default(),
        }
    }

    /// The actions that a policy can give.
    pub fn gained(&self) -> Strings {
        Strings::any_of(self.gained.iter().cloned())
    }

    pub fn of(&mut self, unit: UnitIndex, units: &Units) -> Writes {
        if let Some(known) = self.known.get(&unit) {
            return *known;
        }
        let said = units.said(unit).filter(|said| !said.denies);
        let writes = match units.is_read(unit) {
            true => said.map(|said| self.look(&said.set)).max(),
            false => Some(Writes::Perhaps),
        };
        let writes = writes.unwrap_or(Writes::Nothing);
        self.known.insert(unit, writes);
        writes
    }

    /// Whether a statement of a document gives all that a policy can, on everything and whatever the circumstances.
    pub fn gives(&mut self, unit: UnitIndex, units: &Units) -> bool {
        if let Some(known) = self.giving.get(&unit) {
            return *known;
        }
        let mut said = units.said(unit).filter(|said| !said.denies);
        let gives = units.is_read(unit) && said.any(|said| self.gives_all(&said.set));
        self.giving.insert(unit, gives);
        gives
    }

    fn gives_all(&self, set: &PermissionSet) -> bool {
        match set.node() {
            Node::Region(region) => {
                region.guard.is_always() && region.resources.is_any() && self.names_all(&region.actions)
            }
            Node::Labelled(_, inner) => self.gives_all(inner),
            Node::Union(sets) => sets.iter().any(|set| self.gives_all(set)),
            Node::Difference(..) | Node::Intersection(_) => false,
        }
    }

    /// Whether all actions that a policy can give are among some, as it shows at a glance.
    fn names_all(&self, actions: &Strings) -> bool {
        let listed = actions.patterns();
        self.gained.iter().all(|gained| match actions.is_complement() {
            true => listed.iter().all(|one| are_apart(one, gained)),
            false => listed.iter().any(|one| covers(one, gained)),
        })
    }

    pub fn look(&self, set: &PermissionSet) -> Writes {
        match set.node() {
            Node::Region(region) => self.region(region),
            Node::Labelled(_, inner) => self.look(inner),
            Node::Union(sets) => {
                let writes = sets.iter().map(|set| self.look(set)).max();
                writes.unwrap_or(Writes::Nothing)
            }
            Node::Difference(given, _) => match self.look(given) {
                Writes::Nothing => Writes::Nothing,
                Writes::Held | Writes::Perhaps => Writes::Perhaps,
            },
            Node::Intersection(_) => Writes::Perhaps,
        }
    }

    fn region(&self, region: &Region) -> Writes {
        if !region.actions.contains(&self.need.action, &Context::new()) {
            return Writes::Nothing;
        }
        let here = Region::new(Strings::any(), region.resources.clone());
        let both = PermissionSet::from(here).intersection(&self.domain.clone().into());
        if matches!(both.emptiness(&Limits::default()), Emptiness::Empty) {
            return Writes::Nothing;
        }
        let resources = &region.resources;
        let listed = (resources.is_any() || !resources.is_complement()) && region.guard.is_always();
        // What lies in a resource is meant with it, or by the pattern that goes on in whatever way.
        let open = |pattern: &Pattern| matches!(pattern.elements().last(), Some(Element::Many));
        let whole = |pattern: &Pattern, by: &str| {
            open(pattern)
                || behind(&Strings::one(pattern.clone()), by)
                    .patterns()
                    .iter()
                    .all(|within| resources.patterns().contains(within))
        };
        let patterns = || resources.patterns().iter();
        let all = || match self.opens.place {
            Place::Itself => true,
            Place::Within(by) => patterns().all(|pattern| whole(pattern, by)),
            Place::Beside => patterns().all(Pattern::is_any),
        };
        match listed && self.names_all(&region.actions) && all() {
            true => Writes::Held,
            false => Writes::Perhaps,
        }
    }

    /// Whether a set may refuse something that a written policy could give.
    pub fn may_refuse(&mut self, set: &PermissionSet) -> bool {
        if let Some(known) = self.refusing.get(&set.address()) {
            return *known;
        }
        let service = |pattern: &Pattern| {
            let (service, _) = pattern.prefix().split_once(':')?;
            Some(service.to_ascii_lowercase())
        };
        let gained: Vec<Option<String>> = self.gained.iter().map(service).collect();
        let refuses = speaks_of(set, &|pattern| match service(pattern) {
            Some(service) => gained.contains(&Some(service)),
            None => true,
        });
        self.refusing.insert(set.address(), refuses);
        refuses
    }

    /// Whether a set may refuse to write a policy.
    pub fn may_refuse_writing(&mut self, set: &PermissionSet) -> bool {
        let action = &self.need.action;
        let stops = || speaks_of(set, &|pattern| pattern.matches(action, &Context::new()));
        *self.stopping.entry(set.address()).or_insert_with(stops)
    }
}

/// Whether a pattern matches all that another does, as it shows at a glance.
fn covers(wide: &Pattern, narrow: &Pattern) -> bool {
    let begins = |start: &str| narrow.prefix().starts_with(start);
    match wide.elements() {
        [Element::Text(start), Element::Many] => begins(start) && wide.case() == narrow.case(),
        _ => wide.is_any() || wide == narrow,
    }
}

/// Whether no text matches both of two patterns, as their beginnings show.
fn are_apart(one: &Pattern, other: &Pattern) -> bool {
    let (a, b) = (one.prefix(), other.prefix());
    one.case() == other.case() && !a.starts_with(b) && !b.starts_with(a)
}

/// Whether some region of a set has an action pattern of which `test` holds, or leaves actions out.
fn speaks_of(set: &PermissionSet, test: &impl Fn(&Pattern) -> bool) -> bool {
    match set.node() {
        Node::Region(region) => region.actions.is_complement() || region.actions.patterns().iter().any(test),
        Node::Labelled(_, inner) | Node::Difference(inner, _) => speaks_of(inner, test),
        Node::Union(sets) | Node::Intersection(sets) => sets.iter().any(|set| speaks_of(set, test)),
    }
}
