//! What a log's or an owner's words ask of a platform, as sets.

use leastwise_effective::World;
use leastwise_model::{IdentityIndex, Platform};
use leastwise_permset::{Node, PermissionSet, Region, Strings};

/// Whom a log means by the name of an identity: a log that does not say whose it is names identities without their instance,
/// `platform::name`, and means the only one of the platform.
#[must_use]
pub fn called(world: &World, name: &str) -> Option<IdentityIndex> {
    let Some((platform, rest)) = name.split_once("::") else {
        return world.called(name);
    };
    let instances = world.snapshot().instances.iter();
    let mut own = instances.filter(|instance| instance.platform == platform);
    match (own.next(), own.next()) {
        (Some(only), None) => world.called(&format!("{platform}:{}:{rest}", only.name)),
        _ => world.called(name),
    }
}

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
