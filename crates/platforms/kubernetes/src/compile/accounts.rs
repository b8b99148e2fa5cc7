//! Who can hold something in a cluster: service accounts, users and groups, declared or only mentioned.

use leastwise_model::Text;
use leastwise_permset::PermissionSet;
use rustc_hash::{FxHashMap, FxHashSet};

use super::World;
use crate::object::{Account, PodState, Subject, SubjectKind, TokenSecret, Work};

/// The beginning of the user names of service accounts.
const ACCOUNT_PREFIX: &str = "system:serviceaccount:";
/// The group whose members pass every authorizer.
pub(crate) const MASTERS: &str = "system:masters";
/// The beginning of the user names of machines, and the group of all of them.
pub(crate) const NODE_PREFIX: &str = "system:node:";
pub(crate) const NODES: &str = "system:nodes";
/// The user who presents no credential.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Who {
    Group(Text),
    Account { namespace: Text, name: Text },
    User(Text),
}

impl Who {
    /// Whether it stands for whoever presents no credentials.
    pub(crate) fn is_stranger(&self) -> bool {
        match self {
            Self::User(name) => &**name == ANONYMOUS,
            Self::Group(name) => &**name == "system:unauthenticated",
            Self::Account { .. } => false,
        }
    }

    /// The last parts of the canonical id.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Group(name) => format!("group:{name}"),
            Self::Account { namespace, name } => format!("{ACCOUNT_PREFIX}{namespace}:{name}"),
            Self::User(name) => format!("user:{name}"),
        }
    }

    /// A user by the name that the authorizer sees: that of a service account is the service account.
    pub(crate) fn of_user(name: &Text) -> Self {
        let account = name
            .strip_prefix(ACCOUNT_PREFIX)
            .and_then(|rest| rest.split_once(':'));
        match account {
            Some((namespace, account))
                if !namespace.is_empty() && !account.is_empty() && !account.contains(':') =>
            {
                Self::Account {
                    namespace: namespace.into(),
                    name: account.into(),
                }
            }
            _ => Self::User(name.clone()),
        }
    }

    /// The user as whom a machine of the cluster acts.
    pub(crate) fn of_node(node: &str) -> Self {
        Self::User(format!("{NODE_PREFIX}{node}").into())
    }

    /// Whom a subject of a binding names; `None` where it never applies. `namespace` is the binding's.
    pub(crate) fn subject(subject: &Subject, namespace: Option<&Text>) -> Option<Self> {
        match subject.kind {
            SubjectKind::User => Some(Self::of_user(&subject.name)),
            SubjectKind::Group => Some(Self::Group(subject.name.clone())),
            SubjectKind::ServiceAccount => {
                let namespace = subject.namespace.as_ref().or(namespace)?;
                if namespace.contains(':') || subject.name.contains(':') {
                    return Some(Self::of_user(
                        &format!("{ACCOUNT_PREFIX}{namespace}:{}", subject.name).into(),
                    ));
                }
                Some(Self::Account {
                    namespace: namespace.clone(),
                    name: subject.name.clone(),
                })
            }
        }
    }

    /// The groups of which one is a member by being who one is.
    pub(crate) fn groups(&self) -> Vec<String> {
        match self {
            Self::Account { namespace, .. } => vec![
                format!("system:serviceaccounts:{namespace}"),
                "system:serviceaccounts".to_owned(),
                "system:authenticated".to_owned(),
            ],
            Self::User(name) if &**name == ANONYMOUS => vec!["system:unauthenticated".to_owned()],
            Self::User(name) if name.starts_with(NODE_PREFIX) => {
                vec![NODES.to_owned(), "system:authenticated".to_owned()]
            }
            Self::User(_) => vec!["system:authenticated".to_owned()],
            Self::Group(_) => Vec::new(),
        }
    }
}

/// Somebody, with what was found about them.
pub(crate) struct Person<'a> {
    pub who: Who,
    pub declared: Option<&'a Account>,
    /// What runs as them and is not made by something else that does; with whether it runs.
    pub work: Vec<(&'a Work, Option<bool>)>,
    /// Pods that run as them, whoever made them.
    pub pods: Vec<(&'a Work, &'a PodState)>,
    pub secrets: Vec<&'a TokenSecret>,
    /// What each binding gives, labelled; and its place among the bindings.
    pub parts: Vec<PermissionSet>,
    pub bindings: Vec<usize>,
    /// Groups in which the map of identities of the cloud puts them.
    pub mapped: Vec<Text>,
    /// Whether a binding that the platform maintains names them.
    pub provided: bool,
}

impl Person<'_> {
    /// Whether an object says that a service account exists: its own, a pod or workload of it, a token.
    pub(crate) fn exists(&self) -> bool {
        self.declared.is_some() || !(self.work.is_empty() && self.pods.is_empty() && self.secrets.is_empty())
    }
}

/// Everybody of a cluster, in no particular order.
#[derive(Default)]
pub(crate) struct People<'a> {
    pub all: Vec<Person<'a>>,
    by_who: FxHashMap<Who, usize>,
}

impl<'a> People<'a> {
    pub(crate) fn find(&self, who: &Who) -> Option<usize> {
        self.by_who.get(who).copied()
    }

    /// Their place; they are added if they are new.
    pub(crate) fn place(&mut self, who: Who) -> usize {
        if let Some(at) = self.by_who.get(&who) {
            return *at;
        }
        let at = self.all.len();
        self.by_who.insert(who.clone(), at);
        self.all.push(Person {
            who,
            declared: None,
            work: Vec::new(),
            pods: Vec::new(),
            secrets: Vec::new(),
            parts: Vec::new(),
            bindings: Vec::new(),
            mapped: Vec::new(),
            provided: false,
        });
        at
    }

    pub(crate) fn person(&mut self, who: Who) -> Option<&mut Person<'a>> {
        let at = self.place(who);
        self.all.get_mut(at)
    }
}

/// Everybody whom objects other than bindings declare or use.
pub(crate) fn collect<'a>(world: &World<'a>) -> People<'a> {
    let mut people = People::default();
    people.place(Who::Group(MASTERS.into()));
    for account in &world.accounts {
        let who = Who::Account {
            namespace: world.home(&account.meta),
            name: account.meta.name.clone(),
        };
        if let Some(person) = people.person(who)
            && person.declared.is_none()
        {
            person.declared = Some(account);
        }
    }
    // What something present makes counts as its maker, and tells whether that runs.
    let key = |work: &Work| {
        (
            world.home(&work.meta),
            crate::object::WORK_KINDS
                .get(work.kind)
                .map_or("", |kind| kind.kind),
            work.meta.name.clone(),
        )
    };
    let mut makers: FxHashMap<(Text, &str, Text), usize> = FxHashMap::default();
    let mut kept: Vec<&'a Work> = Vec::with_capacity(world.work.len());
    for work in &world.work {
        makers.entry(key(work)).or_insert_with(|| {
            kept.push(work);
            kept.len() - 1
        });
    }
    let maker = |work: &Work| {
        let (kind, name) = work.owner.as_ref()?;
        makers
            .get(&(world.home(&work.meta), &**kind, name.clone()))
            .copied()
    };
    let mut running: FxHashSet<usize> = FxHashSet::default();
    for work in kept.iter().filter(|work| work.running == Some(true)) {
        let mut next = maker(work);
        // Pod, replica set, deployment; job, cron job: no chain is longer, and a cycle must end.
        for _ in 0..4 {
            let Some(at) = next else { break };
            running.insert(at);
            next = kept.get(at).and_then(|work| maker(work));
        }
    }
    for (at, work) in kept.iter().enumerate() {
        let who = Who::Account {
            namespace: world.home(&work.meta),
            name: work.account.clone(),
        };
        let Some(person) = people.person(who) else {
            continue;
        };
        if maker(work).is_none() {
            let runs = if running.contains(&at) {
                Some(true)
            } else {
                work.running
            };
            person.work.push((work, runs));
        }
        let Some(pod) = &work.pod else { continue };
        person.pods.push((work, pod));
        if let (Some(node), Some(true)) = (&pod.node, work.running) {
            people.place(Who::of_node(node));
        }
    }
    for secret in &world.secrets {
        let who = Who::Account {
            namespace: world.home(&secret.meta),
            name: secret.account.clone(),
        };
        if let Some(person) = people.person(who) {
            person.secrets.push(secret);
        }
    }
    let entries = world.mapping.into_iter().flat_map(|mapping| &mapping.entries);
    for entry in entries.filter(|entry| !entry.is_template()) {
        if let Some(person) = people.person(Who::of_user(&entry.user)) {
            person.mapped.extend(entry.groups.iter().cloned());
        }
        for group in &entry.groups {
            people.place(Who::Group(group.clone()));
        }
    }
    people
}
