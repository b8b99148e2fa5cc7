//! Technical roles as policies. A permission's actions are capabilities, its resources paths as in a rule (`+` for one
//! segment, `*` at the end), its condition the other keys of a rule, such as `allowed_parameters`.
//!
//! Permissions add up; rules of a policy compete, and the most specific path decides alone. So each rendered path has the
//! capabilities of all permissions that cover it, and what was rendered is read again and compared: where two paths overlap
//! so that one would take from the other, nothing is rendered. Cost: the pairs of paths.

use std::collections::BTreeSet;

use leastwise_document::{Key, Node, Position, Value};
use leastwise_model::{
    Change, Identity, NativeRole, RoleFormat, RoleLanguage, RoleObjection, RolePermission, Step, Text,
    Written, shell_word,
};
use leastwise_permset::{Inclusion, Limits, PermissionSet, Strings, Witness};

use crate::operation::Operation;
use crate::policy::Policy;
use crate::product::Product;
use crate::{allows, path, words};

const FORMATS: [RoleFormat; 1] = [RoleFormat {
    name: "hcl",
    extension: "hcl",
}];
const PRODUCTS: [Product; 2] = [Product::OpenBao, Product::Vault];

/// Roles of Vault and OpenBao.
#[derive(Clone, Copy, Debug, Default)]
pub struct VaultRoles;

impl RoleLanguage for VaultRoles {
    fn permission(&self, permission: &RolePermission) -> Result<PermissionSet, Vec<RoleObjection>> {
        let objections = spelled(permission);
        if !objections.is_empty() {
            return Err(objections);
        }
        let mut first = None;
        for product in PRODUCTS {
            match of_product(permission, product) {
                Ok(set) => return Ok(set),
                Err(objection) => first = first.or(Some(objection)),
            }
        }
        Err(first.into_iter().collect())
    }

    fn formats(&self) -> &'static [RoleFormat] {
        &FORMATS
    }

    /// The policies of a login are one list, in which the policy of the new role stands too: no command takes away the rest by
    /// itself. What brings the list back is known.
    fn taken(&self, _identity: &Identity, step: &Step, _on: &[Strings]) -> Option<Change> {
        let list = step
            .statement
            .strip_prefix(LOGIN)
            .filter(|_| *step.kind == *"auth role")?;
        let names: Vec<&str> = match list {
            "none" => Vec::new(),
            list => list.split(", ").collect(),
        };
        // In a namespace its path stands before both; other auth methods call the list otherwise.
        let plain = names.iter().all(|name| !name.contains(['/', ',']));
        let role = step.name.split('/').collect::<Vec<_>>();
        let ["auth", .., "role", _] = role[..] else {
            return None;
        };
        let undo = format!(
            "${{VAULT:-vault}} write {} token_policies={}",
            path_word(&step.name),
            shell_word(&names.join(","))
        );
        plain.then(|| Change {
            change: Vec::new(),
            undo: vec![undo.into()],
            alone: false,
        })
    }

    fn render(&self, role: &NativeRole<'_>, _format: &str) -> Result<String, Vec<RoleObjection>> {
        let text = written(role);
        let mut compared = false;
        let mut refusal = None;
        for product in PRODUCTS {
            let own: Result<Vec<PermissionSet>, RoleObjection> = role
                .permissions
                .iter()
                .map(|one| of_product(one, product))
                .collect();
            let Ok(own) = own else { continue };
            let Ok(policy) = Policy::parse(&text, product, None) else {
                continue;
            };
            compared = true;
            let said = allows(&[policy], product, None);
            refusal = refusal.or_else(|| differs(role, &own, &said));
        }
        match refusal {
            None if compared => Ok(text),
            None => {
                let what = "neither Vault nor OpenBao knows everything that the role asks for";
                let hint = "give what only one of them knows a role of its own";
                let at = role.permissions.first().map_or(Position::default(), |one| one.at);
                Err(vec![RoleObjection::new(Some(0), at, what, hint)])
            }
            Some(refusal) => Err(vec![refusal]),
        }
    }
}

/// How a step says the policies of a login.
pub(crate) const LOGIN: &str = "policies of a login: ";

/// A path as one word of a shell.
fn path_word(path: &str) -> String {
    let parts: Vec<String> = path.split('/').map(shell_word).collect();
    parts.join("/")
}

fn against(written: &Written, what: impl Into<Text>, hint: &str) -> RoleObjection {
    RoleObjection::new(None, written.at, what, hint)
}

/// What is wrong with the words of a permission.
fn spelled(permission: &RolePermission) -> Vec<RoleObjection> {
    let mut objections = Vec::new();
    for action in &permission.actions {
        if Operation::named(&action.text).is_none() {
            let names: Vec<&str> = Operation::ALL.iter().map(|one| one.as_str()).collect();
            let what = format!("`{}` is no capability", action.text);
            objections.push(against(action, what, &format!("there are {}", names.join(", "))));
        }
    }
    for (key, _) in permission.condition.iter().flat_map(|node| node.entries()) {
        if matches!(&*key.text, "capabilities" | "policy") {
            let what = format!("`{}` is no condition", key.text);
            objections.push(RoleObjection::new(
                None,
                key.at,
                what,
                "list capabilities under `actions`",
            ));
        }
    }
    for resource in &permission.resources {
        let text = &*resource.text;
        let inner = text.strip_suffix('*').unwrap_or(text);
        if inner.contains('*') || path::forbidden(text) {
            let hint = "`*` stands at the end of a path only, `+` for one whole segment";
            objections.push(against(
                resource,
                format!("no rule can say the path `{text}`"),
                hint,
            ));
        } else if text.contains("{{") {
            let what = format!("the path `{text}` means something else for everybody who holds the role");
            objections.push(against(
                resource,
                what,
                "write the path itself, in a role for each holder",
            ));
        } else if text.starts_with('/') || text.starts_with("v1/") {
            let hint = "write it without `/` at the beginning and without `v1/`";
            objections.push(against(resource, format!("`{text}` is no path of a rule"), hint));
        }
    }
    objections
}

fn node(at: Position, value: Value) -> Node {
    Node { at, value }
}

fn key(text: &str, at: Position) -> Key {
    Key {
        text: text.into(),
        at,
    }
}

/// What the permission gives by itself, path by path.
fn of_product(permission: &RolePermission, product: Product) -> Result<PermissionSet, RoleObjection> {
    let mut sets = Vec::new();
    for resource in &permission.resources {
        let at = permission
            .condition
            .as_ref()
            .map_or(resource.at, |condition| condition.at);
        let policy = Policy::of_json(&alone(permission, resource), product, None).map_err(|fault| {
            let at = if fault.at.line > 0 { fault.at } else { at };
            RoleObjection::new(None, at, fault.what, "write it as a rule of a policy has it")
        })?;
        sets.push(allows(&[policy], product, None));
    }
    Ok(PermissionSet::union_of(sets))
}

/// A policy of one rule, as JSON has it.
fn alone(permission: &RolePermission, resource: &Written) -> Node {
    let at = permission.at;
    let names = permission
        .actions
        .iter()
        .map(|action| node(action.at, Value::Text(Box::from(&*action.text))));
    let mut rule = vec![(key("capabilities", at), node(at, Value::List(names.collect())))];
    if let Some(condition) = &permission.condition {
        rule.extend(condition.entries().iter().cloned());
    }
    let path = vec![(key(&resource.text, resource.at), node(at, Value::Map(rule)))];
    node(
        at,
        Value::Map(vec![(key("path", at), node(at, Value::Map(path)))]),
    )
}

/// All paths that rules for `pattern` decide, as reading would be.
fn covered(pattern: &str) -> PermissionSet {
    let text = format!(
        "path {} {{ capabilities = [\"read\", \"sudo\"] }}",
        words::quoted(pattern)
    );
    Policy::parse(&text, Product::OpenBao, None).map_or_else(
        |_| PermissionSet::empty(),
        |policy| allows(&[policy], Product::OpenBao, None),
    )
}

/// The policy: for each path and condition the capabilities of all permissions that cover it.
fn written(role: &NativeRole<'_>) -> String {
    let all = || {
        role.permissions
            .iter()
            .flat_map(|one| one.resources.iter().map(move |path| (path, *one)))
    };
    let paths: BTreeSet<&str> = all().map(|(path, _)| &*path.text).collect();
    let covering: Vec<(&str, &RolePermission, PermissionSet)> = all()
        .map(|(path, one)| (&*path.text, one, covered(&path.text)))
        .collect();
    let limits = Limits::default();
    let mut out = String::new();
    for path in paths {
        let own = covered(path);
        let mut rules: Vec<(String, BTreeSet<&str>)> = Vec::new();
        for (other, permission, set) in &covering {
            if *other != path && own.included_in(set, &limits) != Inclusion::Holds {
                continue;
            }
            let condition = permission.condition.as_ref().map(conditions).unwrap_or_default();
            let names = permission.actions.iter().map(|action| &*action.text);
            match rules.iter_mut().find(|(known, _)| *known == condition) {
                Some((_, known)) => known.extend(names),
                None => rules.push((condition, names.collect())),
            }
        }
        rules.sort();
        for (condition, names) in rules {
            let names: Vec<String> = names.into_iter().map(words::quoted).collect();
            if !out.is_empty() {
                out.push('\n');
            }
            let (path, names) = (words::quoted(path), names.join(", "));
            out.push_str(&format!(
                "path {path} {{\n  capabilities = [{names}]\n{condition}}}\n"
            ));
        }
    }
    out
}

/// The other keys of a rule, a line each.
fn conditions(node: &Node) -> String {
    let entries = node.entries().iter();
    entries
        .map(|(key, value)| format!("  {} = {}\n", key.text, hcl(value)))
        .collect()
}

/// A value in HCL.
fn hcl(node: &Node) -> String {
    match &node.value {
        Value::List(list) => {
            let inner: Vec<String> = list.iter().map(hcl).collect();
            format!("[{}]", inner.join(", "))
        }
        Value::Map(entries) => {
            let each = entries.iter();
            let inner: Vec<String> = each
                .map(|(key, value)| format!("{} = {}", words::quoted(&key.text), hcl(value)))
                .collect();
            format!("{{ {} }}", inner.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => node.to_json(),
    }
}

/// Why what a policy says is not what its permissions say, at the first of them that is concerned.
fn differs(role: &NativeRole<'_>, own: &[PermissionSet], said: &PermissionSet) -> Option<RoleObjection> {
    let compared = said.compare(&PermissionSet::union_of(own.iter().cloned()), &Limits::default());
    let refuse = |witness: Option<&Witness>, what: &str, hint: &str| {
        let concerned = |set: &PermissionSet| witness.is_some_and(|one| set.contains(&one.request));
        let number = own.iter().position(concerned).unwrap_or(0);
        let at = role
            .permissions
            .get(number)
            .map_or(Position::default(), |one| one.at);
        let request = witness.map(|one| format!(" `{} {}`", one.request.action, one.request.resource));
        let what = format!("{what}{}", request.unwrap_or_default());
        Some(RoleObjection::new(Some(number), at, what, hint))
    };
    match (
        &compared.within,
        &compared.covers,
        &compared.added,
        &compared.removed,
    ) {
        (Inclusion::Holds, Inclusion::Holds, ..) => None,
        (_, _, Some(more), _) => refuse(
            Some(more),
            "as one policy its permissions would also allow",
            "they add up where they meet: put what belongs together into one permission",
        ),
        (_, _, None, Some(less)) => refuse(
            Some(less),
            "as one policy its permissions would not allow",
            "one path decides there: write a permission for the path where they meet, with the capabilities of all",
        ),
        (_, _, None, None) => refuse(
            None,
            "whether a policy says the same as its permissions could not be decided within the limits",
            "split the role",
        ),
    }
}
