//! Questions about one object, asked within one process once an estate is loaded: `who-can` over all identities.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use leastwise_bench::{
    AwsAccount, PostgreSqlServer, VaultServer, aws_account, postgresql_server, vault_server,
};
use leastwise_document::{Limits, read};
use leastwise_effective::{Question, Reach, Telling, World};
use leastwise_model::{File, FileIndex, IdentityIndex, Platform, Settings, Snapshot};
use leastwise_permset::{Context, Guard};

use crate::table::{Table, median};

/// How many different objects are asked about.
const OBJECTS: usize = 40;
/// The same over every way, which takes longer.
const FEW_OBJECTS: usize = 20;

/// The world of one export.
pub fn world(platform: &'static dyn Platform, export: &[u8]) -> World {
    let mut snapshot = Snapshot::default();
    snapshot.files.push(File {
        path: "export.json".into(),
        unit: ".".into(),
    });
    let mut reader = platform.reader(&Settings::default());
    read(export, &Limits::default(), &mut |item| {
        reader.take(FileIndex(0), "export.json", item);
    });
    reader.compile(&mut snapshot);
    World::new(snapshot, &[platform])
}

/// Measures every promise about questions.
pub fn measure(table: &mut Table, quick: bool) -> io::Result<()> {
    let size = |full: usize| if quick { full / 10 } else { full };
    let name = format!("who-can on one object, AWS account of {} roles", size(1000));
    if table.wants(&name) {
        let account = AwsAccount {
            roles: size(1000),
            ..AwsAccount::default()
        };
        let mut export = Vec::new();
        aws_account(&account, &mut export)?;
        let object = |number: usize| ("s3:GetObject", format!("arn:aws:s3:::app-{number}/x"));
        ask(table, &name, &world(&leastwise_aws::Aws, &export), object, 5);
    }
    let name = format!("who-can on one path, Vault of {} policies", size(5000));
    if table.wants(&name) {
        let server = VaultServer {
            policies: size(5000),
            entities: size(20_000),
            roles: size(5000),
            groups: size(500),
            seed: 7,
        };
        let mut export = Vec::new();
        vault_server(&server, &mut export)?;
        let path = |number: usize| ("read", format!("secret/data/team-{}/config", number * 97));
        ask(table, &name, &world(&leastwise_vault::Vault, &export), path, 50);
    }
    let name = format!("who-can on one table, PostgreSQL of {} roles", size(2000));
    if table.wants(&name) {
        let server = PostgreSqlServer {
            roles: size(2000),
            relations: size(100_000),
            schemas: size(1000),
            seed: 7,
        };
        let mut export = Vec::new();
        postgresql_server(&server, &mut export)?;
        let relation = |number: usize| {
            let number = number * 211;
            let schema = number % size(1000).max(1);
            ("table:select", format!("shop/s_{schema}/t_{number}"))
        };
        ask(
            table,
            &name,
            &world(&leastwise_postgresql::PostgreSql, &export),
            relation,
            50,
        );
    }
    Ok(())
}

/// Asks about objects, directly and over every way, once what all questions share is found: the graph and the index.
fn ask(
    table: &mut Table,
    name: &str,
    world: &World,
    object: impl Fn(usize) -> (&'static str, String),
    bound: u64,
) {
    world.prepare();
    world.index_requests();
    for (reach, how, objects) in [
        (Reach::Direct, "directly", OBJECTS),
        (Reach::Any, "over every way", FEW_OBJECTS),
    ] {
        let mut times: Vec<Duration> = Vec::new();
        let mut found = 0;
        for number in 0..objects {
            let (action, resource) = object(number);
            let question = Question {
                identity: IdentityIndex(0),
                action,
                resource: &resource,
                known: Context::new(),
                absent: BTreeSet::new(),
                given: Guard::always(),
                reach,
                complete: false,
            };
            let start = Instant::now();
            found += world.who_can(&question, Telling::InOutline).len();
            times.push(start.elapsed());
        }
        times.sort_unstable();
        let most = times.last().copied().unwrap_or_default();
        let middle = median(times);
        let figure = format!(
            "median {:.2} ms, most {:.2} ms, {} found each",
            middle.as_secs_f64() * 1e3,
            most.as_secs_f64() * 1e3,
            found / objects
        );
        let kept = middle <= Duration::from_millis(bound);
        table.row(
            &format!("{name}, {how}"),
            figure,
            &format!("{bound} ms"),
            Some(kept),
        );
    }
}
