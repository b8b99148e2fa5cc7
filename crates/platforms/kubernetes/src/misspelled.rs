//! Actions that nobody can mean: a built-in resource in another group, in the singular or with capitals, a word that
//! is no verb of it. What is merely unknown is left alone: clusters add resources and verbs of their own, and a role may
//! name any verb.

use leastwise_model::{ActionCatalogue, Text};

use crate::catalogue::CATALOGUE;
use crate::spell::{Action, parse};

/// Words for verbs that the API does not have.
const OTHER_WORDS: [(&str, &str); 8] = [
    ("read", "get"),
    ("view", "get"),
    ("show", "get"),
    ("write", "update"),
    ("edit", "update"),
    ("modify", "update"),
    ("remove", "delete"),
    ("add", "create"),
];

/// What was probably meant by an action that is not built in.
pub(crate) fn misspelled(action: &str) -> Option<Text> {
    if CATALOGUE.find(action).is_some() {
        return None;
    }
    let Ok(Action::Resource {
        group,
        resource,
        verb,
    }) = parse(action)
    else {
        return None;
    };
    if CATALOGUE.has(group, resource) {
        let (_, meant) = OTHER_WORDS.iter().find(|(word, _)| *word == verb)?;
        let meant = format!("{group}/{resource}:{meant}");
        return CATALOGUE
            .find(&meant)
            .map(|_| format!("`{group}/{resource}` has no verb `{verb}`: `{meant}`?").into());
    }
    // Groups that are not built in may have resources of any name.
    if !CATALOGUE.has_group(group) {
        return None;
    }
    let spelled = spellings(resource);
    let own = spelled.iter().map(|resource| (group, resource));
    let elsewhere = spelled
        .iter()
        .flat_map(|resource| CATALOGUE.groups_of(resource).map(move |group| (group, resource)));
    let (meant_group, meant) = own
        .filter(|(group, resource)| CATALOGUE.has(group, resource))
        .chain(elsewhere)
        .next()?;
    Some(format!("there is no `{group}/{resource}`: `{meant_group}/{meant}:{verb}`?").into())
}

/// A resource as it may have been meant: as it stands, without capitals, in the plural; with its subresource.
fn spellings(resource: &str) -> Vec<String> {
    let (name, sub) = match resource.split_once('/') {
        Some((name, sub)) => (name.to_lowercase(), format!("/{}", sub.to_lowercase())),
        None => (resource.to_lowercase(), String::new()),
    };
    let plural = match name.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{name}es"),
    };
    [name.clone(), format!("{name}s"), plural]
        .into_iter()
        .map(|name| name + &sub)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_in_elsewhere_or_in_the_plural_is_named() {
        let asked = [
            ("core/secret:get", "core/secrets:get"),
            ("core/Secrets:get", "core/secrets:get"),
            ("apps/pods:get", "core/pods:get"),
            ("core/deployment:patch", "apps/deployments:patch"),
            ("core/pod/exec:create", "core/pods/exec:create"),
            ("core/secrets:read", "core/secrets:get"),
        ];
        for (action, meant) in asked {
            let objection = misspelled(action).unwrap_or_default();
            assert!(objection.contains(meant), "{action}: {objection:?}");
        }
    }

    #[test]
    fn what_a_cluster_may_have_of_its_own_is_left_alone() {
        let own = [
            "core/secrets:get",
            "example.com/pods:get",
            "core/gadgets:get",
            "core/secrets:attest",
            "core/secrets:GET",
            "apps/deployments/gadget:get",
        ];
        for action in own {
            assert_eq!(misspelled(action), None, "{action}");
        }
    }
}
