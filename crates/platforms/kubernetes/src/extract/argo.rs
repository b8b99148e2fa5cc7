//! Workflows of Argo that run again and again, the templates that they run, and rollouts.

use leastwise_document::Node;

use super::{From, Odd};
use crate::object::{Schedule, ScheduleKind};

/// The group of Argo's resources.
pub(super) const GROUP: &str = "argoproj.io";

impl From<'_, '_> {
    /// A cron workflow, a template of workflows or a rollout; `None` for other kinds of the group.
    pub(super) fn schedule(&mut self, node: &Node, kind: &str) -> Result<Option<Schedule>, Odd> {
        let what = match kind {
            "CronWorkflow" => {
                let spec = node.find("/spec/workflowSpec");
                let text = |node: Option<&Node>, key: &str| {
                    let value = node.and_then(|node| node.get(key)).and_then(Node::scalar);
                    value.filter(|text| !text.is_empty()).map(str::to_owned)
                };
                let account = text(spec, "serviceAccountName").map(|name| self.words.word(&name));
                let template = spec.and_then(|spec| spec.get("workflowTemplateRef"));
                let cluster = template
                    .and_then(|template| template.get("clusterScope"))
                    .and_then(Node::boolean);
                let template = text(template, "name").map(|name| self.words.word(&name));
                ScheduleKind::Cron {
                    account,
                    template: template.map(|name| (name, cluster == Some(true))),
                    suspended: node.find("/spec/suspend").and_then(Node::boolean) == Some(true),
                }
            }
            "WorkflowTemplate" => ScheduleKind::Template { cluster: false },
            "ClusterWorkflowTemplate" => ScheduleKind::Template { cluster: true },
            "Rollout" => ScheduleKind::Rollout,
            _ => return Ok(None),
        };
        let namespaced = !matches!(what, ScheduleKind::Template { cluster: true });
        Ok(Some(Schedule {
            meta: self.meta(node, namespaced)?,
            what,
        }))
    }
}
