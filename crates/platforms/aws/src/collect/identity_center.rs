//! What is asked of IAM Identity Center: its permission sets, who is assigned them where, and the names of its users and
//! groups with the members of each group. Of users nothing else is kept.

use leastwise_document::Node;
use leastwise_model::{Command, Heard, Text};
use serde_json::{Value, json};

use super::asker::Asker;
use super::{AwsCollector, Wish, elements};

/// The part that is Identity Center.
pub(super) const PART: &str = "identity center";

/// Actions that all of it takes.
pub(super) const ACTIONS: [&str; 12] = [
    "identitystore:ListGroupMemberships",
    "identitystore:ListGroups",
    "identitystore:ListUsers",
    "sso:DescribePermissionSet",
    "sso:GetInlinePolicyForPermissionSet",
    "sso:GetPermissionsBoundaryForPermissionSet",
    "sso:ListAccountAssignments",
    "sso:ListAccountsForProvisionedPermissionSet",
    "sso:ListCustomerManagedPolicyReferencesInPermissionSet",
    "sso:ListInstances",
    "sso:ListManagedPoliciesInPermissionSet",
    "sso:ListPermissionSets",
];

/// What is asked of each permission set and kept.
const OF_SETS: [&str; 5] = [
    "sso-admin describe-permission-set",
    "sso-admin get-inline-policy-for-permission-set",
    "sso-admin list-managed-policies-in-permission-set",
    "sso-admin list-customer-managed-policy-references-in-permission-set",
    "sso-admin get-permissions-boundary-for-permission-set",
];

/// What an answer of it is for.
#[derive(Clone, Debug)]
pub(super) enum Center {
    /// Its instances in a region.
    Instances,
    /// The permission sets of an instance.
    Sets(Text),
    /// The accounts in which one has a role: the instance, the set.
    Accounts(Text, Text),
    /// Who is assigned it in one of them: the set, the account.
    Assignments(Text, Text),
    /// The users of a directory.
    Users(Text),
    /// Its groups.
    Groups(Text),
}

impl AwsCollector {
    /// Asks for its instances in a region, of whom the organization is asked about.
    pub(super) fn of_identity_center(&mut self, asker: &Asker, region: &str) -> Option<Command> {
        let wanted = asker.account == self.own && !self.is_whole(PART);
        let asker = Asker {
            by: region.into(),
            region: Some(region.into()),
            ..asker.of(PART.to_owned())
        };
        wanted.then(|| {
            self.plain(
                &asker,
                "sso-admin list-instances",
                Wish::Center(Center::Instances),
            )
        })
    }

    /// What follows from an answer.
    pub(super) fn of_center(&mut self, asker: &Asker, center: Center, node: &Node) -> (Heard, Vec<Command>) {
        let following = match center {
            Center::Instances => match self.instances(asker, node) {
                none if none.is_empty() => return (Heard::Nothing, none),
                some => some,
            },
            Center::Sets(instance) => {
                self.keep(asker, "sso-admin list-permission-sets", Some(&instance), Ok(node));
                let sets = elements(node, "/PermissionSets").filter_map(Node::text);
                sets.flat_map(|set| self.of_set(asker, &instance, set)).collect()
            }
            Center::Accounts(instance, set) => {
                let said = "sso-admin list-accounts-for-provisioned-permission-set";
                self.keep(asker, said, Some(&set), Ok(node));
                let accounts = elements(node, "/AccountIds").filter_map(Node::text);
                let ask = |account: &str| {
                    let words = format!(
                        "sso-admin list-account-assignments --instance-arn {instance} --account-id {account} --permission-set-arn {set}"
                    );
                    let wish = Center::Assignments(set.clone(), account.into());
                    self.plain(asker, &words, Wish::Center(wish))
                };
                accounts.map(ask).collect()
            }
            Center::Assignments(set, account) => {
                let asker = assigned(asker, &account);
                self.keep(&asker, "sso-admin list-account-assignments", Some(&set), Ok(node));
                Vec::new()
            }
            Center::Users(store) => {
                let users = names(node, "/Users", ["UserId", "UserName"]);
                let output = json!({ "Users": users });
                self.kept(asker)
                    .wrap_value(asker, "identitystore list-users", &store, output);
                Vec::new()
            }
            Center::Groups(store) => {
                let groups = names(node, "/Groups", ["GroupId", "DisplayName"]);
                let ids: Vec<String> = groups
                    .iter()
                    .filter_map(|one| Some(one["GroupId"].as_str()?.to_owned()))
                    .collect();
                let output = json!({ "Groups": groups });
                self.kept(asker)
                    .wrap_value(asker, "identitystore list-groups", &store, output);
                let said = "identitystore list-group-memberships";
                let ask = |id: &String| {
                    let words = format!("{said} --identity-store-id {store} --group-id {id}");
                    let wish = Wish::Kept(said.into(), Some(id.as_str().into()));
                    self.plain(asker, &words, wish)
                };
                ids.iter().map(ask).collect()
            }
        };
        (Heard::Kept, following)
    }

    fn instances(&mut self, asker: &Asker, node: &Node) -> Vec<Command> {
        let mut commands = Vec::new();
        for one in elements(node, "/Instances") {
            let text = |key: &str| one.get(key).and_then(Node::text);
            let (Some(instance), Some(store)) = (text("InstanceArn"), text("IdentityStoreId")) else {
                continue;
            };
            for (words, wish) in [
                (
                    format!("sso-admin list-permission-sets --instance-arn {instance}"),
                    Center::Sets(instance.into()),
                ),
                (
                    format!("identitystore list-users --identity-store-id {store}"),
                    Center::Users(store.into()),
                ),
                (
                    format!("identitystore list-groups --identity-store-id {store}"),
                    Center::Groups(store.into()),
                ),
            ] {
                commands.push(self.plain(asker, &words, Wish::Center(wish)));
            }
        }
        if !commands.is_empty() {
            self.keep(asker, "sso-admin list-instances", None, Ok(node));
        }
        commands
    }

    fn of_set(&mut self, asker: &Asker, instance: &Text, set: &str) -> Vec<Command> {
        let asked = format!("--instance-arn {instance} --permission-set-arn {set}");
        let mut commands: Vec<Command> = OF_SETS
            .iter()
            .map(|said| {
                let wish = Wish::Kept((*said).into(), Some(set.into()));
                self.plain(asker, &format!("{said} {asked}"), wish)
            })
            .collect();
        let words = format!("sso-admin list-accounts-for-provisioned-permission-set {asked}");
        let wish = Center::Accounts(instance.clone(), set.into());
        commands.push(self.plain(asker, &words, Wish::Center(wish)));
        commands
    }

    /// Keeps that nobody answered, where that leaves something open.
    pub(super) fn center_lacking(&mut self, asker: &Asker, center: &Center, code: &str) {
        if let Center::Assignments(set, account) = center {
            let asker = assigned(asker, account);
            self.keep(&asker, "sso-admin list-account-assignments", Some(set), Err(code));
        }
    }
}

/// The same for the account that something is assigned in.
fn assigned(asker: &Asker, account: &Text) -> Asker {
    Asker {
        account: account.clone(),
        ..asker.clone()
    }
}

/// Of each element of a list the texts under these keys.
fn names(node: &Node, list: &str, keys: [&str; 2]) -> Vec<Value> {
    let named = elements(node, list).map(|one| {
        let text = |key: &str| one.get(key).and_then(Node::text);
        let entries = keys
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), json!(text(key)?))));
        Value::Object(entries.collect())
    });
    named.collect()
}
