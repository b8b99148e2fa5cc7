//! What a log's or an owner's words ask of a platform, as sets.

use leastwise_model::Platform;
use leastwise_permset::{Node, PermissionSet, Region, Strings};

/// The requests that an action on a resource means; on any resource where none is told.
#[must_use]
pub fn requests(platform: &'static dyn Platform, action: &str, resource: Option<&str>) -> PermissionSet {
    match resource {
        Some(resource) => platform.requests(action, resource),
        None => Region::new(action_strings(platform, action), Strings::any()).into(),
    }
}

/// The actions that a name means, in its platform's spelling.
#[must_use]
pub fn action_strings(platform: &'static dyn Platform, action: &str) -> Strings {
    match platform.requests(action, "-").node() {
        Node::Region(region) => region.actions.clone(),
        _ => Strings::literal(action),
    }
}
