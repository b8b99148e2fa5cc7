//! The objects that are kept of an export: typed, with their places, and nothing that no answer needs.

use leastwise_model::{Location, Text};

use crate::asked::Asked;

/// A rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rule {
    pub verbs: Box<[Text]>,
    pub groups: Box<[Text]>,
    pub resources: Box<[Text]>,
    pub names: Box<[Text]>,
    pub urls: Box<[Text]>,
}

/// One term of a label selector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Requirement {
    In(Text, Box<[Text]>),
    NotIn(Text, Box<[Text]>),
    Exists(Text),
    DoesNotExist(Text),
}

/// A label selector: all terms must hold; without any it selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Selector(pub Box<[Requirement]>);

/// Labels in the order of the file.
pub(crate) type Labels = Box<[(Text, Text)]>;

/// The value of a label.
pub(crate) fn label<'a>(labels: &'a Labels, key: &str) -> Option<&'a Text> {
    labels
        .iter()
        .rev()
        .find(|(name, _)| &**name == key)
        .map(|(_, value)| value)
}

impl Selector {
    /// Whether an object with these labels is selected.
    pub(crate) fn selects(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::In(key, values) => label(labels, key).is_some_and(|value| values.contains(value)),
            Requirement::NotIn(key, values) => label(labels, key).is_none_or(|value| !values.contains(value)),
            Requirement::Exists(key) => label(labels, key).is_some(),
            Requirement::DoesNotExist(key) => label(labels, key).is_none(),
        })
    }
}

/// What every object says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    /// `None` for a cluster-scoped kind, and for a manifest that leaves the namespace to whoever applies it.
    pub namespace: Option<Text>,
    pub name: Text,
    /// A digest of the server's uid, where there is one.
    pub uid: u64,
    /// Whether a server has filled in fields: it is no manifest but an export.
    pub live: bool,
    /// Whether it was an element of a list: part of an export of many objects.
    pub listed: bool,
    /// Whether it is labelled as one of the defaults that the API server maintains.
    pub provided: bool,
    pub location: Location,
}

/// A `Role` or `ClusterRole`.
#[derive(Clone, Debug)]
pub(crate) struct Role {
    pub meta: Meta,
    pub cluster: bool,
    pub rules: Box<[Rule]>,
    /// Line and column of each rule.
    pub places: Box<[(u32, u32)]>,
    /// Kept for cluster roles only, because only those are selected.
    pub labels: Labels,
    pub aggregation: Option<Box<[Selector]>>,
}

impl Role {
    /// The number of its kind.
    pub(crate) fn number(&self) -> u8 {
        u8::from(self.cluster)
    }
}

/// What kind of subject a binding names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SubjectKind {
    User,
    Group,
    ServiceAccount,
}

impl SubjectKind {
    /// As bindings spell it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::ServiceAccount => "ServiceAccount",
        }
    }
}

/// A subject of a binding, as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Subject {
    pub kind: SubjectKind,
    pub name: Text,
    pub namespace: Option<Text>,
}

/// A `RoleBinding` or `ClusterRoleBinding`.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    pub meta: Meta,
    pub cluster: bool,
    /// Whether the role is a `ClusterRole`.
    pub role_cluster: bool,
    pub role: Text,
    pub subjects: Box<[Subject]>,
}

impl Binding {
    /// The number of its kind.
    pub(crate) fn number(&self) -> u8 {
        2 + u8::from(self.cluster)
    }
}

/// A `ServiceAccount`.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub meta: Meta,
    /// Labels and annotations.
    pub labels: Labels,
    pub automount: Option<bool>,
    pub created: Option<jiff::Timestamp>,
}

/// A `Namespace`.
#[derive(Clone, Debug)]
pub(crate) struct Namespace {
    pub meta: Meta,
    /// Labels and annotations.
    pub labels: Labels,
    /// Labels alone, by which admission selects it.
    pub selectable: Labels,
}

/// Something that may refuse pods, what makes them, or changes of namespaces.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub meta: Meta,
    /// Group and resource in actions.
    pub resource: &'static str,
    pub what: ControlKind,
}

/// What kind of control.
#[derive(Clone, Debug)]
pub(crate) enum ControlKind {
    /// Webhooks: about what each is asked, in which namespaces.
    Webhooks(Box<[(Asked, Selector)]>),
    /// A policy, and about what it speaks.
    Policy(Asked),
    /// A policy's name, and the namespaces for which it counts.
    PolicyBinding { policy: Text, selector: Selector },
}

/// What a pod has of the machine it runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Host {
    /// Files or capabilities by which it may be taken over; whether its processes can is not told.
    Files,
    /// Everything: a privileged container whose process is root.
    All,
}

/// What a pod tells about the processes in it.
#[derive(Clone, Debug)]
pub(crate) struct PodState {
    /// Whether it has ended for good.
    pub finished: bool,
    /// What the pod itself says about mounting the token of its account.
    pub automount: Option<bool>,
    /// Whether a volume holds a token of its account, whatever `automount` says.
    pub token_volume: bool,
    /// Whether a container reads standard input.
    pub stdin: bool,
    pub node: Option<Text>,
    /// Whether a process in it has the machine it runs on in its hands.
    pub host: Option<Host>,
    /// Names of the secrets that it mounts or reads, sorted.
    pub secrets: Box<[Text]>,
    /// What an API server in it was told to authorize with.
    pub authorization_mode: Option<Text>,
}

/// A pod, or an object that makes pods.
#[derive(Clone, Debug)]
pub(crate) struct Work {
    pub meta: Meta,
    /// Index into [`WORK_KINDS`].
    pub kind: usize,
    pub account: Text,
    pub running: Option<bool>,
    /// Audiences for which its volumes hold tokens of its account.
    pub audiences: Box<[Text]>,
    /// Kind and name of the controlling owner.
    pub owner: Option<(Text, Text)>,
    pub pod: Option<PodState>,
}

/// A secret that holds the token of a service account, without its data.
#[derive(Clone, Debug)]
pub(crate) struct TokenSecret {
    pub meta: Meta,
    pub account: Text,
    pub created: Option<jiff::Timestamp>,
    pub last_used: Option<jiff::Timestamp>,
    pub invalid: bool,
}

/// A kind of object from which pods come.
pub(crate) struct WorkKind {
    pub kind: &'static str,
    pub groups: &'static [&'static str],
    /// Group and resource in actions.
    pub resource: &'static str,
    /// Where the pod's specification stands.
    pub spec: &'static str,
    /// Whether changing the template of an existing object makes new pods.
    pub template_changes: bool,
}

const fn work_kind(
    kind: &'static str,
    groups: &'static [&'static str],
    resource: &'static str,
    spec: &'static str,
    template_changes: bool,
) -> WorkKind {
    WorkKind {
        kind,
        groups,
        resource,
        spec,
        template_changes,
    }
}

/// The kinds from which pods come. A pod's own account cannot change, and neither can the template of a job.
pub(crate) const WORK_KINDS: [WorkKind; 8] = [
    work_kind("Pod", &[""], "core/pods", "/spec", false),
    work_kind(
        "ReplicationController",
        &[""],
        "core/replicationcontrollers",
        "/spec/template/spec",
        true,
    ),
    work_kind(
        "Deployment",
        &["apps", "extensions"],
        "apps/deployments",
        "/spec/template/spec",
        true,
    ),
    work_kind(
        "StatefulSet",
        &["apps"],
        "apps/statefulsets",
        "/spec/template/spec",
        true,
    ),
    work_kind(
        "DaemonSet",
        &["apps", "extensions"],
        "apps/daemonsets",
        "/spec/template/spec",
        true,
    ),
    work_kind(
        "ReplicaSet",
        &["apps", "extensions"],
        "apps/replicasets",
        "/spec/template/spec",
        true,
    ),
    work_kind("Job", &["batch"], "batch/jobs", "/spec/template/spec", false),
    work_kind(
        "CronJob",
        &["batch"],
        "batch/cronjobs",
        "/spec/jobTemplate/spec/template/spec",
        true,
    ),
];

/// What Argo runs again and again, or keeps running, or a template of it.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub meta: Meta,
    pub what: ScheduleKind,
}

/// Which of these.
#[derive(Clone, Debug)]
pub(crate) enum ScheduleKind {
    /// A cron workflow: as which account it runs where it says so itself, the template that it runs, and whether that is the
    /// cluster's.
    Cron {
        account: Option<Text>,
        template: Option<(Text, bool)>,
        suspended: bool,
    },
    /// A template, and whether it is the cluster's.
    Template { cluster: bool },
    /// A rollout, with a template of its own that can be changed.
    Rollout,
}

/// Something of a platform that may refuse pods that ask for their machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusing {
    /// Security context constraints of OpenShift.
    Constraints,
    /// A default of Pod Security, or exemptions from it.
    Default,
}

/// One object that is kept.
#[derive(Clone, Debug)]
pub(crate) enum Object {
    Role(Role),
    Binding(Binding),
    Account(Account),
    Namespace(Namespace),
    Work(Work),
    TokenSecret(TokenSecret),
    Mapping(Mapping),
    Control(Control),
    Authorizers(Box<[Authorizer]>),
    Refusing(Refusing),
    Schedule(Schedule),
}

/// An authorizer that an API server asks, as its configuration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authorizer {
    /// `RBAC`, `Node`, `Webhook` and others.
    pub kind: Text,
    pub name: Text,
}

/// The config map that tells which identities of the cloud a cluster knows, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub meta: Meta,
    pub entries: Box<[Mapped]>,
}

/// An identity of the cloud, and as whom the cluster knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub identity: Text,
    pub user: Text,
    pub groups: Box<[Text]>,
}

impl Mapped {
    /// Whether the user's name is made when somebody comes, as those of nodes are.
    pub(crate) fn is_template(&self) -> bool {
        self.user.contains("{{")
    }
}

/// All that one file gave.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub roles: Vec<Role>,
    pub bindings: Vec<Binding>,
    pub accounts: Vec<Account>,
    pub namespaces: Vec<Namespace>,
    pub work: Vec<Work>,
    pub secrets: Vec<TokenSecret>,
    pub mappings: Vec<Mapping>,
    pub controls: Vec<Control>,
    /// The authorizers of API servers in the order in which they are asked, for each configuration.
    pub authorizers: Vec<Box<[Authorizer]>>,
    pub refusing: Vec<Refusing>,
    pub schedules: Vec<Schedule>,
    /// Whether there was any secret, kept or not.
    pub secrets_seen: bool,
    /// The releases of the server that the file tells, with the places where it does.
    pub releases: Vec<(Text, Location)>,
    /// Whether an object could not be read, so that a missing one may be that one.
    pub broken: bool,
}

impl Objects {
    pub(crate) fn add(&mut self, object: Object) {
        match object {
            Object::Role(role) => self.roles.push(role),
            Object::Binding(binding) => self.bindings.push(binding),
            Object::Account(account) => self.accounts.push(account),
            Object::Namespace(namespace) => self.namespaces.push(namespace),
            Object::Work(work) => self.work.push(work),
            Object::TokenSecret(secret) => self.secrets.push(secret),
            Object::Mapping(mapping) => self.mappings.push(mapping),
            Object::Control(control) => self.controls.push(control),
            Object::Authorizers(authorizers) => self.authorizers.push(authorizers),
            Object::Refusing(refusing) => self.refusing.push(refusing),
            Object::Schedule(schedule) => self.schedules.push(schedule),
        }
    }

    /// Every object's metadata with a number for its kind.
    pub(crate) fn metas(&self) -> impl Iterator<Item = (u8, &Meta)> {
        let roles = self.roles.iter().map(|role| (role.number(), &role.meta));
        let bindings = self
            .bindings
            .iter()
            .map(|binding| (binding.number(), &binding.meta));
        let accounts = self.accounts.iter().map(|account| (4, &account.meta));
        let namespaces = self.namespaces.iter().map(|namespace| (5, &namespace.meta));
        let secrets = self.secrets.iter().map(|secret| (6, &secret.meta));
        let work = self
            .work
            .iter()
            .map(|work| (7 + u8::try_from(work.kind).unwrap_or(u8::MAX - 7), &work.meta));
        roles
            .chain(bindings)
            .chain(accounts)
            .chain(namespaces)
            .chain(secrets)
            .chain(work)
    }
}
