//! What CloudTrail would have shown: trails and their selectors, or what their records let one conclude.
//!
//! A call is a management event, a data event of one kind of resource, or none (`data/event-kinds.tsv`). Management events are
//! recorded by every trail that does not say otherwise, data events only where a selector names them. Where no configuration
//! of an account's trails is given, what was recorded once is taken to be recorded always: management events of the account,
//! and data events of one kind on one resource. Sources: CloudTrail User Guide, "Logging management events", "Logging data
//! events"; CloudTrail API Reference, GetEventSelectors, DescribeTrails, AdvancedFieldSelector. What IAM reports besides:
//! [`accessed`].

mod accessed;
mod kinds;
mod selectors;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use leastwise_document::{Item, Node};
use leastwise_model::{
    Identity, Instance, LogCoverage, LogScope, Remark, ShownBy, Sighting, Source, Taken, Text, Unshown,
};
use leastwise_permset::{
    Case, Condition, Context, Guard, Key, Pattern, PermissionSet, Region, Strings, Test,
};

use accessed::Reports;
pub(crate) use accessed::is_report;
use kinds::{Kind, KindRow};
use selectors::{Access, Recorded};

/// A trail, as far as it was told.
#[derive(Debug, Default)]
struct Trail {
    account: Text,
    /// Where it was made; the only region that it records unless it records all.
    home: Text,
    /// Whether it records all regions; nothing where only its selectors were told.
    everywhere: bool,
    organization: bool,
    /// Nothing where only the trail was told.
    selectors: Option<Vec<Recorded>>,
}

/// What is known of CloudTrail.
#[derive(Debug, Default)]
pub(crate) struct Trails {
    /// By ARN.
    trails: BTreeMap<Text, Trail>,
    /// Accounts of which management events stand in the logs; and of which anything does.
    managed: BTreeSet<Text>,
    logged: BTreeSet<Text>,
    /// Resources on which a use of a row of kinds was logged.
    seen: BTreeMap<usize, BTreeSet<Text>>,
    /// Actions of which it is not known how they are recorded, and that were.
    seen_unclear: BTreeSet<Text>,
    told: BTreeMap<Text, Arc<LogCoverage>>,
    reports: Reports,
}

impl LogScope for Trails {
    fn take(&mut self, path: &str, item: Item, remarks: &mut Vec<Remark>) -> Taken {
        let node = &item.node;
        if let Some(arn) = node.get("TrailARN").and_then(Node::text)
            && (node.get("EventSelectors").is_some() || node.get("AdvancedEventSelectors").is_some())
        {
            let selectors = selectors::read(node, path, remarks);
            self.trail(arn).selectors = Some(selectors);
            return Taken::Yes;
        }
        let described = match (node.get("trailList"), node.get("Trail")) {
            (Some(list), _) => list.list(),
            (None, Some(one)) => std::slice::from_ref(one),
            (None, None) => return self.reports.take(path, item, remarks),
        };
        for described in described {
            let Some(arn) = described.get("TrailARN").and_then(Node::text) else {
                continue;
            };
            let says = |field| described.get(field).and_then(Node::boolean).unwrap_or_default();
            let home = described.get("HomeRegion").and_then(Node::text);
            let (everywhere, organization) = (says("IsMultiRegionTrail"), says("IsOrganizationTrail"));
            let trail = self.trail(arn);
            trail.everywhere = everywhere;
            trail.organization = organization;
            if let Some(home) = home {
                trail.home = home.into();
            }
        }
        Taken::Yes
    }

    fn source(&mut self, source: &Source<'_>) {
        if source.platform == crate::NAME {
            self.logged.insert(source.instance.into());
            if source.kind == "management" {
                self.managed.insert(source.instance.into());
            }
        }
    }

    fn sighting(&mut self, sighting: &Sighting<'_>) {
        let nothing = Context::new();
        for (at, row) in kinds::rows().iter().enumerate() {
            if let (Kind::Data(_), Some(resource)) = (row.kind, sighting.resource)
                && row.actions.contains(sighting.action, &nothing)
            {
                self.seen.entry(at).or_default().insert(resource.into());
            }
        }
        if kinds::unclear().contains(sighting.action, &nothing) {
            self.seen_unclear.insert(sighting.action.into());
        }
    }

    fn coverage(&mut self, instance: &Instance, identity: &Identity) -> Arc<LogCoverage> {
        let told = match self.told.get(&instance.name) {
            Some(told) => told.clone(),
            None => {
                let told = Arc::new(self.of_account(&instance.name));
                self.told.insert(instance.name.clone(), told.clone());
                told
            }
        };
        self.reports.applied(identity, &told).map_or(told, Arc::new)
    }

    fn meant(&self, operation: &str) -> Option<Strings> {
        let prefix = crate::usage::prefix_of(operation.split_once(':').map_or(operation, |(of, _)| of));
        Some(Strings::one(Pattern::glob(&format!("{prefix}:*"), Case::Folded)))
    }
}

impl Trails {
    fn trail(&mut self, arn: &str) -> &mut Trail {
        let mut parts = arn.split(':').skip(3);
        let (home, account) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        self.trails.entry(arn.into()).or_insert_with(|| Trail {
            account: account.into(),
            home: home.into(),
            ..Trail::default()
        })
    }

    fn of_account(&self, account: &str) -> LogCoverage {
        let everything = || PermissionSet::everything();
        if !self.logged.contains(account) {
            return LogCoverage {
                unshown: vec![unshown(
                    everything(),
                    format!("the logs hold no record of account {account}"),
                    "give the logs of its trail with --usage",
                )],
                ..LogCoverage::default()
            };
        }
        let trails: Vec<(&Text, &Trail)> = self
            .trails
            .iter()
            .filter(|(_, trail)| *trail.account == *account || trail.organization)
            .collect();
        let mut coverage = LogCoverage::default();
        for row in kinds::rows().iter().filter(|row| matches!(row.kind, Kind::Never)) {
            coverage.unshown.push(unshown(
                on(&row.actions),
                "CloudTrail has no event of its own for it",
                "",
            ));
        }
        let seen = self.seen_unclear.iter().map(|action| folded(action));
        let unclear = on(kinds::unclear()).difference(&on(&Strings::any_of(seen)));
        let why = "it reads or writes data, and whether CloudTrail records it is not known";
        coverage.unshown.push(unshown(unclear, why, ""));
        match trails.is_empty() {
            true => self.by_records(account, &mut coverage),
            false => by_trails(&trails, &mut coverage),
        }
        coverage
    }

    /// What the records let one conclude.
    fn by_records(&self, account: &str, coverage: &mut LogCoverage) {
        let settle =
            "give what `aws cloudtrail describe-trails` and `get-event-selectors` answer with --log-config";
        if self.managed.contains(account) {
            coverage.shown_by.push(ShownBy {
                what: format!(
                    "management events of account {account} in every region, as the logs hold some"
                )
                .into(),
                assumed: true,
            });
        } else {
            let why = "no management event of this account is in the logs, and no trail is given";
            coverage
                .unshown
                .push(unshown(on(kinds::management()), why, settle));
        }
        for (at, row) in kinds::rows().iter().enumerate() {
            let Kind::Data(kind) = row.kind else { continue };
            let empty = BTreeSet::new();
            let seen = self.seen.get(&at).unwrap_or(&empty);
            let resources = Strings::any_of(seen.iter().map(|text| Pattern::glob(text, Case::Exact)));
            let shown = PermissionSet::from(Region::new(row.actions.clone(), resources));
            let rest = if seen.is_empty() {
                on(&row.actions)
            } else {
                coverage.shown_by.push(ShownBy {
                    what: format!(
                        "{} on the resources on which the logs hold some",
                        words(kind, row)
                    )
                    .into(),
                    assumed: true,
                });
                on(&row.actions).difference(&shown)
            };
            let why = format!("no event of this kind ({kind}) was seen there, and no trail is given");
            coverage.unshown.push(unshown(rest, why, settle));
        }
    }
}

/// What trails record.
fn by_trails(trails: &[(&Text, &Trail)], coverage: &mut LogCoverage) {
    let mut recorded: Vec<PermissionSet> = Vec::new();
    for (arn, trail) in trails {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let Some(selectors) = &trail.selectors else {
            coverage.shown_by.push(ShownBy {
                what: format!("nothing by trail `{name}`: its selectors are not given").into(),
                assumed: false,
            });
            continue;
        };
        let area = match trail.everywhere {
            true => "in every region".to_owned(),
            false => format!("in {} alone", trail.home),
        };
        for one in selectors {
            coverage.shown_by.push(ShownBy {
                what: format!("{} {area} (trail `{name}`)", one.words).into(),
                assumed: false,
            });
            recorded.push(match trail.everywhere {
                true => one.requests.clone(),
                false => one.requests.intersection(&within(&trail.home)),
            });
        }
    }
    let all = PermissionSet::union_of(recorded);
    let rest = |actions: &Strings| on(actions).difference(&all);
    let whole = |kind: Kind, access: Access| {
        trails.iter().any(|(_, trail)| {
            let mut selectors = trail.selectors.iter().flatten();
            trail.everywhere && selectors.any(|one| one.whole(kind, access))
        })
    };
    if !whole(Kind::Management, Access::Both) {
        let why = "no trail records such management events";
        coverage.unshown.push(unshown(rest(kinds::management()), why, ""));
    }
    for row in kinds::rows() {
        if let Kind::Data(kind) = row.kind
            && !whole(row.kind, row.access)
        {
            let why = format!("no trail records such data events ({kind})");
            let settle = "select them in a trail, and look again after a quarter";
            coverage.unshown.push(unshown(rest(&row.actions), why, settle));
        }
    }
}

fn words(kind: &str, row: &KindRow) -> String {
    match row.access {
        Access::Read => format!("data events that read ({kind})"),
        Access::Write => format!("data events that write ({kind})"),
        Access::Both => format!("data events ({kind})"),
    }
}

fn unshown(requests: PermissionSet, why: impl Into<Text>, settle: &str) -> Unshown {
    Unshown {
        requests,
        why: why.into(),
        settle: settle.into(),
    }
}

fn on(actions: &Strings) -> PermissionSet {
    Region::new(actions.clone(), Strings::any()).into()
}

fn folded(action: &str) -> Pattern {
    Pattern::glob(action, Case::Folded)
}

/// Requests in one region.
fn within(region: &str) -> PermissionSet {
    let there = Condition::Some(
        Key::single("aws:RequestedRegion"),
        Test::Text(Strings::literal(region)),
    );
    Region::everything().when(Guard::all_of([there.holds()])).into()
}
