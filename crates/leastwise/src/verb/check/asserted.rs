//! What nobody may be able to do.

use leastwise_governance::gate::{Forbidden, Gate};
use leastwise_model::Platform;
use leastwise_permset::PermissionSet;

use super::side::Analysed;
use crate::pattern;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;

/// Tells whoever can make a request of `named`, which is written `ACTION[@RESOURCE]`.
///
/// # Errors
/// Where no platform that is there knows such a request.
pub fn forbid(named: &str, new: &Analysed, gate: &mut Gate) -> Result<(), Problem> {
    let (action, resource) = named.split_once('@').unwrap_or((named, "*"));
    let there: Vec<&'static dyn Platform> = PLATFORMS
        .iter()
        .copied()
        .filter(|platform| {
            let instances = &new.world.snapshot().instances;
            instances
                .iter()
                .any(|instance| instance.platform == platform.name())
                || new
                    .bundles
                    .iter()
                    .any(|bundle| bundle.platform.name() == platform.name())
        })
        .collect();
    let mut objections = Vec::new();
    let mut knowing: Vec<(&str, PermissionSet)> = Vec::new();
    for platform in there {
        match pattern::on_platform(platform, action, resource) {
            Ok(requests) => knowing.push((platform.name(), requests)),
            Err(objection) => objections.push(objection),
        }
    }
    if knowing.is_empty() {
        let why = objections.first().map_or_else(
            || "nothing is there that could grant it".to_owned(),
            ToString::to_string,
        );
        return Err(
            Problem::usage(format!("`--not-granted {named}`: {why}")).hint("write ACTION or ACTION@RESOURCE")
        );
    }
    let requests = |platform: &'static dyn Platform| {
        let found = knowing.iter().find(|(name, _)| *name == platform.name());
        found.map(|(_, requests)| requests.clone())
    };
    let forbidden = Forbidden {
        named,
        requests: &requests,
    };
    gate.forbid(&new.side(), &new.bundles, &forbidden);
    Ok(())
}
