//! Permissions of technical roles, as files of roles spell them, and what platforms say to them.

use leastwise_document::{Node, Position};
use leastwise_permset::{PermissionSet, Strings};

use crate::{Identity, Step, Text};

/// A text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The text.
    pub text: Text,
    /// Where it begins in its file.
    pub at: Position,
}

/// One permission of a technical role in its platform's own words: each of the actions on each of the resources.
#[derive(Clone, Debug, PartialEq)]
pub struct RolePermission {
    /// Patterns of actions; at least one.
    pub actions: Vec<Written>,
    /// Patterns of resources; at least one.
    pub resources: Vec<Written>,
    /// What a request must satisfy besides, as the platform writes it.
    pub condition: Option<Node>,
    /// Where it begins in its file.
    pub at: Position,
}

/// Why a platform cannot understand a permission of a role, or not say it in its own language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleObjection {
    /// Which of the permissions that were given, from 0; `None` where it is about the role as a whole.
    pub permission: Option<usize>,
    /// Where in the permission's file, or in the role's; line 0 where it is about the whole.
    pub at: Position,
    /// Why, lower case, without full stop.
    pub what: Text,
    /// What to do about it.
    pub hint: Text,
}

impl RoleObjection {
    /// Against one of the permissions, or all of them; `at` is in the permission's file.
    #[must_use]
    pub fn new(
        permission: Option<usize>,
        at: Position,
        what: impl Into<Text>,
        hint: impl Into<Text>,
    ) -> Self {
        Self {
            permission,
            at,
            what: what.into(),
            hint: hint.into(),
        }
    }
}

/// What is rendered: a role with all permissions that it holds, those of the roles that it includes with them.
#[derive(Clone, Debug)]
pub struct NativeRole<'a> {
    /// Its id: lower-case letters, digits and `-`, at most 63.
    pub id: &'a str,
    /// What it does, on one line; may be empty.
    pub purpose: &'a str,
    /// Its permissions.
    pub permissions: Vec<&'a RolePermission>,
    /// Identities that hold it, as the platform names them, in order.
    pub assigned_to: Vec<&'a Written>,
}

/// A format in which roles can be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleFormat {
    /// Its name, as people ask for it.
    pub name: &'static str,
    /// What names of its files end in.
    pub extension: &'static str,
}

/// A text as one word of a POSIX shell.
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Commands of a platform's own client that change what somebody holds, for a person to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// They change it, in this order; none where no command takes it away by itself.
    pub change: Vec<Text>,
    /// They bring back what was, in this order.
    pub undo: Vec<Text>,
    /// Whether they take it from this identity and leave what gave it to the others to whom it gives.
    pub alone: bool,
}

/// How one platform reads and writes technical roles.
pub trait RoleLanguage: Sync {
    /// The requests that a permission speaks of, whatever else the role holds. Cost: linear in what is written.
    ///
    /// # Errors
    /// Where the platform has no such action, resource or condition.
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>>;

    /// The formats in which roles can be rendered, the usual one first.
    fn formats(&self) -> &'static [RoleFormat];

    /// The role in one of the formats: whoever holds what is rendered, and nothing else, can make exactly the requests
    /// of its permissions. Each permission has been understood by [`RoleLanguage::permission`] before.
    ///
    /// # Errors
    /// Where the language cannot say it exactly. It is never widened, and never narrowed.
    fn render(&self, role: &NativeRole<'_>, format: &str) -> Result<String, Vec<RoleObjection>>;

    /// How to take away from an identity what one step of its paths gives it on the resources `on`, and how to bring that back;
    /// `None` where no command does either.
    fn taken(&self, _identity: &Identity, _step: &Step, _on: &[Strings]) -> Option<Change> {
        None
    }

    /// How to keep an identity within the role `id`, which allows `set`, and leave all that grants it something as it is:
    /// it can do then what it can do now and the role says. `None` where the platform has no such bound.
    ///
    /// # Errors
    /// Why this identity cannot be bound so, lower case, without full stop.
    fn bound(&self, _identity: &Identity, _id: &str, _set: &PermissionSet) -> Option<Result<Change, Text>> {
        None
    }

    /// What the platform would refuse about something rendered, such as its length; `None` where nothing is known.
    fn quota(&self, _role: &NativeRole<'_>) -> Option<Text> {
        None
    }
}
