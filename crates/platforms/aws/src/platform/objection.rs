//! Questions that make no sense on AWS.

use leastwise_model::Text;

use crate::catalogue::Catalogue;

/// Why an action or resource cannot be one of AWS's; `None` where it can.
pub fn objection(action: &str, resource: &str) -> Option<Text> {
    of_action(action).or_else(|| of_resource(resource))
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
        let hint = nearest(service, catalogue.services());
        return Some(format!("there is no AWS service `{service}`{hint}").into());
    }
    if wild {
        let none = catalogue.matching(action).is_empty();
        return none.then(|| format!("no known AWS action matches `{action}`").into());
    }
    let of_service = catalogue.matching(&format!("{service}:*"));
    let names = of_service.iter().map(|id| catalogue.name(id));
    let hint = nearest(action, names);
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
fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> String {
    let typed = typed.to_ascii_lowercase();
    let limit = typed.len() / 3 + 1;
    let best = names
        .map(|name| (distance(&typed, &name.to_ascii_lowercase(), limit), name))
        .filter(|(distance, _)| *distance <= limit)
        .min();
    best.map_or_else(String::new, |(_, name)| format!("; did you mean `{name}`?"))
}

/// The number of letters to insert, remove or replace; beyond `limit` any larger number.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let b: Vec<u8> = b.bytes().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (at, left) in a.bytes().enumerate() {
        let mut diagonal = at;
        let mut last = at + 1;
        let mut next = vec![last];
        for (right, above) in b.iter().zip(row.iter().skip(1)) {
            last = (diagonal + usize::from(left != *right))
                .min(above + 1)
                .min(last + 1);
            diagonal = *above;
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or(limit + 1)
}
