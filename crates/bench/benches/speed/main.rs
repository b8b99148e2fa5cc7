//! The promises of speed and memory, measured: `cargo bench -p leastwise-bench`.
//!
//! Every figure is a median, or says what it is; the time of a fixed calibration loop stands beside it, because
//! machines differ and wander. Whole-process figures need `cargo build --release -p leastwise` first. `-- --quick`
//! leaves out the largest estates; a word filters figures by name.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod excess;
mod inclusion;
mod mining;
mod process;
mod questions;
mod table;
mod ways;

use table::Table;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let filter = arguments
        .into_iter()
        .find(|argument| !argument.starts_with("--"))
        .unwrap_or_default();
    let mut table = Table::new(filter);
    inclusion::corpus(&mut table);
    inclusion::hard_patterns(&mut table);
    mining::measure(&mut table, quick);
    if let Err(error) = questions::measure(&mut table, quick) {
        println!("questions: {error}");
    }
    if let Err(error) = ways::measure(&mut table, quick) {
        println!("ways: {error}");
    }
    if let Err(error) = excess::measure(&mut table, quick) {
        println!("excess: {error}");
    }
    process::measure(&mut table, quick);
    println!("{table}");
}
