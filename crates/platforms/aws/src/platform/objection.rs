//! Questions that make no sense on AWS.

use leastwise_model::Text;

use super::withheld::withheld;
use crate::catalogue::Catalogue;

/// Why an action or resource cannot be one of AWS's, or an action on a resource nothing that policies decide; `None` otherwise.
pub fn objection(action: &str, resource: &str) -> Option<Text> {
    let withheld =
        || withheld(action, resource).map(|why| format!("`{action}` on `{resource}`: {why}").into());
    of_action(action)
        .or_else(|| of_resource(resource))
        .or_else(withheld)
}

pub(crate) fn of_action(action: &str) -> Option<Text> {
    let wild = action.contains(['*', '?']);
    if action == "*" {
        return None;
    }
    let Some((service, name)) = action.split_once(':') else {
        return Some(
            format!(
                "`{action}` is no AWS action: actions are written `service:Action`, such as `s3:GetObject`"
            )
            .into(),
        );
    };
    let catalogue = Catalogue::embedded();
    // Nearly every action exists: what is wrong with one is looked for only where it does not.
    if !wild && catalogue.find(action).is_some() {
        return None;
    }
    if !service.contains(['*', '?']) && catalogue.service_title(service).is_none() {
        let hint = meant(service, catalogue.services());
        return Some(format!("there is no AWS service `{service}`{hint}").into());
    }
    if wild {
        let none = catalogue.matching(action).is_empty();
        return none.then(|| format!("no known AWS action matches `{action}`").into());
    }
    let of_service = catalogue.matching(&format!("{service}:*"));
    let names = of_service.iter().map(|id| catalogue.name(id));
    let hint = meant(action, names);
    Some(format!("there is no known action `{name}` of the AWS service `{service}`{hint}").into())
}

fn of_resource(resource: &str) -> Option<Text> {
    let arn = resource == "*" || resource.starts_with("arn:") && resource.split(':').count() >= 6;
    // A pattern may stand for ARNs without spelling their fields.
    let pattern = resource.contains(['*', '?']);
    (!arn && !pattern).then(|| {
        format!("`{resource}` is no AWS resource: give an ARN, such as `arn:aws:s3:::bucket/key`, or `*`")
            .into()
    })
}

/// A suggestion, where something is near.
fn meant<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> String {
    let best = leastwise_model::nearest(typed, names);
    best.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}
