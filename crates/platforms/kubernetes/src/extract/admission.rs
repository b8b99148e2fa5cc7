//! What may refuse new pods: webhooks, admission policies and their bindings.
//!
//! Source: Kubernetes API reference, `admissionregistration.k8s.io/v1`. Whether a webhook or an expression does refuse a pod is
//! not evaluated; only whether it is asked.

use leastwise_document::Node;

use super::{From, Odd, list};
use crate::object::{Control, ControlKind, Selector};

impl From<'_, '_> {
    /// A control over new pods; `None` where it is none.
    pub(super) fn control(&mut self, node: &Node, kind: &str) -> Result<Option<Control>, Odd> {
        let what = match kind {
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
                let mut asked = Vec::new();
                for webhook in list(node, "webhooks")? {
                    if list(webhook, "rules")?.iter().any(speaks_of_new_pods) {
                        asked.push(self.namespaces(webhook)?);
                    }
                }
                if asked.is_empty() {
                    return Ok(None);
                }
                ControlKind::Webhooks(asked.into())
            }
            "ValidatingAdmissionPolicy" => {
                let rules = node.find("/spec/matchConstraints/resourceRules");
                ControlKind::Policy {
                    pods: rules.is_none_or(|rules| rules.list().iter().any(speaks_of_new_pods)),
                }
            }
            "ValidatingAdmissionPolicyBinding" => {
                let Some(spec) = node.get("spec") else {
                    return Ok(None);
                };
                let denies = |action: &Node| action.scalar() == Some("Deny");
                if !list(spec, "validationActions")?.iter().any(denies) {
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
            _ => return Ok(None),
        };
        Ok(Some(Control {
            meta: self.meta(node, false)?,
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

fn speaks_of_new_pods(rule: &Node) -> bool {
    let has = |key: &str, words: &[&str]| {
        let all = rule.get(key).into_iter().flat_map(Node::list);
        let mut all = all.filter_map(Node::scalar);
        all.any(|word| words.contains(&word))
    };
    has("operations", &["CREATE", "*"])
        && has("apiGroups", &["", "*"])
        && has("resources", &["pods", "*", "*/*"])
}
