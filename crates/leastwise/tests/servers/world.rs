//! One OpenBao that is connected to one PostgreSQL, with roles that make accounts in every way that is told apart.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{bao, pg};

/// A role of the database engine.
pub struct Role {
    pub name: &'static str,
    connection: &'static str,
    statements: &'static str,
    /// Whether something in it is not understood.
    pub unread: bool,
}

const fn role(name: &'static str, connection: &'static str, statements: &'static str) -> Role {
    Role {
        name,
        connection,
        statements,
        unread: false,
    }
}

const fn unread(name: &'static str, connection: &'static str, statements: &'static str) -> Role {
    Role {
        name,
        connection,
        statements,
        unread: true,
    }
}

macro_rules! make {
    ($rest:literal) => {
        concat!(
            "CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'",
            $rest
        )
    };
}

/// Connection `super` logs in as a superuser, `helper` with CREATEROLE, `owner` with CREATEROLE and objects of its own, and
/// `weak` with nothing.
pub const ROLES: &[Role] = &[
    role("bare", "super", make!(";")),
    role("member", "super", make!(" IN ROLE app_readers;")),
    role("members", "super", make!(" IN ROLE app_readers, app_writers;")),
    role("granted", "super", make!("; GRANT app_writers TO \"{{name}}\";")),
    role("no-inherit", "super", make!(" NOINHERIT IN ROLE app_readers;")),
    role(
        "late-no-inherit",
        "super",
        make!(" IN ROLE app_readers; ALTER ROLE \"{{name}}\" NOINHERIT;"),
    ),
    role("strong", "super", make!(" SUPERUSER;")),
    role(
        "one-table",
        "super",
        make!(
            "; GRANT USAGE ON SCHEMA app TO \"{{name}}\"; GRANT SELECT, UPDATE ON app.orders TO \"{{name}}\";"
        ),
    ),
    role(
        "no-usage",
        "super",
        make!("; GRANT SELECT ON TABLE app.orders TO \"{{name}}\";"),
    ),
    role(
        "all-tables",
        "super",
        make!(
            "; GRANT USAGE ON SCHEMA app TO \"{{name}}\"; GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA app TO \"{{name}}\";"
        ),
    ),
    role(
        "public-table",
        "super",
        make!("; GRANT SELECT ON notes TO \"{{name}}\";"),
    ),
    role(
        "function",
        "super",
        make!(
            "; GRANT USAGE ON SCHEMA app TO \"{{name}}\"; GRANT EXECUTE ON FUNCTION app.total(integer) TO \"{{name}}\";"
        ),
    ),
    role(
        "all-functions",
        "super",
        make!(
            "; GRANT USAGE ON SCHEMA app TO \"{{name}}\"; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA app TO \"{{name}}\";"
        ),
    ),
    role(
        "creates",
        "super",
        make!(
            "; GRANT CREATE, USAGE ON SCHEMA app TO \"{{name}}\"; GRANT TEMPORARY ON DATABASE shop TO \"{{name}}\";"
        ),
    ),
    role("owner-member", "super", make!(" IN ROLE app_owner;")),
    role("predefined", "super", make!(" IN ROLE pg_read_all_data;")),
    role(
        "configured",
        "super",
        make!(" IN ROLE app_readers; ALTER ROLE \"{{name}}\" SET search_path = 'app';"),
    ),
    role(
        "user",
        "super",
        "CREATE USER \"{{name}}\" PASSWORD '{{password}}' IN ROLE app_readers",
    ),
    role(
        "reversed",
        "super",
        make!("; GRANT \"{{name}}\" TO app_owner; GRANT app_readers TO \"{{name}}\" WITH ADMIN OPTION;"),
    ),
    role(
        "no-login",
        "super",
        "CREATE ROLE \"{{name}}\" PASSWORD '{{password}}' IN ROLE app_readers",
    ),
    role("gone", "super", make!(" IN ROLE no_such_role;")),
    role(
        "closed",
        "super",
        make!(" CONNECTION LIMIT 0 IN ROLE app_readers;"),
    ),
    role("not-listed", "narrow", make!(" IN ROLE app_readers;")),
    role("narrow-listed", "narrow", make!(" IN ROLE app_readers;")),
    role("helper-member", "helper", make!(" IN ROLE app_readers;")),
    role("helper-other", "helper", make!(" IN ROLE app_writers;")),
    role("helper-strong", "helper", make!(" SUPERUSER;")),
    role("helper-bypass", "helper", make!(" BYPASSRLS;")),
    role("weak-member", "weak", make!(" IN ROLE app_readers;")),
    role(
        "owner-grants",
        "owner",
        make!("; GRANT USAGE ON SCHEMA app TO \"{{name}}\"; GRANT SELECT ON app.orders TO \"{{name}}\";"),
    ),
    unread(
        "block",
        "super",
        make!("; DO $$ BEGIN EXECUTE 'GRANT app_readers TO \"{{name}}\"'; END $$;"),
    ),
    unread(
        "to-public",
        "super",
        make!("; GRANT UPDATE ON app.audit TO PUBLIC; REVOKE UPDATE ON app.audit FROM PUBLIC;"),
    ),
    unread(
        "twice",
        "super",
        make!("; GRANT SELECT ON orders TO \"{{name}}\";"),
    ),
    unread(
        "helper-grants",
        "helper",
        make!("; GRANT SELECT ON app.orders TO \"{{name}}\";"),
    ),
];

/// A login through AppRole, and the roles whose accounts it asks for.
pub struct Login {
    pub name: &'static str,
    policy: &'static str,
    pub may_ask: &'static [&'static str],
}

pub const LOGINS: &[Login] = &[
    Login {
        name: "reads-one",
        policy: "path \"database/creds/member\" { capabilities = [\"read\"] }",
        may_ask: &["member", "members"],
    },
    Login {
        name: "reads-some",
        policy: "path \"database/creds/one-*\" { capabilities = [\"read\"] }\npath \"database/creds/member\" { capabilities = [\"deny\"] }",
        may_ask: &["one-table", "member"],
    },
    Login {
        name: "updates",
        policy: "path \"database/creds/*\" { capabilities = [\"update\"] }",
        may_ask: &["member", "one-table"],
    },
    Login {
        name: "asks-for-nobody",
        policy: "path \"database/creds/not-listed\" { capabilities = [\"read\"] }\npath \"database/creds/no-login\" { capabilities = [\"read\"] }",
        may_ask: &["not-listed", "no-login"],
    },
];

/// A statement, and the request that it is.
pub struct Probe {
    pub action: &'static str,
    pub resource: &'static str,
    statement: &'static str,
}

const fn probe(action: &'static str, resource: &'static str, statement: &'static str) -> Probe {
    Probe {
        action,
        resource,
        statement,
    }
}

pub const PROBES: &[Probe] = &[
    probe("table:select", "shop/app/orders", "select * from app.orders"),
    probe(
        "table:insert",
        "shop/app/orders",
        "insert into app.orders values (9, 'n')",
    ),
    probe(
        "table:update",
        "shop/app/orders",
        "update app.orders set note = 'm'",
    ),
    probe("table:delete", "shop/app/orders", "delete from app.orders"),
    probe("table:truncate", "shop/app/orders", "truncate app.orders"),
    probe("table:select", "shop/app/audit", "select * from app.audit"),
    probe("table:update", "shop/app/audit", "update app.audit set id = 2"),
    probe(
        "table:alter",
        "shop/app/audit",
        "alter table app.audit add column x int",
    ),
    probe(
        "table:select",
        "shop/private/orders",
        "select * from private.orders",
    ),
    probe("table:select", "shop/public/notes", "select * from public.notes"),
    probe(
        "function:execute",
        "shop/app/total(integer)",
        "select app.total(1)",
    ),
    probe(
        "function:execute",
        "shop/app/count(text)",
        "select app.count('a')",
    ),
    probe(
        "schema:create",
        "shop/app",
        "create table app.made_by_it (id int)",
    ),
    probe("database:temporary", "shop", "create temp table t (id int)"),
    probe("database:create", "shop", "create schema made_by_it"),
];

const SERVER_SQL: &str = "
create role engine superuser login password 'planted-engine';
create role helper createrole login password 'planted-helper';
create role owner createrole login password 'planted-owner';
create role weak login password 'planted-weak';
create role app_readers; create role app_writers; create role app_owner;
create role bystander login password 'planted-bystander';
create database shop;
revoke temporary on database shop from public;
";

const DATABASE_SQL: &str = "
create schema app; create schema private;
create table app.orders (id int, note text); insert into app.orders values (1, 'a');
create table app.audit (id int); alter table app.audit owner to app_owner; insert into app.audit values (1);
create table private.orders (id int);
create table public.notes (id int);
create function app.total(a int) returns int language sql as $$ select 1 /* planted-body */ $$;
create function app.count(a text) returns int language sql as 'select 2';
revoke execute on all functions in schema app from public;
alter schema app owner to owner; alter table app.orders owner to owner;
grant usage on schema app to app_readers, app_writers, app_owner;
grant select on app.orders, app.audit to app_readers;
grant insert on app.orders to app_writers;
";

pub struct World {
    pub bao: bao::Server,
    pub pg: pg::Server,
    pub version: u32,
}

impl World {
    pub fn start(binary: &PathBuf, programs: &pg::Programs) -> Self {
        let pg = pg::Server::start_listening(programs).unwrap();
        pg.psql("postgres", "postgres", SERVER_SQL).unwrap();
        if programs.version >= 16 {
            let sql = "grant app_readers to helper with admin true, inherit false, set false;";
            pg.psql("postgres", "postgres", sql).unwrap();
        }
        pg.psql("shop", "postgres", DATABASE_SQL).unwrap();
        let mut bao = bao::Server::start(binary);
        bao.write("sys/mounts/database", &json!({"type": "database"}));
        bao.write("sys/auth/approle", &json!({"type": "approle"}));
        for (name, user, allowed) in [
            ("super", "engine", "*"),
            ("narrow", "engine", "narrow-*"),
            ("helper", "helper", "*"),
            ("owner", "owner", "*"),
            ("weak", "weak", "*"),
        ] {
            let url = format!(
                "postgresql://{{{{username}}}}:{{{{password}}}}@127.0.0.1:{}/shop?sslmode=disable",
                pg.port()
            );
            let config = json!({"plugin_name": "postgresql-database-plugin", "allowed_roles": [allowed], "connection_url": url,
                "username": user, "password": format!("planted-{user}")});
            bao.write(&format!("database/config/{name}"), &config);
        }
        for role in ROLES {
            let body = json!({"db_name": role.connection, "creation_statements": [role.statements]});
            bao.write(&format!("database/roles/{}", role.name), &body);
        }
        for login in LOGINS {
            bao.write(
                &format!("sys/policies/acl/{}", login.name),
                &json!({"policy": login.policy}),
            );
            bao.write(
                &format!("auth/approle/role/{}", login.name),
                &json!({"token_policies": [login.name]}),
            );
        }
        Self {
            bao,
            pg,
            version: programs.version,
        }
    }

    /// What the server calls its cluster.
    pub fn cluster(&mut self) -> String {
        let (_, answer) = self.bao.call("GET", "sys/health", bao::ROOT, None);
        answer["cluster_name"].as_str().unwrap().to_owned()
    }

    /// An account of a role: user and password; none where it is refused.
    pub fn issue(&mut self, role: &str) -> Option<(String, String)> {
        self.issue_as(bao::ROOT, role)
    }

    pub fn issue_as(&mut self, token: &str, role: &str) -> Option<(String, String)> {
        let (status, answer) = self
            .bao
            .call("GET", &format!("database/creds/{role}"), token, None);
        let text = |key: &str| answer["data"][key].as_str().unwrap().to_owned();
        (status == 200).then(|| (text("username"), text("password")))
    }

    /// A token of a login through AppRole.
    pub fn log_in(&mut self, name: &str) -> String {
        let base = format!("auth/approle/role/{name}");
        let (_, role) = self.bao.call("GET", &format!("{base}/role-id"), bao::ROOT, None);
        let secret = self.bao.write(&format!("{base}/secret-id"), &json!({}));
        let body = json!({"role_id": role["data"]["role_id"], "secret_id": secret["data"]["secret_id"]});
        let answer = self.bao.write("auth/approle/login", &body);
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    /// Which statements go through, logged in with the password.
    pub fn can(&self, user: &str, password: &str) -> Vec<bool> {
        let mut script = String::from("\\set ON_ERROR_STOP off\n");
        for probe in PROBES {
            script += &format!("begin;\n{};\n\\echo failed :ERROR\nrollback;\n", probe.statement);
        }
        let said = self
            .pg
            .psql_with("shop", user, password, &script)
            .unwrap_or_default();
        let said: Vec<bool> = said
            .lines()
            .filter_map(|line| Some(line.strip_prefix("failed ")? == "false"))
            .collect();
        // An account that cannot connect can do nothing.
        if said.is_empty() {
            vec![false; PROBES.len()]
        } else {
            said
        }
    }

    /// Removes issued accounts from the server.
    pub fn forget<'a>(&self, accounts: impl IntoIterator<Item = &'a (String, String)>) {
        for (user, _) in accounts {
            let script = format!(
                "reassign owned by \"{user}\" to postgres; drop owned by \"{user}\"; drop role \"{user}\";"
            );
            self.pg.psql("shop", "postgres", &script).unwrap();
        }
    }

    /// Puts secrets wherever these servers keep some; all of them.
    pub fn plant(&mut self) -> Vec<String> {
        let mut secrets: Vec<String> = [
            "engine",
            "helper",
            "owner",
            "weak",
            "bystander",
            "body",
            "kv",
            "url",
            "literal",
            "comment",
            "reviewer",
            "userpass",
            "mapping",
            "foreign",
            "subscription",
            "description",
        ]
        .iter()
        .map(|name| format!("planted-{name}"))
        .collect();
        let (bao, port) = (&mut self.bao, self.pg.port());
        bao.write("secret/data/app", &json!({"data": {"password": "planted-kv"}}));
        bao.write(
            "sys/auth/userpass",
            &json!({"type": "userpass", "description": "planted-description"}),
        );
        bao.write(
            "auth/userpass/users/clerk",
            &json!({"password": "planted-userpass"}),
        );
        bao.write("sys/auth/kubernetes", &json!({"type": "kubernetes"}));
        let reviewer = json!({"kubernetes_host": "https://kubernetes.example", "token_reviewer_jwt": "planted-reviewer",
            "kubernetes_ca_cert": "", "disable_local_ca_jwt": true});
        let _ = bao.call("POST", "auth/kubernetes/config", bao::ROOT, Some(&reviewer));
        for (name, url) in [
            (
                "inline",
                format!("postgresql://engine:planted-url@127.0.0.1:{port}/shop"),
            ),
            (
                "words",
                format!("host=127.0.0.1 port={port} user=engine password=planted-url dbname=shop"),
            ),
        ] {
            let config = json!({"plugin_name": "postgresql-database-plugin", "allowed_roles": ["*"], "connection_url": url,
                "verify_connection": false});
            bao.write(&format!("database/config/{name}"), &config);
        }
        let statements = "CREATE ROLE \"{{name}}\" LOGIN PASSWORD 'planted-literal'; -- planted-comment\nDO $x$ BEGIN PERFORM 'planted-literal'; END $x$;";
        bao.write(
            "database/roles/literal",
            &json!({"db_name": "super", "creation_statements": [statements]}),
        );
        let issued = self.issue("member").unwrap();
        secrets.push(issued.1);
        let base = "auth/approle/role/reads-one";
        let secret = self.bao.write(&format!("{base}/secret-id"), &json!({}));
        secrets.push(secret["data"]["secret_id"].as_str().unwrap().to_owned());
        let (_, role) = self.bao.call("GET", &format!("{base}/role-id"), bao::ROOT, None);
        secrets.push(role["data"]["role_id"].as_str().unwrap().to_owned());
        let token = self.bao.token(&["default".to_owned()]);
        secrets.push(token);
        let sql = "create extension if not exists postgres_fdw;
            create server elsewhere foreign data wrapper postgres_fdw options (host 'planted-foreign');
            create user mapping for bystander server elsewhere options (user 'u', password 'planted-mapping');
            create subscription s connection 'host=x password=planted-subscription' publication p with (connect = false);";
        // The extension may not be installed, and then there is nothing that it could tell.
        let _ = self.pg.psql("shop", "postgres", sql);
        let hashes = self
            .pg
            .psql(
                "postgres",
                "postgres",
                "select rolpassword from pg_authid where rolpassword is not null;",
            )
            .unwrap();
        let hashes: Vec<String> = hashes.lines().map(str::to_owned).collect();
        assert!(hashes.len() > 3);
        secrets.extend(hashes);
        let answer: Value = self.bao.call("GET", "secret/data/app", bao::ROOT, None).1;
        assert_eq!(
            answer["data"]["data"]["password"], "planted-kv",
            "the secret is there"
        );
        secrets
    }
}
