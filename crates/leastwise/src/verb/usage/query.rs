//! `usage --sql`: the query that counts the records of logs in a database.

use std::path::PathBuf;

use clap::ValueEnum;
use leastwise_model::Engine;

use crate::exit::Exit;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// The engines, as they are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineName {
    /// Trino and Amazon Athena, on the table of Athena's documentation
    Trino,
    /// ClickHouse, on files or a table of records as text
    Clickhouse,
    /// DuckDB, on files or a table of records as JSON
    Duckdb,
}

/// Prints the query for an engine.
pub(super) fn run(name: EngineName, from: &[PathBuf], terminal: &Terminal) -> Result<Exit, Problem> {
    let engine = match name {
        EngineName::Trino => Engine::Trino,
        EngineName::Clickhouse => Engine::ClickHouse,
        EngineName::Duckdb => Engine::DuckDb,
    };
    let from = match from {
        [] => None,
        [one] => Some(one.to_string_lossy()),
        _ => {
            return Err(Problem::usage("--sql takes one table or one pattern of files")
                .hint("write a pattern that fits all files, in quotes: 'AWSLogs/**/*.json.gz'"));
        }
    };
    let found = PLATFORMS
        .iter()
        .filter_map(|platform| platform.logged()?.query(engine, from.as_deref()));
    let queries: Vec<String> = found.collect();
    if queries.is_empty() {
        let what = "this is no name of a table in that engine";
        return Err(Problem::usage(what)
            .hint("write letters, digits and `_`, with `.` between the parts of the name"));
    }
    terminal.print(&queries.join("\n"))?;
    Ok(Exit::Done)
}
