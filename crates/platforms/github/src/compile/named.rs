//! How trusts ask for names of repositories and owners that can be given up.
//!
//! A repository that is called otherwise has ids in its subjects from then on, and its new name; so a trust that asks for its name
//! alone admits it no longer. Whoever takes the name has ids of their own: a trust that leaves ids open admits them. On a server of
//! one's own there are no ids. Source: OpenID Connect reference, "Immutable subject claims".

use leastwise_model::NamedSubjects;

use super::World;
use super::site::{Site, has_ids};

/// The names of an owner, and of its repositories whose subjects no template changes.
pub(super) fn subjects(world: &World<'_>, owner: &str) -> Vec<NamedSubjects> {
    let usual = |site: &&Site<'_>| {
        let template = site.home.template.iter().flatten().map(|part| &**part);
        site.known && *site.owner == *owner && template.eq(["repo", "context"])
    };
    let sites: Vec<&Site<'_>> = world.sites.iter().filter(usual).collect();
    let ids = has_ids(world.exports);
    let mut all = Vec::new();
    let mut add = |called: String, plain: String, open: &[String], instead: &str| {
        let one = |beginning: &String, taken| NamedSubjects {
            called: called.as_str().into(),
            beginning: beginning.as_str().into(),
            taken,
            instead: instead.into(),
        };
        all.push(one(&plain, (!ids).then_some(true)));
        all.extend(open.iter().filter(|_| ids).map(|open| one(open, Some(true))));
    };
    for site in &sites {
        let Some((_, name)) = site.full.split_once('/') else {
            continue;
        };
        let open = [
            format!("repo:{owner}@*/{name}@*:"),
            format!("repo:{owner}*/{name}*:"),
        ];
        let instead = match (&site.home.owner_id, &site.home.id) {
            (Some(of), Some(id)) if ids => format!("repo:{owner}@{of}/{name}@{id}:"),
            (_, Some(id)) => format!("repository_id {id}"),
            _ => "repository_id".to_owned(),
        };
        add(
            format!("repository {}", site.full),
            format!("repo:{}:", site.full),
            &open,
            &instead,
        );
    }
    if let Some(site) = sites.first() {
        let instead = match &site.home.owner_id {
            Some(id) if ids => format!("repo:{owner}@{id}/"),
            Some(id) => format!("repository_owner_id {id}"),
            None => "repository_owner_id".to_owned(),
        };
        add(
            format!("owner {owner}"),
            format!("repo:{owner}/"),
            &[format!("repo:{owner}@*/"), format!("repo:{owner}*/")],
            &instead,
        );
    }
    all.sort_by(|a, b| a.beginning.cmp(&b.beginning));
    all
}
