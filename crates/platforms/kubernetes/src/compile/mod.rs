//! The kept objects of each cluster → identities with what they hold, and all that follows.
//!
//! Work and memory grow with objects, rules and subjects: a role is compiled once and shared by its bindings, a
//! binding once and shared by its subjects, a group once and shared by its members.

pub(crate) mod accounts;
mod adding;
mod assumptions;
mod authorizers;
mod bindings;
mod certificates;
mod completeness;
mod constrained;
mod controls;
mod grants;
mod identities;
mod impersonation;
mod kubelet;
mod machines;
mod operators;
mod opportunities;
mod proxied;
mod roles;
mod secrets;
mod starting;
mod tokens;

use leastwise_model::{
    Instance, InstanceIndex, Location, Remark, Snapshot, Step, Technique, TechniqueIndex, Text,
};
use leastwise_permset::Label;
use rustc_hash::FxHashMap;

use self::completeness::Completeness;
use crate::catalogue::rows;
use crate::cluster::Cluster;
use crate::object::{
    Account, Authorizer, Binding, Control, Mapping, Meta, Namespace, Refusing, Role, Schedule, SubjectKind,
    TokenSecret, Work,
};

const AUTHORIZERS: &str = include_str!("../../data/authorizers.tsv");
const TECHNIQUES: &str = include_str!("../../data/techniques.tsv");

/// Techniques by the last part of their id.
pub(crate) type Techniques = FxHashMap<&'static str, TechniqueIndex>;

/// Compiles clusters, which are sorted already.
pub(crate) fn compile(clusters: &[Cluster<'_>], snapshot: &mut Snapshot) {
    if clusters.is_empty() {
        return;
    }
    let mut techniques = Techniques::default();
    for row in rows(TECHNIQUES) {
        let [id, title, effect, source] = *row else {
            continue;
        };
        let technique = Technique {
            id: id.into(),
            title: title.into(),
            source: source.into(),
            effect: effect.into(),
        };
        let index = snapshot.add_technique(technique);
        techniques.insert(id.strip_prefix("kubernetes:").unwrap_or(id), index);
    }
    for cluster in clusters {
        let instance = snapshot.add_instance(Instance {
            platform: "kubernetes",
            name: cluster.name.clone(),
            title: format!("cluster {}", cluster.name).into(),
            version: cluster.version.clone(),
            environment: cluster.environment.clone(),
        });
        let world = World::of(cluster, instance, snapshot);
        kubelet::remark(&world, snapshot);
        let roles = roles::compile(&world, snapshot);
        let mut people = accounts::collect(&world);
        let bound = bindings::compile(&world, &roles, &mut people, snapshot);
        let placed = identities::place(&world, &people, snapshot);
        bindings::describe(&world, &roles, &people, &bound, &placed, snapshot);
        opportunities::compile(&world, &people, &placed, &techniques, snapshot);
        tokens::compile(cluster, &world, &people, &placed, &techniques, snapshot);
        grants::compile(&roles, &people, &bound, &placed, &techniques, snapshot);
        constrained::compile(&world, &roles, &people, &bound, &placed, &techniques, snapshot);
        proxied::compile(&world, &roles, &bound, &placed, &techniques, snapshot);
    }
}

/// The objects of one cluster, each once, and what is known about their completeness.
pub(crate) struct World<'a> {
    pub name: Text,
    pub instance: InstanceIndex,
    pub environment: Option<Text>,
    /// The row of the authorizer that the cloud sets beside the cluster's roles, where the release or the names of machines tell
    /// which cloud it is.
    pub cloud: Option<[&'static str; 4]>,
    /// Whom the API server asks, where its configuration is in the input; several where the input contradicts itself.
    pub authorizers: Vec<&'a [Authorizer]>,
    /// Major and minor of the release.
    pub version: Option<(u32, u32)>,
    pub roles: Vec<&'a Role>,
    pub bindings: Vec<&'a Binding>,
    pub accounts: Vec<&'a Account>,
    pub namespaces: Vec<&'a Namespace>,
    pub work: Vec<&'a Work>,
    pub secrets: Vec<&'a TokenSecret>,
    pub secrets_seen: bool,
    /// What may refuse new pods and changes of namespaces.
    pub controls: Vec<&'a Control>,
    /// What else may refuse pods that ask for their machine.
    pub refusing: Vec<Refusing>,
    /// What runs again and again, and its templates.
    pub schedules: Vec<&'a Schedule>,
    /// The map of identities of the cloud, where the input has it.
    pub mapping: Option<&'a Mapping>,
    /// Whether the objects with which every cluster begins are among them.
    pub full: bool,
    /// The release of those that were added because it was asked for.
    pub assumed: Option<&'static str>,
    /// What exists only if it is in the input.
    pub complete: Completeness,
    /// The namespace of objects that name none.
    home: FxHashMap<u32, Text>,
    /// Whether there are such objects.
    pub homeless: bool,
}

impl<'a> World<'a> {
    fn of(cluster: &Cluster<'a>, instance: InstanceIndex, snapshot: &mut Snapshot) -> Self {
        let files = || cluster.files.iter().copied();
        let mut world = Self {
            name: cluster.name.clone(),
            instance,
            environment: cluster.environment.clone(),
            cloud: cloud(cluster),
            authorizers: authorizers::configured(cluster, snapshot),
            version: cluster.version.as_deref().and_then(release),
            roles: files().flat_map(|objects| &objects.roles).collect(),
            bindings: files().flat_map(|objects| &objects.bindings).collect(),
            accounts: files().flat_map(|objects| &objects.accounts).collect(),
            namespaces: files().flat_map(|objects| &objects.namespaces).collect(),
            work: files().flat_map(|objects| &objects.work).collect(),
            secrets: files().flat_map(|objects| &objects.secrets).collect(),
            secrets_seen: files().any(|objects| objects.secrets_seen || !objects.secrets.is_empty()),
            controls: files().flat_map(|objects| &objects.controls).collect(),
            refusing: files().flat_map(|objects| &objects.refusing).copied().collect(),
            schedules: files().flat_map(|objects| &objects.schedules).collect(),
            mapping: files().flat_map(|objects| &objects.mappings).next(),
            full: false,
            assumed: cluster.assumed,
            complete: Completeness::default(),
            home: FxHashMap::default(),
            homeless: false,
        };
        let broken = files().any(|objects| objects.broken);
        let defaults = files()
            .flat_map(|objects| objects.metas())
            .any(|(_, meta)| meta.provided);
        world.full = defaults && !broken;
        world.settle(snapshot);
        world.complete = Completeness::of(&world, broken);
        world
    }

    /// Finds a namespace for objects that name none: where bindings of the same file, else of the same cluster,
    /// say that one of their accounts lives; else `default`, where `kubectl apply` puts them.
    fn settle(&mut self, snapshot: &mut Snapshot) {
        let mut homeless: FxHashMap<u32, Location> = FxHashMap::default();
        let namespaced = (self
            .roles
            .iter()
            .filter(|role| !role.cluster)
            .map(|role| &role.meta))
        .chain(
            self.bindings
                .iter()
                .filter(|binding| !binding.cluster)
                .map(|binding| &binding.meta),
        )
        .chain(self.accounts.iter().map(|account| &account.meta))
        .chain(self.work.iter().map(|work| &work.meta))
        .chain(self.secrets.iter().map(|secret| &secret.meta));
        for meta in namespaced.filter(|meta| meta.namespace.is_none()) {
            homeless
                .entry(meta.location.file.0)
                .or_insert_with(|| meta.location.clone());
        }
        if homeless.is_empty() {
            return;
        }
        let mut names: FxHashMap<&Text, Vec<u32>> = FxHashMap::default();
        for account in self
            .accounts
            .iter()
            .filter(|account| account.meta.namespace.is_none())
        {
            names
                .entry(&account.meta.name)
                .or_default()
                .push(account.meta.location.file.0);
        }
        // `None` stands for contradicting evidence.
        let mut evidence: FxHashMap<Option<u32>, Option<Text>> = FxHashMap::default();
        for binding in &self.bindings {
            for subject in binding
                .subjects
                .iter()
                .filter(|subject| subject.kind == SubjectKind::ServiceAccount)
            {
                let (Some(namespace), Some(files)) = (&subject.namespace, names.get(&subject.name)) else {
                    continue;
                };
                let file = binding.meta.location.file.0;
                for of in [None, files.contains(&file).then_some(file)]
                    .into_iter()
                    .enumerate()
                {
                    let key = match of {
                        (0, _) => None,
                        (_, Some(file)) => Some(file),
                        (_, None) => continue,
                    };
                    let known = evidence.entry(key).or_insert_with(|| Some(namespace.clone()));
                    if known.as_ref() != Some(namespace) {
                        *known = None;
                    }
                }
            }
        }
        let mut files: Vec<(u32, Location)> = homeless.into_iter().collect();
        files.sort();
        for (file, location) in files {
            let told = [Some(file), None]
                .iter()
                .find_map(|key| evidence.get(key).cloned().flatten());
            let why = match &told {
                Some(home) => format!(
                    "objects that name no namespace are taken to live in `{home}`, where a binding finds their account"
                ),
                None => "objects that name no namespace are taken to live in `default`".to_owned(),
            };
            snapshot.remarks.push(Remark {
                location: Some(location),
                what: why.into(),
                hint: "render the manifest with its namespace, or export the cluster".into(),
                loses: false,
            });
            self.home.insert(file, told.unwrap_or_else(|| "default".into()));
        }
        self.homeless = true;
    }

    /// The namespace in which a namespaced object lives.
    pub(crate) fn home(&self, meta: &Meta) -> Text {
        match &meta.namespace {
            Some(namespace) => namespace.clone(),
            None => self
                .home
                .get(&meta.location.file.0)
                .cloned()
                .unwrap_or_else(|| "default".into()),
        }
    }
}

/// What the name of its release, or those of its machines, tell of the cloud whose a cluster is.
fn cloud(cluster: &Cluster<'_>) -> Option<[&'static str; 4]> {
    let version = cluster.version.as_deref().unwrap_or_default();
    let work = || cluster.files.iter().flat_map(|objects| &objects.work);
    let runs_on = |begin: &str| {
        let mut nodes = work().filter_map(|work| work.pod.as_ref()?.node.as_deref());
        nodes.any(|node| node.starts_with(begin))
    };
    let mut all = rows(AUTHORIZERS).filter_map(|row| <[&'static str; 4]>::try_from(row).ok());
    all.find(|[mark, ..]| match mark.strip_prefix("machine:") {
        Some(begin) => runs_on(begin),
        None => version.contains(*mark),
    })
}

/// `v1.33.2-eks-1` → 1.33.
pub(crate) fn release(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches(['v', 'V']).split('.');
    let number = |part: &str| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end)?.parse().ok()
    };
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

/// A step that the platform takes by itself.
pub(crate) fn implicit(snapshot: &mut Snapshot, kind: &str, name: &Text, statement: String) -> Label {
    snapshot.add_step(Step {
        kind: kind.into(),
        name: name.clone(),
        statement: statement.into(),
        location: None,
        provided: true,
    })
}
