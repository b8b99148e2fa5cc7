//! IAM Identity Center, as the AWS command line prints it: permission sets, who is assigned them in which accounts, and the
//! users and groups of its directory.
//!
//! Sources: IAM Identity Center API Reference, "ListInstances", "DescribePermissionSet", "ListAccountAssignments",
//! "ListAccountsForProvisionedPermissionSet"; Identity Store API Reference, "ListUsers", "ListGroups",
//! "ListGroupMemberships".

mod take;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::Text;

use crate::export::Spot;
use crate::policy::Document;

/// Whom a permission set is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A user of the directory.
    User,
    /// A group of it.
    Group,
}

/// One assignment.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// Whether to a user or a group.
    pub kind: Kind,
    /// Its id in the directory.
    pub id: Text,
    /// Where that stands.
    pub spot: Spot,
}

/// What is known of the assignments of a permission set in an account.
#[derive(Debug, Default)]
pub struct Assignments {
    /// Those that were told.
    pub told: Vec<Assigned>,
    /// Whether there are no others.
    pub whole: bool,
}

/// What is known of the members of a group.
#[derive(Debug, Default)]
pub struct Members {
    /// Ids of users.
    pub users: BTreeSet<Text>,
    /// Whether there are no others.
    pub whole: bool,
}

/// What is known of a permission set.
#[derive(Debug, Default)]
pub struct PermissionSetTold {
    /// Its name, which the names of its roles hold.
    pub name: Option<Text>,
    /// Its own policy; what is inside is nothing where it has none.
    pub inline: Option<Option<Document>>,
    /// ARNs of managed policies of AWS that are attached.
    pub managed: Option<BTreeSet<Text>>,
    /// Paths and names of policies that are attached from the account of the role.
    pub customer: Option<BTreeSet<Text>>,
    /// The boundary: an ARN, or path and name of a policy of the account; what is inside is nothing where it has none.
    pub boundary: Option<Option<Text>>,
    /// Accounts in which it has a role.
    pub accounts: BTreeSet<Text>,
}

/// All that was taken.
#[derive(Debug, Default)]
pub struct IdentityCenter {
    /// Permission sets by ARN.
    pub sets: BTreeMap<Text, PermissionSetTold>,
    /// Assignments by permission set and account.
    pub assignments: BTreeMap<(Text, Text), Assignments>,
    /// Names of users by id.
    pub users: BTreeMap<Text, Text>,
    /// Names of groups by id.
    pub groups: BTreeMap<Text, Text>,
    /// Members of groups by id.
    pub members: BTreeMap<Text, Members>,
    /// The directory, as others name it.
    pub store: Option<Text>,
    /// Whose instances are, by ARN.
    pub instances: BTreeMap<Text, Text>,
}

impl IdentityCenter {
    /// The account that owns the instance which has permission sets: the management account of the organization.
    pub fn owner(&self) -> Option<&Text> {
        let id = |arn: &Text| {
            arn.rsplit(":permissionSet/")
                .next()?
                .split('/')
                .next()
                .map(Text::from)
        };
        let ids: BTreeSet<Text> = self.sets.keys().filter_map(id).collect();
        let mut having = self.instances.iter().filter(|(arn, _)| {
            let id = arn.rsplit('/').next().unwrap_or_default();
            ids.contains(id)
        });
        having.next().map(|(_, owner)| owner).filter(|_| ids.len() == 1)
    }
}

/// The permission set that a role comes from, by its name: `AWSReservedSSO_NAME_` and sixteen hexadecimal digits.
pub fn set_of_role(arn: &str) -> Option<&str> {
    let (path, name) = arn.rsplit_once('/')?;
    if !path.contains(":role/aws-reserved/sso.amazonaws.com") {
        return None;
    }
    let (set, digits) = name.strip_prefix("AWSReservedSSO_")?.rsplit_once('_')?;
    let hexadecimal = digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal.then_some(set)
}
