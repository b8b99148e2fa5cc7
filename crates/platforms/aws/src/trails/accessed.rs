//! Reports of IAM on what an identity accessed last ("Access Advisor"): what they show beside the logs.
//!
//! A report lists services that the policies of an identity speak of, and for some of them actions. An attempt counts, let through
//! or not: so the instant of one proves no use. But where there was none, there was no use in the time that IAM tracks: 400 days,
//! of the regions and actions that it tracks for so long (`data/last-accessed.tsv`). What a service calls on behalf of an identity
//! is not said to be tracked, nor is what is no call by itself, and a service that is not listed is not told. Source: IAM User Guide, "Refine
//! permissions in AWS using last accessed information"; IAM API Reference, GetServiceLastAccessedDetails.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::Timestamp;
use leastwise_document::{Item, Node};
use leastwise_model::{Identity, LogCoverage, Remark, Reported, ShownBy, Taken, Text, log_instant};
use leastwise_permset::{Condition, Guard, Key, PermissionSet, Region, Strings, Test};

use super::kinds::{self, Kind};
use super::{folded, on, unshown};
use crate::catalogue::Catalogue;

/// How long IAM keeps what it tracks.
const TRACKED_SECONDS: i64 = 400 * 86_400;

/// What is told of one service, by the report that was made last.
#[derive(Debug)]
struct Service {
    /// When the report was asked for.
    asked: Timestamp,
    /// Whether any attempt is told.
    accessed: bool,
    /// Actions that are tracked, with the last attempt.
    actions: Vec<(Text, Option<Timestamp>)>,
}

/// The reports, by ARN and prefix of the service.
#[derive(Debug, Default)]
pub(super) struct Reports(BTreeMap<Text, BTreeMap<Text, Service>>);

impl Reports {
    /// Takes a report, or says why none can be made of it.
    pub fn take(&mut self, path: &str, item: Item, remarks: &mut Vec<Remark>) -> Taken {
        let node = &item.node;
        if !is_report(node) {
            return Taken::No(Box::new(item));
        }
        let mut remark = |what: &str, hint: &str| {
            remarks.push(Remark {
                location: None,
                what: format!("{path}:{}: {what}", node.position().line).into(),
                hint: hint.into(),
                loses: true,
            });
        };
        match read(node) {
            Ok((arn, services)) => {
                let known = self.0.entry(arn).or_default();
                for (prefix, service) in services {
                    let older = known.get(&prefix).is_some_and(|one| one.asked > service.asked);
                    if !older {
                        known.insert(prefix, service);
                    }
                }
                if node.get("IsTruncated").and_then(Node::boolean) == Some(true) {
                    remark(
                        "the report goes on elsewhere: services that stand there are not told",
                        "give the rest of it too (`--marker`), or ask with `--max-items 1000`",
                    );
                }
            }
            Err((what, hint)) => remark(
                &format!("a report of what was accessed last, left out: {what}"),
                hint,
            ),
        }
        Taken::Yes
    }

    /// What the reports add to what the logs show of an identity; nothing where none is of it.
    pub fn applied(&self, identity: &Identity, logs: &LogCoverage) -> Option<LogCoverage> {
        let services = self.0.get(&identity.id)?;
        let of_it = |service: &&Service| identity.created.is_none_or(|made| made < service.asked);
        let asked = services.values().filter(of_it).map(|service| service.asked);
        let (first, last) = (asked.clone().min()?, asked.max()?);
        let (mut silent, mut tried) = (Vec::new(), Vec::new());
        let (mut whole, mut part) = (0_usize, 0_usize);
        for (prefix, service) in services.iter().filter(|(_, service)| of_it(service)) {
            let mut actions = Vec::new();
            if !service.accessed {
                whole += 1;
                actions.push(folded(&format!("{prefix}:*")));
            } else if tracks("actions", prefix, service.asked) {
                let never = service.actions.iter().filter(|(_, last)| last.is_none());
                actions.extend(never.map(|(action, _)| folded(action)));
                part += usize::from(!actions.is_empty());
            }
            silent.push(on(&Strings::any_of(actions)).intersection(&tracked(service.asked)));
            tried.extend(
                service
                    .actions
                    .iter()
                    .filter_map(|(action, last)| Some((action, (*last)?))),
            );
        }
        let never = kinds::rows().iter().filter(|row| matches!(row.kind, Kind::Never));
        let never = PermissionSet::union_of(never.map(|row| on(&row.actions)));
        let shown = PermissionSet::union_of(silent).difference(&never);
        let mut all = logs.clone();
        for one in &mut all.unshown {
            one.requests = one.requests.difference(&shown);
        }
        let days = tried.iter().map(|(_, last)| date(*last));
        if let (Some(from), Some(to)) = (days.clone().min(), days.max()) {
            let when = if from == to {
                format!("on {to}")
            } else {
                format!("between {from} and {to}")
            };
            let why = format!("it was tried last {when}, and IAM does not tell whether it was let through");
            let actions = Strings::any_of(tried.iter().map(|(action, _)| folded(action)));
            let settle = "give the logs of that time with --usage";
            all.unshown.insert(0, unshown(on(&actions), why, settle));
        }
        all.shown_by.push(ShownBy {
            what: format!(
                "direct calls of {whole} services, and of tracked actions of {part}, where IAM tracks them (last \
                 accessed information of {})",
                date(last)
            )
            .into(),
            assumed: false,
        });
        all.reported = Some(Reported {
            first: Timestamp::from_second(first.as_second() - TRACKED_SECONDS).unwrap_or(first),
            last: first,
            by: "last accessed information of IAM".into(),
        });
        Some(all)
    }
}

/// Whether this is such a report, or one on a service.
pub(crate) fn is_report(node: &Node) -> bool {
    let listed = ["ServicesLastAccessed", "EntityDetailsList"];
    node.get("JobStatus").is_some() && listed.iter().any(|list| node.get(list).is_some())
}

/// Why a report tells nothing, and what to do.
type Refusal = (String, &'static str);

/// Of whom a report is, and what it tells; or why nobody can say, and what to do.
fn read(node: &Node) -> Result<(Text, Vec<(Text, Service)>), Refusal> {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let Some(services) = node.get("ServicesLastAccessed") else {
        return Err((
            "it tells who accessed a service, and not which".into(),
            "give what `aws iam get-service-last-accessed-details` answers for each user and role",
        ));
    };
    let status = text(node, "JobStatus").unwrap_or_default();
    if status != "COMPLETED" {
        return Err((
            format!("its job is `{status}`"),
            "ask again with `aws iam get-service-last-accessed-details` until it is COMPLETED",
        ));
    }
    let Some(arn) = text(node, "Arn") else {
        return Err((
            "it does not say of whom it is: AWS leaves that out".into(),
            "add the ARN that it was asked for as `Arn`, as docs/excess.md shows",
        ));
    };
    if !(arn.contains(":user/") || arn.contains(":role/")) {
        return Err((
            format!(
                "it is of {arn}: what members of a group or holders of a policy accessed tells of none of them"
            ),
            "ask for users and roles",
        ));
    }
    let Some(asked) = text(node, "JobCreationDate").and_then(|text| log_instant(&text)) else {
        return Err((
            "it does not say when it was asked for (`JobCreationDate`)".into(),
            "give the answer as `aws iam get-service-last-accessed-details` prints it",
        ));
    };
    let mut all = Vec::new();
    for service in services.list() {
        let prefix = text(service, "ServiceNamespace").unwrap_or_default();
        if prefix.is_empty()
            || !prefix
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            continue;
        }
        let other = text(service, "LastAuthenticatedEntity").filter(|who| *who != arn);
        if let Some(other) = other {
            return Err((
                format!("it stands under {arn}, and tells what {other} accessed"),
                "set `Arn` to the ARN that it was asked for",
            ));
        }
        let several = service.get("TotalAuthenticatedEntities").and_then(Node::scalar);
        if several.is_some_and(|count| count != "0" && count != "1") {
            return Err((
                format!("it stands under {arn}, and tells what several accessed"),
                "ask for users and roles, one report each",
            ));
        }
        let actions = service.get("TrackedActionsLastAccessed").map(Node::list);
        let mut told = Vec::new();
        for action in actions.unwrap_or_default() {
            let name = text(action, "ActionName").map(|name| format!("{prefix}:{name}"));
            // What no such action is named by is not told of any.
            let Some(name) = name.filter(|name| Catalogue::embedded().find(name).is_some()) else {
                continue;
            };
            let last = instant(action, "LastAccessedTime", &arn)?;
            told.push((Text::from(name), last));
        }
        all.push((
            Text::from(prefix),
            Service {
                asked,
                accessed: instant(service, "LastAuthenticated", &arn)?.is_some()
                    || told.iter().any(|(_, last)| last.is_some()),
                actions: told,
            },
        ));
    }
    Ok((arn.into(), all))
}

/// An instant that may not be told; what is told and is none must not pass for nothing.
fn instant(node: &Node, key: &str, arn: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(value) = node.get(key).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    value.text().and_then(log_instant).map(Some).ok_or_else(|| {
        (
            format!("of {arn}, `{key}` is no instant"),
            "give the answer as `aws iam get-service-last-accessed-details` prints it (cli_timestamp_format = iso8601)",
        )
    })
}

/// Direct requests in the regions that were tracked for all the time that a report of this instant speaks of.
fn tracked(asked: Timestamp) -> PermissionSet {
    let regions = rows()
        .iter()
        .filter(|row| row.kind == "region" && row.covers(asked));
    let there = Strings::any_of(regions.map(|row| leastwise_permset::Pattern::literal(row.name)));
    let there = Condition::Some(Key::single("aws:RequestedRegion"), Test::Text(there));
    let behalf = Condition::Some(
        Key::single("aws:ViaAWSService"),
        Test::Text(Strings::literal("true")),
    );
    Region::everything()
        .when(Guard::all_of([there.holds(), behalf.fails()]))
        .into()
}

fn tracks(kind: &str, name: &str, asked: Timestamp) -> bool {
    let row = |name: &str| rows().iter().find(|row| row.kind == kind && row.name == name);
    row(name)
        .or_else(|| row("*"))
        .is_some_and(|row| row.covers(asked))
}

/// A row of the table.
#[derive(Debug)]
struct Row {
    kind: &'static str,
    name: &'static str,
    since: Timestamp,
}

impl Row {
    fn covers(&self, asked: Timestamp) -> bool {
        asked.as_second() - self.since.as_second() >= TRACKED_SECONDS
    }
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let text = include_str!("../../data/last-accessed.tsv");
        let row = |fields: Vec<&'static str>| {
            let [kind, name, since, _] = fields[..] else {
                return None;
            };
            let since = log_instant(&format!("{since}T00:00:00Z"))?;
            Some(Row { kind, name, since })
        };
        crate::usage::rows(text).filter_map(row).collect()
    })
}

fn date(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}
