//! Technical roles as what stands behind `permissions:` of a workflow or a job.
//!
//! A block speaks of one repository, its own, and names none. Who may write may read, and a token that writes contents writes
//! every branch and tag that rules leave open: a role says that too, or it is refused. `metadata:read` is in every token and in
//! no block. There are no patterns, and no conditions. Source: Workflow syntax, `permissions`; GITHUB_TOKEN reference.

use std::collections::BTreeMap;

use leastwise_document::Position;
use leastwise_model::{
    NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Written, nearest,
};
use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};

use crate::catalogue::shape;
use crate::levels::{Level, scope, scopes};

const FORMATS: [RoleFormat; 1] = [RoleFormat {
    name: "permissions",
    extension: "permissions.yml",
}];
/// Behind a repository: the refs that its tokens may write.
const REFS: [&str; 2] = [":refs/heads/*", ":refs/tags/*"];
const WRITES_CONTENTS: &str = "contents:write";
/// What every token has.
const METADATA: &str = "metadata";

/// Roles of GitHub.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GitHubRoles;

impl RoleLanguage for GitHubRoles {
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>> {
        let mut objections = Vec::new();
        if let Some(condition) = &permission.condition {
            let hint = "take it away: rules on refs and environments narrow what a token may do";
            objections.push(against(
                condition.at,
                "permissions of a token know no conditions".into(),
                hint,
            ));
        }
        for action in &permission.actions {
            if asked(&action.text).is_none() {
                objections.push(no_permission(action));
            }
        }
        let only_contents = permission
            .actions
            .iter()
            .all(|action| &*action.text == WRITES_CONTENTS);
        for resource in &permission.resources {
            let (repository, refs) = parts(&resource.text);
            if repository.split('/').filter(|part| !part.is_empty()).count() != 2
                || repository.contains(['*', '?', ':', ' '])
                || repository.split('/').count() != 2
            {
                let what = format!("`{}` is no repository", resource.text);
                let hint = "write it as in `acme/shop`, without patterns";
                objections.push(against(resource.at, what, hint));
            } else if refs.is_some() && !only_contents {
                let what = format!(
                    "only `{WRITES_CONTENTS}` is done to refs such as `{}`",
                    resource.text
                );
                objections.push(against(
                    resource.at,
                    what,
                    "write a permission of its own for them",
                ));
            }
        }
        if !objections.is_empty() {
            return Err(objections);
        }
        let actions = permission
            .actions
            .iter()
            .map(|action| Pattern::literal(&action.text));
        let resources = permission
            .resources
            .iter()
            .map(|resource| Pattern::glob(&resource.text, Case::Exact));
        Ok(Region::new(Strings::any_of(actions), Strings::any_of(resources)).into())
    }

    fn formats(&self) -> &'static [RoleFormat] {
        &FORMATS
    }

    fn render(&self, role: &NativeRole<'_>, _format: &str) -> Result<String, Vec<RoleObjection>> {
        let mut objections = strangers(role);
        let mut given: BTreeMap<(&str, Level), (usize, &Written)> = BTreeMap::new();
        let mut refs = BTreeMap::new();
        for (number, permission) in role.permissions.iter().enumerate() {
            let itself = permission
                .resources
                .iter()
                .any(|resource| parts(&resource.text).1.is_none());
            for action in permission.actions.iter().filter(|_| itself) {
                if let Some(asked) = asked(&action.text) {
                    given.entry(asked).or_insert((number, action));
                }
            }
            for resource in &permission.resources {
                if let (_, Some(behind)) = parts(&resource.text) {
                    refs.insert(behind, (number, resource.at));
                }
            }
        }
        if let Some((_, &(number, at))) = refs.first_key_value()
            && !given.contains_key(&("contents", Level::Write))
        {
            let what = "whoever may write its refs may write the repository, and the role does not say that";
            let hint = "name the repository itself too, as in `acme/shop`";
            objections.push(RoleObjection::new(Some(number), at, what, hint));
        }
        for (&(name, level), &(number, action)) in &given {
            let reads = shape(&format!("{name}:read")).is_some();
            if level == Level::Write && reads && !given.contains_key(&(name, Level::Read)) {
                let what = format!("whoever may write {name} may read it, and the role does not say that");
                let hint = format!("add `{name}:read`");
                objections.push(RoleObjection::new(Some(number), action.at, what, hint));
            }
            if &*action.text == WRITES_CONTENTS && REFS.iter().any(|one| !refs.contains_key(one)) {
                let what =
                    "a token that may write contents may write every branch and tag that rules leave open";
                let hint = format!(
                    "add the resources `{0}{1}` and `{0}{2}` to a permission for `{WRITES_CONTENTS}` alone",
                    repository(role).unwrap_or("OWNER/NAME"),
                    REFS[0],
                    REFS[1],
                );
                objections.push(RoleObjection::new(Some(number), action.at, what, hint));
            }
        }
        if !objections.is_empty() {
            return Err(objections);
        }
        Ok(block(role, given.keys().copied()))
    }
}

/// The block, each permission with the most that it reaches.
fn block<'a>(role: &NativeRole<'_>, given: impl Iterator<Item = (&'a str, Level)>) -> String {
    let mut most: BTreeMap<&str, Level> = BTreeMap::new();
    for (name, level) in given.filter(|(name, _)| *name != METADATA) {
        let known = most.entry(name).or_insert(level);
        *known = level.max(*known);
    }
    let mut out = match role.purpose {
        "" => String::new(),
        purpose => format!("# {purpose}\n"),
    };
    if most.is_empty() {
        out.push_str("permissions: {}\n");
        return out;
    }
    out.push_str("permissions:\n");
    for (name, level) in most {
        let word = if level == Level::Write { "write" } else { "read" };
        out.push_str(&format!("  {name}: {word}\n"));
    }
    out
}

/// The permission and level that an action is, if a token can have it.
fn asked(action: &str) -> Option<(&str, Level)> {
    let (name, level) = action.split_once(':')?;
    let level = Level::named(level).filter(|level| *level != Level::None)?;
    scope(name)?.allows(level).then_some((name, level))
}

/// A resource without the refs behind it, and those.
fn parts(resource: &str) -> (&str, Option<&str>) {
    let found = REFS
        .iter()
        .find_map(|refs| Some((resource.strip_suffix(refs)?, *refs)));
    found.map_or((resource, None), |(head, refs)| (head, Some(refs)))
}

/// The one repository of a role.
fn repository<'r>(role: &NativeRole<'r>) -> Option<&'r str> {
    let mut resources = role
        .permissions
        .iter()
        .flat_map(|permission| &permission.resources);
    Some(parts(&resources.next()?.text).0)
}

/// Resources of other repositories than the first, and holders that are no job of it.
fn strangers(role: &NativeRole<'_>) -> Vec<RoleObjection> {
    let Some(own) = repository(role) else {
        return Vec::new();
    };
    let mut objections = Vec::new();
    for (number, permission) in role.permissions.iter().enumerate() {
        for resource in &permission.resources {
            if !parts(&resource.text).0.eq_ignore_ascii_case(own) {
                let what = format!(
                    "a token is of one repository, here `{own}`: `{}` is another",
                    resource.text
                );
                let hint = "write a role for each repository";
                objections.push(RoleObjection::new(Some(number), resource.at, what, hint));
            }
        }
    }
    for holder in &role.assigned_to {
        let name = holder.text.strip_prefix("github:").unwrap_or(&holder.text);
        let of = name.split_once(':').map(|(repository, _)| repository);
        if of.is_none_or(|of| !of.eq_ignore_ascii_case(own)) {
            let what = format!(
                "`{}` is no job of {own}, and its token has no permissions there",
                holder.text
            );
            let hint = "give the role to jobs, as in `acme/shop:ci.yml:build`";
            objections.push(against(holder.at, what, hint));
        }
    }
    objections
}

fn no_permission(action: &Written) -> RoleObjection {
    let text = &*action.text;
    let names: Vec<String> = scopes()
        .flat_map(|scope| {
            let levels = [(Level::Read, "read"), (Level::Write, "write")];
            let words = levels.map(|(level, word)| scope.allows(level).then_some(word));
            let name = scope.name;
            words
                .into_iter()
                .flatten()
                .map(move |word| format!("{name}:{word}"))
        })
        .collect();
    let meant = nearest(text, names.iter().map(String::as_str));
    let meant = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
    let what = format!("`{text}` is no permission that the token of a job can ask for{meant}");
    let hint = "write a permission and its level, as in `contents:read`, without patterns";
    against(action.at, what, hint)
}

fn against(at: Position, what: String, hint: &str) -> RoleObjection {
    RoleObjection::new(None, at, what, hint)
}
