//! Of which subjects it is known who has them: those that name a repository of an owner all of whose repositories are listed.

use leastwise_model::{KnownSubjects, Text};

use crate::export::{Exports, Listed, Owner};

/// The subjects that begin with an owner, by name and by name and id, where the list of its repositories is whole: as many
/// as the owner has.
pub(super) fn subjects(exports: &Exports, owner: &str) -> Vec<KnownSubjects> {
    let Some(about) = exports.owners.get(owner) else {
        return Vec::new();
    };
    let Some(listed) = whole(about) else {
        return Vec::new();
    };
    let of = |beginning: String, named: &dyn Fn(&Listed) -> Option<Text>| {
        let going = |archived: bool| {
            let those = listed.iter().filter(move |one| one.archived == archived);
            those.filter_map(named).collect()
        };
        KnownSubjects {
            beginning: beginning.into(),
            taken: going(false),
            idle: going(true),
        }
    };
    let name = |one: &Listed| one.full.split_once('/').map(|(_, name)| name.to_owned());
    let mut known = vec![of(format!("repo:{owner}/"), &|one| {
        Some(format!("{}:", name(one)?).into())
    })];
    if let Some(id) = &about.id
        && listed.iter().all(|one| one.id.is_some())
    {
        known.push(of(format!("repo:{owner}@{id}/"), &|one| {
            Some(format!("{}@{}:", name(one)?, one.id.as_ref()?).into())
        }));
    }
    known
}

fn whole(about: &Owner) -> Option<&[Listed]> {
    let listed = about.listed.as_deref()?;
    let count = usize::try_from(about.count?).ok()?;
    (listed.len() == count).then_some(listed)
}
