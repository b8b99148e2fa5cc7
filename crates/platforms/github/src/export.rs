//! What is kept of an export: the parts of GitHub's answers that privileges depend on, and no secret.
//!
//! An export is a document `{"leastwise": "github-export/v1", "host", "checkouts", "responses"}`. `checkouts` says which
//! folder, relative to the document, is a checkout of which repository; `responses` holds answers of the REST API by
//! path. What was not asked is not known; a list that is there is complete.

mod take;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use leastwise_model::{Location, Text};

pub(crate) use take::recognize;

/// Everything that exports say.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    /// The host; `github.com` where nothing says another.
    pub host: Option<Text>,
    /// What tokens name as their issuer, where an export says so.
    pub issuer: Option<Text>,
    /// By name.
    pub owners: BTreeMap<Text, Owner>,
    /// By `owner/name`.
    pub repositories: BTreeMap<Text, Repository>,
    /// Folders, as paths are shown, and the repositories that they are checkouts of.
    pub checkouts: Vec<(Text, Text)>,
    /// How owners and repositories were written first, by their names in small letters: names have no case.
    written: BTreeMap<String, Text>,
}

impl Exports {
    /// A name of an owner or a repository as it was written first.
    fn known(&mut self, name: &str) -> Text {
        let written = self.written.entry(name.to_ascii_lowercase());
        written.or_insert_with(|| name.into()).clone()
    }

    fn owner(&mut self, name: &str) -> &mut Owner {
        let known = self.known(name);
        self.owners.entry(known).or_default()
    }

    fn repository(&mut self, full: &str) -> &mut Repository {
        let known = self.known(full);
        self.repositories.entry(known).or_default()
    }

    /// Calls everything as GitHub does, where its answers say how. To be done once all is taken.
    pub fn call_by_own_names(&mut self) {
        let own = |(known, about): (&Text, &Repository)| {
            let own = about.full_name.clone().filter(|own| own != known)?;
            Some((known.clone(), own))
        };
        let renamed: BTreeMap<Text, Text> = self.repositories.iter().filter_map(own).collect();
        for (known, own) in &renamed {
            // A repository that was renamed and then exported under both names is there twice.
            if self.repositories.contains_key(own) {
                continue;
            }
            if let Some(about) = self.repositories.remove(known) {
                self.repositories.insert(own.clone(), about);
            }
            for (_, repository) in self.checkouts.iter_mut().filter(|(_, name)| name == known) {
                *repository = own.clone();
            }
        }
        let owners = self.repositories.keys().filter_map(|full| full.split('/').next());
        let owners: BTreeMap<String, Text> = owners
            .map(|owner| (owner.to_ascii_lowercase(), owner.into()))
            .collect();
        self.owners = std::mem::take(&mut self.owners)
            .into_iter()
            .map(|(known, about)| match owners.get(&known.to_ascii_lowercase()) {
                Some(own) => (own.clone(), about),
                None => (known, about),
            })
            .collect();
    }
}

/// An organization, or a person's account.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    pub id: Option<Text>,
    pub defaults: Option<bool>,
    /// Claims of the template of subjects.
    pub template: Option<Vec<Text>>,
    pub installations: Option<Vec<Installation>>,
    pub tokens: Option<Vec<PersonalToken>>,
    /// All repositories that an answer lists.
    pub listed: Option<Vec<Listed>>,
    /// How many it has, where whoever asked may know of all.
    pub count: Option<u32>,
}

/// A repository in a list.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub id: Option<Text>,
    /// `owner/name`.
    pub full: Text,
    pub archived: bool,
}

/// An App installed on an account.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    pub id: Text,
    pub app: Option<Text>,
    pub slug: Text,
    pub permissions: Vec<(Text, Text)>,
    /// Whether it is on every repository.
    pub all: bool,
    pub suspended: bool,
    pub location: Location,
}

/// A fine-grained personal access token that may reach an organization.
#[derive(Clone, Debug)]
pub(crate) struct PersonalToken {
    pub id: Text,
    pub name: Text,
    pub person: Text,
    /// Permissions on repositories, and on the organization.
    pub permissions: Vec<(Text, Text)>,
    pub organization: Vec<(Text, Text)>,
    /// Which repositories: every, those listed, or none.
    pub reach: Reach,
    pub expired: bool,
    pub last_used: Option<Timestamp>,
    pub location: Location,
}

/// Which repositories something reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    All,
    /// `None` where the list was not exported.
    Some(Option<BTreeSet<Text>>),
    None,
}

/// A repository.
#[derive(Debug, Default)]
pub(crate) struct Repository {
    /// What GitHub calls it.
    pub full_name: Option<Text>,
    pub id: Option<Text>,
    pub owner_id: Option<Text>,
    pub visibility: Option<Visibility>,
    pub default_branch: Option<Text>,
    pub created: Option<Timestamp>,
    pub archived: bool,
    pub allows_forks: Option<bool>,
    pub actions_enabled: Option<bool>,
    /// Whether the default permissions of tokens are permissive.
    pub defaults: Option<bool>,
    pub approval: Option<Text>,
    pub forks: Option<PrivateForks>,
    pub environments: Option<BTreeMap<Text, Environment>>,
    /// Patterns of refs by environment, and whether each is one of tags.
    pub policies: BTreeMap<Text, Vec<(Text, bool)>>,
    pub subject: Option<Subject>,
    pub keys: Option<Vec<DeployKey>>,
    pub secrets: Option<BTreeSet<Text>>,
    pub organization_secrets: Option<BTreeSet<Text>>,
    pub environment_secrets: BTreeMap<Text, BTreeSet<Text>>,
    /// Branches that rules protect.
    pub protected: Option<BTreeSet<Text>>,
    pub protections: BTreeMap<Text, Protection>,
    /// Branches that an answer says are not protected by a rule of their own.
    pub unprotected: BTreeSet<Text>,
    /// By id; `None` where only the list was exported.
    pub rulesets: Option<BTreeMap<Text, Option<Ruleset>>>,
    pub collaborators: Option<Vec<Person>>,
    pub location: Option<Location>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Public,
    Internal,
    Private,
}

/// What pull requests from forks of a private repository may do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PrivateForks {
    pub run: Option<bool>,
    pub write: Option<bool>,
    pub secrets: Option<bool>,
    pub approval: Option<bool>,
}

/// An environment and its protection.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub reviewers: bool,
    /// Rules of Apps, which decide by themselves.
    pub custom: bool,
    pub policy: Policy,
    pub location: Location,
}

/// From which refs an environment is deployed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Any,
    ProtectedBranches,
    Selected,
}

/// How subjects of tokens are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    pub default: bool,
    pub claims: Option<Vec<Text>>,
    pub immutable: Option<bool>,
}

#[derive(Clone, Debug)]
pub(crate) struct DeployKey {
    pub id: Text,
    pub title: Text,
    pub writes: bool,
    pub created: Option<Timestamp>,
    pub last_used: Option<Timestamp>,
    pub location: Location,
}

/// The protection of one branch.
#[derive(Clone, Debug)]
pub(crate) struct Protection {
    /// How many reviews a change needs; `None` where it needs no pull request.
    pub reviews: Option<u32>,
    /// Who may push, where that is restricted.
    pub pushers: Option<BTreeSet<Text>>,
    /// Whether teams are among those who may push or need no pull request.
    pub teams: bool,
    pub locked: bool,
    pub admins: bool,
    /// Who needs no pull request.
    pub exempt: BTreeSet<Text>,
}

/// A ruleset, as far as it says who may change what a ref points to.
#[derive(Clone, Debug)]
pub(crate) struct Ruleset {
    pub name: Text,
    pub active: bool,
    pub tags: bool,
    pub include: Vec<Text>,
    pub exclude: Vec<Text>,
    /// How many reviews a change needs, where it needs a pull request.
    pub reviews: Option<u32>,
    /// Whether nobody may change what matches.
    pub updates: bool,
    /// Whether nobody may make what matches.
    pub creation: bool,
    pub bypass: Vec<Bypass>,
}

/// Whom a ruleset does not bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bypass {
    /// Those with a role, by its number: 5 administers, 2 maintains, 4 writes.
    Role(Text),
    OrganizationAdmin,
    DeployKey,
    /// An App, a team or a person, by number.
    Other(Text, Text),
}

/// Somebody with rights on a repository.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub login: Text,
    pub id: Option<Text>,
    pub bot: bool,
    /// Of `read`, `triage`, `write`, `maintain`, `admin`: the widest that the answer tells.
    pub role: &'static str,
    pub location: Location,
}
