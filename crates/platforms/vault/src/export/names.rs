//! How the server spells names.

use leastwise_model::Text;

/// Names of policies are in lower case, without space around.
pub(crate) fn policy_name(name: &str) -> Text {
    name.trim().to_lowercase().into()
}

/// The name of a claim: a JSON pointer to one at the top is that.
pub(crate) fn claim_name(name: &str) -> &str {
    let pointed = name.strip_prefix('/').filter(|rest| !rest.contains('/'));
    pointed.unwrap_or(name)
}
