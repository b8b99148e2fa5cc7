//! Whether anybody of an account can use what an export does not show: if nobody can, not knowing it is no gap.
//!
//! Looked for are statements that allow each action of a row, on whatever and under whatever conditions; what policies
//! refuse is not looked at.

use std::sync::OnceLock;

use leastwise_model::{ActionBits, IdentityKind};
use leastwise_permset::{Context, Node, PermissionSet};

use super::*;

/// What documents allow an identity of all that rows need.
#[derive(Debug)]
pub(super) struct Able {
    /// The needed actions that they allow on something; `None`: any.
    named: Option<ActionBits>,
    /// Whether it can surely do everything in its account: the root user, or who is allowed all and refused nothing.
    pub all: bool,
}

impl Able {
    /// Each of some people, in their order, and what their documents allow. Each document is looked at once.
    pub fn each(people: &[Person], units: &Units) -> (Vec<Self>, ByDocument) {
        let mut documents = ByDocument::default();
        let mut patterns = ByPattern::default();
        let mut able = |person: &Person| {
            let root = person.kind == IdentityKind::Root;
            let free = person.restraint.denies.is_empty() && person.restraint.bound.is_none();
            let mut named = (!root).then(ActionBits::none);
            let mut everything = false;
            for held in &person.held {
                let document = documents
                    .entry(held.unit)
                    .or_insert_with(|| Allows::of(held.unit, units, &mut patterns));
                everything |= document.everything;
                match (&mut named, &document.named) {
                    (Some(named), Some(more)) => named.unite(more),
                    _ => named = None,
                }
            }
            let all = root || free && everything;
            Self { named, all }
        };
        let able = people.iter().map(&mut able).collect();
        (able, documents)
    }

    /// Whether all documents were read: one that was not may allow whatever.
    pub fn is_read(&self) -> bool {
        self.named.is_some()
    }

    /// Whether documents allow each of some needed actions.
    pub fn may_hold(&self, actions: &ActionBits) -> bool {
        self.named.as_ref().is_none_or(|named| named.includes(actions))
    }
}

/// The actions that who uses a row must hold.
pub(super) fn asked(row: &Row) -> ActionBits {
    let mut asked = ActionBits::none();
    for need in row.needs.iter().filter(|need| need.side == RowSide::Hold) {
        if let Some(at) = needed().get(&need.action) {
            asked.insert(*at);
        }
    }
    asked
}

/// One of the actions that rows need or hand on.
pub(super) fn one(action: &str) -> ActionBits {
    let mut bits = ActionBits::none();
    if let Some(at) = needed().get(action) {
        bits.insert(*at);
    }
    bits
}

/// The actions that rows need or hand on, each with its place.
fn needed() -> &'static BTreeMap<Text, usize> {
    static NEEDED: OnceLock<BTreeMap<Text, usize>> = OnceLock::new();
    NEEDED.get_or_init(|| {
        let needs = rows().iter().flat_map(|row| &row.needs);
        let handed = rows().iter().flat_map(Row::handed).map(Text::from);
        let asked = needs.map(|need| need.action.clone()).chain(handed);
        let actions: BTreeMap<Text, usize> = asked.map(|action| (action, 0)).collect();
        actions.into_keys().zip(0..).collect()
    })
}

/// The needed actions that a pattern means.
type ByPattern = FxHashMap<Pattern, Vec<usize>>;

/// What each document allows of all that rows need.
pub(super) type ByDocument = FxHashMap<UnitIndex, Allows>;

/// What a document allows of all that rows need.
pub(super) struct Allows {
    /// On something; `None`: any.
    named: Option<ActionBits>,
    /// Whether it allows everything, whatever the circumstances.
    everything: bool,
}

impl Allows {
    /// Whether it allows each of some needed actions.
    pub fn may_give(&self, actions: &ActionBits) -> bool {
        self.named.as_ref().is_none_or(|named| named.includes(actions))
    }

    fn of(unit: UnitIndex, units: &Units, patterns: &mut ByPattern) -> Self {
        let said = || units.said(unit).filter(|said| !said.denies);
        let mut named = ActionBits::none();
        let told = units.is_read(unit) && said().all(|said| name(&said.set, patterns, &mut named));
        Self {
            named: told.then_some(named),
            everything: said().any(|said| is_all(&said.set)),
        }
    }
}

/// Adds the needed actions of a set's regions; false where that cannot be told.
fn name(set: &PermissionSet, patterns: &mut ByPattern, named: &mut ActionBits) -> bool {
    let fitting = |test: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let actions = needed().iter().filter(|(action, _)| test(action));
        actions.map(|(_, at)| *at).collect()
    };
    match set.node() {
        Node::Region(region) if region.actions.is_complement() => {
            let found = fitting(&|action| region.actions.contains(action, &Context::new()));
            found.into_iter().for_each(|at| named.insert(at));
            true
        }
        Node::Region(region) => {
            for pattern in region.actions.patterns() {
                let found = patterns
                    .entry(pattern.clone())
                    .or_insert_with(|| fitting(&|action| pattern.matches(action, &Context::new())));
                found.iter().for_each(|at| named.insert(*at));
            }
            true
        }
        Node::Union(sets) => sets.iter().all(|set| name(set, patterns, named)),
        Node::Labelled(_, set) | Node::Difference(set, _) => name(set, patterns, named),
        Node::Intersection(_) => false,
    }
}

impl Ways<'_> {
    /// Whether a row may open something to somebody of an account that no row opens to them without an unseen thing.
    pub(super) fn is_of_use(&mut self, row: &Row, account: &Text) -> bool {
        // Who uses these lives elsewhere, and was looked at.
        if matches!(row.on, On::Set | On::Member) {
            return true;
        }
        let key = (std::ptr::from_ref(row).addr(), account.clone());
        if let Some(known) = self.of_use.get(&key) {
            return *known;
        }
        let (seen, asked) = (has_seen_way(row), asked(row));
        let of_use = self.accounts.get(account).is_some_and(|home| {
            let mut able = home.everyone.iter().filter_map(|index| self.able(*index));
            able.any(|able| !(seen && able.all) && able.may_hold(&asked))
        });
        self.of_use.insert(key, of_use);
        of_use
    }

    /// Whether an identity can do everything, above all make a user that can, whatever it is made to act by.
    pub(super) fn can_make_administrators(&mut self, person: &Person) -> bool {
        if let Some(known) = self.administrators.get(&person.index) {
            return *known;
        }
        let can = self.able(person.index).is_some_and(|able| able.all) && {
            let partition = person.arn.split(':').nth(1).unwrap_or("aws");
            let users = arn_pattern(&format!("arn:{partition}:iam::{}:user/*", person.account));
            let identity = self.snapshot.identity(person.index);
            let held = identity.map(|identity| identity.holding.effective());
            held.is_some_and(|held| {
                ADMINISTRATOR.iter().all(|action| {
                    let action = Strings::one(Pattern::glob(action, Case::Folded));
                    let asked = Region::new(action, Strings::one(users.clone()));
                    matches!(held.meets(&asked.into(), &Limits::default()), Meeting::Surely(_))
                })
            })
        };
        self.administrators.insert(person.index, can);
        can
    }
}

pub(super) fn is_unseen(requirement: &Requirement) -> bool {
    matches!(requirement, Requirement::Unseen(_) | Requirement::Partial(_))
}

/// Whether who can do everything gets at the same targets by another row that needs nothing unseen: an earlier one,
/// where this one does not either.
pub(super) fn has_seen_way(row: &Row) -> bool {
    let unseen = |row: &Row| {
        let mut requires = row.requires.iter();
        requires.any(is_unseen)
    };
    let asked = |row: &Row| -> Vec<Requirement> {
        let seen = row.requires.iter().filter(|one| !is_unseen(one));
        seen.cloned().collect()
    };
    let suffices = |other: &Row| {
        let needs = asked(row);
        other.gain == row.gain && asked(other).iter().all(|one| needs.contains(one))
    };
    let role = |other: &&Row| matches!(other.on, On::Role | On::Roles);
    let held = |other: &Row| other.needs.iter().all(|need| need.side == RowSide::Hold);
    let hidden = unseen(row);
    // Keys can be made for a user however many it has; no role that trusts a provider of tokens is AWS's own; what is opened
    // somebody who can do everything holds.
    let user = row.on == On::User && row.gain == GainWord::Become;
    let opens = matches!(row.gain, GainWord::Opens(_) | GainWord::ActsOn(..));
    if user || opens || row.requires.contains(&Requirement::Service("oidc")) {
        return hidden;
    }
    let others = rows()
        .iter()
        .take_while(|other| hidden || !std::ptr::eq(*other, row));
    role(&row)
        && others
            .filter(role)
            .any(|other| !unseen(other) && held(other) && suffices(other))
}

/// What makes an administrator whose credentials its maker has.
const ADMINISTRATOR: [&str; 3] = ["iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey"];

/// Whether a set lets everything through, as it shows at a glance.
fn is_all(set: &PermissionSet) -> bool {
    match set.node() {
        Node::Region(region) => {
            let any = |strings: &Strings| strings.is_any() || strings.patterns().iter().any(Pattern::is_any);
            any(&region.actions) && any(&region.resources) && region.guard.is_always()
        }
        Node::Union(sets) => sets.iter().any(is_all),
        Node::Labelled(_, set) => is_all(set),
        Node::Difference(..) | Node::Intersection(_) => false,
    }
}
