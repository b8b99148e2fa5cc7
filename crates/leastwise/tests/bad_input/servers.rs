//! Exports of servers that keep secrets and data: refused, in circles, cut off, left behind, and oddly named.

use crate::estate::{Estate, place_of};

fn vault(responses: &str) -> String {
    format!(
        "{{\"leastwise\": \"vault-export/v1\", \"product\": \"openbao\", \"server\": \"bao\",\n\"responses\": {{\n{responses}\n}}}}"
    )
}

fn postgresql(roles: &str, relations: &str) -> String {
    let role = |name: &str, oid: u32, superuser: bool| {
        format!(
            "{{\"name\": {name}, \"oid\": {oid}, \"superuser\": {superuser}, \"inherit\": true, \"createrole\": false, \"createdb\": false, \
             \"login\": true, \"replication\": false, \"bypassrls\": false, \"connections\": -1}}"
        )
    };
    format!(
        "{{\"leastwise_export\": \"postgresql/v1\",\n\"server\": {{\"version_num\": 170010, \"version\": \"17.10\", \"system\": \"1\", \"name\": \"db\", \"database\": \"shop\"}},\n\
         \"roles\": [{}, {}],\n\"memberships\": [], \"databases\": [{{\"name\": \"shop\", \"owner\": \"postgres\", \"connectable\": true, \"connections\": -1, \"acl\": null}}],\n\
         \"tablespaces\": [], \"parameters\": [], \"hba\": null,\n\"schemas\": [{{\"name\": \"app\", \"owner\": \"postgres\", \"acl\": [\"postgres=UC/postgres\", \"=U/postgres\"]}}],\n\
         \"relations\": [{relations}],\n\"functions\": [], \"languages\": [], \"wrappers\": [], \"foreign_servers\": [], \"user_mappings\": [], \"default_privileges\": []}}",
        role("\"postgres\"", 10, true),
        role(roles, 100, false),
    )
}

fn table(name: &str, owner: &str, acl: &str) -> String {
    format!(
        "{{\"schema\": \"app\", \"name\": {name}, \"kind\": \"r\", \"owner\": {owner}, \"acl\": {acl}, \"columns\": null, \
         \"row_security\": false, \"forced\": false, \"policies\": null, \"view\": null}}"
    )
}

#[test]
fn a_policy_that_the_server_would_refuse_is_told_with_its_place() {
    let text = vault(
        "\"sys/policies/acl/odd\": {\"data\": {\"name\": \"odd\", \"policy\": \"path \\\"a\\\" = {\\n capabilities = [\\\"read\\\"]\\n}\"}}",
    );
    let (line, column) = place_of(&text, "{\"name\": \"odd\"");
    Estate::new().with("odd.json", text).answers(&[
        &format!("odd.json:{line}:{column}: policy `odd` is left out at line 1 of its text"),
        "correct the policy",
    ]);
}

#[test]
fn groups_in_circles_end() {
    let group = |id: &str, within: &str| {
        format!(
            "\"identity/group/id/{id}\": {{\"data\": {{\"id\": \"{id}\", \"name\": \"team-{id}\", \"type\": \"internal\", \"policies\": [\"p\"], \
             \"member_entity_ids\": [\"e\"], \"member_group_ids\": [\"{within}\"]}}}}"
        )
    };
    let entity = "\"identity/entity/id/e\": {\"data\": {\"id\": \"e\", \"name\": \"worker\", \"policies\": [], \"aliases\": []}}";
    let policy = "\"sys/policies/acl/p\": {\"data\": {\"name\": \"p\", \"policy\": \"path \\\"x\\\" { capabilities = [\\\"read\\\"] }\"}}";
    let all = [
        group("a", "b"),
        group("b", "a"),
        group("c", "c"),
        entity.into(),
        policy.into(),
    ];
    let estate = Estate::new();
    estate.with("circle.json", vault(&all.join(",\n"))).answers(&[]);
    assert_eq!(
        estate.can("vault:bao:identity/entity/name/worker", "read", "x").0,
        "yes"
    );
}

#[test]
fn an_export_that_is_cut_in_half_is_told_where_it_ends() {
    let text = postgresql("\"app\"", &table("\"t\"", "\"app\"", "null"));
    let half = text.get(..text.len() / 2).unwrap();
    Estate::new()
        .with("half.json", half)
        .answers(&["half.json:", "the file looks cut off"]);
    Estate::new()
        .with(
            "all.sql",
            "-- PostgreSQL database cluster dump\nCREATE ROLE app;\nCREATE ROLE \"half",
        )
        .answers(&[
            "all.sql:3:13: a name without its closing quote: the dump ends within a statement",
            "dump it again, to the end",
        ]);
}

#[test]
fn a_dump_without_roles_and_rules_that_are_none_are_told() {
    Estate::new()
        .with("shop.sql", "-- PostgreSQL database dump\n-- Dumped from database version 17.2\n\\connect shop\nCREATE SCHEMA app;\n")
        .answers(&["shop.sql:1:1: the dump says nothing of the roles of its server", "pg_dumpall --globals-only"]);
    Estate::new()
        .with(
            "pg_hba.conf",
            "local all all peer\nhost all all 10.0.0.0/8 magic\n",
        )
        .answers(&[
            "pg_hba.conf:2:1: a line of pg_hba.conf is left out: `magic` is no method",
            "correct it",
        ]);
}

#[test]
fn a_file_named_pg_hba_conf_is_read_however_broken_it_is() {
    Estate::new()
        .with(
            "server.json",
            postgresql("\"app\"", &table("\"t\"", "\"app\"", "null")),
        )
        .with(
            "pg_hba.conf",
            "hots all all 10.0.0.0/8 trust\nlocal all all trust\n",
        )
        .answers(&["pg_hba.conf:1:1: a line of pg_hba.conf is left out", "correct it"]);
}

#[test]
fn objects_of_roles_that_were_dropped_are_nobodys() {
    let estate = Estate::new();
    let tables = [
        table("\"left\"", "\"gone\"", "[\"gone=arwd/gone\", \"16999=r/gone\"]"),
        table("\"kept\"", "\"app\"", "null"),
    ];
    estate
        .with("db.json", postgresql("\"app\"", &tables.join(", ")))
        .answers(&[]);
    let can = |who: &str, table: &str| estate.can(who, "table:select", &format!("shop/app/{table}")).0;
    assert_eq!(
        (can("postgresql:db:app", "left"), can("postgresql:db:app", "kept")),
        ("no".into(), "yes".into())
    );
    assert_eq!(can("postgresql:db:postgres", "left"), "yes");
}

#[test]
fn names_may_be_anything_that_can_be_quoted() {
    let estate = Estate::new();
    let tables = table("\"Größe \\\"q\\\"/%*\"", "\"Zoë \\\"x\\\"/\"", "null");
    estate
        .with("db.json", postgresql("\"Zoë \\\"x\\\"/\"", &tables))
        .answers(&[]);
    let (answer, _) = estate.can(
        "postgresql:db:Zoë \"x\"/",
        "table:select",
        "shop/app/Größe \"q\"%2F%25%2A",
    );
    assert_eq!(answer, "yes");
}
