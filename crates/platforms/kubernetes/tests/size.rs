//! How long and how large: a synthetic cluster, read and compiled. Prints figures; run by hand with
//! `cargo test --release -p leastwise-kubernetes --test size -- --ignored --nocapture`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement that is read by whoever runs it"
)]

use std::time::Instant;

use leastwise_bench::{Cluster, calibration, kubernetes_cluster};
use leastwise_document::{Limits, read};
use leastwise_kubernetes::Kubernetes;
use leastwise_model::{File, Platform, Settings, Snapshot};

/// A line of `/proc/self/status` in MiB; 0 where there is none.
fn memory(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(key));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kib.unwrap_or(0) / 1024
}

/// Processor time of this process, in seconds; wall-clock time says little on a busy machine.
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    ticks.iter().sum::<f64>() / 100.0
}

fn measure(cluster: &Cluster) {
    let mut export = Vec::new();
    let size = kubernetes_cluster(cluster, &mut export).unwrap();
    let before = memory("VmRSS");
    let (start, idle) = (Instant::now(), busy());
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(File {
        path: "export.json".into(),
        unit: "export.json".into(),
    });
    let mut reader = Kubernetes.reader(&Settings::default());
    let faults = read(&export, &Limits::default(), &mut |item| {
        let _ = reader.take(file, "export.json", item);
    });
    let taken = start.elapsed();
    let busy_taking = busy() - idle;
    let after_taking = memory("VmRSS");
    reader.compile(&mut snapshot);
    let compiled = start.elapsed();
    let busy_all = busy() - idle;
    assert!(faults.is_empty());
    println!(
        "{} objects ({} MB), {} identities, {} steps, {} opportunities: taken in {taken:?}, compiled after {compiled:?} (processor: {busy_taking:.2} s, \
         {busy_all:.2} s); \
         memory beyond the export: {} MiB taken, {} MiB compiled",
        size.objects,
        export.len() / 1_000_000,
        snapshot.identities.len(),
        snapshot.steps.len(),
        snapshot.opportunities.len(),
        after_taking.saturating_sub(before),
        memory("VmRSS").saturating_sub(before),
    );
}

#[test]
#[ignore = "a measurement, not a check"]
fn a_large_cluster() {
    println!("calibration: {:?}", calibration());
    let large = Cluster {
        namespaces: 2_000,
        accounts_per_namespace: 10,
        bindings: 60_000,
        pods: false,
        tame: false,
        seed: 7,
    };
    measure(&Cluster {
        bindings: 15_000,
        namespaces: 500,
        ..large.clone()
    });
    measure(&large);
    measure(&Cluster {
        pods: true,
        tame: true,
        ..large
    });
}
