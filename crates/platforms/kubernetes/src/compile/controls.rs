//! What may refuse pods, what makes them, and changes of namespaces, and who takes it away.
//!
//! Nothing that is asked through the API server is asked about webhooks, policies and their bindings themselves
//! (kubernetes/kubernetes `apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go`,
//! IsExemptAdmissionConfigurationResource), and who changes a binding need not read its parameters while they stay the same
//! (`pkg/registry/admissionregistration/*/authz.go`). So who may write or delete them is rid of them. By which labels a control
//! selects a namespace that is being changed is told by the new ones (`.../predicates/namespace/matcher.go`, GetNamespaceLabels).

use std::collections::BTreeMap;

use leastwise_model::{Need, Remark, Snapshot, Text};
use leastwise_permset::Guard;

use super::World;
use super::adding::need_one_of;
use super::opportunities::gap;
use crate::asked::Asked;
use crate::object::{Control, ControlKind, Labels, Refusing, Requirement, Selector, label};
use crate::rule::request;

/// The label that the API server puts on every namespace.
const NAME: &str = "kubernetes.io/metadata.name";

/// Controls, as indices into those of the cluster, ascending.
pub(super) type Over = Vec<usize>;

/// A namespace, and what may refuse pods in it.
pub(super) struct Space<'w> {
    world: &'w World<'w>,
    pub namespace: &'w Text,
    /// By which it is selected, where they are known: where it is told, and only in one way.
    pub labels: Option<Labels>,
    /// All the labels that the input tells of it, one way after another.
    pub told: Vec<Labels>,
}

impl<'w> Space<'w> {
    pub(super) fn of(world: &'w World<'_>, namespace: &'w Text) -> Self {
        let mut told: Vec<BTreeMap<Text, Text>> = Vec::new();
        for known in world.namespaces.iter().filter(|one| one.meta.name == *namespace) {
            let own = known.selectable.iter().filter(|(key, _)| &**key != NAME).cloned();
            let labels = own.chain([(NAME.into(), namespace.clone())]).collect();
            if !told.contains(&labels) {
                told.push(labels);
            }
        }
        let told: Vec<Labels> = told
            .into_iter()
            .map(|labels| labels.into_iter().collect())
            .collect();
        let labels = match &told[..] {
            [only] => Some(only.clone()),
            _ => None,
        };
        Self {
            world,
            namespace,
            labels,
            told,
        }
    }

    /// Says that the namespace is told in more than one way.
    pub(super) fn remark(&self, snapshot: &mut Snapshot) {
        let mut known = self.world.namespaces.iter();
        let last = known.rfind(|one| one.meta.name == *self.namespace);
        if let (Some(last), true) = (last, self.told.len() > 1) {
            let what = format!(
                "namespace `{}` is defined with {} different sets of labels",
                self.namespace,
                self.told.len()
            );
            snapshot.remarks.push(Remark {
                location: Some(last.meta.location.clone()),
                what: what.into(),
                hint: "answers that differ between the definitions are unknown: leave one of them".into(),
                loses: false,
            });
        }
    }

    /// The value of a label, if all that is told of the namespace says the same; `None` where it is not known.
    pub(super) fn agreed(&self, key: &str) -> Option<Option<&Text>> {
        let mut values = self.told.iter().map(|labels| label(labels, key));
        let first = values.next()?;
        values.all(|other| other == first).then_some(first)
    }

    /// What is asked about requests in the namespace.
    pub(super) fn over(&self, about: Asked) -> Over {
        asked(self.world, about, self.labels.as_ref())
    }

    fn controls(&self, over: &[usize]) -> impl Iterator<Item = &'w Control> {
        let world = self.world;
        over.iter().filter_map(|at| world.controls.get(*at).copied())
    }

    /// That none of these refuses what asks for a machine.
    pub(super) fn unrefused(&self, over: &[usize], snapshot: &mut Snapshot) -> Guard {
        let mut guard = Guard::always();
        for control in self.controls(over) {
            let name = format!(
                "whether `{}` of cluster `{}` refuses privileged pods",
                control.meta.name, self.world.name
            );
            let settle = "kubectl apply --dry-run=server of a privileged pod, where that is allowed";
            let admits = gap(
                name,
                "what a webhook or an admission policy refuses",
                settle,
                snapshot,
            );
            guard = both(&guard, &admits);
        }
        guard
    }

    /// That nothing refuses new volumes; they are of no namespace, so that no selector leaves them out.
    pub(super) fn volumes_unrefused(&self, snapshot: &mut Snapshot) -> Guard {
        self.unrefused(&asked(self.world, Asked::VOLUMES, None), snapshot)
    }

    /// That nothing refuses to give the namespace these labels; any, where they are not known.
    pub(super) fn unhindered(&self, labels: Option<&Labels>, snapshot: &mut Snapshot) -> Guard {
        let mut guard = Guard::always();
        for control in self.controls(&asked(self.world, Asked::NAMESPACES, labels)) {
            let name = format!(
                "whether `{}` of cluster `{}` refuses to change the labels of namespace `{}`",
                control.meta.name, self.world.name, self.namespace
            );
            let settle = format!(
                "kubectl label namespace {} --overwrite --dry-run=server LABEL, where that is allowed",
                self.namespace
            );
            let admits = gap(
                name,
                "what a webhook or an admission policy refuses",
                &settle,
                snapshot,
            );
            guard = both(&guard, &admits);
        }
        guard
    }

    /// Changes the labels of the namespace, if this holds.
    pub(super) fn relabel(&self, guard: &Guard) -> Need {
        let resource = format!("{0}/{0}", self.namespace);
        let verbs = ["update", "patch"];
        let regions =
            verbs.map(|verb| request(&format!("core/namespaces:{verb}"), &resource).when(guard.clone()));
        need_one_of("core/namespaces:patch", regions)
    }

    /// Takes away all of these, and where the namespace has to be changed too, all that may refuse that, and changes it;
    /// `None` where there is nothing to take away.
    pub(super) fn removals(&self, over: &[usize], relabelled: bool) -> Option<Vec<Need>> {
        let over_changes = match relabelled {
            true => asked(self.world, Asked::NAMESPACES, None),
            false => Over::new(),
        };
        let mut away: BTreeMap<(&str, &Text, Option<&Text>), &Control> = BTreeMap::new();
        for control in self.controls(over).chain(self.controls(&over_changes)) {
            let bound = match &control.what {
                ControlKind::PolicyBinding { policy, .. } => Some(policy),
                ControlKind::Webhooks(_) | ControlKind::Policy(_) => None,
            };
            away.insert((control.resource, &control.meta.name, bound), control);
        }
        if away.is_empty() {
            return None;
        }
        let mut needs: Vec<Need> = away.into_values().map(|control| self.removal(control)).collect();
        if relabelled {
            needs.push(self.relabel(&Guard::always()));
        }
        Some(needs)
    }

    /// Deletes a control, or changes it so that it refuses nothing; of a binding, or of the policy that it binds.
    fn removal(&self, control: &Control) -> Need {
        let policy = match &control.what {
            ControlKind::PolicyBinding { policy, .. } => {
                let mut all = self.world.controls.iter();
                all.find(|one| is_policy(one, control.resource, policy))
            }
            ControlKind::Webhooks(_) | ControlKind::Policy(_) => None,
        };
        let regions = [Some(control), policy.copied()]
            .into_iter()
            .flatten()
            .flat_map(|control| {
                let named = format!("/{}", control.meta.name);
                let request_for =
                    |verb: &str, resource: &str| request(&format!("{}:{verb}", control.resource), resource);
                [
                    request_for("delete", &named),
                    request_for("update", &named),
                    request_for("patch", &named),
                    request_for("deletecollection", "/"),
                ]
            });
        need_one_of(&format!("{}:delete", control.resource), regions)
    }

    /// Labels by which none of these, which are asked about something, selects the namespace any more, and that have none at
    /// `freed`; `None` where there are no such controls, or no such labels are found: a change for each selector is tried.
    pub(super) fn left(&self, over: &[usize], about: Asked, freed: &str) -> Option<Labels> {
        let own = without(self.labels.as_ref()?, freed);
        let mut labels: BTreeMap<Text, Text> = own.iter().cloned().collect();
        // Without a label the cluster's own default would count.
        if over.is_empty() || self.world.refusing.contains(&Refusing::Default) {
            return None;
        }
        for control in self.controls(over) {
            for selector in selectors(control, about).filter(|one| one.selects(&own)) {
                match change(selector)? {
                    (key, Some(value)) => labels.insert(key, value),
                    (key, None) => labels.remove(&key),
                };
            }
        }
        let labels: Labels = labels.into_iter().collect();
        let free = label(&labels, freed).is_none();
        (free && asked(self.world, about, Some(&labels)).is_empty()).then_some(labels)
    }
}

pub(super) fn both(first: &Guard, second: &Guard) -> Guard {
    Guard::all_of(first.literals().iter().chain(second.literals()).cloned())
}

/// Labels without one of them.
pub(super) fn without(labels: &Labels, key: &str) -> Labels {
    labels
        .iter()
        .filter(|(name, _)| &**name != key)
        .cloned()
        .collect()
}

/// A label to set, or to take away, so that a selector selects no more; `None` where there is none that one may change.
fn change(selector: &Selector) -> Option<(Text, Option<Text>)> {
    selector.0.iter().find_map(|requirement| match requirement {
        Requirement::In(key, _) | Requirement::Exists(key) => (&**key != NAME).then(|| (key.clone(), None)),
        Requirement::NotIn(key, values) => {
            let value = values.first().filter(|_| &**key != NAME)?;
            Some((key.clone(), Some(value.clone())))
        }
        Requirement::DoesNotExist(key) => Some((key.clone(), Some("true".into()))),
    })
}

/// Whether a control is the policy that a binding of kind `resource` names.
fn is_policy(control: &Control, resource: &str, policy: &Text) -> bool {
    let of = control.resource.strip_suffix("policies");
    matches!(control.what, ControlKind::Policy(_))
        && control.meta.name == *policy
        && of.is_some_and(|of| resource.strip_prefix(of) == Some("policybindings"))
}

/// By what a control that has selectors of its own is asked about something.
fn selectors(control: &Control, about: Asked) -> impl Iterator<Item = &Selector> {
    let (webhooks, bound) = match &control.what {
        ControlKind::Webhooks(webhooks) => (&webhooks[..], None),
        ControlKind::PolicyBinding { selector, .. } => (&[][..], Some(selector)),
        ControlKind::Policy(_) => (&[][..], None),
    };
    let webhooks = webhooks.iter().filter(move |(asked, _)| asked.meets(about));
    webhooks.map(|(_, selector)| selector).chain(bound)
}

/// The webhooks and bindings of policies that are asked about something in a namespace with these labels, or with any.
fn asked(world: &World<'_>, about: Asked, labels: Option<&Labels>) -> Over {
    let speaks = |control: &Control| match &control.what {
        ControlKind::PolicyBinding { policy, .. } => {
            let policies = world.controls.iter();
            let mut found = policies
                .filter_map(|one| match one.what {
                    ControlKind::Policy(asked) if is_policy(one, control.resource, policy) => Some(asked),
                    _ => None,
                })
                .peekable();
            // Without any it is not in the input; one of several may be the one that counts.
            found.peek().is_none() || found.any(|asked| asked.meets(about))
        }
        ControlKind::Webhooks(_) => true,
        ControlKind::Policy(_) => false,
    };
    let selects = |control: &Control| {
        selectors(control, about).any(|selector| labels.is_none_or(|labels| selector.selects(labels)))
    };
    let all = world.controls.iter().enumerate();
    all.filter(|(_, control)| speaks(control) && selects(control))
        .map(|(at, _)| at)
        .collect()
}
