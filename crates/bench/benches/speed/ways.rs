//! Ways of becoming others, within one process once an estate is loaded: finding who can become whom, one question for
//! what falls with an identity, and `why` with its layers and paths.

use std::io;
use std::time::{Duration, Instant};

use leastwise_bench::{AwsAccount, Cluster, aws_account, kubernetes_cluster};
use leastwise_effective::{Question, World};
use leastwise_model::IdentityIndex;

use crate::questions::world;
use crate::table::{Table, median};

/// How many identities are asked about.
const ASKED: usize = 200;

/// Measures every promise about ways.
pub fn measure(table: &mut Table, quick: bool) -> io::Result<()> {
    let namespaces = if quick { 200 } else { 2000 };
    let name = format!("ways, cluster of {namespaces} namespaces");
    if table.wants(&name) {
        let cluster = Cluster {
            namespaces,
            accounts_per_namespace: 10,
            bindings: namespaces * 30,
            pods: true,
            tame: true,
            seed: 7,
        };
        let mut export = Vec::new();
        kubernetes_cluster(&cluster, &mut export)?;
        let world = world(&leastwise_kubernetes::Kubernetes, &export);
        reach(table, &name, &world);
        why(table, &name, &world, |number| {
            ("core/secrets:get", format!("ns-{}/secret", number % namespaces))
        });
    }
    let roles = if quick { 100 } else { 1000 };
    let name = format!("ways, AWS account of {roles} roles");
    if table.wants(&name) {
        let account = AwsAccount {
            roles,
            ..AwsAccount::default()
        };
        let mut export = Vec::new();
        aws_account(&account, &mut export)?;
        let world = world(&leastwise_aws::Aws, &export);
        reach(table, &name, &world);
        why(table, &name, &world, |number| {
            ("s3:GetObject", format!("arn:aws:s3:::app-{number}/x"))
        });
    }
    Ok(())
}

/// Who can become whom, and what falls with one identity: the one with whom most falls among those asked.
fn reach(table: &mut Table, name: &str, world: &World) {
    let start = Instant::now();
    world.prepare();
    let made = start.elapsed();
    let mut worst = (Duration::ZERO, 0);
    for index in asked(world) {
        let start = Instant::now();
        let fallen = world.reach(index);
        worst = worst.max((start.elapsed(), fallen.becomes.len()));
    }
    let edges: usize = world
        .snapshot()
        .each_identity()
        .map(|(index, _)| world.edges(index).count())
        .sum();
    let whole = made + worst.0;
    table.row(
        &format!("{name}: who can become whom, and the slowest reach"),
        format!(
            "{:.2} s + {:.3} s over {edges} edges, {} fall",
            made.as_secs_f64(),
            worst.0.as_secs_f64(),
            worst.1
        ),
        "2 s",
        Some(whole <= Duration::from_secs(2)),
    );
}

/// Why the answers are what they are, one question for each of those asked.
fn why(table: &mut Table, name: &str, world: &World, request: impl Fn(usize) -> (&'static str, String)) {
    let mut times: Vec<Duration> = Vec::new();
    for (number, index) in asked(world).enumerate() {
        let (action, resource) = request(number);
        let question = Question::direct(index, action, &resource);
        let start = Instant::now();
        std::hint::black_box(world.why(&question));
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let most = times.last().copied().unwrap_or_default();
    table.row(
        &format!("{name}: why"),
        format!(
            "median {:.3} ms, most {:.3} ms",
            median(times).as_secs_f64() * 1e3,
            most.as_secs_f64() * 1e3
        ),
        "5 ms each",
        Some(most <= Duration::from_millis(5)),
    );
}

/// Some identities, spread over the estate.
fn asked(world: &World) -> impl Iterator<Item = IdentityIndex> {
    let count = world.snapshot().identities.len();
    let apart = (count / ASKED).max(1);
    world
        .snapshot()
        .each_identity()
        .map(|(index, _)| index)
        .step_by(apart)
}
