//! What is a secret in the text of a dump is nowhere in what is made of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot write must stop")]

use leastwise_model::{File, Platform, Settings, Snapshot, format};
use leastwise_postgresql::PostgreSql;

const DUMP: &str = "-- PostgreSQL database cluster dump
CREATE ROLE app; ALTER ROLE app WITH LOGIN PASSWORD 'planted-hash' VALID UNTIL 'infinity';
CREATE ROLE postgres; ALTER ROLE postgres WITH SUPERUSER LOGIN PASSWORD 'planted-hash';
\\connect shop
-- Dumped from database version 17.2
CREATE SCHEMA app; ALTER SCHEMA app OWNER TO postgres;
CREATE FUNCTION app.f() RETURNS text LANGUAGE sql AS $$ select 'planted-body' $$;
ALTER FUNCTION app.f() OWNER TO postgres;
CREATE SERVER other FOREIGN DATA WRAPPER w OPTIONS (host 'planted-host');
CREATE USER MAPPING FOR app SERVER other OPTIONS (password 'planted-mapping');
CREATE SUBSCRIPTION s CONNECTION 'password=planted-connection' PUBLICATION p;
COPY app.t (a) FROM stdin;
planted-row
\\.
SURPRISE 'planted-surprise' TO app;
GRANT USAGE ON SCHEMA app TO app;
";

#[test]
fn no_secret_of_a_dump_is_kept() {
    let mut snapshot = Snapshot::new();
    let file = snapshot.add_file(File {
        path: "all.sql".into(),
        unit: ".".into(),
    });
    let mut reader = PostgreSql.reader(&Settings::default());
    assert!(reader.take_text(file, "all.sql", DUMP));
    reader.compile(&mut snapshot);
    let app = snapshot
        .identities
        .iter()
        .find(|one| &*one.name == "app")
        .unwrap();
    let usage = leastwise_permset::Request::new("schema:usage", "shop/app");
    assert!(
        app.holding.effective().contains(&usage),
        "the dump is read to its end"
    );
    // What is not understood is told with its line, without its strings.
    let told: Vec<(u32, &str)> = snapshot
        .remarks
        .iter()
        .filter_map(|remark| Some((remark.location.as_ref()?.line, &*remark.what)))
        .collect();
    assert_eq!(
        told,
        [(15, "the statement `SURPRISE '…' TO APP …` is not understood")]
    );
    let mut bytes = Vec::new();
    format::write(&snapshot, &Settings::default(), &mut bytes).unwrap();
    let bytes = String::from_utf8(bytes).unwrap();
    assert!(bytes.contains("postgresql:server:app"), "{bytes}");
    assert!(!bytes.contains("planted"), "{bytes}");
}
