//! Row security policies as sets, and as the statements that make them.

use leastwise_model::Text;
use leastwise_permset::{Condition, Guard, Key, Label, PermissionSet, Region, Strings, Test};

use super::super::roles::quoted;
use super::everything;
use crate::acl;
use crate::object::{Policy, Relation};

/// Permissive policies add up and restrictive ones must all hold; without a permissive one nothing passes. A policy
/// without expression says nothing.
pub(super) fn combine<'p>(
    policies: &[&'p Policy],
    key: &str,
    resource: &str,
    label: &dyn Fn(&Policy) -> Option<Label>,
    expression: impl Fn(&'p Policy) -> Option<&'p Text>,
) -> PermissionSet {
    let one = |policy: &&'p Policy| match &**expression(policy)? {
        "true" => Some(everything()),
        "false" => Some(PermissionSet::empty()),
        _ => {
            let name = format!("{} on {resource}", policy.name);
            let passes = Condition::Some(Key::new(key), Test::Text(Strings::literal(&name))).holds();
            let set = PermissionSet::from(Region::everything().when(Guard::all_of([passes])));
            Some(match label(policy) {
                Some(label) => set.labelled(label),
                None => set,
            })
        }
    };
    let (permissive, restrictive): (Vec<&Policy>, Vec<&Policy>) =
        policies.iter().copied().partition(|policy| policy.permissive);
    let any: Vec<PermissionSet> = permissive.iter().filter_map(one).collect();
    let any = if any.contains(&everything()) {
        everything()
    } else {
        PermissionSet::union_of(any)
    };
    restrictive
        .iter()
        .filter_map(one)
        .fold(any, |all, one| all.intersection(&one).simplified())
}

/// A policy as the statement that makes it.
pub(super) fn statement(relation: &Relation, policy: &Policy) -> String {
    let mut out = format!(
        "CREATE POLICY {} ON {}.{}",
        quoted(&policy.name),
        quoted(&relation.schema),
        quoted(&relation.owned.name)
    );
    if !policy.permissive {
        out.push_str(" AS RESTRICTIVE");
    }
    if let Some(word) = acl::word(policy.command) {
        out.push_str(&format!(" FOR {}", word.to_uppercase()));
    }
    let roles = policy.roles.iter();
    let roles: Vec<String> = roles
        .map(|role| role.as_deref().map_or_else(|| "PUBLIC".to_owned(), quoted))
        .collect();
    out.push_str(&format!(" TO {}", roles.join(", ")));
    for (word, expression) in [("USING", &policy.using), ("WITH CHECK", &policy.check)] {
        if let Some(expression) = expression {
            let short: String = expression.chars().take(200).collect();
            out.push_str(&format!(" {word} ({short})"));
        }
    }
    out
}

/// Sets that are plainly everything or nothing are written so.
pub(super) trait Simplified {
    fn simplified(self) -> Self;
}

impl Simplified for PermissionSet {
    fn simplified(self) -> Self {
        use leastwise_permset::Node;
        let Node::Intersection(sets) = self.node() else {
            return self;
        };
        if sets.iter().any(PermissionSet::is_plainly_empty) {
            return Self::empty();
        }
        let all = everything();
        let kept: Vec<Self> = sets.iter().filter(|set| **set != all).cloned().collect();
        match kept.len() {
            0 => all,
            _ => Self::intersection_of(kept),
        }
    }
}
