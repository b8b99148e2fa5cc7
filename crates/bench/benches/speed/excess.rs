//! Excess of everybody in an account of a thousand roles, against a rollup of a hundred thousand rows.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use leastwise_bench::{AwsAccount, aws_account};
use leastwise_effective::World;
use leastwise_model::{Basis, IdentityIndex, LogScope, Platform, Settings, UseOutcome};
use leastwise_permset::{Element, Emptiness, Region, Strings};
use leastwise_roles::excess::{Color, Evidence};
use leastwise_usage::{Observation, Observed, ObservedLog};

use crate::questions::world;
use crate::table::{Table, median};

const ROWS: usize = 100_000;
const BOUND: Duration = Duration::from_secs(1);

/// A resource that an action takes, spelled in full as a log tells it; nothing where it takes any text.
fn resource(platform: &dyn Platform, action: &str, number: usize) -> Option<String> {
    let shape = platform.catalogue().natural_shapes(action).into_iter().next()?;
    let open = shape.elements().iter().map(|element| match element {
        Element::Text(text) => &**text,
        _ => "*",
    });
    let open: String = open.collect();
    let fields = open.split(':').enumerate().map(|(at, field)| match (at, field) {
        (3, "*") => "eu-west-1".to_owned(),
        (4, "*") => "111122223333".to_owned(),
        _ => field.replace('*', &format!("app-{number}")),
    });
    Some(fields.collect::<Vec<String>>().join(":"))
}

/// A resource on which an identity holds an action.
fn admitted(world: &World, index: IdentityIndex, action: &str) -> Option<String> {
    let only = Region::new(Strings::literal(action), Strings::any());
    let here = world.effective(index).intersection(&only.into());
    match here.emptiness(world.limits()) {
        Emptiness::Inhabited(witness) => Some(witness.request.resource.to_string()),
        Emptiness::Empty | Emptiness::Unknown(_) => None,
    }
}

/// Uses of actions that roles hold, each on several resources, the first of which is one that its statements admit; the same
/// number for each role.
fn observed(world: &World, rows: usize) -> Observed {
    let day = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
    let (first, last) = (day("2026-01-01T00:00:00Z"), day("2026-04-30T00:00:00Z"));
    let snapshot = world.snapshot();
    let each = rows.div_ceil(snapshot.identities.len().max(1));
    let mut observed = Observed::default();
    for (index, identity) in snapshot.each_identity() {
        let (Some(platform), Some(abilities)) = (world.platform_of(index), world.abilities(index)) else {
            continue;
        };
        let held: Vec<usize> = abilities.actions.iter().collect();
        let step = (held.len() / each.div_ceil(4).max(1)).max(1);
        let actions: Vec<usize> = held.iter().copied().step_by(step).collect();
        for number in 0..each {
            let Some(action) = actions.get(number % actions.len().max(1)) else {
                break;
            };
            let action = platform.catalogue().name(*action);
            let once = number < actions.len();
            let admitted = once.then(|| admitted(world, index, action)).flatten();
            observed.uses.push(Observation {
                identity: identity.id.to_string(),
                operation: action.to_owned(),
                action: action.to_owned(),
                basis: Basis::Mapped,
                resource: admitted.or_else(|| resource(platform, action, number * 7)),
                folded: false,
                outcome: UseOutcome::Allowed,
                count: 3,
                first,
                last,
                days: [20_500].into_iter().collect(),
            });
        }
    }
    observed.logs = vec![ObservedLog {
        platform: "aws".into(),
        instance: "111122223333".into(),
        area: "eu-west-1".into(),
        kind: "management".into(),
        first,
        last,
        days: 120,
    }];
    observed
}

/// Measures it: from the rows at hand to the colors of everybody, counted.
pub fn measure(table: &mut Table, quick: bool) -> io::Result<()> {
    let size = |full: usize| if quick { full / 10 } else { full };
    let name = format!(
        "excess of all, AWS account of {} roles, {} rows",
        size(1000),
        size(ROWS)
    );
    if !table.wants(&name) {
        return Ok(());
    }
    let account = AwsAccount {
        roles: size(1000),
        ..AwsAccount::default()
    };
    let mut export = Vec::new();
    aws_account(&account, &mut export)?;
    let observed = observed(&world(&leastwise_aws::Aws, &export), size(ROWS));
    let mut times = Vec::new();
    let mut figure = String::new();
    for _ in 0..5 {
        // A world of its own each time: nothing is found beforehand.
        let world = world(&leastwise_aws::Aws, &export);
        let start = Instant::now();
        let logged = leastwise_aws::Aws.logged();
        let scopes: BTreeMap<&'static str, Box<dyn LogScope>> = logged
            .map(|logged| ("aws", logged.scope(&Settings::default())))
            .into_iter()
            .collect();
        let evidence = Evidence::new(&world, &[], &observed, scopes);
        let splits = evidence.split_all();
        times.push(start.elapsed());
        let sum = |color| {
            splits
                .iter()
                .map(|split| split.actions(color).count())
                .sum::<usize>()
        };
        figure = format!(
            "{} identities, {} used, {} excess",
            splits.len(),
            sum(Color::Used),
            sum(Color::Excess)
        );
    }
    let took = median(times);
    let figure = format!(
        "{:.0} ms; {} rows, {figure}",
        took.as_secs_f64() * 1e3,
        observed.uses.len()
    );
    table.row(&name, figure, "1 s", Some(took <= BOUND));
    Ok(())
}
