//! How long the rules take over a large estate. Run by hand: `cargo test --release -p leastwise-findings --test size
//! -- --ignored --nocapture`; the figures stand beside those of reading and of who can become whom.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a measurement that is run by hand and prints its figures"
)]

mod common;

use std::time::Instant;

use leastwise_bench::{AwsAccount, Cluster, aws_account, calibration, kubernetes_cluster};
use leastwise_findings::{Options, check, rules};

#[test]
#[ignore = "takes minutes without optimization"]
fn twenty_thousand_identities() {
    let mut aws = Vec::new();
    aws_account(
        &AwsAccount {
            roles: 20_000,
            ..AwsAccount::default()
        },
        &mut aws,
    )
    .unwrap();
    measure("account.json", String::from_utf8(aws).unwrap());
    let mut cluster = Vec::new();
    kubernetes_cluster(&Cluster::default(), &mut cluster).unwrap();
    measure("cluster.json", String::from_utf8(cluster).unwrap());
}

fn measure(path: &str, text: String) {
    println!("calibration {:?}", calibration());
    let started = Instant::now();
    let ready = common::ready(&[(path, text)]);
    println!("{path}: read and compiled {:?}", started.elapsed());
    let started = Instant::now();
    let first = ready.world.snapshot().each_identity().next().unwrap().0;
    let _ = ready.world.abilities(first);
    println!("abilities {:?}", started.elapsed());
    let started = Instant::now();
    let _ = ready.world.edges(first).count();
    println!("who can become whom {:?}", started.elapsed());
    let now = "2026-11-21T00:00:00Z".parse().unwrap();
    for rule in rules() {
        let options = Options {
            only: vec![rule.id.to_string()],
            except: Vec::new(),
        };
        let started = Instant::now();
        let report = check(&ready.world, &ready.settings, Some(now), &options);
        println!("{rule:?} {} {:?}", report.findings.len(), started.elapsed());
    }
    let started = Instant::now();
    let report = check(&ready.world, &ready.settings, Some(now), &Options::default());
    println!(
        "all rules {} findings {:?}",
        report.findings.len(),
        started.elapsed()
    );
}
