//! What may refuse pods, what makes them, and changes of namespaces: webhooks, admission policies and their bindings.
//!
//! Source: Kubernetes API reference, `admissionregistration.k8s.io/v1`. Whether a webhook or an expression does refuse something is
//! not evaluated; only whether it is asked.

use leastwise_document::Node;

use super::{From, Odd, list};
use crate::asked::{Asked, Sort, sorts};
use crate::object::{Control, ControlKind, Selector};

/// Kinds that make controls, with group and resource in actions.
const KINDS: [(&str, &str); 6] = [
    (
        "ValidatingWebhookConfiguration",
        "admissionregistration.k8s.io/validatingwebhookconfigurations",
    ),
    (
        "MutatingWebhookConfiguration",
        "admissionregistration.k8s.io/mutatingwebhookconfigurations",
    ),
    (
        "ValidatingAdmissionPolicy",
        "admissionregistration.k8s.io/validatingadmissionpolicies",
    ),
    (
        "MutatingAdmissionPolicy",
        "admissionregistration.k8s.io/mutatingadmissionpolicies",
    ),
    (
        "ValidatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/validatingadmissionpolicybindings",
    ),
    (
        "MutatingAdmissionPolicyBinding",
        "admissionregistration.k8s.io/mutatingadmissionpolicybindings",
    ),
];

/// The group of the configuration of Pod Security.
pub(super) const POD_SECURITY: &str = "pod-security.admission.config.k8s.io";

/// Whether a configuration of admission, or of Pod Security alone, may refuse more than labels of namespaces do (Kubernetes
/// documentation, "Enforce Pod Security Standards by Configuring the Built-in Admission Controller").
pub(super) fn sets_default(node: &Node) -> bool {
    let tells = |configuration: &Node| {
        let level = configuration.find("/defaults/enforce").and_then(Node::scalar);
        let exempt = configuration.get("exemptions").map(Node::entries);
        level.is_some_and(|level| level != "privileged")
            || exempt.is_some_and(|lists| lists.iter().any(|(_, list)| !list.list().is_empty()))
    };
    let plugins = node.get("plugins").into_iter().flat_map(Node::list);
    let mut plugins = plugins.map(|plugin| (plugin, plugin.get("name").and_then(Node::scalar)));
    // What stands in a file of its own is not known from here.
    tells(node)
        || plugins.any(|(plugin, name)| match name {
            Some("PodSecurity") => plugin.get("configuration").is_none_or(tells),
            name => name == Some("ImagePolicyWebhook"),
        })
}

impl From<'_, '_> {
    /// A control over pods, what makes them, or namespaces; `None` where it is none.
    pub(super) fn control(&mut self, node: &Node, kind: &str) -> Result<Option<Control>, Odd> {
        let Some((_, resource)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            return Ok(None);
        };
        let what = match kind {
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                let mut webhooks = Vec::new();
                for webhook in list(node, "webhooks")? {
                    let asked = asked(list(webhook, "rules")?);
                    if asked != Asked::default() {
                        webhooks.push((asked, self.namespaces(webhook)?));
                    }
                }
                if webhooks.is_empty() {
                    return Ok(None);
                }
                ControlKind::Webhooks(webhooks.into())
            }
            "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
                let rules = node.find("/spec/matchConstraints/resourceRules");
                ControlKind::Policy(rules.map_or(Asked::ALL, |rules| asked(rules.list())))
            }
            _ => {
                let Some(spec) = node.get("spec") else {
                    return Ok(None);
                };
                let denies = |action: &Node| action.scalar() == Some("Deny");
                let validates = kind == "ValidatingAdmissionPolicyBinding";
                if validates && !list(spec, "validationActions")?.iter().any(denies) {
                    return Ok(None);
                }
                let selector = match spec.get("matchResources") {
                    Some(matched) => self.namespaces(matched)?,
                    None => Selector::default(),
                };
                ControlKind::PolicyBinding {
                    policy: self.text(spec, "policyName")?,
                    selector,
                }
            }
        };
        Ok(Some(Control {
            meta: self.meta(node, false)?,
            resource,
            what,
        }))
    }

    fn namespaces(&mut self, node: &Node) -> Result<Selector, Odd> {
        match node.get("namespaceSelector") {
            Some(selector) if selector.is_map() => self.selector(selector),
            _ => Ok(Selector::default()),
        }
    }
}

/// About what somebody with these rules is asked.
fn asked(rules: &[Node]) -> Asked {
    sorts()
        .filter(|sort| rules.iter().any(|rule| speaks_of(rule, sort)))
        .fold(Asked::default(), |all, sort| all.with(sort.asked))
}

fn speaks_of(rule: &Node, sort: &Sort) -> bool {
    let has = |key: &str, fits: &dyn Fn(&str) -> bool| {
        let all = rule.get(key).into_iter().flat_map(Node::list);
        let mut all = all.filter_map(Node::scalar);
        all.any(fits)
    };
    // `pods/*` stands for the pods themselves as well.
    let resource = |word: &str| {
        let (of, below) = word.split_once('/').unwrap_or((word, ""));
        [sort.resource, "*"].contains(&of) && [sort.below, "*"].contains(&below)
    };
    has("operations", &|word| [sort.operation, "*"].contains(&word))
        && has("apiGroups", &|word| word == "*" || sort.groups.contains(&word))
        && has("resources", &resource)
}
