//! Compiled sets against what real servers let through, in a few random worlds; the large run is the example of the same
//! name. Where no server is installed, it says so and does nothing.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a server that does not start is a failed test, and one that is not there is told"
)]

#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/dump.rs"]
mod dump;
#[path = "differential/server.rs"]
mod server;
#[path = "differential/world.rs"]
mod world;

/// Worlds on each version that is found.
const WORLDS: u64 = 2;

#[test]
fn compiled_sets_agree_with_real_servers() {
    let found = server::find();
    if found.is_empty() {
        eprintln!("not run: no PostgreSQL server of the versions 15 to 18 was found");
    }
    for programs in found {
        let server = server::Server::start(&programs).unwrap();
        compare::prepare(&server).unwrap();
        let mut tally = compare::Tally::default();
        for seed in 0..WORLDS {
            compare::world(&server, programs.version, 1_000 + seed, &mut tally).unwrap();
        }
        assert!(tally.checks > 1_000, "{tally:?}");
        assert!(
            tally.wrong.is_empty(),
            "PostgreSQL {}:\n{}",
            programs.version,
            tally.wrong.join("\n")
        );
    }
}
