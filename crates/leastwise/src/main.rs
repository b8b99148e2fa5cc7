//! The command line: from what was typed to files, questions, answers and an exit code.
//!
//! One file a verb under `verb`. What was typed is a structure of each verb; what the program needs is made from it
//! there, with the help of [`arguments`]. [`estate`] reads files, [`terminal`] writes; every other crate only computes.

mod arguments;
mod estate;
mod exit;
mod files;
mod overview;
mod pattern;
mod platforms;
mod problem;
mod progress;
mod settings;
mod terminal;
mod text;
mod verb;

use std::ffi::OsString;
use std::panic;
use std::path::Path;
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{Parser, ValueEnum};
use leastwise_report::style::{ALARM, STRONG, paint};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// Maps every non-human identity to what it can really do.
///
/// leastwise reads native exports of your platforms and answers who can do what, on what, by which path. It only
/// reads: nothing is sent anywhere and nothing is changed.
#[derive(Parser, Debug)]
#[command(name = "leastwise", version, max_term_width = 100, disable_help_subcommand = true, after_help = AFTER)]
struct Typed {
    #[command(subcommand)]
    verb: verb::Verb,

    /// Whether to use colors; NO_COLOR is honored
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    color: Color,

    /// Tell every remark on the input and every file that is not recognized
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// An estate is millions of small pieces; giving them out is a third of the time with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AFTER: &str = "\
Begin with `leastwise demo`: a synthetic estate, no account needed.

Exit codes: 0 answered; 2 wrong usage or settings; 3 no input recognized; 4 not the expected answer;
5 unknown under --strict; 11 to 14 findings of low, medium, high, critical severity at or above --fail-on;
1 the program failed.";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What was typed. Called `kubectl-leastwise` the program is a plugin, whose words are those of `leastwise kubectl`.
fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let called = words.first().map(Path::new).and_then(Path::file_stem);
    if called.is_some_and(|name| name == "kubectl-leastwise" || name == "kubectl_leastwise") {
        words.insert(1, "kubectl".into());
    }
    words
}

fn main() -> ExitCode {
    let typed = match Typed::try_parse_from(words()) {
        Ok(typed) => typed,
        Err(error) => {
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            return exit.into();
        }
    };
    let color = match typed.color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    };
    let terminal = Terminal::new(color, typed.verbose);
    // A fault of the program must not look like an answer: scripts see 1, never 0.
    let run = panic::AssertUnwindSafe(|| verb::run(typed.verb, &terminal));
    let result = panic::catch_unwind(run).unwrap_or_else(|_| {
        Err(Problem::internal("the program failed").hint("please report what you ran and the lines above"))
    });
    match result {
        Ok(exit) => exit.into(),
        Err(problem) => {
            terminal.tell(&format!("{} {problem}", paint(ALARM, "error:")));
            if !problem.hint.is_empty() {
                terminal.tell(&format!("  {} {}", paint(STRONG, "hint:"), problem.hint));
            }
            problem.exit.into()
        }
    }
}
