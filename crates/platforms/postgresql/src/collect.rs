//! Reads the catalogs of a server through the user's own `psql`: the export query, in each database.

use leastwise_model::{Collector, Command, Heard, Text, Wanted};

/// The databases in which the query can be run.
const DATABASES: &str = "select pg_catalog.quote_ident(datname) from pg_catalog.pg_database where datallowconn and datconnlimit <> 0 \
                         and pg_catalog.has_database_privilege(oid, 'connect') order by datname";
/// Where a server has it, it is always there to connect to.
const USUAL: &str = "postgres";
const LIST: &str = "the databases of the server";

/// Collects one server.
pub(crate) struct PostgreSqlCollector {
    wanted: Wanted,
    /// Database, file name and content.
    files: Vec<(Text, Text, String)>,
}

impl PostgreSqlCollector {
    pub(crate) fn new(wanted: &Wanted) -> Self {
        Self {
            wanted: wanted.clone(),
            files: Vec::new(),
        }
    }

    fn command(&self, name: String, database: &str, script: &'static str) -> Command {
        let mut arguments: Vec<Text> = self.wanted.arguments.clone();
        // No file of the user's is read, and nobody is asked for a password.
        arguments.extend(["-XAtqw", "-v", "ON_ERROR_STOP=1", "-d"].map(Text::from));
        // A name that looks like a connection string is none.
        let quoted = database.replace('\\', "\\\\").replace('\'', "\\'");
        arguments.push(format!("dbname='{quoted}'").into());
        arguments.extend(["-f", "-"].map(Text::from));
        Command {
            name: name.into(),
            arguments,
            input: script,
            ..Command::default()
        }
    }

    fn of(&self, database: &str) -> Command {
        self.command(format!("database {database}"), database, crate::export_query())
    }
}

/// What `psql` complained of, without what it may have quoted.
fn complaint(text: &str) -> &'static str {
    let known = [
        ("permission denied", "the server refuses it: permission denied"),
        (
            "no password supplied",
            "the server asks for a password: set PGPASSWORD or use a password file",
        ),
        (
            "authentication failed",
            "the server does not accept the credentials",
        ),
        (
            "no pg_hba.conf entry",
            "no rule of pg_hba.conf admits this role from here",
        ),
        ("does not exist", "the role or the database does not exist"),
        ("could not translate host name", "the server's name is not known"),
        ("onnection refused", "the server cannot be reached"),
        ("timeout", "the server does not answer"),
        ("No such file or directory", "the server cannot be reached"),
    ];
    known
        .iter()
        .find(|(part, _)| text.contains(part))
        .map_or("psql failed", |(_, words)| words)
}

/// A name as `quote_ident` writes it.
fn unquoted(line: &str) -> String {
    match line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => line.to_owned(),
    }
}

impl Collector for PostgreSqlCollector {
    fn clients(&self) -> &'static [&'static str] {
        &["psql"]
    }

    fn begin(&mut self) -> Vec<Command> {
        if self.wanted.within.is_empty() {
            return vec![self.command(LIST.to_owned(), USUAL, DATABASES)];
        }
        self.wanted
            .within
            .iter()
            .map(|database| self.of(database))
            .collect()
    }

    fn hear(&mut self, command: &Command, answer: Result<&[u8], &str>) -> (Heard, Vec<Command>) {
        let text = match answer.map(std::str::from_utf8) {
            Ok(Ok(text)) => text,
            Ok(Err(_)) => {
                return (
                    Heard::Failed("its answer is not UTF-8: set PGCLIENTENCODING=UTF8".into()),
                    Vec::new(),
                );
            }
            Err(complained) => return (Heard::Failed(complaint(complained).into()), Vec::new()),
        };
        if &*command.name == LIST {
            let databases = text.lines().filter(|line| !line.is_empty());
            return (
                Heard::Kept,
                databases.map(|line| self.of(&unquoted(line))).collect(),
            );
        }
        let database = command.name.strip_prefix("database ").unwrap_or(&command.name);
        if !text.trim_start().starts_with('{') {
            return (Heard::Failed("its answer is no export".into()), Vec::new());
        }
        let mut stem: String = database
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') {
                    c
                } else {
                    '-'
                }
            })
            .collect();
        // Names may differ in what a file name cannot hold, or only in case.
        while self
            .files
            .iter()
            .any(|(_, other, _)| other.eq_ignore_ascii_case(&format!("{stem}.json")))
        {
            stem.push('-');
        }
        self.files.push((
            database.into(),
            format!("{stem}.json").into(),
            text.trim_start().to_owned(),
        ));
        (Heard::Kept, Vec::new())
    }

    fn files(self: Box<Self>) -> Vec<(Text, String)> {
        self.files
            .into_iter()
            .map(|(_, file, content)| (file, content))
            .collect()
    }
}
