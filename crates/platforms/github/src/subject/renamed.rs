//! What tokens say after a repository, or its owner, is called otherwise, and what they say of whoever takes the name that
//! was given up.
//!
//! A rename since 2026-07-15 puts ids into the subjects of a repository, and so does making one; on a server of one's own
//! there are none. Ids are never given twice. Source: OpenID Connect reference, "Immutable subject claims".

use leastwise_model::{Renaming, Text};
use leastwise_permset::{Literal, PermissionSet};

use super::strangers::FREE_NAME;
use super::{Home, Run, Spelling, Stage, Tail, tokens};
use crate::refs::Refs;

/// What a name becomes; `None` where it is another's. Names have no case.
pub(crate) fn renamed(renaming: &Renaming, full: &str) -> Option<Text> {
    let (from, to) = (&*renaming.from, &*renaming.to);
    if full.eq_ignore_ascii_case(from) {
        return Some(to.into());
    }
    let (owner, name) = full.split_once('/')?;
    owner
        .eq_ignore_ascii_case(from)
        .then(|| format!("{to}/{name}").into())
}

/// The same for what begins with a repository's name, such as the path of a workflow.
pub(super) fn renamed_path(renaming: Option<&Renaming>, path: &str) -> Option<Text> {
    let mut parts = path.splitn(3, '/');
    let (owner, name, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let full = renamed(renaming?, &format!("{owner}/{name}"))?;
    Some(format!("{full}/{rest}").into())
}

/// The tokens of whoever takes the name of a repository that is called otherwise: of any ref, event and environment. Where
/// the owner stays the same, it is somebody of theirs. `names` is what is not known of subjects without ids; `None` where
/// none has ids.
pub(crate) fn taken(home: &Home, owner_stays: bool, names: Option<Literal>) -> PermissionSet {
    let run = |refs: Refs, tail: Tail, stage: Stage| Run::of(refs, tail, stage, Vec::new());
    let mut runs = Vec::new();
    for stage in [Stage::None, Stage::Except(Vec::new())] {
        runs.push(run(Refs::all(), Tail::Ref, stage.clone()));
        runs.push(run(Refs::merges(), Tail::PullRequest, stage));
    }
    let spellings = match names {
        None => vec![(Vec::new(), Spelling::Names)],
        Some(names) => vec![
            (vec![names.negate()], Spelling::NamesAndIds),
            (vec![names], Spelling::Names),
        ],
    };
    let another = || Some(Text::from(FREE_NAME));
    let of = |template: Option<Vec<Text>>| {
        let home = Home {
            full: home.full.clone(),
            id: another(),
            owner_id: match owner_stays {
                true => home.owner_id.clone(),
                false => another(),
            },
            visibility: None,
            spellings: spellings.clone(),
            template,
            doubt: Vec::new(),
            guessed: None,
            renaming: None,
        };
        tokens(&home, &runs)
    };
    let usual = vec!["repo".into(), "context".into()];
    // Who takes the name chooses the template as well: that of the repository is one that trusts expect.
    let own = home.template.iter().filter(|template| **template != usual);
    PermissionSet::union_of(
        own.cloned()
            .chain([usual.clone()])
            .map(|template| of(Some(template))),
    )
}
