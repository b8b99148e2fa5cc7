//! How the server spells names.

use leastwise_model::Text;

/// Names of policies are in lower case, without space around.
pub(crate) fn policy_name(name: &str) -> Text {
    name.trim().to_lowercase().into()
}
