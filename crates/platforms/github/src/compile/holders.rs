//! People, and what acts for them or for itself with a credential: Apps, deploy keys, personal access tokens.

use std::collections::BTreeMap;

use leastwise_model::{
    Credential, CredentialKind, Effect, Evidence, IdentityKind, LastUse, Layer, Nature, Side, Snapshot, Text,
};
use leastwise_permset::{Guard, Literal, Pattern, PermissionSet, Region, Strings};

use super::World;
use super::drafts::{Class, Draft, Tell, bare, grants, machine, rest_on, step};
use super::gaps::{gap, so};
use super::pushed::any_push;
use super::rules::{Actor, writable};
use super::site::Site;
use super::ways::{CONTENTS, WORKFLOWS, on_repository};
use crate::export::{Installation, Person, PersonalToken, Reach, Visibility};
use crate::rows::rows;

const ROLES: &str = include_str!("../../data/roles.tsv");

/// What a role may do in a repository.
pub(crate) fn actions_of(role: &str) -> Vec<&'static str> {
    let mut actions = Vec::new();
    for row in rows(ROLES) {
        let [name, adds, ..] = *row else { continue };
        actions.extend(adds.split(' '));
        if name == role {
            return actions;
        }
    }
    Vec::new()
}

/// Drafts everybody who is not a job.
pub(super) fn compile(world: &World<'_>, drafts: &mut Vec<Draft>, snapshot: &mut Snapshot) {
    for owner in world.instances.keys() {
        let sites: Vec<&Site<'_>> = world
            .sites
            .iter()
            .filter(|site| site.owner == *owner && site.known)
            .collect();
        strangers(world, owner, &sites, drafts, snapshot);
        let people = people(world, owner, &sites, drafts, snapshot);
        for site in &sites {
            keys(world, site, drafts, snapshot);
        }
        let Some(account) = world.exports.owners.get(owner) else {
            continue;
        };
        for installation in account.installations.iter().flatten() {
            drafts.push(app(world, owner, &sites, installation, snapshot));
        }
        let tokens = account.tokens.iter().flatten();
        for token in tokens.filter(|token| !token.person.is_empty() && !token.expired) {
            drafts.push(personal(
                world,
                owner,
                &sites,
                token,
                people.get(&token.person),
                snapshot,
            ));
        }
    }
}

/// Whoever has an account, and sees what is public.
fn strangers(
    world: &World<'_>,
    owner: &Text,
    sites: &[&Site<'_>],
    drafts: &mut Vec<Draft>,
    snapshot: &mut Snapshot,
) {
    let mut parts = Vec::new();
    for site in sites {
        let literals = match site.about.visibility {
            Some(Visibility::Public) => Vec::new(),
            Some(Visibility::Internal | Visibility::Private) => continue,
            None => {
                let what = format!("whether {} is public is not known", site.full);
                let settle = format!("gh api repos/{}", site.full);
                vec![so(&gap(snapshot, what, settle, Side::Adds))]
            }
        };
        let label = step(
            snapshot,
            "visibility",
            &site.full,
            format!("{} is public", site.full),
            site.about.location.as_ref(),
        );
        let here = in_repository(&actions_of("read"), &site.full, literals);
        parts.push(here.labelled(label));
    }
    if parts.is_empty() && !super::strangers::are_of(world, snapshot) {
        return;
    }
    let mut draft = anyone(world, owner, &format!("{owner}:anyone"));
    if !parts.is_empty() {
        let layer = grants("what is public", PermissionSet::union_of(parts));
        draft.identity.holding.layers.push(layer);
    }
    drafts.push(draft);
}

/// Whoever has an account, as yet without rights.
pub(super) fn anyone(world: &World<'_>, owner: &str, id: &str) -> Draft {
    let mut identity = bare(world, owner, id, "anyone", IdentityKind::Group);
    identity.description = "whoever has an account".into();
    identity.provided = true;
    Draft {
        class: Class::Person,
        identity,
        tells: Vec::new(),
    }
}

/// Actions on a whole repository.
fn in_repository(actions: &[&str], full: &str, literals: Vec<Literal>) -> PermissionSet {
    let actions = Strings::any_of(actions.iter().map(|action| Pattern::literal(action)));
    Region::new(actions, Strings::literal(full))
        .when(Guard::all_of(literals))
        .into()
}

/// People by login: what each holds, site by site.
type Held = BTreeMap<Text, Vec<(Text, PermissionSet)>>;

fn people(
    world: &World<'_>,
    owner: &Text,
    sites: &[&Site<'_>],
    drafts: &mut Vec<Draft>,
    snapshot: &mut Snapshot,
) -> Held {
    let mut all: BTreeMap<Text, Vec<(&Site<'_>, &Person)>> = BTreeMap::new();
    for site in sites {
        for person in site.about.collaborators.iter().flatten() {
            all.entry(person.login.clone()).or_default().push((site, person));
        }
    }
    let mut held = Held::new();
    for (login, roles) in all {
        let id = format!("{owner}:user:{login}");
        let mut identity = bare(world, owner, &id, &login, IdentityKind::User);
        let bot = roles.iter().any(|(_, person)| person.bot);
        identity.nature = match bot {
            true => machine("an account of a bot"),
            false => Nature::Unknown,
        };
        identity.location = roles.first().map(|(_, person)| person.location.clone());
        let mut tells = Vec::new();
        for (site, person) in roles {
            let full = &site.full;
            let said = format!("{login} has role {} in {full}", person.role);
            let label = step(snapshot, "role", person.role, said, Some(&person.location));
            let actions = actions_of(person.role);
            let mut sets = vec![in_repository(&actions, full, Vec::new())];
            if actions.contains(&CONTENTS) {
                let actor = Actor::Person {
                    login: &login,
                    id: person.id.as_deref(),
                    role: person.role,
                };
                let pushes = Strings::any_of([CONTENTS, WORKFLOWS].map(Pattern::literal));
                sets.push(writable(&pushes, full, &site.rules, actor, snapshot));
                rest_on(&mut identity, &site.assumptions);
            }
            if actions.contains(&"administration:write") {
                tells.push(Tell::Widen {
                    technique: "github:lift-protection",
                    needs: vec![on_repository("administration:write", full, Vec::new())],
                    gains: any_push(full),
                });
            }
            let set = PermissionSet::union_of(sets).labelled(label);
            held.entry(login.clone())
                .or_default()
                .push((full.clone(), set.clone()));
            let title = format!("role in {full}");
            identity.holding.layers.push(grants(&title, set));
        }
        drafts.push(Draft {
            class: Class::Person,
            identity,
            tells,
        });
    }
    held
}

fn keys(world: &World<'_>, site: &Site<'_>, drafts: &mut Vec<Draft>, snapshot: &mut Snapshot) {
    let full = &site.full;
    for key in site.about.keys.iter().flatten() {
        let id = format!("{full}:key:{}", key.id);
        let name = if key.title.is_empty() { &key.id } else { &key.title };
        let mut identity = bare(world, &site.owner, &id, name, IdentityKind::User);
        identity.nature = machine("a deploy key");
        identity.created = key.created;
        identity.location = Some(key.location.clone());
        identity.last_use = key.last_used.map_or(LastUse::Unknown, LastUse::At);
        identity.credentials.push(Credential {
            kind: CredentialKind::Key,
            name: "deploy key".into(),
            active: true,
            rotated: key.created,
            last_use: identity.last_use,
            location: Some(key.location.clone()),
        });
        rest_on(&mut identity, &site.assumptions);
        let said = if key.writes { "writes" } else { "reads" };
        let said = format!("deploy key {} {said} {full}", key.id);
        let label = step(snapshot, "deploy key", name, said, Some(&key.location));
        let mut actions = vec!["contents:read", "metadata:read"];
        let mut sets = Vec::new();
        if key.writes {
            actions.push(CONTENTS);
            let pushes = Strings::any_of([CONTENTS, WORKFLOWS].map(Pattern::literal));
            sets.push(writable(&pushes, full, &site.rules, Actor::Key, snapshot));
        }
        sets.push(in_repository(&actions, full, Vec::new()));
        let set = PermissionSet::union_of(sets).labelled(label);
        identity.holding.layers.push(grants("deploy key", set));
        drafts.push(Draft {
            class: Class::Credential,
            identity,
            tells: Vec::new(),
        });
    }
}

/// Permissions and levels as actions: a level includes those below it.
fn actions(permissions: &[(Text, Text)]) -> Vec<String> {
    let mut actions = Vec::new();
    for (name, level) in permissions {
        actions.push(format!("{name}:read"));
        if matches!(&**level, "write" | "admin") {
            actions.push(format!("{name}:write"));
        }
    }
    // What has any permission sees that a repository is there.
    if !actions.is_empty() {
        actions.push("metadata:read".to_owned());
    }
    actions
}

fn of_organization(owner: &str, actions: &[String]) -> PermissionSet {
    let actions = Strings::any_of(actions.iter().map(|action| Pattern::literal(action)));
    Region::new(actions, Strings::literal(owner)).into()
}

/// Permissions with their levels.
type Given = Vec<(Text, Text)>;

/// Splits an App's permissions: those on repositories, and those on the organization.
fn split(permissions: &Given) -> (Given, Given) {
    let organization = |(name, _): &&(Text, Text)| name.starts_with("organization-") || &**name == "members";
    let of = permissions.iter().filter(organization).cloned().collect();
    let on = permissions
        .iter()
        .filter(|one| !organization(one))
        .cloned()
        .collect();
    (on, of)
}

fn app(
    world: &World<'_>,
    owner: &Text,
    sites: &[&Site<'_>],
    installation: &Installation,
    snapshot: &mut Snapshot,
) -> Draft {
    let slug = &installation.slug;
    let id = format!("{owner}:app:{slug}");
    let mut identity = bare(world, owner, &id, slug, IdentityKind::User);
    identity.nature = machine("an App");
    identity.location = Some(installation.location.clone());
    let said = format!("installation {} of {slug}", installation.id);
    let label = step(snapshot, "installation", slug, said, Some(&installation.location));
    let (on, of) = split(&installation.permissions);
    let on = actions(&on);
    let mut sets = vec![of_organization(owner, &actions(&of))];
    let mut tells = Vec::new();
    let actor = Actor::App {
        slug,
        id: installation.app.as_deref(),
    };
    for site in sites {
        let mut literals = Vec::new();
        if !installation.all {
            let what = format!("on which repositories of {owner} App {slug} is installed is not known");
            let settle = format!("gh api user/installations/{}/repositories", installation.id);
            literals.push(so(&gap(snapshot, what, settle, Side::Adds)));
        }
        let named: Vec<&str> = on.iter().map(String::as_str).collect();
        sets.push(in_repository(&named, &site.full, literals.clone()));
        sets.push(under(pushes(&named, site, actor, snapshot), literals));
        rest_on(&mut identity, &site.assumptions);
        if installation.all && named.contains(&"administration:write") && named.contains(&CONTENTS) {
            tells.push(Tell::Widen {
                technique: "github:lift-protection",
                needs: vec![on_repository("administration:write", &site.full, Vec::new())],
                gains: any_push(&site.full),
            });
        }
    }
    let set = match installation.suspended {
        true => PermissionSet::empty(),
        false => PermissionSet::union_of(sets),
    };
    identity
        .holding
        .layers
        .push(grants("permissions of the App", set.labelled(label)));
    Draft {
        class: class(&on),
        identity,
        tells,
    }
}

fn class(actions: &[String]) -> Class {
    match actions.iter().any(|action| action == WORKFLOWS) {
        true => Class::Credential,
        false => Class::Narrow,
    }
}

fn under(set: PermissionSet, literals: Vec<Literal>) -> PermissionSet {
    match literals.is_empty() {
        true => set,
        false => set.intersection(&Region::everything().when(Guard::all_of(literals)).into()),
    }
}

/// The refs that permissions let an App change: workflows need a permission of their own.
fn pushes(named: &[&str], site: &Site<'_>, actor: Actor<'_>, snapshot: &mut Snapshot) -> PermissionSet {
    if !named.contains(&CONTENTS) {
        return PermissionSet::empty();
    }
    let held = [CONTENTS, WORKFLOWS]
        .into_iter()
        .filter(|action| named.contains(action));
    let actions = Strings::any_of(held.map(Pattern::literal));
    writable(&actions, &site.full, &site.rules, actor, snapshot)
}

/// A personal access token: what its person may do, within its permissions.
fn personal(
    world: &World<'_>,
    owner: &Text,
    sites: &[&Site<'_>],
    token: &PersonalToken,
    held: Option<&Vec<(Text, PermissionSet)>>,
    snapshot: &mut Snapshot,
) -> Draft {
    let id = format!("{owner}:token:{}", token.id);
    let name = if token.name.is_empty() {
        &token.id
    } else {
        &token.name
    };
    let mut identity = bare(world, owner, &id, name, IdentityKind::User);
    identity.nature = Nature::NonHuman(vec![Evidence {
        human: false,
        what: format!("a personal access token of {}", token.person).into(),
    }]);
    identity.location = Some(token.location.clone());
    identity.last_use = token.last_used.map_or(LastUse::Unknown, LastUse::At);
    identity.credentials.push(Credential {
        kind: CredentialKind::Token,
        name: "personal access token".into(),
        active: true,
        rotated: None,
        last_use: identity.last_use,
        location: Some(token.location.clone()),
    });
    let said = format!("token {} of {}", token.id, token.person);
    let label = step(
        snapshot,
        "personal access token",
        name,
        said,
        Some(&token.location),
    );
    let on = actions(&token.permissions);
    let of = actions(&token.organization);
    let named: Vec<&str> = on.iter().map(String::as_str).collect();
    let mut within = vec![of_organization(owner, &of)];
    let mut granted: Vec<PermissionSet> = held.into_iter().flatten().map(|(_, set)| set.clone()).collect();
    for site in sites {
        let full = &site.full;
        let literals = match &token.reach {
            Reach::All => Vec::new(),
            Reach::None => continue,
            Reach::Some(Some(list)) if list.contains(full) => Vec::new(),
            Reach::Some(Some(_)) => continue,
            Reach::Some(None) => {
                let what = format!("which repositories token {} reaches is not known", token.id);
                let settle = format!(
                    "gh api orgs/{owner}/personal-access-tokens/{}/repositories",
                    token.id
                );
                vec![so(&gap(snapshot, what, settle, Side::Adds))]
            }
        };
        let mut sets = vec![in_repository(&named, full, literals.clone())];
        if named.contains(&CONTENTS) {
            let held = [CONTENTS, WORKFLOWS]
                .into_iter()
                .filter(|action| named.contains(action));
            let actions = Strings::any_of(held.map(Pattern::literal));
            let guard = Guard::all_of(literals);
            sets.push(crate::refs::Refs::all().requests(&actions, full, &guard));
        }
        within.push(PermissionSet::union_of(sets));
        if site.about.collaborators.is_none() {
            let what = format!("what {} may do in {full} is not known", token.person);
            let settle = format!("gh api repos/{full}/collaborators");
            let atom = so(&gap(snapshot, what, settle, Side::Adds));
            let everything = Region::everything().when(Guard::all_of([atom]));
            granted.push(
                PermissionSet::union_of([in_repository(&named, full, Vec::new()), any_push(full)])
                    .intersection(&everything.into()),
            );
        }
    }
    if !of.is_empty() {
        let what = format!(
            "what {} may do in the organization {owner} is not known",
            token.person
        );
        let settle = format!("gh api orgs/{owner}/memberships/{}", token.person);
        let atom = so(&gap(snapshot, what, settle, Side::Adds));
        let here = of_organization(owner, &of);
        granted.push(under(here, vec![atom]));
    }
    let layers = &mut identity.holding.layers;
    layers.push(grants(
        "rights of its person",
        PermissionSet::union_of(granted).labelled(label),
    ));
    layers.push(Layer {
        effect: Effect::Bounds { others: true },
        title: "permissions of the token".into(),
        set: PermissionSet::union_of(within).labelled(label),
    });
    Draft {
        class: class(&on),
        identity,
        tells: Vec::new(),
    }
}
