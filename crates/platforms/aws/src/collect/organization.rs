//! What is asked of an organization: its tree, its accounts and its policies.

use leastwise_document::Node;
use leastwise_model::{Command, Text};

use super::asker::Asker;
use super::{AwsCollector, Wish, elements};
use crate::compile::CENTER;

/// The part that is the organization.
pub(super) const PART: &str = "organization";

impl AwsCollector {
    /// What is asked first.
    pub(super) fn of_organization(&mut self, asker: &Asker) -> Vec<Command> {
        if self.is_whole(PART) {
            return Vec::new();
        }
        let asker = asker.of(PART.to_owned());
        let described = "organizations describe-organization";
        let mut commands = vec![
            self.plain(&asker, described, Wish::Kept(described.into(), None)),
            self.plain(&asker, "organizations list-roots", Wish::Nodes("/Roots")),
            self.plain(&asker, "organizations list-accounts", Wish::Nodes("/Accounts")),
        ];
        let delegates = format!("organizations list-delegated-administrators --service-principal {CENTER}");
        let wish = Wish::Kept(delegates.as_str().into(), None);
        commands.push(self.plain(&asker, &delegates, wish));
        for kind in ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"] {
            let words = format!("organizations list-policies --filter {kind}");
            commands.push(self.plain(&asker, &words, Wish::Policies(words.as_str().into())));
        }
        commands
    }

    /// What follows from a list of roots or accounts.
    pub(super) fn nodes(&mut self, asker: &Asker, at: &'static str, node: &Node) -> Vec<Command> {
        let said = match at {
            "/Roots" => "organizations list-roots",
            _ => "organizations list-accounts",
        };
        self.keep(asker, said, None, Ok(node));
        let below = elements(node, at).filter(|_| at == "/Accounts");
        let ids: Vec<&str> = below.filter_map(|one| one.get("Id")?.text()).collect();
        ids.iter().filter_map(|id| self.parents(asker, id)).collect()
    }

    /// What follows from what stands above a node.
    pub(super) fn above(&mut self, asker: &Asker, child: &Text, node: &Node) -> Vec<Command> {
        self.keep(asker, "organizations list-parents", Some(child), Ok(node));
        let units = elements(node, "/Parents");
        let units = units.filter(|one| one.get("Type").and_then(Node::text) == Some("ORGANIZATIONAL_UNIT"));
        let ids: Vec<&str> = units.filter_map(|one| one.get("Id")?.text()).collect();
        ids.iter().filter_map(|id| self.parents(asker, id)).collect()
    }

    /// What follows from a list of policies.
    pub(super) fn policies(&mut self, asker: &Asker, command: &str, node: &Node) -> Vec<Command> {
        self.keep(asker, command, None, Ok(node));
        let mut commands = Vec::new();
        for id in elements(node, "/Policies").filter_map(|one| one.get("Id")?.text()) {
            for said in [
                "organizations list-targets-for-policy",
                "organizations describe-policy",
            ] {
                let words = format!("{said} --policy-id {id}");
                commands.push(self.plain(asker, &words, Wish::Kept(said.into(), Some(id.into()))));
            }
        }
        commands
    }

    fn parents(&mut self, asker: &Asker, child: &str) -> Option<Command> {
        let fresh = self.asked.insert(child.into());
        let words = format!("organizations list-parents --child-id {child}");
        fresh.then(|| self.plain(asker, &words, Wish::Above(child.into())))
    }
}
