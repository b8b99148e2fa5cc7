//! What roles allow: every permission in its platform's words, made into requests.

use leastwise_model::{NativeRole, Platform, RoleLanguage, RoleObjection, Text};
use leastwise_permset::PermissionSet;

use crate::files::{Permission, Role, RoleFault, Roles};
use leastwise_model::nearest;

/// A permission and the requests that it speaks of.
#[derive(Clone, Debug)]
pub struct Meant<'a> {
    /// The role that says it: the one asked for, or one that it includes.
    pub role: &'a Role,
    /// The permission.
    pub permission: &'a Permission,
    /// Its requests.
    pub set: PermissionSet,
}

/// A role whose every permission its platform has understood.
pub struct Meaning<'a> {
    /// The role.
    pub role: &'a Role,
    /// Its platform.
    pub platform: &'static dyn Platform,
    /// How the platform reads and writes roles.
    pub language: &'static dyn RoleLanguage,
    /// Its permissions, those of the roles that it includes behind its own.
    pub permissions: Vec<Meant<'a>>,
}

/// What a role allows. Costs what its platform takes for each permission.
///
/// # Errors
/// Where there is no such platform, or it does not understand a permission: every place that is wrong.
pub fn meaning<'a>(
    roles: &'a Roles,
    role: &'a Role,
    platforms: &[&'static dyn Platform],
) -> Result<Meaning<'a>, Vec<RoleFault>> {
    let speaking = || platforms.iter().filter(|platform| platform.roles().is_some());
    let names: Vec<&str> = speaking().map(|platform| platform.name()).collect();
    let found = speaking().find(|platform| *platform.name() == *role.platform.text);
    let Some((platform, language)) = found.and_then(|platform| Some((*platform, platform.roles()?))) else {
        let name = &role.platform.text;
        let meant = nearest(name, names.iter().copied())
            .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        let what = format!("roles cannot be written for a platform `{name}`{meant}");
        let hint = format!("there are {}", names.join(", "));
        return Err(vec![RoleFault::new(&role.file, role.platform.at, what, hint)]);
    };
    let mut faults = Vec::new();
    let mut permissions = Vec::new();
    for (role, permission) in roles.permissions(role) {
        match language.permission(&permission.what) {
            Ok(set) => permissions.push(Meant {
                role,
                permission,
                set,
            }),
            Err(objections) => faults.extend(objections.into_iter().map(|one| fault(&role.file, one))),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Meaning {
        role,
        platform,
        language,
        permissions,
    })
}

fn fault(file: &Text, objection: RoleObjection) -> RoleFault {
    RoleFault {
        file: file.clone(),
        at: (objection.at.line > 0).then_some(objection.at),
        what: objection.what.to_string(),
        hint: objection.hint.to_string(),
    }
}

impl<'a> Meaning<'a> {
    /// All requests that the role allows.
    #[must_use]
    pub fn set(&self) -> PermissionSet {
        PermissionSet::union_of(self.permissions.iter().map(|one| one.set.clone()))
    }

    /// The role as platforms render it.
    #[must_use]
    pub fn native(&self) -> NativeRole<'a> {
        NativeRole {
            id: &self.role.id.text,
            purpose: self.role.purpose.as_ref().map_or("", |purpose| &*purpose.text),
            permissions: self.permissions.iter().map(|one| &one.permission.what).collect(),
            assigned_to: self.role.assigned_to.iter().map(|one| &one.identity).collect(),
        }
    }

    /// The role in a format of its platform.
    ///
    /// # Errors
    /// Where the platform's language cannot say exactly what the role allows.
    pub fn render(&self, format: &str) -> Result<String, Vec<RoleFault>> {
        self.language
            .render(&self.native(), format)
            .map_err(|objections| {
                let file = |at: Option<usize>| {
                    let meant = at.and_then(|at| self.permissions.get(at));
                    meant.map_or(&self.role.file, |meant| &meant.role.file).clone()
                };
                let faults = objections.into_iter();
                faults.map(|one| fault(&file(one.permission), one)).collect()
            })
    }
}
