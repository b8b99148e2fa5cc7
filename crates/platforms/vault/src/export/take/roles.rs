//! Roles of auth methods, of the token store, and of secrets engines.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Node, Value};
use leastwise_model::{Location, Text};

use super::super::names::claim_name;
use super::super::{Role, TokenRole};
use super::{flag, policies, texts};

/// What roles of auth methods ask of whoever logs in, by the fields of all methods.
const ASKED: &[&str] = &[
    "allowed_common_names",
    "allowed_dns_sans",
    "allowed_email_sans",
    "allowed_names",
    "allowed_organizational_units",
    "allowed_uri_sans",
    "audience",
    "required_extensions",
];

pub(super) fn role(data: &Node, mount: &str, collection: &str, name: &str, location: Location) -> Role {
    let token = policies(data.get("token_policies"));
    let legacy = if token.is_empty() {
        policies(data.get("policies").or_else(|| data.get("value")))
    } else {
        token
    };
    let mut bounds = BTreeMap::new();
    let mut no_texts = BTreeSet::new();
    for (key, value) in data.entries() {
        let key = &*key.text;
        let asks = key.starts_with("bound_") && key != "bound_claims_type" || ASKED.contains(&key);
        if !asks {
            continue;
        }
        if value.is_map() {
            for (claim, wanted) in value.entries() {
                let key: Text = format!("{key}.{}", claim.text).into();
                let each = match &wanted.value {
                    Value::List(each) => each.as_slice(),
                    _ => std::slice::from_ref(wanted),
                };
                let is_text = |text: &str| each.iter().any(|value| value.text() == Some(text));
                let all: Vec<Text> = each.iter().filter_map(Node::scalar).map(Text::from).collect();
                let others = all.iter().filter(|value| !is_text(value));
                no_texts.extend(others.map(|value| (key.clone(), value.clone())));
                bounds.insert(key, all);
            }
            continue;
        }
        let wanted = match &value.value {
            Value::List(_) => texts(Some(value)),
            _ => value
                .scalar()
                .filter(|text| !text.is_empty())
                .map(Text::from)
                .into_iter()
                .collect(),
        };
        if !wanted.is_empty() {
            bounds.insert(Text::from(key), wanted);
        }
    }
    let pointer = flag(data, "user_claim_json_pointer");
    let user = data.get("user_claim").and_then(Node::text);
    let user = user.map(|name| if pointer { claim_name(name) } else { name });
    let groups = data.get("groups_claim").and_then(Node::text).map(claim_name);
    let naming = user.into_iter().chain(groups).filter(|name| !name.is_empty());
    Role {
        mount: mount.into(),
        collection: collection.into(),
        name: name.into(),
        policies: legacy,
        default_policy: !flag(data, "token_no_default_policy"),
        networks: texts(data.get("token_bound_cidrs")),
        bounds,
        no_texts,
        naming: naming.map(Text::from).collect(),
        interactive: data.get("role_type").and_then(Node::text) == Some("oidc"),
        globs: data.get("bound_claims_type").and_then(Node::text) == Some("glob"),
        location,
    }
}

pub(super) fn token_role(data: &Node, location: Location) -> TokenRole {
    TokenRole {
        allowed: policies(data.get("allowed_policies")),
        allowed_globs: texts(data.get("allowed_policies_glob")),
        disallowed: policies(data.get("disallowed_policies")),
        disallowed_globs: texts(data.get("disallowed_policies_glob")),
        default_policy: !flag(data, "token_no_default_policy"),
        orphan: flag(data, "orphan"),
        networks: texts(data.get("token_bound_cidrs")),
        location,
    }
}

/// What tells the minted identity, without anything that is a secret or as long as one.
const ABOUT: &[&str] = &[
    "db_name",
    "username",
    "credential_type",
    "role_arns",
    "policy_arns",
    "iam_groups",
    "role_type",
    "project",
    "service_account_email",
    "application_object_id",
    "allowed_kubernetes_namespaces",
    "kubernetes_role_name",
    "service_account_name",
    "allowed_domains",
    "allow_any_name",
    "client_flag",
    "key_type",
    "default_user",
    "allowed_users",
    "type",
    "exportable",
];

pub(super) fn about(data: &Node) -> BTreeMap<Text, Text> {
    let mut about = BTreeMap::new();
    for key in ABOUT {
        let Some(value) = data.get(key) else { continue };
        let text = match &value.value {
            Value::List(_) => texts(Some(value)).join(", "),
            _ => value.scalar().unwrap_or_default().to_owned(),
        };
        if !text.is_empty() {
            about.insert(Text::from(*key), text.into());
        }
    }
    about
}
