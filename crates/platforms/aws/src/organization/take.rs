//! Taking the outputs of `aws organizations`.

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, Location, Remark, Text};

use super::{Control, Force, Kind, Organization};
use crate::export::Spot;
use crate::output::Output;
use crate::policy::{Document, parse_encoded, same_document};

impl Organization {
    /// Takes an item, if it is an output about organizations; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        if item.from.as_deref() == Some("Policies") {
            let more = item.collection.as_ref().and_then(|map| map.get("NextToken"));
            return self.listed(&item.node, more.is_none_or(Node::is_null), None);
        }
        Output::of(file, item).is_some_and(|output| self.output(&output))
    }

    fn output(&mut self, output: &Output<'_>) -> bool {
        let service = output
            .command
            .map(|command| command.starts_with("organizations "));
        if service == Some(false) {
            return false;
        }
        if self.delegated(output) {
            return true;
        }
        let node = output.node;
        // Alone an empty list may be anything.
        let said = |list: &[Node]| service == Some(true) || !list.is_empty();
        if let Some(organization) = node.get("Organization").filter(|node| has_arn(node)) {
            let management = organization
                .get("MasterAccountId")
                .or_else(|| organization.get("ManagementAccountId"));
            self.management
                .extend(management.and_then(Node::text).map(Text::from));
            self.seen(organization);
        } else if let Some((roots, _)) = output
            .list("Roots")
            .filter(|(roots, _)| said(roots) && each_has_arn(roots))
        {
            roots.iter().for_each(|root| self.root(root));
        } else if let Some((units, _)) = output
            .list("OrganizationalUnits")
            .filter(|(units, _)| said(units) && each_has_arn(units))
        {
            self.below(output, units);
        } else if let Some((accounts, _)) = output
            .list("Accounts")
            .filter(|(list, _)| said(list) && each_has_arn(list))
        {
            let ids = accounts.iter().filter_map(id);
            self.accounts.extend(ids);
            self.below(output, accounts);
        } else if let Some((children, _)) = output
            .list("Children")
            .filter(|(list, _)| said(list) && each_has_type(list))
        {
            let accounts = children.iter().filter(|child| kind_of(child) == Some("ACCOUNT"));
            self.accounts.extend(accounts.filter_map(id));
            self.attributed(output, "the parent");
            self.below(output, children);
        } else if let Some((parents, _)) = output
            .list("Parents")
            .filter(|(list, _)| said(list) && each_has_type(list))
        {
            if self.attributed(output, "the child") {
                let child: Text = output.of.unwrap_or_default().into();
                if child.len() == 12 && !child.starts_with("ou-") {
                    self.accounts.insert(child.clone());
                }
                let above = self.parents.entry(child).or_default();
                above.extend(parents.iter().filter_map(id));
            }
        } else if let Some((targets, all)) = output
            .list("Targets")
            .filter(|(list, _)| said(list) && each_is_target(list))
        {
            if self.attributed(output, "the policy") {
                targets.iter().for_each(|target| self.seen(target));
                let policy: Text = output.of.unwrap_or_default().into();
                let known = self.targets.entry(policy).or_default();
                let ids = targets.iter().filter_map(|target| target.get("TargetId")?.text());
                known.these.extend(ids.map(Text::from));
                known.all |= all;
            }
        } else if let Some(policy) = node
            .get("Policy")
            .filter(|node| node.get("PolicySummary").is_some())
        {
            return self.described(output, policy);
        } else if let Some((policies, all)) = output.list("Policies") {
            if service != Some(true) {
                return false;
            }
            let (target, all) = match output.verb() {
                Some("list-policies-for-target") if !self.attributed(output, "the target") => return true,
                Some("list-policies-for-target") => (output.of, all),
                Some("list-policies") => (None, all),
                Some(_) => return false,
                // As it prints, the list of one target looks like that of the whole organization.
                None => {
                    self.unattributed(output, "whether it lists all policies or those of one target");
                    (None, false)
                }
            };
            for policy in policies {
                self.listed(policy, all, target);
            }
            // An empty list says of which kind it is by what was asked for only.
            let kind = |text: &str| Kind::ALL.into_iter().find(|kind| text.contains(kind.native()));
            match (output.command.and_then(kind), target) {
                (Some(kind), Some(target)) => {
                    self.attached.entry((target.into(), kind)).or_default().all |= all;
                }
                (Some(kind), None) => self.listed.entry(kind).or_default().all |= all,
                (None, _) => {}
            }
        } else {
            return service == Some(true) && output.error.is_some();
        }
        true
    }

    /// The organization and the management account that an ARN of AWS Organizations names.
    pub(super) fn seen(&mut self, node: &Node) {
        let mut fields = node
            .get("Arn")
            .and_then(Node::text)
            .unwrap_or_default()
            .split(':');
        let Some(management) = fields.nth(4).filter(|field| field.len() == 12) else {
            return;
        };
        self.management.insert(management.into());
        let organization = fields.next().and_then(|rest| rest.split('/').nth(1));
        self.ids
            .extend(organization.filter(|id| id.starts_with("o-")).map(Text::from));
    }

    fn root(&mut self, root: &Node) {
        self.seen(root);
        let Some(id) = id(root) else {
            return;
        };
        let known = self.roots.entry(id).or_default();
        for kind in root.get("PolicyTypes").map(Node::list).unwrap_or_default() {
            let text = |key: &str| kind.get(key).and_then(Node::text).unwrap_or_default();
            if let Some(kind) = Kind::named(text("Type")) {
                let on = text("Status") == "ENABLED";
                known.insert(kind, if on { Force::On } else { Force::Changing });
            }
        }
    }

    /// Things below the node that was asked about, where that is told.
    fn below(&mut self, output: &Output<'_>, children: &[Node]) {
        children.iter().for_each(|child| self.seen(child));
        let parent = output.of.filter(|_| {
            matches!(
                output.verb(),
                Some("list-organizational-units-for-parent" | "list-accounts-for-parent" | "list-children")
            )
        });
        if let Some(parent) = parent {
            for child in children.iter().filter_map(id) {
                self.parents.entry(child).or_default().insert(parent.into());
            }
        }
    }

    /// Whether an output says of what it is; tells where it does not.
    pub(super) fn attributed(&mut self, output: &Output<'_>, what: &str) -> bool {
        if output.of.is_none() {
            self.unattributed(output, &format!("{what} that it is about"));
        }
        output.of.is_some()
    }

    /// Tells that an output does not say something.
    fn unattributed(&mut self, output: &Output<'_>, what: &str) {
        let at = output.node.position();
        self.remarks.push(Remark {
            location: Some(Location {
                file: output.file,
                line: at.line,
                column: at.column,
                pointer: output.pointer.as_str().into(),
            }),
            what: format!("this output of `aws organizations` does not say {what}").into(),
            hint: "put it into a wrapper: {\"AwsCli\": \"organizations …\", \"Of\": \"…\", \"Output\": …}"
                .into(),
            loses: true,
        });
    }

    /// A summary in a list of policies, or of those attached to a target.
    fn listed(&mut self, summary: &Node, all: bool, target: Option<&str>) -> bool {
        let Some(kind) = kind_of(summary).and_then(Kind::named) else {
            return kind_of(summary).is_some() && arn_of(summary).contains(":organizations:");
        };
        let Some(id) = id(summary) else {
            return false;
        };
        self.seen(summary);
        let known = match target {
            Some(target) => self.attached.entry((target.into(), kind)).or_default(),
            None => self.listed.entry(kind).or_default(),
        };
        known.these.insert(id);
        known.all |= all;
        true
    }

    fn described(&mut self, output: &Output<'_>, policy: &Node) -> bool {
        let Some(summary) = policy.get("PolicySummary") else {
            return false;
        };
        let Some(kind) = kind_of(summary).and_then(Kind::named) else {
            // Of another kind: tags, backups.
            return arn_of(summary).contains(":organizations:");
        };
        let Some(id) = id(summary) else {
            return false;
        };
        self.seen(summary);
        let pointer = pointer_join(&output.pointer, "Policy");
        let place = output.place("Policy");
        let content = policy.get("Content").filter(|content| !content.is_null());
        let mut document = content.map_or_else(
            || Document::missing(place.clone()),
            |content| parse_encoded(content, &pointer_join(&pointer, "Content")),
        );
        check_principals(&mut document, kind);
        let name = summary.get("Name").and_then(Node::text).unwrap_or(&id);
        let spot = Spot {
            file: output.file,
            place,
        };
        let made = Control {
            kind,
            name: name.into(),
            document: Some(document),
            spot,
        };
        match self.policies.get_mut(&id) {
            Some(known) if same_document(known.document.as_ref(), made.document.as_ref()) => {}
            Some(known) => {
                let place = known.spot.place.clone();
                known.document = Some(Document {
                    unreadable: Some("several exports describe it differently".into()),
                    ..Document::missing(place)
                });
            }
            None => {
                self.policies.insert(id, made);
            }
        }
        true
    }
}

/// Service control policies name no principal, resource control policies everybody.
fn check_principals(document: &mut Document, kind: Kind) {
    use crate::policy::Principal;
    for statement in &mut document.statements {
        let fits = match (&statement.principals, kind) {
            (None, _) => true,
            (Some(principals), Kind::Resource) => {
                !principals.except && *principals.list == [Principal::Anyone]
            }
            (Some(_), Kind::Service) => false,
        };
        if !fits {
            let mut doubts = statement.doubts.to_vec();
            doubts.push("it names principals as no such policy can".into());
            statement.doubts = doubts.into();
        }
    }
}

fn arn_of(node: &Node) -> &str {
    node.get("Arn").and_then(Node::text).unwrap_or_default()
}

pub(super) fn id(node: &Node) -> Option<Text> {
    node.get("Id").and_then(Node::scalar).map(Text::from)
}

fn kind_of(node: &Node) -> Option<&str> {
    node.get("Type").and_then(Node::text)
}

fn has_arn(node: &Node) -> bool {
    arn_of(node).contains(":organizations:")
}

fn each_has_arn(list: &[Node]) -> bool {
    list.iter().all(has_arn)
}

fn each_has_type(list: &[Node]) -> bool {
    let known = |node: &Node| matches!(kind_of(node), Some("ACCOUNT" | "ORGANIZATIONAL_UNIT" | "ROOT"));
    list.iter().all(|node| id(node).is_some() && known(node))
}

fn each_is_target(list: &[Node]) -> bool {
    list.iter()
        .all(|node| node.get("TargetId").is_some() && has_arn(node))
}
