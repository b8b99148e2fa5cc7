//! Mining of roles, and the check of what it certifies.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use leastwise_bench::{PlantedRoles, planted_roles};
use leastwise_report::{envelope, roles_mining};
use leastwise_roles::assignments::{Assignments, Reader};
use leastwise_roles::checker;
use leastwise_roles::mining::{Limits, Mining, mine};

use crate::table::{Table, median};

/// Names a folder that holds `hc.txt`, `domino.txt`, `emea.txt`, `fire1.txt` and `fire2.txt`: the public matrices of HP Labs
/// (Ene et al., "Fast exact and heuristic methods for role minimization problems", 2008), one `user permission` a line.
const FOLDER: &str = "LEASTWISE_ROLE_MATRICES";
/// The fewest roles of each.
const PUBLIC: [(&str, usize); 5] = [
    ("hc", 14),
    ("domino", 20),
    ("emea", 34),
    ("fire1", 64),
    ("fire2", 10),
];
/// What a public matrix may take, from its bytes to its roles.
const PUBLIC_MAX: Duration = Duration::from_millis(500);
/// What 50,000 identities and 20,000 permissions may take.
const PLANTED_MAX: Duration = Duration::from_secs(120);

/// Measures all of it.
pub fn measure(table: &mut Table, quick: bool) {
    public(table);
    for (name, identities, pure) in [
        ("roles mine, 5,000 identities, 300 planted roles", 5_000, true),
        (
            "roles mine, 50,000 identities × 20,000 permissions, 300 planted roles",
            50_000,
            true,
        ),
        ("roles mine, the same without pure holders", 50_000, false),
    ] {
        if table.wants(name) && !(quick && identities > 5_000) {
            planted(table, name, identities, pure);
        }
    }
}

fn public(table: &mut Table) {
    let folder = std::env::var_os(FOLDER);
    for (set, fewest) in PUBLIC {
        let name = format!("roles mine, {set}");
        if !table.wants(&name) {
            continue;
        }
        let bound = format!("{fewest} roles, {:.1} s", PUBLIC_MAX.as_secs_f64());
        let Some(folder) = &folder else {
            table.row(
                &name,
                format!("not measured: {FOLDER} names no folder"),
                &bound,
                None,
            );
            continue;
        };
        let file = Path::new(folder).join(format!("{set}.txt"));
        match std::fs::read(&file) {
            Ok(text) => public_set(table, &name, &text, fewest, &bound),
            Err(error) => table.row(
                &name,
                format!("not measured: {}: {error}", file.display()),
                &bound,
                Some(false),
            ),
        }
    }
}

fn public_set(table: &mut Table, name: &str, text: &[u8], fewest: usize, bound: &str) {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..5 {
        let start = Instant::now();
        let mut reader = Reader::default();
        reader.feed(text);
        let needed = reader.finish().assignments;
        let Ok(mining) = mine(&needed, Limits::default()) else {
            table.row(name, "failed".into(), bound, Some(false));
            return;
        };
        times.push(start.elapsed());
        last = Some((needed, mining));
    }
    let Some((needed, mining)) = last else { return };
    let took = median(times);
    let accepted = accepted(&needed, &mining, text);
    let kept = mining.roles.len() == fewest && accepted.is_ok() && took <= PUBLIC_MAX;
    let figure = format!(
        "{}, {:.1} ms; {}",
        words(&mining),
        took.as_secs_f64() * 1e3,
        verdict(&accepted)
    );
    table.row(name, figure, bound, Some(kept));
}

fn words(mining: &Mining) -> String {
    format!(
        "{} roles, at least {}, gap {}",
        mining.roles.len(),
        mining.lower_bound(),
        mining.gap()
    )
}

fn verdict(accepted: &Result<Duration, String>) -> String {
    match accepted {
        Ok(took) => format!("certificate accepted in {:.2} s", took.as_secs_f64()),
        Err(refusal) => format!("certificate REFUSED: {refusal}"),
    }
}

/// How long the checker took.
fn accepted(needed: &Assignments, mining: &Mining, text: &[u8]) -> Result<Duration, String> {
    let certificate = envelope::json("role-certificate", roles_mining::certificate(needed, mining))
        .map_err(|error| error.to_string())?;
    let start = Instant::now();
    checker::check(text, certificate.as_bytes()).map_err(|refusal| refusal.to_string())?;
    Ok(start.elapsed())
}

fn planted(table: &mut Table, name: &str, identities: usize, pure: bool) {
    let wanted = PlantedRoles {
        identities,
        pure,
        ..PlantedRoles::default()
    };
    let mut out = BufWriter::with_capacity(1 << 20, Read::default());
    if planted_roles(&wanted, &mut out)
        .and_then(|_| out.flush())
        .is_err()
    {
        return;
    }
    let Ok(read) = out.into_inner() else { return };
    let start = Instant::now();
    let needed = read.reader.finish().assignments;
    let reading = read.spent + start.elapsed();
    let start = Instant::now();
    let bound = format!("{} s, exact", PLANTED_MAX.as_secs());
    match mine(&needed, Limits::default()) {
        Ok(mining) => {
            let took = reading + start.elapsed();
            let accepted = accepted(&needed, &mining, &read.text);
            let kept = took <= PLANTED_MAX && accepted.is_ok();
            let figure = format!(
                "{}; {:.1} s, {:.1} of them reading {} assignments; {}",
                words(&mining),
                took.as_secs_f64(),
                reading.as_secs_f64(),
                needed.count(),
                verdict(&accepted)
            );
            table.row(name, figure, &bound, Some(kept));
        }
        Err(error) => table.row(name, error.to_string(), &bound, Some(false)),
    }
}

/// Reads what is written to it, and keeps it for the checker.
#[derive(Default)]
struct Read {
    reader: Reader,
    text: Vec<u8>,
    spent: Duration,
}

impl Write for Read {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let start = Instant::now();
        self.reader.feed(piece);
        self.spent += start.elapsed();
        self.text.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
