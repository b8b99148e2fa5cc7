//! What may refuse new pods and changes of namespaces, and who takes it away.
//!
//! Nothing that is asked through the API server is asked about webhooks, policies and their bindings themselves
//! (kubernetes/kubernetes `apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go`,
//! IsExemptAdmissionConfigurationResource), and who changes a binding need not read its parameters while they stay the same
//! (`pkg/registry/admissionregistration/*/authz.go`). So who may write or delete them is rid of them. By which labels a control
//! selects a namespace that is being changed is told by the new ones (`.../predicates/namespace/matcher.go`, GetNamespaceLabels).

use std::collections::BTreeMap;

use leastwise_model::{Need, Snapshot, Text};
use leastwise_permset::Guard;

use super::World;
use super::adding::need_one_of;
use super::opportunities::gap;
use crate::object::{Asked, Control, ControlKind, Labels, Requirement, Selector};
use crate::rule::request;

/// The label that the API server puts on every namespace.
const NAME: &str = "kubernetes.io/metadata.name";

/// A namespace, and what may refuse pods in it.
pub(super) struct Space<'w> {
    world: &'w World<'w>,
    pub namespace: &'w Text,
    /// By which it is selected, where they are known.
    pub labels: Option<Labels>,
    /// What is asked about its new pods.
    over_pods: Vec<&'w Control>,
}

impl<'w> Space<'w> {
    pub(super) fn of(world: &'w World<'_>, namespace: &'w Text) -> Self {
        let known = world.namespaces.iter().find(|one| one.meta.name == *namespace);
        let labels = known.map(|one| {
            let own = one.selectable.iter().filter(|(key, _)| &**key != NAME).cloned();
            own.chain([(NAME.into(), namespace.clone())]).collect()
        });
        let over_pods = asked(world, |asked| asked.pods, labels.as_ref());
        Self {
            world,
            namespace,
            labels,
            over_pods,
        }
    }

    /// That nothing refuses a pod that asks for its machine.
    pub(super) fn unrefused(&self, snapshot: &mut Snapshot) -> Guard {
        let mut guard = Guard::always();
        for control in &self.over_pods {
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

    /// That nothing refuses to give the namespace these labels; any, where they are not known.
    pub(super) fn unhindered(&self, labels: Option<&Labels>, snapshot: &mut Snapshot) -> Guard {
        let mut guard = Guard::always();
        for control in asked(self.world, |asked| asked.namespaces, labels) {
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

    /// Takes away all that may refuse a pod, and where the namespace has to be changed too, all that may refuse that, and
    /// changes it; `None` where there is nothing to take away.
    pub(super) fn removals(&self, relabelled: bool) -> Option<Vec<Need>> {
        let mut away: BTreeMap<(&str, &Text), &Control> = BTreeMap::new();
        let over_changes = match relabelled {
            true => asked(self.world, |asked| asked.namespaces, None),
            false => Vec::new(),
        };
        for control in self.over_pods.iter().copied().chain(over_changes) {
            away.insert((control.resource, &control.meta.name), control);
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

    /// Labels by which nothing selects the namespace any more that is asked about its pods, and that have none at `freed`;
    /// `None` where nothing is asked, or none such are found: a change for each selector is tried.
    pub(super) fn left(&self, freed: &str) -> Option<Labels> {
        let own = without(self.labels.as_ref()?, freed);
        let mut labels: BTreeMap<Text, Text> = own.iter().cloned().collect();
        if self.over_pods.is_empty() {
            return None;
        }
        for control in &self.over_pods {
            for selector in selectors(control, |asked| asked.pods).filter(|one| one.selects(&own)) {
                match change(selector)? {
                    (key, Some(value)) => labels.insert(key, value),
                    (key, None) => labels.remove(&key),
                };
            }
        }
        let labels: Labels = labels.into_iter().collect();
        let free = crate::object::label(&labels, freed).is_none();
        (free && asked(self.world, |asked| asked.pods, Some(&labels)).is_empty()).then_some(labels)
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
fn selectors(control: &Control, about: impl Fn(&Asked) -> bool) -> impl Iterator<Item = &Selector> {
    let (webhooks, bound) = match &control.what {
        ControlKind::Webhooks(webhooks) => (&webhooks[..], None),
        ControlKind::PolicyBinding { selector, .. } => (&[][..], Some(selector)),
        ControlKind::Policy(_) => (&[][..], None),
    };
    let webhooks = webhooks.iter().filter(move |(asked, _)| about(asked));
    webhooks.map(|(_, selector)| selector).chain(bound)
}

/// The webhooks and bindings of policies that are asked about something in a namespace with these labels, or with any.
fn asked<'w>(
    world: &'w World<'_>,
    about: impl Fn(&Asked) -> bool + Copy,
    labels: Option<&Labels>,
) -> Vec<&'w Control> {
    let speaks = |control: &Control| match &control.what {
        ControlKind::PolicyBinding { policy, .. } => {
            let mut policies = world.controls.iter().copied();
            let found = policies.find(|one| is_policy(one, control.resource, policy));
            match found.map(|found| &found.what) {
                Some(ControlKind::Policy(asked)) => about(asked),
                // It is not in the input.
                _ => true,
            }
        }
        ControlKind::Webhooks(_) => true,
        ControlKind::Policy(_) => false,
    };
    let selects = |control: &Control| {
        selectors(control, about).any(|selector| labels.is_none_or(|labels| selector.selects(labels)))
    };
    let all = world.controls.iter().copied();
    all.filter(|control| speaks(control) && selects(control))
        .collect()
}
