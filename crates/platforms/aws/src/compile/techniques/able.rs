//! Whether anybody of an account can use what an export does not show: if nobody can, not knowing it is no gap.
//!
//! Looked for are statements that allow each action of a row, on whatever and under whatever conditions; what policies
//! refuse is not looked at.

use leastwise_model::IdentityKind;
use leastwise_permset::{Context, Node, PermissionSet};

use super::*;

impl Ways<'_> {
    /// Whether a row may open something to somebody of an account that no row opens to them without an unseen thing.
    pub(super) fn is_of_use(&mut self, row: &Row, account: &Text) -> bool {
        let key = (std::ptr::from_ref(row).addr(), account.clone());
        if let Some(known) = self.of_use.get(&key) {
            return *known;
        }
        let seen = has_seen_way(row);
        let of_use = self.accounts.get(account).is_some_and(|home| {
            let people = home.everyone.iter().filter_map(|index| self.person(*index));
            let mut people = people.filter(|person| !(seen && can_do_all(person, self.units)));
            people.any(|person| may_hold_all(row, person, self.units))
        });
        self.of_use.insert(key, of_use);
        of_use
    }

    /// Whether an identity can do everything, above all make a user that can, whatever it is made to act by.
    pub(super) fn can_make_administrators(&mut self, person: &Person) -> bool {
        if let Some(known) = self.administrators.get(&person.index) {
            return *known;
        }
        let can = can_do_all(person, self.units) && {
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

fn is_unseen(requirement: &Requirement) -> bool {
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

/// Whether an identity can surely do everything in its account: the root user, or who is allowed all and refused nothing.
pub(super) fn can_do_all(person: &Person, units: &Units) -> bool {
    let free = person.restraint.denies.is_empty() && person.restraint.bound.is_none();
    let all = || {
        let held = person.held.iter().flat_map(|held| units.said(held.unit));
        held.filter(|said| !said.denies).any(|said| is_all(&said.set))
    };
    person.kind == IdentityKind::Root || free && all()
}

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

/// Whether documents of an identity name each action that a row needs.
pub(super) fn may_hold_all(row: &Row, person: &Person, units: &Units) -> bool {
    let mut needs = row.needs.iter().filter(|need| need.side == RowSide::Hold);
    needs.all(|need| {
        person.kind == IdentityKind::Root
            || person.held.iter().any(|held| {
                let mut said = units.said(held.unit);
                !units.is_read(held.unit)
                    || said.any(|said| !said.denies && may_name(&said.set, &need.action))
            })
    })
}

/// Whether a set may hold requests for an action.
fn may_name(set: &PermissionSet, action: &str) -> bool {
    match set.node() {
        Node::Region(region) => region.actions.contains(action, &Context::new()),
        Node::Union(sets) => sets.iter().any(|set| may_name(set, action)),
        Node::Labelled(_, set) | Node::Difference(set, _) => may_name(set, action),
        Node::Intersection(sets) => sets.iter().all(|set| may_name(set, action)),
    }
}
