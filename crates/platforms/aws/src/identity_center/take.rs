//! Taking outputs on IAM Identity Center and its directory.

use std::collections::BTreeSet;

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, Text};

use super::{Assigned, IdentityCenter, Kind, PermissionSetTold};
use crate::export::Spot;
use crate::lower::is_account;
use crate::output::Output;
use crate::policy::{Place, parse_encoded};

/// What the ARN of a permission set holds.
const SET: &str = ":permissionSet/";

impl IdentityCenter {
    /// Takes an item, if it is an output on Identity Center; says whether it is.
    pub fn take(&mut self, file: FileIndex, item: &Item) -> bool {
        let Some(output) = Output::of(file, item) else {
            return false;
        };
        let asked = output
            .command
            .map(|command| command.split(' ').next().unwrap_or_default());
        let known = self.take_sets(&output) || self.take_assignments(&output) || self.take_directory(&output);
        known || matches!(asked, Some("sso-admin" | "identitystore"))
    }

    fn set(&mut self, arn: &str) -> &mut PermissionSetTold {
        self.sets.entry(arn.into()).or_default()
    }

    fn take_sets(&mut self, output: &Output<'_>) -> bool {
        if let Some(set) = output.node.get("PermissionSet")
            && let Some(arn) = set.get("PermissionSetArn").and_then(Node::text)
        {
            let name = set.get("Name").and_then(Node::text);
            self.set(arn).name = name.map(Text::from);
            return true;
        }
        if let Some((list, _)) = output.list("PermissionSets") {
            let arns = list.iter().filter_map(Node::text).filter(|arn| arn.contains(SET));
            arns.for_each(|arn| {
                self.set(arn);
            });
            return true;
        }
        if let Some((list, _)) = output.list("Instances") {
            let store = list.iter().find_map(|one| one.get("IdentityStoreId")?.text());
            self.store = store.map(Text::from).or_else(|| self.store.take());
            for one in list {
                let text = |key: &str| one.get(key).and_then(Node::text).map(Text::from);
                self.instances
                    .extend(text("InstanceArn").zip(text("OwnerAccountId")));
            }
            return store.is_some();
        }
        let Some(arn) = output.of.filter(|of| of.contains(SET)) else {
            return false;
        };
        self.part(arn, output)
    }

    /// One part of what a permission set gives.
    fn part(&mut self, arn: &str, output: &Output<'_>) -> bool {
        let texts = |key: &str, of: &dyn Fn(&Node) -> Option<Text>| {
            let (list, whole) = output.list(key)?;
            whole.then(|| list.iter().filter_map(of).collect::<BTreeSet<Text>>())
        };
        let told = self.set(arn);
        match output.verb() {
            Some("get-inline-policy-for-permission-set") if output.error.is_none() => {
                let policy = output.node.get("InlinePolicy");
                let policy = policy.filter(|policy| policy.text().is_none_or(|text| !text.is_empty()));
                let pointer = pointer_join(&output.pointer, "InlinePolicy");
                told.inline = Some(policy.map(|policy| parse_encoded(policy, &pointer)));
            }
            Some("list-managed-policies-in-permission-set") => {
                let attached = texts("AttachedManagedPolicies", &|one| {
                    Some(one.get("Arn")?.text()?.into())
                });
                told.managed = attached.or_else(|| told.managed.take());
            }
            Some("list-customer-managed-policy-references-in-permission-set") => {
                let attached = texts("CustomerManagedPolicyReferences", &|one| reference(one));
                told.customer = attached.or_else(|| told.customer.take());
            }
            Some("get-permissions-boundary-for-permission-set") => match output.error {
                None => {
                    let boundary = output.node.get("PermissionsBoundary");
                    let arn = |one: &Node| one.get("ManagedPolicyArn").and_then(Node::text).map(Text::from);
                    let customer = |one: &Node| reference(one.get("CustomerManagedPolicyReference")?);
                    told.boundary = Some(boundary.and_then(|one| arn(one).or_else(|| customer(one))));
                }
                Some("ResourceNotFoundException") => told.boundary = Some(None),
                Some(_) => {}
            },
            Some("list-accounts-for-provisioned-permission-set") => {
                let accounts = texts("AccountIds", &|one| one.text().map(Text::from));
                told.accounts.extend(accounts.into_iter().flatten());
            }
            _ => return false,
        }
        true
    }

    fn take_assignments(&mut self, output: &Output<'_>) -> bool {
        let asked = output.of.filter(|of| of.contains(SET)).zip(output.account);
        let pair = |set: &str, account: &str| (Text::from(set), Text::from(account));
        let Some((list, whole)) = output.list("AccountAssignments") else {
            let refused = output.verb() == Some("list-account-assignments");
            if let Some((set, account)) = asked.filter(|_| refused) {
                self.assignments.entry(pair(set, account)).or_default();
            }
            return refused;
        };
        if let Some((set, account)) = asked {
            self.assignments.entry(pair(set, account)).or_default().whole |= whole;
        }
        for (index, one) in list.iter().enumerate() {
            let text = |key: &str| one.get(key).and_then(Node::text);
            let (Some(set), Some(id)) = (text("PermissionSetArn"), text("PrincipalId")) else {
                continue;
            };
            let Some(account) = text("AccountId").filter(|account| is_account(account)) else {
                continue;
            };
            let kind = match text("PrincipalType") {
                Some("GROUP") => Kind::Group,
                _ => Kind::User,
            };
            let pointer = format!("{}/{index}", pointer_join(&output.pointer, "AccountAssignments"));
            let entry = self.assignments.entry(pair(set, account)).or_default();
            if !entry
                .told
                .iter()
                .any(|known| known.kind == kind && *known.id == *id)
            {
                entry.told.push(Assigned {
                    kind,
                    id: id.into(),
                    spot: Spot {
                        file: output.file,
                        place: Place::of(one, &pointer),
                    },
                });
            }
        }
        true
    }

    fn take_directory(&mut self, output: &Output<'_>) -> bool {
        let named = |one: &Node, id: &str, name: &str| {
            let of = one.get("IdentityStoreId").and_then(Node::text).or(output.of)?;
            let id = one.get(id)?.text()?;
            let name = one.get(name).and_then(Node::text).unwrap_or(id);
            Some((Text::from(of), Text::from(id), Text::from(name)))
        };
        for (key, id, name) in [
            ("Users", "UserId", "UserName"),
            ("Groups", "GroupId", "DisplayName"),
        ] {
            let list = output.list(key).map(|(list, _)| list).unwrap_or_default();
            let found: Vec<(Text, Text, Text)> = list.iter().filter_map(|one| named(one, id, name)).collect();
            for (store, id, name) in &found {
                self.store = Some(store.clone());
                let into = if key == "Users" {
                    &mut self.users
                } else {
                    &mut self.groups
                };
                into.insert(id.clone(), name.clone());
            }
            if !found.is_empty() {
                return true;
            }
        }
        let Some((list, whole)) = output.list("GroupMemberships") else {
            return false;
        };
        if let Some(group) = output.of {
            self.members.entry(group.into()).or_default().whole |= whole;
        }
        for one in list {
            let group = one.get("GroupId").and_then(Node::text);
            if let (Some(group), Some(user)) = (group, one.find("/MemberId/UserId").and_then(Node::text)) {
                self.members
                    .entry(group.into())
                    .or_default()
                    .users
                    .insert(user.into());
            }
        }
        true
    }
}

/// Path and name of a policy that stands in the account of the role.
fn reference(node: &Node) -> Option<Text> {
    let name = node.get("Name")?.text()?;
    let path = node.get("Path").and_then(Node::text).unwrap_or("/");
    Some(format!("{path}{name}").into())
}
