//! What a call was about, where that is sure.
//!
//! Candidates are what a denial names, the ARNs that the event lists, and what rows of `data/event-resources.tsv` make of request
//! parameters. A candidate counts if it fits a resource type of the action, and if it is the only one that does: where several
//! fit, or where a request names several resources at once, the resource is unknown.

use std::borrow::Cow;
use std::sync::OnceLock;

use leastwise_document::skim::{Skim, Stop};
use leastwise_permset::Context;

use super::operation::Needed;
use super::record::Record;
use super::table::{fits, rows};

/// Who asked, as far as names of resources depend on it.
pub(super) struct Caller<'a> {
    pub region: &'a str,
    pub account: &'a str,
}

/// A row of `data/event-resources.tsv`: text and names of parameters in turns, beginning with text.
#[derive(Debug)]
pub(super) struct Template {
    service: &'static str,
    pieces: Vec<&'static str>,
}

/// The rows for a service, in order.
pub(super) fn templates(service: &str) -> Vec<&'static Template> {
    static ALL: OnceLock<Vec<Template>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        rows(include_str!("../../data/event-resources.tsv"))
            .filter_map(|row| {
                Some(Template {
                    service: row.first()?,
                    pieces: row.get(1)?.split(['{', '}']).collect(),
                })
            })
            .collect()
    });
    all.iter()
        .filter(|one| one.service == service || one.service == "*")
        .collect()
}

/// A text among request parameters; one level deep, as written.
pub(super) fn parameter<'a>(parameters: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let mut skim = Skim::new(parameters);
    let mut found = None;
    let walked: Result<(), Stop> = skim.members(&mut |key, skim| {
        if key != name.as_bytes() {
            return Ok(false);
        }
        // What is null was not given; what is no text was, and names nothing.
        let null = skim.peek()? == b'n';
        let text = skim.text()?.map(|text| text.get()).unwrap_or_default();
        found = (!null).then_some(text);
        Ok(true)
    });
    walked.ok()?;
    found
}

/// Which of the actions of a call one is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The only one.
    Only,
    /// The main one of several: what the event lists may belong to another.
    Main,
    /// Another one: request parameters name the resource of the main one.
    Further,
}

/// The resource that an action was asked for on.
pub(super) fn find<'a>(
    needed: &Needed,
    part: Part,
    templates: &[&'static Template],
    record: &Record<'a>,
    told: Option<&'a str>,
    caller: &Caller<'_>,
) -> Option<Cow<'a, str>> {
    if let [only] = needed.shapes.as_slice()
        && only.as_literal() == Some("*")
    {
        return Some("*".into());
    }
    if !needed.single {
        return None;
    }
    let context = Context::new();
    let right = |name: &str| needed.shapes.iter().any(|shape| shape.matches(name, &context));
    if let Some(told) = told.filter(|told| right(told)) {
        return Some(told.into());
    }
    let parameters = record.parameters.unwrap_or_default();
    if let Some(name) = needed.parameter {
        return parameter(parameters, name).filter(|name| right(name));
    }
    let made = || {
        templates
            .iter()
            .find_map(|template| template.fill(parameters, caller).filter(|name| right(name)))
    };
    match part {
        Part::Only => {}
        Part::Main => return made(),
        Part::Further => return None,
    }
    let mut one: Option<Cow<'a, str>> = None;
    let mut several = false;
    listed(record.resources.unwrap_or_default(), &mut |name| {
        if one.as_ref() != Some(&name) && right(&name) {
            several |= one.is_some();
            one = Some(name);
        }
    });
    if several {
        return None;
    }
    one.or_else(made)
}

/// The ARNs that an event lists.
fn listed<'a>(resources: &'a [u8], each: &mut dyn FnMut(Cow<'a, str>)) {
    let mut skim = Skim::new(resources);
    let mut walk = || -> Result<(), Stop> {
        if skim.peek()? != b'[' {
            return Ok(());
        }
        let mut list = skim.list()?;
        while skim.element(&mut list)? {
            skim.members(&mut |key, skim| {
                if key != b"ARN" {
                    return Ok(false);
                }
                if let Some(name) = skim.text()? {
                    each(name.get());
                }
                Ok(true)
            })?;
        }
        Ok(())
    };
    // It was walked over before.
    let _ = walk();
}

impl Template {
    fn fill<'a>(&self, parameters: &'a [u8], caller: &Caller<'_>) -> Option<Cow<'a, str>> {
        let mut out = String::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            match *piece {
                text if at % 2 == 0 => out.push_str(text),
                "partition" => out.push_str(partition(caller.region)),
                "region" if !caller.region.is_empty() => out.push_str(caller.region),
                "account" if !caller.account.is_empty() => out.push_str(caller.account),
                "region" | "account" => return None,
                name => {
                    let value = parameter(parameters, name).filter(|value| !value.is_empty())?;
                    if value.starts_with("arn:") {
                        return Some(value);
                    }
                    out.push_str(&value);
                }
            }
        }
        Some(Cow::Owned(out))
    }
}

/// Source: AWS General Reference, ARN format.
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

/// Rows of `data/resource-groups.tsv`.
pub(super) struct Groups {
    rows: Vec<GroupRow>,
}

struct GroupRow {
    service: &'static str,
    /// The fields behind the service up to the name.
    fields: Vec<&'static str>,
    /// What the name is cut behind.
    separator: &'static str,
}

impl Groups {
    pub fn embedded() -> Self {
        let rows = rows(include_str!("../../data/resource-groups.tsv")).filter_map(|row| {
            let mut fields = row.first()?.split(':').skip(2);
            let service = fields.next()?;
            let mut fields: Vec<&str> = fields.collect();
            // The last field is the beginning of the name, and empty in the table.
            fields.pop();
            Some(GroupRow {
                service,
                fields,
                separator: row.get(1)?,
            })
        });
        Self { rows: rows.collect() }
    }

    /// The group that a resource counts with; itself where it stands alone.
    pub fn group<'a>(&self, name: Cow<'a, str>) -> Cow<'a, str> {
        match self.cut(&name) {
            Some((at, separator)) => {
                let head = name.get(..at).unwrap_or_default();
                Cow::Owned([head, separator, "*"].concat())
            }
            None => name,
        }
    }

    fn cut(&self, name: &str) -> Option<(usize, &'static str)> {
        let (_, rest) = name.strip_prefix("arn:")?.split_once(':')?;
        let (service, behind) = rest.split_once(':')?;
        let rows = self.rows.iter().filter(|row| row.service == service);
        rows.filter_map(|row| {
            let mut rest = behind;
            for field in &row.fields {
                let (head, tail) = rest.split_once(':')?;
                if !fits(field, head) {
                    return None;
                }
                rest = tail;
            }
            Some((name.len() - rest.len() + rest.find(row.separator)?, row.separator))
        })
        .next()
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn what_comes_and_goes_counts_with_what_stays() {
        let groups = Groups::embedded();
        let check = |name: &str, expected: &str| assert_eq!(groups.group(name.into()), expected);
        check("arn:aws:s3:::bucket/a/b", "arn:aws:s3:::bucket/*");
        check("arn:aws-cn:s3:::bucket/a", "arn:aws-cn:s3:::bucket/*");
        check("arn:aws:s3:::bucket", "arn:aws:s3:::bucket");
        check(
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web:log-stream:a/b",
            "arn:aws:logs:eu-west-1:111122223333:log-group:/app/web:log-stream:*",
        );
        check(
            "arn:aws:states:eu-west-1:111122223333:execution:nightly:0123",
            "arn:aws:states:eu-west-1:111122223333:execution:nightly:*",
        );
        check(
            "arn:aws:sqs:eu-west-1:111122223333:a/b",
            "arn:aws:sqs:eu-west-1:111122223333:a/b",
        );
        check("*", "*");
    }
}
