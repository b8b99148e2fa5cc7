//! What an identity can do to itself with the rights that it has just given itself.
//!
//! A row that requires `itself` first writes or attaches a policy, which it must hold; what it does then that policy
//! allows, so that it must only not be refused: not by its boundary as long as that is there, and not by documents other
//! than those already out of force.

use leastwise_permset::{Openness, Question, Verdict};

use super::*;

impl Ways<'_> {
    /// The needs of a row that are left once its first is met; `None` where one of them cannot be.
    pub(super) fn by_its_own_grant(
        &mut self,
        row: &Row,
        person: &Person,
        needs: Vec<Need>,
    ) -> Option<Vec<Need>> {
        let mut without = Without::default();
        if row.needs.first().is_some_and(overwrites) {
            without.units = refusing(person).inline;
        }
        let mut left = Vec::with_capacity(needs.len());
        let mut doubtful = false;
        for mut need in needs {
            if need.side == NeedSide::Holder {
                left.push(need);
                continue;
            }
            let now = self.answer(row, person, &need, &Without::default());
            let then = self.answer(row, person, &need, &without);
            match (&now, &then) {
                (_, Verdict::Never) => return None,
                // Met, though not by what it holds as things stand.
                (now, Verdict::Always) if *now != Verdict::Always => {}
                (Verdict::Never, _) => doubtful = true,
                _ => {
                    if let Some(bound) = person.restraint.bound.as_ref().filter(|_| !without.boundary) {
                        need.set = need.set.intersection(bound);
                    }
                    left.push(need.clone());
                }
            }
            without.boundary |= need.action.ends_with("PermissionsBoundary");
        }
        if doubtful {
            let name = format!(
                "what {} may do to itself once its inline policies no longer refuse it depends on conditions of \
                 other policies",
                person.arn
            );
            let doubt = self.atom(
                &name,
                "aws iam simulate-principal-policy with the policies that are left",
            );
            let only = PermissionSet::from(Region::everything().when(Guard::all_of([doubt])));
            if let Some(first) = left.first_mut() {
                first.set = first.set.intersection(&only);
            }
        }
        Some(left)
    }

    /// Whether an identity that is granted everything can meet a need while some documents are out of force.
    fn answer(&self, row: &Row, person: &Person, need: &Need, without: &Without) -> Verdict {
        let none = Facts::default();
        let identity = self.snapshot.identity(person.index);
        let facts = identity.map_or(&none, |identity| &identity.holding.facts);
        let question = Question {
            action: &need.action,
            resource: need.resource.as_deref().unwrap_or(&person.arn),
            known: &facts.known,
            absent: &facts.absent,
            given: None,
        };
        let carried = |key: &Key| {
            let mut carries = row.needs.iter().flat_map(|need| &need.carries);
            if carries.any(|(carried, _)| carried == key) {
                Openness::Favourable
            } else {
                Openness::Open
            }
        };
        let set = without.held_back(need.set.clone(), person);
        set.verdict(&question, &carried, &Limits::default())
    }
}

/// Whether a need puts a policy in place of another.
fn overwrites(need: &row::RowNeed) -> bool {
    matches!(&*need.action, "iam:PutRolePolicy" | "iam:PutUserPolicy")
}
