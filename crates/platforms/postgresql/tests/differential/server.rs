//! Throw-away servers: found, started on a socket of their own, and stopped.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// The programs of one version.
#[derive(Clone, Debug)]
pub struct Programs {
    folder: PathBuf,
    /// The major version.
    pub version: u32,
}

/// Folders that may hold `initdb` and `postgres`: those that `LEASTWISE_POSTGRESQL` names (with `:` between them), those of
/// Debian, and those on the search path. One of each version is kept.
pub fn find() -> Vec<Programs> {
    let told = std::env::var("LEASTWISE_POSTGRESQL").unwrap_or_default();
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&told)
        .chain(debian)
        .chain(std::env::split_paths(&path));
    let mut found: Vec<Programs> = Vec::new();
    for folder in all {
        if !folder.join("initdb").exists() || !folder.join("postgres").exists() {
            continue;
        }
        let folder = fs::canonicalize(folder.join("postgres"))
            .ok()
            .and_then(|real| real.parent().map(Path::to_path_buf))
            .unwrap_or(folder);
        let Some(version) = version(&folder) else { continue };
        if (15..=18).contains(&version) && !found.iter().any(|known| known.version == version) {
            found.push(Programs { folder, version });
        }
    }
    found.sort_by_key(|programs| programs.version);
    found
}

fn version(folder: &Path) -> Option<u32> {
    let out = command(folder, "postgres", false)
        .arg("--version")
        .output()
        .ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let number = text
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    number.split('.').next()?.parse().ok()
}

fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout.trim_ascii() == b"0")
}

/// A program of the folder; as `postgres` where the caller is root, whom servers refuse.
fn command(folder: &Path, program: &str, demoted: bool) -> Command {
    let mut command = if demoted && is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg(folder.join(program));
        command
    } else {
        Command::new(folder.join(program))
    };
    if let Some(libraries) = folder.parent().map(|parent| parent.join("lib")) {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    command.current_dir("/");
    command
}

/// A server that runs until this is dropped.
pub struct Server {
    programs: Programs,
    place: TempDir,
    port: u16,
}

impl Server {
    /// Makes a cluster and starts it, on a socket of its own alone.
    pub fn start(programs: &Programs) -> Result<Self, String> {
        Self::start_at(programs, 5432, "")
    }

    /// As [`Server::start`], but it listens on the loopback interface too, where it asks for passwords. A free port can be
    /// taken by another process before the server has it: then another is tried.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn start_listening(programs: &Programs) -> Result<Self, String> {
        let mut said = String::new();
        for _ in 0..4 {
            let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
            let free = free.map_err(|error| error.to_string())?;
            match Self::start_at(programs, free.port(), "127.0.0.1") {
                Ok(server) => return Ok(server),
                Err(why) => said = why,
            }
        }
        Err(said)
    }

    fn start_at(programs: &Programs, port: u16, address: &str) -> Result<Self, String> {
        let place = tempfile::Builder::new()
            .prefix("lw-pg")
            .tempdir()
            .map_err(|error| error.to_string())?;
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(place.path()).status();
            if !owned.is_ok_and(|status| status.success()) {
                return Err("no user `postgres` to run the server as".into());
            }
        }
        let server = Self {
            programs: programs.clone(),
            place,
            port,
        };
        let data = server.place.path().join("data");
        server.run(
            "initdb",
            &[
                "-D",
                &data.to_string_lossy(),
                "-U",
                "postgres",
                "--auth-local=trust",
                if address.is_empty() {
                    "--auth-host=trust"
                } else {
                    "--auth-host=scram-sha-256"
                },
                "--no-sync",
                "-E",
                "UTF8",
                "--locale=C",
            ],
        )?;
        let options = format!(
            "-k {} -c port={port} -c listen_addresses={address} -c fsync=off -c autovacuum=off -c max_connections=20",
            server.place.path().display()
        );
        let log = server.place.path().join("log");
        server.run(
            "pg_ctl",
            &[
                "-D",
                &data.to_string_lossy(),
                "-w",
                "-l",
                &log.to_string_lossy(),
                "-o",
                &options,
                "start",
            ],
        )?;
        Ok(server)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let status = command(&self.programs.folder, program, true)
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|error| format!("{program}: {error}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{program} failed: {status}"))
        }
    }

    /// Everything but data, as `pg_dumpall` tells it; `None` where that is not installed.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn dump(&self) -> Result<Option<String>, String> {
        if !self.programs.folder.join("pg_dumpall").exists() {
            return Ok(None);
        }
        let out = command(&self.programs.folder, "pg_dumpall", false)
            .args([
                "--schema-only",
                "-U",
                "postgres",
                "-p",
                &self.port.to_string(),
                "-h",
            ])
            .arg(self.place.path())
            .env("PGCLIENTENCODING", "UTF8")
            .output()
            .map_err(|error| format!("pg_dumpall: {error}"))?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned());
        }
        String::from_utf8(out.stdout)
            .map(Some)
            .map_err(|error| error.to_string())
    }

    /// The folder in which the server may write.
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// What `psql` prints for a script; statements that fail are passed over.
    pub fn psql(&self, database: &str, user: &str, script: &str) -> Result<String, String> {
        let place = self.place.path().to_string_lossy();
        self.run_psql(database, user, script, &place, "")
    }

    /// As [`Server::psql`], over the network and with a password; fails where a statement does.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn psql_with(
        &self,
        database: &str,
        user: &str,
        password: &str,
        script: &str,
    ) -> Result<String, String> {
        let script = format!("\\set ON_ERROR_STOP on\n{script}");
        self.run_psql(database, user, &script, "127.0.0.1", password)
    }

    /// The port on which it listens.
    #[allow(dead_code, reason = "not every test needs it")]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn run_psql(
        &self,
        database: &str,
        user: &str,
        script: &str,
        host: &str,
        password: &str,
    ) -> Result<String, String> {
        let mut child = Command::new("psql")
            .args(["-XAtqw", "-d", database, "-U", user, "-f", "-", "-h", host])
            .args(["-p", &self.port.to_string()])
            .env("PGPASSWORD", password)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .env("PGCLIENTENCODING", "UTF8")
            .spawn()
            .map_err(|error| format!("psql: {error}"))?;
        let mut input = child.stdin.take().ok_or("psql takes no input")?;
        let script = script.to_owned();
        let writing = std::thread::spawn(move || input.write_all(script.as_bytes()));
        let out = child.wait_with_output().map_err(|error| error.to_string())?;
        let _ = writing.join();
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into_owned());
        }
        String::from_utf8(out.stdout).map_err(|error| error.to_string())
    }

    /// Whether this role can really connect.
    pub fn connects(&self, database: &str, user: &str) -> bool {
        self.psql(database, user, "select 1;").is_ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.place.path().join("data");
        let _ = self.run(
            "pg_ctl",
            &["-D", &data.to_string_lossy(), "-m", "immediate", "stop"],
        );
    }
}
