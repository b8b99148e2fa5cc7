//! Audit logs folded into use, beside other ways to the same answer: `cargo bench -p leastwise-bench --bench logs`.
//!
//! Each way is a process of its own on the same files and gives the same table, which must be the truth that the generator
//! tells. Compared is processor time, because machines are shared. `LEASTWISE_BENCH_PYTHON` names the Python that has `chdb` and
//! `orjson` (PyPI); what is missing is said. `-- FOLDER` takes files that are there already, with a `truth.csv` beside them;
//! `-- --events N` chooses the size.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark prints its table"
)]

mod fold;
mod process;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use flate2::Compression;
use flate2::write::GzEncoder;
use leastwise_bench::{AuditLogs, Truths, cloud_trail, kubernetes_audit};

use process::{Run, median};

/// The program takes memory as the product does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Identity and operation → allowed, denied, last allowed.
type Answer = BTreeMap<(String, String), (u64, u64, String)>;

/// How often each way is taken.
const TIMES: usize = 3;
/// What is promised beside each peer, and of memory in MiB.
const BESIDE_CHDB: f64 = 1.0;
const BESIDE_PYTHON: f64 = 0.4;
const MEMORY: u64 = 300;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word != "--bench")
        .collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fold", folder] => fold::fold(Path::new(folder)),
        ["--events", number] => measure_all(number.parse().unwrap_or(0)),
        [] => measure_all(AuditLogs::default().events),
        [folder] => measure_given(Path::new(folder)),
        _ => {
            eprintln!("give nothing, `--events N`, or a folder with a truth.csv");
            ExitCode::from(2)
        }
    }
}

fn measure_all(events: usize) -> ExitCode {
    let size = AuditLogs {
        events,
        ..AuditLogs::default()
    };
    let folder = std::env::temp_dir().join(format!("leastwise-logs-{}", std::process::id()));
    let mut kept = true;
    for name in ["CloudTrail", "Kubernetes audit"] {
        let place = folder.join(name.replace(' ', "-"));
        if let Err(error) = fs::create_dir_all(&place) {
            eprintln!("not measured: {}: {error}", place.display());
            return ExitCode::FAILURE;
        }
        let pack = |number: usize, bytes: Vec<u8>| -> std::io::Result<()> {
            let file = fs::File::create(place.join(format!("{number:06}.json.gz")))?;
            let mut out = GzEncoder::new(file, Compression::default());
            out.write_all(&bytes)?;
            out.finish().map(drop)
        };
        let truths = if name == "CloudTrail" {
            cloud_trail(&size, pack)
        } else {
            kubernetes_audit(&size, pack)
        };
        match truths {
            Ok(truths) => {
                println!(
                    "{name}: {events} events, {} identities and operations",
                    truths.len()
                );
                kept &= measure(&place, &answer(truths));
            }
            Err(error) => {
                eprintln!("not measured: {error}");
                kept = false;
            }
        }
    }
    drop(fs::remove_dir_all(&folder));
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn answer(truths: Truths) -> Answer {
    truths
        .into_iter()
        .map(|(key, truth)| {
            let last = process::plain(&truth.last_allowed);
            (key, (truth.allowed, truth.denied, last))
        })
        .collect()
}

/// Files that somebody else made, with the truth as `identity,action,ok,denied,last_ok`.
fn measure_given(folder: &Path) -> ExitCode {
    let Ok(text) = fs::read_to_string(folder.join("truth.csv")) else {
        eprintln!("not measured: no truth.csv in {}", folder.display());
        return ExitCode::FAILURE;
    };
    // Kubernetes operations stand there as `verb:group/resource`.
    let rows = text.lines().skip(1).map(|line| {
        let (key, rest) = process::split_key(line);
        let (who, operation) = key;
        let operation = match operation.split_once(':') {
            Some((verb, rest)) if rest.contains('/') => {
                let rest = rest
                    .strip_prefix('/')
                    .map_or(rest.to_owned(), |core| format!("core/{core}"));
                format!("{rest}:{verb}")
            }
            _ => operation.to_owned(),
        };
        ((who.to_owned(), operation), rest)
    });
    let truth = rows.collect();
    if measure(folder, &truth) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Takes every way and says what came of it; whether every promise was kept.
fn measure(folder: &Path, truth: &Answer) -> bool {
    let own = std::env::current_exe().unwrap_or_default();
    let folder_text = folder.display().to_string();
    let python = std::env::var("LEASTWISE_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let peer = |name: &str| {
        let script: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers").join(name);
        vec![python.clone(), script.display().to_string(), folder_text.clone()]
    };
    let ways = [
        (
            "leastwise",
            vec![own.display().to_string(), "fold".to_owned(), folder_text.clone()],
        ),
        ("chdb", peer("chdb_rollup.py")),
        ("python and orjson", peer("orjson_rollup.py")),
    ];
    let mut runs: BTreeMap<&str, Vec<Run>> = BTreeMap::new();
    let mut right = true;
    println!("| way | processor time | memory | beside | promised | the truth |");
    println!("|---|---|---|---|---|---|");
    for _ in 0..TIMES {
        for (name, command) in &ways {
            match process::run(command) {
                Ok(run) => runs.entry(name).or_default().push(run),
                Err(why) => {
                    runs.entry(name).or_default();
                    eprintln!("not measured: {name}: {why}");
                }
            }
        }
    }
    let time = |name: &str| median(runs.get(name).into_iter().flatten().map(|run| run.cpu).collect());
    for (name, _) in &ways {
        let all = runs.get(name).map(Vec::as_slice).unwrap_or_default();
        let Some(first) = all.first() else {
            right &= *name != "leastwise";
            continue;
        };
        let memory = all.iter().map(|run| run.memory).max().unwrap_or_default();
        let true_ = all.iter().all(|run| process::table(&run.out) == *truth);
        let (promised, kept) = match *name {
            "chdb" => ("leastwise ≤ 1.0", time("leastwise") <= time(name) * BESIDE_CHDB),
            "python and orjson" => ("leastwise ≤ 0.4", time("leastwise") <= time(name) * BESIDE_PYTHON),
            _ => ("≤ 300 MiB", memory <= MEMORY),
        };
        right &= kept && (true_ || *name != "leastwise");
        println!(
            "| {name} | {:.2} s | {memory} MiB | {:.2} | {promised}: {} | {} |",
            time(name),
            time("leastwise") / time(name).max(0.001),
            if kept { "kept" } else { "NOT KEPT" },
            if true_ { "met exactly" } else { "NOT MET" },
        );
        let _ = first;
    }
    right
}
