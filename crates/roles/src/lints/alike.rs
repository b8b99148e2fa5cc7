//! Roles that cannot be told from one before them: by what they allow, or by what they are called.

use std::collections::BTreeMap;

use leastwise_model::Platform;
use leastwise_permset::{Inclusion, Limits, PermissionSet};

use super::{Lint, Sign, sign};
use crate::meaning::Meaning;

/// Roles that allow the same as one before them.
pub(super) fn same(roles: &[Meaning<'_>], signs: &mut Vec<Sign>) {
    let sets: Vec<(&Meaning<'_>, PermissionSet)> =
        roles.iter().map(|meaning| (meaning, meaning.set())).collect();
    let limits = Limits::default();
    for (at, (meaning, set)) in sets.iter().enumerate() {
        let before = sets.iter().take(at).find(|(other, of_other)| {
            let (a, b): (&dyn Platform, &dyn Platform) = (meaning.platform, other.platform);
            a.name() == b.name()
                && meaning.role.environment.text == other.role.environment.text
                && set.included_in(of_other, &limits) == Inclusion::Holds
                && of_other.included_in(set, &limits) == Inclusion::Holds
        });
        if let Some((other, _)) = before {
            let id = &meaning.role.id;
            let what = format!(
                "nothing tells it from `{}`: they allow the same",
                other.role.id.text
            );
            signs.push(sign(
                meaning.role,
                Lint::SameAsAnother,
                id.at,
                what,
                "keep one of them",
            ));
        }
    }
}

/// Roles that are called as one of their platform and environment before them, whatever the case of letters.
pub(super) fn names(roles: &[Meaning<'_>], signs: &mut Vec<Sign>) {
    let mut called: BTreeMap<(&str, &str, String), &Meaning<'_>> = BTreeMap::new();
    for meaning in roles {
        let name = &meaning.role.name;
        let platform: &dyn Platform = meaning.platform;
        let place = (
            platform.name(),
            &*meaning.role.environment.text,
            name.text.to_lowercase(),
        );
        let Some(first) = called.get(&place) else {
            called.insert(place, meaning);
            continue;
        };
        let (first, at) = (first.role, first.role.name.at);
        let what = format!(
            "`{}` is the name of `{}` as well ({}:{}:{})",
            name.text, first.id.text, first.file, at.line, at.column
        );
        let fix = "say in the name what tells one from the other";
        signs.push(sign(meaning.role, Lint::SameName, name.at, what, fix));
    }
}
