//! `explain`: what a rule means.

use clap::Args;
use leastwise_report::fold::folded;
use leastwise_report::style::{STRONG, paint};
use leastwise_report::table::{Column, Table};

use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  leastwise explain\n  leastwise explain LW003")]
pub struct Arguments {
    /// The rule's id or name; without one, all rules are listed
    rule: Option<String>,
}

/// Prints the rule's page, or the list of rules.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let Some(name) = &typed.rule else {
        let mut table = Table::new(&[
            Column::text("rule"),
            Column::text("name"),
            Column::long("what it says"),
        ]);
        for rule in leastwise_findings::rules() {
            table.push([
                rule.id.into(),
                rule.name.into(),
                rule.page().title.as_str().into(),
            ]);
        }
        terminal.print(&if terminal.interactive {
            table.terminal(terminal.width, "")
        } else {
            table.plain()
        })?;
        return Ok(Exit::Done);
    };
    let Some(page) = leastwise_findings::explain(name) else {
        return Err(
            Problem::usage(format!("no rule is called `{name}`")).hint("`leastwise explain` lists them all")
        );
    };
    // Headings stand out; the rest of the page reads well as it is, where the terminal is wide enough.
    let width = if terminal.interactive {
        terminal.width
    } else {
        usize::MAX
    };
    for line in page.lines() {
        let line = if line.starts_with('#') {
            paint(STRONG, line).to_string()
        } else {
            line.to_owned()
        };
        terminal.print(&folded(&format!("{line}\n"), width))?;
    }
    Ok(Exit::Done)
}
