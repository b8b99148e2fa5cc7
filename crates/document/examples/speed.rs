//! How fast documents are read: `cargo run --release --example speed [PART-OF-NAME]`.
//!
//! Prints the median and best MB/s of seven runs for a large Kubernetes-like list, pretty-printed and on one line, as JSON and YAML, beside a
//! plain count of line ends over the same bytes for calibration.
#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;

use leastwise_document::{Limits, read};

fn list(elements: usize, pretty: bool) -> String {
    let (line, indent) = if pretty { ("\n", "    ") } else { ("", "") };
    let mut out = format!("{{{line}\"apiVersion\": \"v1\",{line}\"items\": [");
    for index in 0..elements {
        let _ = write!(
            out,
            "{comma}{line}{indent}{{{line}{indent}{indent}\"kind\": \"RoleBinding\",{line}{indent}{indent}\
             \"metadata\": {{{line}{indent}{indent}{indent}\"name\": \"payments-reader-{index}\",\
             {line}{indent}{indent}{indent}\"namespace\": \"payments-{index}\",\
             {line}{indent}{indent}{indent}\"uid\": \"0a1b2c3d-0000-4000-8000-{index:012}\",\
             {line}{indent}{indent}{indent}\"generation\": {index}{line}{indent}{indent}}},\
             {line}{indent}{indent}\"roleRef\": {{\"apiGroup\": \"rbac.authorization.k8s.io\", \"kind\": \"Role\", \"name\": \"reader\"}},\
             {line}{indent}{indent}\"subjects\": [{{\"kind\": \"ServiceAccount\", \"name\": \"reporter\", \"namespace\": \"payments-{index}\"}}]\
             {line}{indent}}}",
            comma = if index > 0 { "," } else { "" },
        );
    }
    let _ = write!(out, "{line}],{line}\"kind\": \"List\"{line}}}");
    out
}

fn yaml(elements: usize) -> String {
    let mut out = String::from("apiVersion: v1\nitems:\n");
    for index in 0..elements {
        let _ = write!(
            out,
            "- kind: RoleBinding\n  metadata:\n    name: payments-reader-{index}\n    namespace: payments-{index}\n    \
             uid: 0a1b2c3d-0000-4000-8000-{index:012}\n    generation: {index}\n  roleRef:\n    \
             apiGroup: rbac.authorization.k8s.io\n    kind: Role\n    name: reader\n  subjects:\n  \
             - kind: ServiceAccount\n    name: reporter\n    namespace: payments-{index}\n"
        );
    }
    out.push_str("kind: List\n");
    out
}

fn measure(name: &str, text: &str) {
    if std::env::args()
        .nth(1)
        .is_some_and(|wanted| !name.contains(&wanted))
    {
        return;
    }
    let whole = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut rates = Vec::new();
    for (limits, delivered) in [(Limits::default(), "element by element"), (whole, "whole")] {
        let mut times: Vec<f64> = (0..7)
            .map(|_| {
                let start = Instant::now();
                let mut items = 0_u64;
                let faults = read(text.as_bytes(), &limits, &mut |item| {
                    black_box(&item);
                    items += 1;
                });
                assert!(faults.is_empty() && items > 0);
                start.elapsed().as_secs_f64()
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let rate = |index: usize| {
            times
                .get(index)
                .map_or(f64::NAN, |time| text.len() as f64 / 1e6 / time)
        };
        rates.push(format!("{delivered} {:.0} MB/s (best {:.0})", rate(3), rate(0)));
    }
    let start = Instant::now();
    black_box(text.bytes().filter(|byte| *byte == b'\n').count());
    let count = text.len() as f64 / 1e6 / start.elapsed().as_secs_f64();
    println!(
        "{name:24} {:5.0} MB: {}; counting lines {count:.0} MB/s",
        text.len() as f64 / 1e6,
        rates.join(", ")
    );
}

fn main() {
    for elements in [20_000, 100_000, 200_000] {
        measure("JSON, pretty-printed", &list(elements, true));
    }
    measure("JSON, one line", &list(200_000, false));
    measure("YAML", &yaml(20_000));
}
