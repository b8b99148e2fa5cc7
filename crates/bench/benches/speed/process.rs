//! Whole processes: the release build of the command line on generated estates.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use leastwise_bench::{
    AwsAccount, AwsEstate, Cluster, PostgreSqlServer, Repository, VaultServer, aws_account, aws_estate,
    kubernetes_cluster, postgresql_server, repository, vault_server,
};

use crate::table::{Table, median};

/// One finished run.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    wall: Duration,
    /// The largest resident size that was seen, in KiB; the system is asked every few milliseconds.
    memory: u64,
}

/// Measures every whole-process promise.
pub fn measure(table: &mut Table, quick: bool) {
    let Some(program) = program() else {
        table.row(
            "whole processes",
            "not measured: no release build".into(),
            "cargo build --release",
            Some(false),
        );
        return;
    };
    let folder = std::env::temp_dir().join(format!("leastwise-speed-{}", std::process::id()));
    if let Err(error) = fs::create_dir_all(&folder).and_then(|()| all(table, quick, &program, &folder)) {
        table.row(
            "whole processes",
            format!("not measured: {error}"),
            "",
            Some(false),
        );
    }
    drop(fs::remove_dir_all(&folder));
}

fn all(table: &mut Table, quick: bool, program: &Path, folder: &Path) -> io::Result<()> {
    for (roles, bound) in [(250, None), (500, None), (1000, Some((500, 150)))] {
        let name = format!("scan, AWS account of {roles} roles");
        if table.wants(&name) {
            let file = folder.join("account.json");
            aws_account(
                &AwsAccount {
                    roles,
                    ..AwsAccount::default()
                },
                &mut BufWriter::new(File::create(&file)?),
            )?;
            scan(table, &name, program, &file, 5, bound)?;
        }
    }
    for (tame, bound) in [(false, (3000, 400)), (true, (4000, 800))] {
        for (namespaces, bindings) in [(500, 15_000), (1000, 30_000), (2000, 60_000)] {
            let words = if tame { ", pods, tame" } else { "" };
            let name = format!("scan, cluster of {namespaces} namespaces{words}");
            if table.wants(&name) {
                let file = folder.join("cluster.json");
                let cluster = Cluster {
                    namespaces,
                    accounts_per_namespace: 10,
                    bindings,
                    pods: tame,
                    tame,
                    seed: 7,
                };
                kubernetes_cluster(&cluster, &mut BufWriter::new(File::create(&file)?))?;
                let bound = (namespaces == 2000).then_some(bound);
                scan(table, &name, program, &file, 3, bound)?;
            }
        }
    }
    let largest = if quick { 10_000 } else { 100_000 };
    for identities in [10_000, 33_000, 100_000]
        .into_iter()
        .filter(|identities| *identities <= largest)
    {
        let name = format!("scan, AWS estate of {identities} identities");
        if table.wants(&name) {
            let estate = folder.join(format!("estate-{identities}"));
            fs::create_dir_all(&estate)?;
            aws_estate(
                &AwsEstate {
                    identities,
                    ..AwsEstate::default()
                },
                |account: &str| File::create(estate.join(format!("{account}.json"))).map(BufWriter::new),
            )?;
            let bound = (identities == 100_000).then_some((60_000, 4096));
            scan(table, &name, program, &estate, 1, bound)?;
            fs::remove_dir_all(&estate)?;
        }
    }
    servers(table, program, folder)?;
    check(table, program, folder)?;
    ask(table, program, folder)
}

/// A gate over the files of a repository and their older version, of which one in a hundred changed.
fn check(table: &mut Table, program: &Path, folder: &Path) -> io::Result<()> {
    for (files, bound) in [(250, None), (500, None), (1000, Some((2000, 500)))] {
        let name = format!("check, {} files of roles and manifests", 2 * files);
        if !table.wants(&name) {
            continue;
        }
        for (side, changed) in [("before", false), ("after", true)] {
            let side = folder.join(side);
            fs::create_dir_all(&side)?;
            repository(&Repository { files, changed }, |file: &str| {
                File::create(side.join(file)).map(BufWriter::new)
            })?;
        }
        let mut command = || {
            let mut command = Command::new(program);
            command.arg("check").arg(folder.join("after"));
            command.arg("--base").arg(folder.join("before"));
            command
        };
        timed(table, &name, 5, bound, &mut command)?;
    }
    Ok(())
}

/// Servers that keep secrets and data.
fn servers(table: &mut Table, program: &Path, folder: &Path) -> io::Result<()> {
    for (policies, entities, bound) in [
        (1_250, 5_000, None),
        (2_500, 10_000, None),
        (5_000, 20_000, Some((10_000, 4096))),
    ] {
        let name = format!("scan, Vault of {policies} policies, {entities} entities");
        if table.wants(&name) {
            let file = folder.join("vault.json");
            let server = VaultServer {
                policies,
                entities,
                roles: policies,
                groups: policies / 10,
                seed: 7,
            };
            vault_server(&server, &mut BufWriter::new(File::create(&file)?))?;
            scan(table, &name, program, &file, 3, bound)?;
        }
    }
    for (roles, relations, bound) in [
        (500, 25_000, None),
        (1_000, 50_000, None),
        (2_000, 100_000, Some((10_000, 1024))),
    ] {
        let name = format!("scan, PostgreSQL of {roles} roles, {relations} relations");
        if table.wants(&name) {
            let file = folder.join("postgresql.json");
            let server = PostgreSqlServer {
                roles,
                relations,
                schemas: relations / 100,
                seed: 7,
            };
            postgresql_server(&server, &mut BufWriter::new(File::create(&file)?))?;
            scan(table, &name, program, &file, 3, bound)?;
        }
    }
    Ok(())
}

/// Times `scan` and says whether the bound (milliseconds, MiB) was kept.
fn scan(
    table: &mut Table,
    name: &str,
    program: &Path,
    input: &Path,
    runs: usize,
    bound: Option<(u64, u64)>,
) -> io::Result<()> {
    let mut command = || {
        let mut command = Command::new(program);
        command.arg("scan").arg(input);
        command
    };
    timed(table, name, runs, bound, &mut command)
}

/// Times a command and says whether the bound (milliseconds, MiB) was kept.
fn timed(
    table: &mut Table,
    name: &str,
    runs: usize,
    bound: Option<(u64, u64)>,
    command: &mut dyn FnMut() -> Command,
) -> io::Result<()> {
    let mut all = Vec::new();
    for _ in 0..runs {
        all.push(run(&mut command())?);
    }
    let wall = median(all.iter().map(|run| run.wall).collect());
    let memory = median(all.iter().map(|run| run.memory).collect()) / 1024;
    let kept = bound.map(|(millis, mebibytes)| wall <= Duration::from_millis(millis) && memory <= mebibytes);
    let bound = bound.map_or(String::new(), |(millis, mebibytes)| {
        format!("{:.1} s, {mebibytes} MiB", millis as f64 / 1e3)
    });
    table.row(
        name,
        format!("{:.2} s, {memory} MiB", wall.as_secs_f64()),
        &bound,
        kept,
    );
    Ok(())
}

/// Direct answers in one process: the time of many questions less the time of one.
fn ask(table: &mut Table, program: &Path, folder: &Path) -> io::Result<()> {
    let name = "ask, direct answers a second";
    if !table.wants(name) {
        return Ok(());
    }
    let account = folder.join("account.json");
    let roles = 1000;
    let shape = AwsAccount {
        roles,
        ..AwsAccount::default()
    };
    aws_account(&shape, &mut BufWriter::new(File::create(&account)?))?;
    let count = 1_000_000u32;
    let actions = [
        "s3:GetObject",
        "sqs:SendMessage",
        "dynamodb:Query",
        "kms:Decrypt",
        "sts:AssumeRole",
        "ec2:RunInstances",
    ];
    let questions = |file: &Path, count: u32| -> io::Result<()> {
        let mut out = BufWriter::new(File::create(file)?);
        for number in 0..count {
            let action = actions
                .get(number as usize % actions.len())
                .copied()
                .unwrap_or_default();
            let resource = match action {
                "s3:GetObject" => format!("arn:aws:s3:::app-{}/x", number % 50),
                "sts:AssumeRole" => format!("arn:aws:iam::{}:role/app-{}", shape.account, number % 97),
                _ => format!(
                    "arn:aws:{}:eu-west-1:{}:q-{}",
                    action.split(':').next().unwrap_or(""),
                    shape.account,
                    number % 50
                ),
            };
            let role = u64::from(number) * 7919 % roles as u64;
            writeln!(
                out,
                "{{\"id\":{number},\"identity\":\"arn:aws:iam::{}:role/app-{role}\",\"action\":\"{action}\",\"resource\":\"{resource}\"}}",
                shape.account
            )?;
        }
        out.flush()
    };
    let (one, many) = (folder.join("one.jsonl"), folder.join("many.jsonl"));
    questions(&one, 1)?;
    questions(&many, count)?;
    let mut rates = Vec::new();
    for _ in 0..3 {
        let command = |file: &Path| {
            let mut command = Command::new(program);
            command.arg("ask").arg(file).arg("--in").arg(&account);
            command
        };
        let start = run(&mut command(&one))?.wall;
        let whole = run(&mut command(&many))?.wall;
        let spent = whole.saturating_sub(start).as_secs_f64().max(1e-9);
        rates.push((f64::from(count) / spent) as u64);
    }
    let rate = median(rates);
    table.row(name, format!("{rate}"), "300000", Some(rate >= 300_000));
    Ok(())
}

fn run(command: &mut Command) -> io::Result<Run> {
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    loop {
        if let Some(exit) = child.try_wait()? {
            // Findings have exit codes of their own; a scan that could not run at all must not look fast.
            return match exit.code() {
                Some(1..=3) | None => Err(io::Error::other(format!("the program ended with {exit}"))),
                Some(_) => Ok(Run {
                    wall: start.elapsed(),
                    memory,
                }),
            };
        }
        if let Ok(text) = fs::read_to_string(&status) {
            let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let peak = peak
                .and_then(|line| line.split_whitespace().next())
                .and_then(|kib| kib.parse().ok());
            memory = memory.max(peak.unwrap_or(0));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The release build beside this benchmark.
fn program() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let folder = own.parent()?.parent()?;
    let program = folder.join("leastwise");
    program.is_file().then_some(program)
}
