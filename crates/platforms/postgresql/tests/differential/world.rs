//! Random small worlds, biased to the traps: the SQL that makes one, and what can be tried in it.

use leastwise_bench::Random;

/// The two databases of every world.
pub const DATABASES: [&str; 2] = ["alpha", "Beta db"];
/// Whom probes grant to, and what they create: no role of the world.
pub const TARGET: &str = "lw_target";
/// Roles of the world.
pub const ROLES: [&str; 6] = ["ada", "bob", "cyd", "dev group", "r/w*é", "zed"];
/// Rows of every table, by their `id`.
pub const ROWS: [i64; 4] = [1, 2, 3, 4];

/// Predefined roles that are granted; the last one from 17 on.
pub const PREDEFINED: [&str; 7] = [
    "pg_read_all_data",
    "pg_write_all_data",
    "pg_execute_server_program",
    "pg_read_server_files",
    "pg_write_server_files",
    "pg_monitor",
    "pg_maintain",
];

/// Which rows a policy admits.
#[derive(Clone, Copy, Debug)]
pub enum Filter {
    Residue(i64),
    Above(i64),
    All,
    None,
}

impl Filter {
    fn sql(self) -> String {
        match self {
            Self::Residue(rest) => format!("id % 3 = {rest}"),
            Self::Above(least) => format!("id > {least}"),
            Self::All => "true".into(),
            Self::None => "false".into(),
        }
    }

    pub fn admits(self, id: i64) -> bool {
        match self {
            Self::Residue(rest) => id % 3 == rest,
            Self::Above(least) => id > least,
            Self::All => true,
            Self::None => false,
        }
    }
}

/// A policy: its name with the table, as sets spell it, what it asks of rows and of new rows.
#[derive(Clone, Debug)]
pub struct Policy {
    pub name: String,
    pub using: Option<Filter>,
    pub check: Option<Filter>,
}

/// How the outcome of a probe is compared.
#[derive(Clone, Debug)]
pub enum Judge {
    /// Whether it is permitted.
    Permitted,
    /// How many of the rows it handles.
    Rows,
    /// How many of the rows it changes into ones with this `id`.
    Changes(i64),
    /// Whether it writes a row with this `id`.
    Writes(i64),
    /// How many rows there are; the query says whether the grant stands.
    Stands,
}

/// Something to try.
#[derive(Clone, Debug)]
pub struct Probe {
    pub database: usize,
    pub action: String,
    pub resource: String,
    pub statement: String,
    /// A query behind the statement, whose number counts.
    pub then: Option<String>,
    pub judge: Judge,
    /// Whether it is tried after SET ROLE too.
    pub often: bool,
}

/// A world.
pub struct World {
    /// Run in the first database, then in the second.
    pub setup: [String; 2],
    pub probes: Vec<Probe>,
    pub policies: Vec<Policy>,
    /// The roles that log in.
    pub logins: Vec<&'static str>,
    /// A role that makes a table in `public` of the first database after the export.
    pub maker: &'static str,
}

pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub fn part(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F").replace('*', "%2A")
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

struct Maker<'r> {
    random: &'r mut Random,
    version: u32,
    sql: String,
    probes: Vec<Probe>,
    policies: Vec<Policy>,
    database: usize,
}

impl Maker<'_> {
    fn say(&mut self, statement: &str) {
        self.sql.push_str(statement);
        self.sql.push_str(";\n");
    }

    fn role(&mut self) -> String {
        quoted(self.random.pick(&ROLES, "ada"))
    }

    fn grantee(&mut self) -> String {
        if self.random.chance(0.2) {
            "public".into()
        } else {
            self.role()
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.chance(probability)
    }

    fn filter(&mut self) -> Filter {
        match self.random.below(8) {
            0 => Filter::All,
            1 => Filter::None,
            2 | 3 => Filter::Above(2),
            other => Filter::Residue((other % 3) as i64),
        }
    }

    fn probe(&mut self, action: &str, names: &[&str], statement: String, judge: Judge, often: bool) {
        let database = DATABASES[self.database];
        let resource = std::iter::once(&database).chain(names).map(|name| part(name));
        self.probes.push(Probe {
            database: self.database,
            action: action.into(),
            resource: resource.collect::<Vec<_>>().join("/"),
            statement,
            then: None,
            judge,
            often,
        });
    }

    fn plain(&mut self, action: &str, resource: &str, statement: String) {
        self.probes.push(Probe {
            database: self.database,
            action: action.into(),
            resource: resource.into(),
            statement,
            then: None,
            judge: Judge::Permitted,
            often: false,
        });
    }

    /// A grant counts if it stands afterwards: without grant option the server only warns.
    fn granting(&mut self, action: &str, names: &[&str], statement: String, query: String) {
        self.probe(action, names, statement, Judge::Stands, false);
        if let Some(probe) = self.probes.last_mut() {
            probe.then = Some(query);
        }
    }

    fn roles(&mut self) -> Vec<&'static str> {
        let mut logins = Vec::new();
        for role in ROLES {
            let mut words = Vec::new();
            if self.chance(0.6) {
                words.push("login");
                logins.push(role);
            }
            for (word, chance) in [
                ("noinherit", 0.25),
                ("createrole", 0.2),
                ("createdb", 0.1),
                ("bypassrls", 0.1),
                ("replication", 0.06),
                ("superuser", 0.05),
            ] {
                if self.chance(chance) {
                    words.push(word);
                }
            }
            if self.chance(0.04) {
                words.push("connection limit 0");
            }
            self.say(&format!("create role {} {}", quoted(role), words.join(" ")));
        }
        let mut predefined = PREDEFINED.to_vec();
        if self.version < 17 {
            predefined.pop();
        }
        for _ in 0..self.random.between(3, 8) {
            let group = if self.chance(0.2) {
                (*self
                    .random
                    .pick(&predefined.iter().collect::<Vec<_>>(), &predefined[0]))
                .to_owned()
            } else {
                self.role()
            };
            let member = self.role();
            let options = if self.version >= 16 {
                let truth = |yes: bool| if yes { "true" } else { "false" };
                let (admin, inherit, set) = (self.chance(0.3), self.chance(0.65), self.chance(0.7));
                format!(
                    "with admin {}, inherit {}, set {}",
                    truth(admin),
                    truth(inherit),
                    truth(set)
                )
            } else if self.chance(0.3) {
                "with admin option".into()
            } else {
                String::new()
            };
            self.say(&format!("grant {group} to {member} {options}"));
        }
        logins
    }

    fn databases(&mut self) {
        for database in DATABASES {
            let name = quoted(database);
            if self.chance(0.4) {
                let owner = self.role();
                self.say(&format!("alter database {name} owner to {owner}"));
            }
            if self.chance(0.35) {
                self.say(&format!("revoke connect on database {name} from public"));
            }
            if self.chance(0.2) {
                self.say(&format!("revoke temporary on database {name} from public"));
            }
            for _ in 0..self.random.below(4) {
                let word = *self
                    .random
                    .pick(&[&"connect", &"create", &"temporary", &"all"], &"connect");
                let (to, with) = (self.grantee(), self.chance(0.3));
                let with = if with && to != "public" {
                    "with grant option"
                } else {
                    ""
                };
                self.say(&format!("grant {word} on database {name} to {to} {with}"));
            }
        }
    }

    fn schema(&mut self, schema: &str) {
        let name = quoted(schema);
        if schema != "public" {
            self.say(&format!("create schema {name}"));
            if self.chance(0.5) {
                let owner = self.role();
                self.say(&format!("alter schema {name} owner to {owner}"));
            }
        }
        for _ in 0..self.random.between(0, 3) {
            let word = if self.chance(0.75) { "usage" } else { "create" };
            let (to, with) = (self.grantee(), self.chance(0.2));
            let with = if with && to != "public" {
                "with grant option"
            } else {
                ""
            };
            self.say(&format!("grant {word} on schema {name} to {to} {with}"));
        }
        if self.chance(0.12) {
            let from = self.grantee();
            self.say(&format!("revoke all on schema {name} from {from} cascade"));
        }
        let one = [schema];
        self.probe(
            "schema:create",
            &one,
            format!("create table {name}.lw_new(a int)"),
            Judge::Permitted,
            true,
        );
        self.probe("schema:usage", &one, String::new(), Judge::Permitted, false);
        if let Some(probe) = self.probes.last_mut() {
            let schema = literal(schema);
            probe.statement = format!("select 1 where has_schema_privilege({schema}, 'usage')");
            probe.judge = Judge::Stands;
        }
        self.probe(
            "schema:alter",
            &one,
            format!("comment on schema {name} is 'x'"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "schema:drop",
            &one,
            format!("drop schema {name} cascade"),
            Judge::Permitted,
            false,
        );
        let query = format!(
            "select count(*) from pg_namespace n, aclexplode(nspacl) a where nspname = {} and a.grantee = '{TARGET}'::regrole",
            literal(schema)
        );
        self.granting(
            "schema:grant-usage",
            &one,
            format!("grant usage on schema {name} to {TARGET}"),
            query,
        );
    }

    fn owner(&mut self, what: &str) {
        if self.chance(0.55) {
            let owner = self.role();
            self.say(&format!("alter {what} owner to {owner}"));
            if self.chance(0.2) {
                let what = what.replacen("view", "table", 1);
                self.say(&format!("revoke all on {what} from {owner} cascade"));
            }
        }
    }

    fn grants(&mut self, what: &str, words: &[&str], most: usize) {
        for _ in 0..self.random.between(0, most) {
            let words: Vec<&&str> = words.iter().collect();
            let word = *self.random.pick(&words, &"all");
            let (to, with) = (self.grantee(), self.chance(0.2));
            let with = if with && to != "public" {
                "with grant option"
            } else {
                ""
            };
            self.say(&format!("grant {word} on {what} to {to} {with}"));
        }
    }

    fn table(&mut self, schema: &str, table: &str) {
        let name = format!("{}.{}", quoted(schema), quoted(table));
        self.say(&format!("create table {name} (id int default 9, v int)"));
        let rows: Vec<String> = ROWS.iter().map(|id| format!("({id}, {id})")).collect();
        self.say(&format!("insert into {name} values {}", rows.join(", ")));
        self.owner(&format!("table {name}"));
        let mut words = vec![
            "select",
            "insert",
            "update",
            "delete",
            "truncate",
            "references",
            "trigger",
            "select",
            "all",
        ];
        if self.version >= 17 {
            words.push("maintain");
        }
        self.grants(&name, &words, 5);
        let columns = [
            "select (id)",
            "select (v)",
            "select (id, v)",
            "insert (id)",
            "insert (id, v)",
            "update (v)",
            "update (id, v)",
            "references (id)",
        ];
        if self.chance(0.5) {
            self.grants(&name, &columns, 4);
        }
        if self.chance(0.4) {
            self.security(schema, table, &name);
        }
        let at = [schema, table];
        self.rows(&name, &at);
        let drop = format!("drop table {name} cascade");
        self.probe(
            "table:truncate",
            &at,
            format!("truncate {name}"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "table:trigger",
            &at,
            format!("create trigger lw_t after insert on {name} for each row execute function lw.trigger()"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "table:maintain",
            &at,
            format!("reindex table {name}"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "table:alter",
            &at,
            format!("alter table {name} add column lw_c int"),
            Judge::Permitted,
            true,
        );
        self.probe("table:drop", &at, drop, Judge::Permitted, false);
        for word in ["select", "delete"] {
            self.granting_table(&at, word, &name);
        }
        let column = [schema, table, "id"];
        let query = format!(
            "select count(*) from pg_attribute t join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace, \
             aclexplode(attacl) a where nspname = {} and relname = {} and a.grantee = '{TARGET}'::regrole",
            literal(schema),
            literal(table)
        );
        self.granting(
            "column:grant-update",
            &column,
            format!("grant update (id) on {name} to {TARGET}"),
            query,
        );
        // What a reference asks for cannot be tried without an index of the owner; the server is asked instead, with USAGE.
        for (action, at, function) in [
            ("table:references", &at[..], "has_table_privilege"),
            ("column:references", &column[..], "has_column_privilege"),
        ] {
            if function == "has_table_privilege" {
                continue;
            }
            self.probe(action, at, String::new(), Judge::Stands, false);
            if let Some(probe) = self.probes.last_mut() {
                probe.statement = format!(
                    "select 1 where {function}({}, 'id', 'references')",
                    literal(&name)
                );
            }
        }
    }

    fn granting_table(&mut self, at: &[&str; 2], word: &str, name: &str) {
        let query = format!(
            "select count(*) from pg_class c join pg_namespace n on n.oid = relnamespace, aclexplode(relacl) a \
             where nspname = {} and relname = {} and a.grantee = '{TARGET}'::regrole",
            literal(at[0]),
            literal(at[1])
        );
        self.granting(
            &format!("table:grant-{word}"),
            at,
            format!("grant {word} on {name} to {TARGET}"),
            query,
        );
    }

    /// Reading and writing rows, of a table or a view.
    fn rows(&mut self, name: &str, at: &[&str; 2]) {
        let new = 11 + self.random.below(3) as i64;
        self.probe(
            "table:select",
            at,
            format!("select count(*) from (select * from {name}) x where x is not null"),
            Judge::Rows,
            true,
        );
        self.probe(
            "table:insert",
            at,
            format!("insert into {name} (id, v) values ({new}, 0)"),
            Judge::Writes(new),
            true,
        );
        self.probe(
            "table:update",
            at,
            format!("update {name} set id = {new}, v = 0"),
            Judge::Changes(new),
            false,
        );
        self.probe(
            "table:delete",
            at,
            format!("delete from {name}"),
            Judge::Rows,
            false,
        );
        let column = [at[0], at[1], "v"];
        self.probe(
            "column:select",
            &column,
            format!("select count(v) from {name}"),
            Judge::Rows,
            false,
        );
        let id = [at[0], at[1], "id"];
        self.probe(
            "column:select",
            &id,
            format!("select count(id) from {name}"),
            Judge::Rows,
            false,
        );
        self.probe(
            "column:insert",
            &id,
            format!("insert into {name} (id) values ({new})"),
            Judge::Writes(new),
            false,
        );
        self.probe(
            "column:update",
            &id,
            format!("update {name} set id = {new}"),
            Judge::Changes(new),
            false,
        );
    }

    fn security(&mut self, schema: &str, table: &str, name: &str) {
        self.say(&format!("alter table {name} enable row level security"));
        if self.chance(0.3) {
            self.say(&format!("alter table {name} force row level security"));
        }
        for number in 0..self.random.below(5) {
            let command = *self.random.pick(
                &[&"all", &"select", &"insert", &"update", &"delete", &"all"],
                &"all",
            );
            let using = (command != "insert" && self.chance(0.9)).then(|| self.filter());
            let check = (!matches!(command, "select" | "delete") && self.chance(0.5)).then(|| self.filter());
            let kind = if self.chance(0.3) {
                "restrictive"
            } else {
                "permissive"
            };
            let to = if self.chance(0.4) {
                "public".to_owned()
            } else {
                self.role()
            };
            let policy = format!("p{number}");
            let clause = |word: &str, filter: Option<Filter>| {
                filter.map_or_else(String::new, |filter| format!("{word} ({})", filter.sql()))
            };
            self.say(&format!(
                "create policy {policy} on {name} as {kind} for {command} to {to} {} {}",
                clause("using", using),
                clause("with check", check)
            ));
            let database = part(DATABASES[self.database]);
            self.policies.push(Policy {
                name: format!("{policy} on {database}/{}/{}", part(schema), part(table)),
                using,
                check,
            });
        }
    }

    fn view(&mut self, schema: &str, view: &str, below: &str) {
        let name = format!("{}.{}", quoted(schema), quoted(view));
        let invoker = if self.chance(0.35) {
            "with (security_invoker = true)"
        } else {
            ""
        };
        self.say(&format!(
            "create view {name} {invoker} as select id, v from {below}"
        ));
        self.owner(&format!("view {name}"));
        self.grants(
            &name,
            &["select", "insert", "update", "delete", "all", "select"],
            4,
        );
        if self.chance(0.3) {
            self.grants(&name, &["select (id)", "update (id)", "insert (id)"], 2);
        }
        let at = [schema, view];
        self.rows(&name, &at);
        self.probe(
            "table:alter",
            &at,
            format!("comment on view {name} is 'x'"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "table:drop",
            &at,
            format!("drop view {name} cascade"),
            Judge::Permitted,
            false,
        );
        self.granting_table(&at, "select", &name);
    }

    fn sequence(&mut self, schema: &str, sequence: &str) {
        let name = format!("{}.{}", quoted(schema), quoted(sequence));
        self.say(&format!("create sequence {name}"));
        self.owner(&format!("sequence {name}"));
        self.grants(
            &format!("sequence {name}"),
            &["usage", "select", "update", "all"],
            3,
        );
        let at = [schema, sequence];
        let text = literal(&name);
        self.probe(
            "sequence:update",
            &at,
            format!("select setval({text}, 5)"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "sequence:select",
            &at,
            format!("select last_value from {name}"),
            Judge::Permitted,
            true,
        );
        self.probe("sequence:usage", &at, String::new(), Judge::Stands, false);
        if let Some(probe) = self.probes.last_mut() {
            probe.statement = format!("select 1 where has_sequence_privilege({text}, 'usage')");
        }
        self.probe(
            "sequence:alter",
            &at,
            format!("alter sequence {name} increment 2"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "sequence:drop",
            &at,
            format!("drop sequence {name}"),
            Judge::Permitted,
            false,
        );
    }

    fn function(&mut self, schema: &str, function: &str) {
        let name = format!("{}.{}(int)", quoted(schema), quoted(function));
        let definer = if self.chance(0.4) { "security definer" } else { "" };
        self.say(&format!(
            "create function {name} returns int language sql {definer} as 'select 1'"
        ));
        self.owner(&format!("function {name}"));
        if self.chance(0.5) {
            self.say(&format!("revoke execute on function {name} from public"));
        }
        self.grants(&format!("function {name}"), &["execute"], 2);
        let call = format!("select {}.{}(1)", quoted(schema), quoted(function));
        let full = format!("{function}(integer)");
        let at = [schema, full.as_str()];
        self.probe("function:execute", &at, call, Judge::Permitted, true);
        self.probe(
            "function:alter",
            &at,
            format!("alter function {name} stable"),
            Judge::Permitted,
            false,
        );
        self.probe(
            "function:drop",
            &at,
            format!("drop function {name}"),
            Judge::Permitted,
            false,
        );
        let query = format!(
            "select count(*) from pg_proc p join pg_namespace n on n.oid = pronamespace, aclexplode(proacl) a \
             where nspname = {} and proname = {} and a.grantee = '{TARGET}'::regrole",
            literal(schema),
            literal(function)
        );
        self.granting(
            "function:grant-execute",
            &at,
            format!("grant execute on function {name} to {TARGET}"),
            query,
        );
    }

    fn of_database(&mut self) {
        let database = DATABASES[self.database];
        let (name, resource) = (quoted(database), part(database));
        self.plain("database:create", &resource, "create schema lw_new".into());
        self.plain(
            "database:temporary",
            &resource,
            "create temp table lw_new(a int)".into(),
        );
        self.plain(
            "database:alter",
            &resource,
            format!("alter database {name} set work_mem = '4MB'"),
        );
        let query = format!(
            "select count(*) from pg_database, aclexplode(datacl) a where datname = {} and a.grantee = '{TARGET}'::regrole",
            literal(database)
        );
        self.granting(
            "database:grant-create",
            &[],
            format!("grant create on database {name} to {TARGET}"),
            query,
        );
        for language in ["sql", "plpgsql"] {
            self.probe(
                "language:usage",
                &[language],
                format!("do language {language} ''"),
                Judge::Permitted,
                false,
            );
            if let Some(probe) = self.probes.last_mut() {
                probe.statement =
                    format!("create function lw.new() returns int language {language} as 'select 1'");
                if language == "plpgsql" {
                    probe.statement = "do language plpgsql 'begin end'".into();
                }
            }
        }
    }

    /// The server's own schemas.
    fn system(&mut self) {
        if self.chance(0.3) {
            let to = self.grantee();
            self.say(&format!("grant execute on function pg_read_file(text) to {to}"));
        }
        if self.chance(0.2) {
            let to = self.role();
            self.say(&format!("grant select, insert, update on pg_authid to {to}"));
        }
        for (action, name, statement) in [
            (
                "table:select",
                "pg_authid",
                "select count(*) from pg_catalog.pg_authid where oid = 0",
            ),
            (
                "table:select",
                "pg_class",
                "select count(*) from pg_catalog.pg_class where oid = 0",
            ),
            (
                "table:update",
                "pg_authid",
                "update pg_catalog.pg_authid set rolname = 'x', rolsuper = true where false",
            ),
            (
                "table:delete",
                "pg_class",
                "delete from pg_catalog.pg_class where false",
            ),
            (
                "function:execute",
                "pg_read_file(text)",
                "select length(pg_catalog.pg_read_file('PG_VERSION'))",
            ),
            ("function:execute", "abs(integer)", "select pg_catalog.abs(1)"),
        ] {
            self.probe(
                action,
                &["pg_catalog", name],
                statement.into(),
                Judge::Permitted,
                false,
            );
        }
    }

    /// Privileges on what is made later, and who makes something.
    fn later(&mut self) -> &'static str {
        let makes = ROLES[self.random.below(ROLES.len())];
        for _ in 0..self.random.below(4) {
            let of = if self.chance(0.7) {
                quoted(makes)
            } else {
                self.role()
            };
            let place = if self.chance(0.5) { "in schema public" } else { "" };
            let word = *self.random.pick(&[&"select", &"insert", &"all"], &"select");
            let to = self.grantee();
            self.say(&format!(
                "alter default privileges for role {of} {place} grant {word} on tables to {to}"
            ));
        }
        makes
    }

    fn of_server(&mut self, folder: &str) {
        self.plain("server:create-role", "/", "create role lw_new".into());
        self.plain(
            "server:execute-program",
            "/",
            "copy lw.lines from program 'echo 1'".into(),
        );
        self.plain(
            "server:read-files",
            "/",
            "copy lw.lines from '/etc/passwd'".into(),
        );
        self.plain(
            "server:write-files",
            "/",
            format!("copy (select 1) to '{folder}/written'"),
        );
        for role in ROLES {
            let (name, resource) = (quoted(role), part(role));
            self.plain("role:grant", &resource, format!("grant {name} to {TARGET}"));
            self.plain(
                "role:alter",
                &resource,
                format!("alter role {name} connection limit 7"),
            );
            self.plain("role:drop", &resource, format!("drop role {name}"));
        }
        for role in [
            "pg_execute_server_program",
            "pg_read_all_data",
            "pg_database_owner",
        ] {
            self.plain("role:grant", role, format!("grant {role} to {TARGET}"));
        }
    }
}

/// Makes a world for servers of this version.
pub fn make(random: &mut Random, version: u32, folder: &str) -> World {
    let mut maker = Maker {
        random,
        version,
        sql: String::new(),
        probes: Vec::new(),
        policies: Vec::new(),
        database: 0,
    };
    let logins = maker.roles();
    maker.databases();
    for schema in ["public", "s/1"] {
        maker.schema(schema);
    }
    maker.table("public", "t");
    maker.table("s/1", "T*1");
    let below = if maker.chance(0.5) {
        "public.t"
    } else {
        "\"s/1\".\"T*1\""
    };
    maker.view("s/1", "v", below);
    maker.view("public", "w", "\"s/1\".v");
    maker.sequence("public", "q");
    maker.function("public", "f");
    maker.function("s/1", "g");
    maker.of_database();
    maker.of_server(folder);
    maker.system();
    let makes = maker.later();
    let first = std::mem::take(&mut maker.sql);
    maker.database = 1;
    maker.schema("public");
    maker.table("public", "t");
    maker.function("public", "f");
    maker.of_database();
    World {
        setup: [first, std::mem::take(&mut maker.sql)],
        probes: maker.probes,
        policies: maker.policies,
        logins,
        maker: makes,
    }
}
