//! The obviously right twin: the server's own lookup, step by step, on the rules as they are written.
//!
//! A transcript in Rust of what `NewACL`, `AllowOperation` and `CheckAllowedFromNonExactPaths` do
//! (openbao/openbao internal/vault/policy/acl.go; hashicorp/vault vault/acl.go): one request, all rules, no sets. Everything
//! that a compiled permission set claims is compared with this, and this with a real server.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::operation::{Operation, Operations};
use crate::policy::{Constraints, Given, Policy};
use crate::product::Product;

/// What a request carries besides operation and path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carried {
    /// Parameters: name in lower case, and value: a text, or something else as compact JSON.
    pub parameters: BTreeMap<String, Carry>,
    /// For how long the answer is to be wrapped, in nanoseconds.
    pub wrap: Option<i64>,
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carry {
    /// A text.
    Text(String),
    /// Something else, as compact JSON.
    Json(String),
}

/// What the rule that wins says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Permissions {
    /// Nothing is let through.
    pub denies: bool,
    /// The capabilities of all rules for the pattern.
    pub operations: Operations,
    /// Their constraints together.
    pub constraints: Constraints,
}

/// All rules that a token is under.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    product: Product,
    exact: BTreeMap<String, Permissions>,
    prefixes: BTreeMap<String, Permissions>,
    segments: BTreeMap<String, Permissions>,
}

impl Acl {
    /// The rules of `policies` as they are in force at `now`. Templates are not filled in.
    #[must_use]
    pub fn new(policies: &[Policy], product: Product, now: Option<Timestamp>) -> Self {
        let mut acl = Self {
            product,
            ..Self::default()
        };
        for rule in policies.iter().flat_map(|policy| &policy.rules) {
            if let (Some(expires), Some(now)) = (rule.expires, now)
                && now > expires
            {
                continue;
            }
            let path = rule.path.strip_prefix('/').unwrap_or(&rule.path);
            let segments = path == "+" || path.contains("/+") || path.starts_with("+/");
            let (tree, key) = match path.strip_suffix('*') {
                _ if segments => (&mut acl.segments, path),
                Some(prefix) => (&mut acl.prefixes, prefix),
                None => (&mut acl.exact, path),
            };
            match tree.get_mut(key) {
                None => {
                    tree.insert(
                        key.to_owned(),
                        Permissions {
                            denies: rule.denies,
                            operations: rule.operations,
                            constraints: rule.constraints.clone(),
                        },
                    );
                }
                Some(existing) if existing.denies => {}
                Some(existing) if rule.denies => {
                    *existing = Permissions {
                        denies: true,
                        ..Permissions::default()
                    };
                }
                Some(existing) => {
                    existing.operations = existing.operations.union(rule.operations);
                    merge(&mut existing.constraints, &rule.constraints, product);
                }
            }
        }
        acl
    }

    /// The rule that wins for a path; `listing` where the request is a list or scan.
    #[must_use]
    pub fn lookup(&self, path: &str, listing: bool) -> Option<&Permissions> {
        let path = path.trim_start_matches('/');
        if let Some(found) = self.exact.get(path) {
            return Some(found);
        }
        let trimmed = path.strip_suffix('/');
        if let (true, Some(trimmed)) = (listing, trimmed)
            && let Some(found) = self.exact.get(trimmed)
        {
            return Some(found);
        }
        match (listing, trimmed, self.product) {
            (true, Some(trimmed), Product::Vault) => self.inexact(trimmed).or_else(|| self.inexact(path)),
            (true, Some(trimmed), Product::OpenBao) => self.inexact(path).or_else(|| self.inexact(trimmed)),
            _ => self.inexact(path),
        }
    }

    fn inexact(&self, path: &str) -> Option<&Permissions> {
        let mut found: Vec<(Described<'_>, &Permissions)> = Vec::new();
        let longest = self
            .prefixes
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len());
        if let Some((prefix, permissions)) = longest {
            let described = Described {
                first: prefix.len(),
                is_prefix: true,
                wildcards: 0,
                path: prefix,
            };
            found.push((described, permissions));
        }
        let parts: Vec<&str> = path.split('/').collect();
        for (full, permissions) in &self.segments {
            let (text, is_prefix) = match full.strip_suffix('*') {
                Some(text) => (text, true),
                None => (full.as_str(), false),
            };
            let wanted: Vec<&str> = text.split('/').collect();
            if parts.len() < wanted.len() || (!is_prefix && parts.len() != wanted.len()) {
                continue;
            }
            let mut wildcards = 0;
            let all = wanted
                .iter()
                .zip(&parts)
                .enumerate()
                .all(|(at, (wanted_part, part))| {
                    if *wanted_part == "+" {
                        wildcards += 1;
                        return true;
                    }
                    wanted_part == part
                        || (is_prefix && at + 1 == wanted.len() && part.starts_with(wanted_part))
                });
            if all {
                let described = Described {
                    first: full.find('+').unwrap_or(full.len()),
                    is_prefix,
                    wildcards,
                    path: text,
                };
                found.push((described, permissions));
            }
        }
        found
            .into_iter()
            .max_by(|(a, _), (b, _)| a.order(b))
            .map(|(_, permissions)| permissions)
    }

    /// Whether a request is let through. `protected`: the path has root protection.
    #[must_use]
    pub fn allows(&self, operation: Operation, path: &str, carried: &Carried, protected: bool) -> bool {
        let Some(found) = self.lookup(path, operation.lists()) else {
            return false;
        };
        if found.denies || !found.operations.contains(operation) {
            return false;
        }
        if protected && !found.operations.contains(Operation::Sudo) {
            return false;
        }
        let constraints = &found.constraints;
        if constraints.wrap_max > 0 && carried.wrap.is_none_or(|wrap| wrap > constraints.wrap_max) {
            return false;
        }
        if constraints.wrap_min > 0 && carried.wrap.is_none_or(|wrap| wrap < constraints.wrap_min) {
            return false;
        }
        if constraints.wrap_min != 0
            && constraints.wrap_max != 0
            && constraints.wrap_max < constraints.wrap_min
        {
            return false;
        }
        if operation.has_parameters() {
            return parameters_pass(constraints, &carried.parameters);
        }
        if operation.lists() && constraints.page > 0 {
            let required = constraints
                .required
                .iter()
                .any(|name| name.to_lowercase() == "limit");
            return match carried.parameters.get("limit") {
                None => !required,
                Some(Carry::Text(text) | Carry::Json(text)) => match text.parse::<i64>() {
                    Ok(limit) => (0..=constraints.page).contains(&limit),
                    Err(_) => text == "max",
                },
            };
        }
        true
    }
}

/// How a pattern that matches competes.
struct Described<'a> {
    first: usize,
    is_prefix: bool,
    wildcards: usize,
    path: &'a str,
}

impl Described<'_> {
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.first
            .cmp(&other.first)
            .then(other.is_prefix.cmp(&self.is_prefix))
            .then(other.wildcards.cmp(&self.wildcards))
            .then(self.path.len().cmp(&other.path.len()))
            .then(self.path.cmp(other.path))
    }
}

/// Adds the constraints of a further rule for the same pattern.
pub(crate) fn merge(existing: &mut Constraints, more: &Constraints, product: Product) {
    let smaller = |old: &mut i64, new: i64| {
        if new > 0 && (*old == 0 || new < *old) {
            *old = new;
        }
    };
    smaller(&mut existing.wrap_max, more.wrap_max);
    smaller(&mut existing.wrap_min, more.wrap_min);
    smaller(&mut existing.page, more.page);
    for (old, new) in [
        (&mut existing.allowed, &more.allowed),
        (&mut existing.denied, &more.denied),
    ] {
        for (name, values) in new {
            match old.get_mut(name) {
                // No values at all stand for any value.
                Some(had) if had.is_empty() || values.is_empty() => had.clear(),
                Some(had) => had.extend(values.iter().cloned()),
                None => {
                    old.insert(name.clone(), values.clone());
                }
            }
        }
    }
    for name in &more.required {
        if !existing.required.contains(name) {
            existing.required.push(name.clone());
        }
    }
    existing.mfa |= more.mfa;
    existing.approval = match (existing.approval, more.approval, product) {
        // Only what the first rule for the pattern says counts.
        (first, _, Product::OpenBao) => first,
        (Some(a), Some(b), Product::Vault) => Some(a.union(b)),
        (a, b, Product::Vault) => a.or(b),
    };
}

fn parameters_pass(constraints: &Constraints, parameters: &BTreeMap<String, Carry>) -> bool {
    for name in &constraints.required {
        if !parameters.contains_key(&name.to_lowercase()) {
            return false;
        }
    }
    if parameters.is_empty() {
        return true;
    }
    if !constraints.denied.is_empty() {
        if constraints.denied.contains_key("*") {
            return false;
        }
        for (name, value) in parameters {
            if constraints
                .denied
                .get(name.as_str())
                .is_some_and(|values| listed(value, values))
            {
                return false;
            }
        }
    }
    if constraints.allowed.is_empty() {
        return true;
    }
    let all = constraints.allowed.contains_key("*");
    if all && constraints.allowed.len() == 1 {
        return true;
    }
    parameters
        .iter()
        .all(|(name, value)| match constraints.allowed.get(name.as_str()) {
            None => all,
            Some(values) => listed(value, values),
        })
}

fn listed(value: &Carry, values: &[Given]) -> bool {
    values.is_empty()
        || values.iter().any(|given| match (given, value) {
            (Given::Text(pattern), Carry::Text(text)) => globbed(pattern, text),
            (Given::Json(wanted), Carry::Json(text)) => **wanted == **text,
            _ => false,
        })
}

/// `GlobbedStringsMatch` of hashicorp/go-secure-stdlib strutil: a `*` at the beginning or the end; alone it is no wildcard.
fn globbed(pattern: &str, text: &str) -> bool {
    if pattern.len() < 2 {
        return pattern == text;
    }
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(rest), Some(_)) => text.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(end), None) => text.ends_with(end),
        (None, Some(begin)) => text.starts_with(begin),
        (None, None) => pattern == text,
    }
}
