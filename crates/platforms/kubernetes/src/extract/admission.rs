//! What may refuse new pods and changes of namespaces: webhooks, admission policies and their bindings.
//!
//! Source: Kubernetes API reference, `admissionregistration.k8s.io/v1`. Whether a webhook or an expression does refuse something is
//! not evaluated; only whether it is asked.

use leastwise_document::Node;

use super::{From, Odd, list};
use crate::object::{Asked, Control, ControlKind, Selector};

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

impl From<'_, '_> {
    /// A control over new pods or namespaces; `None` where it is none.
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
                let all = Asked {
                    pods: true,
                    namespaces: true,
                };
                ControlKind::Policy(rules.map_or(all, |rules| asked(rules.list())))
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
    let about =
        |operation: &str, resource: &str| rules.iter().any(|rule| speaks_of(rule, operation, resource));
    Asked {
        pods: about("CREATE", "pods"),
        namespaces: about("UPDATE", "namespaces"),
    }
}

fn speaks_of(rule: &Node, operation: &str, resource: &str) -> bool {
    let has = |key: &str, fits: &dyn Fn(&str) -> bool| {
        let all = rule.get(key).into_iter().flat_map(Node::list);
        let mut all = all.filter_map(Node::scalar);
        all.any(fits)
    };
    // `pods/*` stands for the pods themselves as well.
    let resource = |word: &str| {
        let (of, sub) = word.split_once('/').unwrap_or((word, ""));
        [resource, "*"].contains(&of) && ["", "*"].contains(&sub)
    };
    has("operations", &|word| [operation, "*"].contains(&word))
        && has("apiGroups", &|word| ["", "*"].contains(&word))
        && has("resources", &resource)
}
