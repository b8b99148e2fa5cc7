//! Whoever takes the name that a repository, or an owner, has given up.

use leastwise_model::{IdentityKind, Renaming, Side, Snapshot};

use super::World;
use super::drafts::{Class, Draft, Tell, bare, step};
use super::gaps::{gap, so};
use super::site::{Site, has_ids};
use crate::export::Exports;
use crate::subject::{Home, Spelling, renamed, taken};

/// How the identity is called.
pub(super) const TAKER: &str = "whoever-takes-the-name";

/// Lets tokens of what is called otherwise say so. A repository that is renamed has ids in its subjects from then on; of one
/// whose owner is, that is not told.
pub(super) fn move_homes(
    exports: &Exports,
    renaming: &Renaming,
    sites: &mut [Site<'_>],
    snapshot: &mut Snapshot,
) {
    for site in sites.iter_mut().filter(|site| site.known) {
        site.home.renaming = Some(renaming.clone());
        let Some(full) = renamed(renaming, &site.full) else {
            continue;
        };
        site.home.full = Some(full);
        if !has_ids(exports) {
            continue;
        }
        if renaming.from.contains('/') {
            site.home.spellings = vec![(Vec::new(), Spelling::NamesAndIds)];
        } else if site
            .home
            .spellings
            .iter()
            .any(|(_, spelling)| *spelling == Spelling::Names)
        {
            let what = format!(
                "whether subjects of tokens of {} name ids after its owner is called otherwise is not known",
                site.full
            );
            let settle = format!(
                "gh api repos/{}/actions/oidc/customization/sub, after it is",
                site.full
            );
            let ids = so(&gap(snapshot, what, settle, Side::Both));
            site.home.spellings = vec![
                (vec![ids.negate()], Spelling::Names),
                (vec![ids], Spelling::NamesAndIds),
            ];
        }
    }
}

/// Drafts them: one for each repository whose name is given up.
pub(super) fn compile(
    world: &World<'_>,
    renaming: &Renaming,
    drafts: &mut Vec<Draft>,
    snapshot: &mut Snapshot,
) {
    let owner_stays = renaming.from.split('/').next() == renaming.to.split('/').next();
    for site in world.sites.iter().filter(|site| site.known) {
        if renamed(renaming, &site.full).is_none() {
            continue;
        }
        let full = &site.full;
        let names = has_ids(world.exports).then(|| {
            let what = format!("whether who takes the name {full} can have subjects without ids is not known");
            let settle = "read \"Immutable subject claims\" of the OpenID Connect reference: repositories made since 2026-07-15 have them by default";
            so(&gap(snapshot, what, settle.to_owned(), Side::Adds))
        });
        let mut identity = bare(
            world,
            &site.owner,
            &format!("{full}:{TAKER}"),
            TAKER,
            IdentityKind::Group,
        );
        identity.description =
            format!("whoever has a repository that is called {full} after it is called otherwise").into();
        identity.provided = true;
        let before = Home {
            full: Some(full.clone()),
            ..site.home.clone()
        };
        let what = format!("tokens of a new repository that is called {full}");
        let label = step(snapshot, "name", full, what, site.about.location.as_ref());
        drafts.push(Draft {
            class: Class::Job,
            identity,
            tells: vec![
                Tell::Tokens {
                    claims: taken(&before, owner_stays, names),
                    step: label,
                },
                Tell::Taker,
            ],
        });
    }
}
