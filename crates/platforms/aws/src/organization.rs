//! An organization of accounts: its tree, and which policies are attached where.
//!
//! Sources: AWS Organizations API Reference (the outputs of its commands); AWS Organizations User Guide, "Service control
//! policies (SCPs)", "SCP evaluation", "Resource control policies (RCPs)".

mod administrators;
mod take;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Remark, Text};

use crate::export::Spot;
use crate::policy::Document;

pub use administrators::Delegates;

/// A kind of policy that bounds whole accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Bounds what an account's identities can do.
    Service,
    /// Bounds what can be done to an account's resources.
    Resource,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Service, Self::Resource];

    /// As AWS writes it.
    pub fn native(self) -> &'static str {
        match self {
            Self::Service => "SERVICE_CONTROL_POLICY",
            Self::Resource => "RESOURCE_CONTROL_POLICY",
        }
    }

    /// As people say it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Service => "service control policies",
            Self::Resource => "resource control policies",
        }
    }

    fn named(native: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.native() == native)
    }
}

/// The policies that AWS attaches everywhere and that allow everything; the second cannot be detached.
const FULL_ACCESS: &str = "p-FullAWSAccess";
const FULL_RESOURCE_ACCESS: &str = "p-RCPFullAWSAccess";

/// One policy of an organization.
#[derive(Clone, Debug)]
pub struct Control {
    /// Of which kind.
    pub kind: Kind,
    /// What people call it.
    pub name: Text,
    /// What it says, where it was described.
    pub document: Option<Document>,
    /// Where it stands.
    pub spot: Spot,
}

/// What is known of the policies of one kind that bound an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing was exported that tells.
    Untold,
    /// There are none, or they do not bind this account.
    None,
    /// These, level by level from the root down.
    Levels(Vec<Level>),
    /// They bound it, and which they are is not known.
    Unknown {
        /// Why.
        why: Text,
        /// The command that settles it.
        settle: Text,
    },
}

/// One level of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The root, unit or account.
    pub node: Text,
    /// Ids of the policies attached to it.
    pub policies: Vec<Text>,
}

/// Whether policies of a kind bind anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Force {
    On,
    Off,
    /// Being enabled or disabled.
    Changing,
    /// Not exported.
    Untold,
}

/// A list of things, and whether it is all of them.
#[derive(Clone, Debug, Default)]
struct Listed {
    these: BTreeSet<Text>,
    all: bool,
}

/// All that was exported of organizations.
#[derive(Debug, Default)]
pub struct Organization {
    ids: BTreeSet<Text>,
    management: BTreeSet<Text>,
    /// Kinds of policies that are in force or about to be, by root.
    roots: BTreeMap<Text, BTreeMap<Kind, Force>>,
    accounts: BTreeSet<Text>,
    parents: BTreeMap<Text, BTreeSet<Text>>,
    policies: BTreeMap<Text, Control>,
    /// Ids of policies that are listed, and whether all of a kind are.
    listed: BTreeMap<Kind, Listed>,
    /// Where policies are attached, by policy.
    targets: BTreeMap<Text, Listed>,
    /// Policies by what they are attached to.
    attached: BTreeMap<(Text, Kind), Listed>,
    /// Accounts that administer a service for the organization, by the service.
    delegates: BTreeMap<Text, Listed>,
    /// What to tell about the input.
    pub remarks: Vec<Remark>,
}

/// How deep a tree can be: AWS allows five levels of units.
const DEPTH_MAX: usize = 16;

impl Organization {
    /// The policies, by id.
    pub fn take_policies(&mut self) -> BTreeMap<Text, Control> {
        std::mem::take(&mut self.policies)
    }

    /// What the policies say.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.policies
            .values()
            .filter_map(|policy| policy.document.as_ref())
    }

    /// What bounds an account by policies of one kind.
    pub fn state(&self, account: &str, kind: Kind) -> State {
        if self.management.contains(account) {
            return State::None;
        }
        if !self.accounts.contains(account) && !self.parents.contains_key(account) {
            return State::Untold;
        }
        match self.force(account, kind) {
            Force::Off => return State::None,
            Force::Changing => {
                return State::Unknown {
                    why: format!(
                        "{} were being enabled or disabled when they were exported",
                        kind.words()
                    )
                    .into(),
                    settle: "aws organizations list-roots".into(),
                };
            }
            Force::On | Force::Untold => {}
        }
        if !self.tells(kind) {
            return State::Untold;
        }
        self.levels(account, kind)
            .unwrap_or_else(|(why, settle)| State::Unknown {
                why: why.into(),
                settle: settle.into(),
            })
    }

    /// Whether anything was exported of the policies of a kind.
    fn tells(&self, kind: Kind) -> bool {
        self.roots.values().any(|types| types.contains_key(&kind))
            || self.listed.contains_key(&kind)
            || self.policies.values().any(|policy| policy.kind == kind)
            || self.attached.keys().any(|(_, attached)| *attached == kind)
    }

    /// The nodes above an account, the root first, with the account itself.
    fn chain(&self, account: &str) -> Result<Vec<Text>, (String, String)> {
        let mut chain: Vec<Text> = vec![account.into()];
        loop {
            let node = chain.last().cloned().unwrap_or_default();
            if node.starts_with("r-") {
                chain.reverse();
                return Ok(chain);
            }
            let above: Vec<&Text> = self.parents.get(&node).into_iter().flatten().collect();
            let [parent] = above.as_slice() else {
                return Err((
                    if above.is_empty() {
                        format!("what stands above {node} in its organization was not exported")
                    } else {
                        format!("several exports put {node} below different parents")
                    },
                    format!("aws organizations list-parents --child-id {node}"),
                ));
            };
            if chain.len() >= DEPTH_MAX {
                return Err((
                    format!("the exported tree above {account} does not end at a root"),
                    format!("aws organizations list-parents --child-id {account}"),
                ));
            }
            chain.push((*parent).clone());
        }
    }

    /// Whether policies of a kind are in force in the organization of an account.
    fn force(&self, account: &str, kind: Kind) -> Force {
        let chain = self.chain(account).ok();
        let root = match chain.as_ref().and_then(|chain| chain.first()) {
            Some(root) => self.roots.get(root),
            // There is one root only to be below.
            None if self.roots.len() == 1 && self.ids.len() <= 1 => self.roots.values().next(),
            None => None,
        };
        root.map_or(Force::Untold, |root| {
            root.get(&kind).copied().unwrap_or(Force::Off)
        })
    }

    /// The organization, where it is one, and the accounts that are known to be in it.
    pub fn members(&self) -> Option<(Text, BTreeSet<Text>)> {
        let id = self.ids.first().filter(|_| self.ids.len() == 1)?;
        let below = self.parents.keys().filter(|node| !node.starts_with("ou-"));
        let all = self.accounts.iter().chain(below).chain(&self.management);
        Some((id.clone(), all.cloned().collect()))
    }

    /// The organization that an account is in.
    pub fn id_of(&self, account: &str) -> Option<&Text> {
        let member = self.accounts.contains(account)
            || self.parents.contains_key(account)
            || self.management.contains(account);
        let only = self.ids.len() == 1 && member;
        self.ids.first().filter(|_| only)
    }

    /// The path to an account as `aws:PrincipalOrgPaths` has it.
    pub fn path_of(&self, account: &str) -> Option<String> {
        let chain = self.chain(account).ok()?;
        let (_, above) = chain.split_last()?;
        Some(format!("{}/{}/", self.id_of(account)?, above.join("/")))
    }

    fn levels(&self, account: &str, kind: Kind) -> Result<State, (String, String)> {
        let chain = self.chain(account)?;
        let mut levels = Vec::with_capacity(chain.len());
        for node in chain {
            let policies = self.attached_to(&node, kind)?;
            levels.push(Level { node, policies });
        }
        // While a kind is not in force nothing of it is attached.
        let attached = levels.iter().any(|level| !level.policies.is_empty());
        if kind == Kind::Resource {
            return if attached || self.force(account, kind) == Force::On {
                Ok(State::Levels(levels))
            } else {
                Err(untold_force(kind))
            };
        }
        if !attached && self.force(account, kind) != Force::On {
            return Err(untold_force(kind));
        }
        match levels.iter().find(|level| level.policies.is_empty()) {
            None => Ok(State::Levels(levels)),
            Some(level) => Err((
                format!(
                    "no service control policy is exported as attached to {}, which cannot be while they are in force",
                    level.node
                ),
                for_target(&level.node, kind),
            )),
        }
    }

    /// The policies of a kind that are attached to a node.
    fn attached_to(&self, node: &Text, kind: Kind) -> Result<Vec<Text>, (String, String)> {
        let plain = |id: &&Text| &***id != FULL_RESOURCE_ACCESS;
        if let Some(listed) = self
            .attached
            .get(&(node.clone(), kind))
            .filter(|listed| listed.all)
        {
            return Ok(listed.these.iter().filter(plain).cloned().collect());
        }
        let unknown = || {
            (
                format!("which {} are attached to {node} was not exported", kind.words()),
                for_target(node, kind),
            )
        };
        let listed = self
            .listed
            .get(&kind)
            .filter(|listed| listed.all && self.ids.len() <= 1)
            .ok_or_else(unknown)?;
        let mut found = Vec::new();
        for id in listed.these.iter().filter(plain) {
            let targets = self.targets.get(id).filter(|targets| targets.all);
            let targets = targets.ok_or_else(|| {
                (
                    format!("what the policy {id} is attached to was not exported"),
                    format!("aws organizations list-targets-for-policy --policy-id {id}"),
                )
            })?;
            if targets.these.contains(node) {
                found.push(id.clone());
            }
        }
        Ok(found)
    }
}

fn for_target(node: &str, kind: Kind) -> String {
    format!(
        "aws organizations list-policies-for-target --target-id {node} --filter {}",
        kind.native()
    )
}

fn untold_force(kind: Kind) -> (String, String) {
    (
        format!("whether {} are in force was not exported", kind.words()),
        "aws organizations list-roots".into(),
    )
}

/// Whether a policy is the one of AWS that allows everything, which need not be described.
pub fn is_full_access(id: &str) -> bool {
    id == FULL_ACCESS
}
