//! Repositories with their workflows, and what follows from what is known of each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use leastwise_model::{Assumption, Location, Remark, Side, Snapshot, Text};
use leastwise_permset::Atom;

use super::assume;
use super::gaps::{NAMING, UNNAMED, gap, so};
use super::rules::{self, Rule};
use crate::export::{Exports, Owner, Repository, Visibility};
use crate::reader::Found;
use crate::refs::Refs;
use crate::subject::{Home, Spelling};
use crate::workflow::Workflow;

/// A repository.
pub(crate) struct Site<'e> {
    /// `owner/name`; `(unknown)/folder` where nothing says which repository it is.
    pub full: Text,
    pub owner: Text,
    pub known: bool,
    /// What an export says of it; nothing where none does.
    pub about: &'e Repository,
    pub account: Option<&'e Owner>,
    pub workflows: Vec<&'e Workflow>,
    pub home: Home,
    pub rules: Vec<Rule>,
    /// The default branch, and what is not known of it.
    pub default: (Refs, Option<Atom>),
    /// Whether workflows run at all.
    pub runs: bool,
    /// On what every answer about it rests.
    pub assumptions: Vec<Assumption>,
}

/// What is known of a repository of which nothing was exported.
fn nothing() -> &'static Repository {
    static NOTHING: std::sync::OnceLock<Repository> = std::sync::OnceLock::new();
    NOTHING.get_or_init(Repository::default)
}

/// What tokens name as their issuer.
pub(super) fn issuer(exports: &Exports) -> Option<Text> {
    if let Some(issuer) = &exports.issuer {
        return Some(issuer.clone());
    }
    let host = exports.host.as_deref().unwrap_or("github.com");
    Some(match host.strip_suffix(".ghe.com") {
        _ if host == "github.com" => "https://token.actions.githubusercontent.com".into(),
        Some(subdomain) => format!("https://token.actions.{subdomain}.ghe.com").into(),
        None => format!("https://{host}/_services/token").into(),
    })
}

/// All sites, by name.
pub(super) fn all<'e>(
    exports: &'e Exports,
    workflows: &'e [Found],
    snapshot: &mut Snapshot,
) -> Vec<Site<'e>> {
    let mut by_name: BTreeMap<Text, (bool, Vec<&'e Workflow>)> = BTreeMap::new();
    for name in exports.repositories.keys() {
        by_name.insert(name.clone(), (true, Vec::new()));
    }
    let mut untold: BTreeMap<Text, Location> = BTreeMap::new();
    for found in workflows {
        let checkout = exports.checkouts.iter().find(|(folder, _)| *folder == found.root);
        let (name, known) = match checkout {
            Some((_, repository)) => (repository.clone(), true),
            None => {
                let folder = found.root.rsplit('/').next().filter(|folder| !folder.is_empty());
                let name: Text = format!("{UNNAMED}{}", folder.unwrap_or("checkout")).into();
                untold
                    .entry(name.clone())
                    .or_insert_with(|| found.workflow.location.clone());
                (name, false)
            }
        };
        let entry = by_name.entry(name.clone()).or_insert((known, Vec::new()));
        if entry.1.iter().any(|other| other.path == found.workflow.path) {
            snapshot.remarks.push(Remark {
                location: Some(found.workflow.location.clone()),
                what: format!("another checkout of {name} has this workflow too; the first counts").into(),
                hint: "give one checkout of each repository".into(),
                loses: true,
            });
            continue;
        }
        entry.1.push(&found.workflow);
    }
    for (name, location) in untold {
        snapshot.remarks.push(Remark {
            location: Some(location),
            what: format!("nothing says which repository this is a checkout of; called {name}").into(),
            hint: NAMING.into(),
            loses: false,
        });
    }
    by_name
        .into_iter()
        .map(|(full, (known, workflows))| site(exports, full, known, workflows, snapshot))
        .collect()
}

fn site<'e>(
    exports: &'e Exports,
    full: Text,
    known: bool,
    workflows: Vec<&'e Workflow>,
    snapshot: &mut Snapshot,
) -> Site<'e> {
    let about = exports.repositories.get(&full).unwrap_or_else(|| nothing());
    let owner: Text = full.split('/').next().unwrap_or_default().into();
    let account = exports.owners.get(&owner);
    let mut assumptions = Vec::new();
    let default = match &about.default_branch {
        Some(name) => (Refs::branch(name), None),
        None => {
            let name = format!("which branch of {full} is its default is not known");
            let settle = format!("gh api repos/{full}");
            (Refs::branches(), Some(gap(snapshot, name, settle, Side::Both)))
        }
    };
    let home = home(exports, &full, known, about, account, &mut assumptions, snapshot);
    let rules = rules::of(&full, about, &mut assumptions, snapshot);
    let runs = about.actions_enabled != Some(false) && !about.archived;
    if !runs && !workflows.is_empty() {
        snapshot.remarks.push(Remark {
            location: about.location.clone(),
            what: format!("workflows of {full} do not run: it is archived, or Actions are off").into(),
            hint: "".into(),
            loses: false,
        });
    }
    Site {
        full,
        owner,
        known,
        about,
        account,
        workflows,
        home,
        rules,
        default,
        runs,
        assumptions,
    }
}

/// From when on new repositories have ids in subjects.
fn since_when() -> Timestamp {
    // The day after 2026-07-15: OpenID Connect reference, "Immutable subject claims".
    Timestamp::constant(1_784_160_000, 0)
}

/// Whether subjects of the host can name ids: those of servers of one's own cannot.
pub(super) fn has_ids(exports: &Exports) -> bool {
    let host = exports.host.as_deref().unwrap_or("github.com");
    host == "github.com" || host.ends_with(".ghe.com")
}

fn home(
    exports: &Exports,
    full: &Text,
    known: bool,
    about: &Repository,
    account: Option<&Owner>,
    assumptions: &mut Vec<Assumption>,
    snapshot: &mut Snapshot,
) -> Home {
    if !known {
        let name = format!("which repository the workflows of {full} belong to is not known");
        let settle = NAMING.to_owned();
        let atom = gap(snapshot, name, settle, Side::Adds);
        return Home {
            spellings: vec![(vec![so(&atom)], Spelling::Names)],
            template: Some(vec!["repo".into(), "context".into()]),
            ..Home::default()
        };
    }
    if exports.issuer.is_none() {
        assumptions.push(assume(
            "issuer of tokens of the enterprise's own".into(),
            "gh api enterprises/ENTERPRISE/actions/oidc/customization/issuer".into(),
            Side::Both,
        ));
    }
    let subject = format!("gh api repos/{full}/actions/oidc/customization/sub");
    if about.subject.is_none() {
        assumptions.push(assume(
            format!("template of {full} for subjects of tokens"),
            subject.clone(),
            Side::Both,
        ));
    }
    let owner_id = about
        .owner_id
        .clone()
        .or_else(|| account.and_then(|account| account.id.clone()));
    let told = about.subject.as_ref();
    let immutable = match told.and_then(|subject| subject.immutable) {
        _ if !has_ids(exports) => Some(false),
        Some(is) => Some(is),
        None => about
            .created
            .filter(|created| *created >= since_when())
            .map(|_| true),
    };
    let spellings = match immutable {
        Some(true) => vec![(Vec::new(), Spelling::NamesAndIds)],
        Some(false) => vec![(Vec::new(), Spelling::Names)],
        None => {
            let name = format!("whether subjects of tokens of {full} name ids is not known");
            let atom = gap(snapshot, name, subject.clone(), Side::Both);
            vec![
                (vec![so(&atom).negate()], Spelling::Names),
                (vec![so(&atom)], Spelling::NamesAndIds),
            ]
        }
    };
    let usual = || Some(vec![Text::from("repo"), Text::from("context")]);
    let (template, doubt) = match told {
        Some(told) if !told.default => {
            let organization = account.and_then(|account| account.template.clone());
            match told
                .claims
                .clone()
                .filter(|claims| !claims.is_empty())
                .or(organization)
            {
                Some(claims) => (Some(claims), Vec::new()),
                None => {
                    let name = format!("the template of {full} for subjects of tokens is not known");
                    let owner = full.split('/').next().unwrap_or_default();
                    let settle = format!("gh api orgs/{owner}/actions/oidc/customization/sub");
                    let atom = gap(snapshot, name, settle, Side::Adds);
                    (None, vec![so(&atom)])
                }
            }
        }
        _ => (usual(), Vec::new()),
    };
    let visibility = about.visibility.map(|visibility| match visibility {
        Visibility::Public => "public",
        Visibility::Internal => "internal",
        Visibility::Private => "private",
    });
    let complete = about.id.is_some() && owner_id.is_some() && visibility.is_some();
    let guessed = (!complete).then(|| {
        let name = format!("the ids and the visibility of {full} are not known");
        so(&gap(snapshot, name, format!("gh api repos/{full}"), Side::Both))
    });
    Home {
        full: Some(full.clone()),
        id: about.id.clone(),
        owner_id,
        visibility,
        spellings,
        template,
        doubt,
        guessed,
        renaming: None,
    }
}
