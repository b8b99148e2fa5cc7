//! Compares compiled sets with what real servers let through, in random small worlds:
//! `cargo xtask differential postgresql --worlds 100 [--seed 1]`.
//!
//! Servers of the versions 15 to 18 are looked for in `LEASTWISE_POSTGRESQL` (folders with `initdb` and `postgres`, `:` between
//! them), in `/usr/lib/postgresql/*/bin` and on the search path; `psql` must be on the search path. Ends with 77 where
//! there is no server, and with 1 where one disagrees.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a measurement that is read by whoever runs it"
)]
#![allow(missing_docs, reason = "a program")]

#[path = "../tests/differential/compare.rs"]
mod compare;
#[path = "../tests/differential/dump.rs"]
mod dump;
#[path = "../tests/differential/server.rs"]
mod server;
#[path = "../tests/differential/world.rs"]
mod world;

use std::process::ExitCode;

fn argument(name: &str) -> Option<u64> {
    let words: Vec<String> = std::env::args().collect();
    let at = words.iter().position(|word| word == name)?;
    words.get(at + 1)?.parse().ok()
}

fn main() -> ExitCode {
    let worlds = argument("--worlds").unwrap_or(20);
    let seed = argument("--seed").unwrap_or(1);
    let only = argument("--version");
    let mut found = server::find();
    found.retain(|programs| only.is_none_or(|only| u64::from(programs.version) == only));
    if found.is_empty() {
        eprintln!("not run: no PostgreSQL server of the versions 15 to 18 was found");
        return ExitCode::from(77);
    }
    let mut failed = false;
    for programs in found {
        let mut tally = compare::Tally::default();
        let started = server::Server::start(&programs).and_then(|server| {
            compare::prepare(&server)?;
            for number in 0..worlds {
                compare::world(&server, programs.version, seed + number, &mut tally)?;
            }
            Ok(())
        });
        if let Err(error) = started {
            eprintln!("PostgreSQL {}: {error}", programs.version);
            failed = true;
        }
        println!(
            "PostgreSQL {}: {} worlds, {} checks ({} permitted, {} after SET ROLE, {} left open), {} disagreements",
            programs.version,
            tally.worlds,
            tally.checks,
            tally.permitted,
            tally.after_set_role,
            tally.unknown,
            tally.wrong.len()
        );
        if tally.dumped > 0 {
            println!(
                "  text of pg_dumpall: {} answers compared with those of the export, {} of them left open",
                tally.dumped, tally.dumped_open
            );
        }
        for wrong in tally.wrong.iter().take(12) {
            println!("  {wrong}");
        }
        if std::env::var_os("VERBOSE").is_some() {
            for (state, (count, example)) in &tally.errors {
                println!("  {state} × {count}: {example}");
            }
        }
        failed |= !tally.wrong.is_empty();
    }
    ExitCode::from(u8::from(failed))
}
