//! Writes synthetic estates: `leastwise-generate aws --roles 1000 > gaad.json`.

use std::fs::{File, create_dir_all};
use std::io::{self, BufWriter, Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use flate2::Compression;
use flate2::write::GzEncoder;
use leastwise_bench::{
    AwsAccount, AwsEstate, Cluster, PlantedRoles, PostgreSqlServer, VaultServer, aws_account, aws_estate,
    calibration, demo_audit, demo_trail, kubernetes_cluster, planted_roles, policy_pairs, postgresql_server,
    vault_server,
};

const USAGE: &str = "\
usage: leastwise-generate aws [--roles N] [--policies N] [--users N] [--groups N] [--account ID] [--seed N]
       leastwise-generate aws-estate --out FOLDER [--identities N] [--identities-per-account N] [--seed N]
       leastwise-generate kubernetes [--namespaces N] [--accounts N] [--bindings N] [--pods] [--tame] [--seed N]
       leastwise-generate vault [--policies N] [--entities N] [--roles N] [--groups N] [--seed N]
       leastwise-generate postgresql [--roles N] [--relations N] [--schemas N] [--seed N]
       leastwise-generate assignments [--identities N] [--permissions N] [--roles N] [--role-size N] [--roles-per-identity N] [--mixed] [--seed N]
       leastwise-generate demo-logs --out FOLDER                   (examples/halcyon-pay-logs/events)
       leastwise-generate policy-pairs [--count N] [--seed N]      (JSON Lines: {\"old\":…,\"new\":…})
       leastwise-generate calibrate
";

/// Writes a file, compressed; says how many records it holds.
fn packed(
    folder: &Path,
    name: &str,
    write: fn(&mut dyn Write) -> io::Result<usize>,
) -> Result<usize, Failure> {
    create_dir_all(folder)?;
    let mut out = GzEncoder::new(File::create(folder.join(name))?, Compression::best());
    let count = write(&mut out)?;
    out.finish()?;
    Ok(count)
}

enum Failure {
    Usage(String),
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    // Nothing useful can be done if standard error is closed.
    match generate(&what, Options(arguments.collect())) {
        Ok(report) => {
            let _ = writeln!(stderr(), "{report}");
            ExitCode::SUCCESS
        }
        Err(Failure::Usage(message)) => {
            let _ = write!(stderr(), "error: {message}\n{USAGE}");
            ExitCode::from(2)
        }
        Err(Failure::Output(error)) => {
            let _ = writeln!(stderr(), "error: cannot write: {error}");
            ExitCode::FAILURE
        }
    }
}

fn generate(what: &str, mut options: Options) -> Result<String, Failure> {
    let mut out = BufWriter::new(stdout().lock());
    let report = match what {
        "aws" => {
            let usual = AwsAccount::default();
            let account = AwsAccount {
                account: options.value("--account", usual.account)?,
                roles: options.value("--roles", usual.roles)?,
                policies: options.value("--policies", usual.policies)?,
                users: options.value("--users", usual.users)?,
                groups: options.value("--groups", usual.groups)?,
                seed: options.value("--seed", usual.seed)?,
                grants: usual.grants,
                neighbors: usual.neighbors,
            };
            options.finish()?;
            format!("{:?}", aws_account(&account, &mut out)?)
        }
        "aws-estate" => {
            let usual = AwsEstate::default();
            let estate = AwsEstate {
                identities: options.value("--identities", usual.identities)?,
                identities_per_account: options
                    .value("--identities-per-account", usual.identities_per_account)?,
                seed: options.value("--seed", usual.seed)?,
            };
            let folder: PathBuf = options.value("--out", PathBuf::new())?;
            options.finish()?;
            if folder.as_os_str().is_empty() {
                return Err(Failure::Usage("`aws-estate` needs `--out FOLDER`".into()));
            }
            let size = aws_estate(&estate, |id| {
                let folder = folder.join(id);
                create_dir_all(&folder)?;
                File::create(folder.join("account-authorization-details.json")).map(BufWriter::new)
            })?;
            format!("{size:?}")
        }
        "demo-logs" => {
            let folder: PathBuf = options.value("--out", PathBuf::new())?;
            options.finish()?;
            if folder.as_os_str().is_empty() {
                return Err(Failure::Usage("`demo-logs` needs `--out FOLDER`".into()));
            }
            let called = packed(&folder.join("halcyon-prod"), "cloudtrail.json.gz", demo_trail)?;
            let audited = packed(&folder.join("prod-eks"), "audit.jsonl.gz", demo_audit)?;
            format!("{called} records of CloudTrail, {audited} of an API server")
        }
        "kubernetes" => {
            let usual = Cluster::default();
            let cluster = Cluster {
                namespaces: options.value("--namespaces", usual.namespaces)?,
                accounts_per_namespace: options.value("--accounts", usual.accounts_per_namespace)?,
                bindings: options.value("--bindings", usual.bindings)?,
                seed: options.value("--seed", usual.seed)?,
                pods: options.flag("--pods"),
                tame: options.flag("--tame"),
            };
            options.finish()?;
            format!("{:?}", kubernetes_cluster(&cluster, &mut out)?)
        }
        "vault" => {
            let usual = VaultServer::default();
            let server = VaultServer {
                policies: options.value("--policies", usual.policies)?,
                entities: options.value("--entities", usual.entities)?,
                roles: options.value("--roles", usual.roles)?,
                groups: options.value("--groups", usual.groups)?,
                seed: options.value("--seed", usual.seed)?,
            };
            options.finish()?;
            format!("{:?}", vault_server(&server, &mut out)?)
        }
        "postgresql" => {
            let usual = PostgreSqlServer::default();
            let server = PostgreSqlServer {
                roles: options.value("--roles", usual.roles)?,
                relations: options.value("--relations", usual.relations)?,
                schemas: options.value("--schemas", usual.schemas)?,
                seed: options.value("--seed", usual.seed)?,
            };
            options.finish()?;
            format!("{:?}", postgresql_server(&server, &mut out)?)
        }
        "assignments" => {
            let usual = PlantedRoles::default();
            let planted = PlantedRoles {
                identities: options.value("--identities", usual.identities)?,
                permissions: options.value("--permissions", usual.permissions)?,
                roles: options.value("--roles", usual.roles)?,
                role_size: options.value("--role-size", usual.role_size)?,
                roles_per_identity: options.value("--roles-per-identity", usual.roles_per_identity)?,
                pure: !options.flag("--mixed"),
                seed: options.value("--seed", usual.seed)?,
            };
            options.finish()?;
            format!("{:?}", planted_roles(&planted, &mut out)?)
        }
        "policy-pairs" => {
            let count = options.value("--count", 2_000)?;
            let seed = options.value("--seed", 7)?;
            options.finish()?;
            for (old, new) in policy_pairs(seed, count) {
                writeln!(out, "{{\"old\":{old},\"new\":{new}}}")?;
            }
            format!("{count} pairs")
        }
        "calibrate" => {
            options.finish()?;
            format!("calibration {:.1} ms", calibration().as_secs_f64() * 1e3)
        }
        other => return Err(Failure::Usage(format!("there is no estate of kind `{other}`"))),
    };
    out.flush()?;
    Ok(report)
}

/// What stands after the kind of estate and was not read yet.
struct Options(Vec<String>);

impl Options {
    fn flag(&mut self, name: &str) -> bool {
        let at = self.0.iter().position(|word| word == name);
        at.map(|at| self.0.remove(at)).is_some()
    }

    fn value<T: FromStr>(&mut self, name: &str, usual: T) -> Result<T, Failure> {
        let Some(at) = self.0.iter().position(|word| word == name) else {
            return Ok(usual);
        };
        let Some(text) = self.0.get(at + 1) else {
            return Err(Failure::Usage(format!("`{name}` needs a value")));
        };
        let value = text
            .parse()
            .map_err(|_| Failure::Usage(format!("`{text}` is no value for `{name}`")))?;
        self.0.drain(at..=at + 1);
        Ok(value)
    }

    fn finish(self) -> Result<(), Failure> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => Err(Failure::Usage(format!("`{word}` is not understood"))),
        }
    }
}
