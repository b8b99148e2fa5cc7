//! `reach --if-renamed OLD=NEW`: which trusts stop admitting, and whom does whoever takes the old name become?

use leastwise_model::{Renaming, Text};
use leastwise_report::renamed;

use super::{Arguments, WayFormat};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// Shows the ways before and after.
pub fn run(typed: &Arguments, names: &str, terminal: &Terminal) -> Result<Exit, Problem> {
    let renaming = renaming(names)?;
    let before = typed.estate.world(terminal)?;
    let after = typed.estate.world_renamed(&renaming)?;
    let found = renamed::find(&before, &after, &renaming);
    if !found.is_known() {
        let what = format!(
            "nothing of this estate is called `{}` that tokens name",
            renaming.from
        );
        return Err(Problem::usage(what)
            .hint("name a repository as OWNER/NAME, or an owner, of which the estate knows"));
    }
    // The other way round it is known only where something is called so already.
    let back = Renaming {
        from: renaming.to.clone(),
        to: renaming.from.clone(),
    };
    if typed.estate.names(&back)? {
        let what = format!("`{}` is there already: nothing else can be called so", back.from);
        return Err(Problem::usage(what).hint(
            "give a name that is free; where the estate is of after the renaming, leave out what has the name now",
        ));
    }
    let text = match typed.chosen(terminal) {
        WayFormat::Table => renamed::text(&found, terminal.width),
        WayFormat::Plain => renamed::table(&found).plain(),
        WayFormat::Csv => renamed::table(&found).csv(),
        WayFormat::Json => super::super::json("reach-renamed", renamed::view(&found))?,
        WayFormat::Jsonl => super::super::lines(renamed::view(&found).ways)?,
        WayFormat::Mermaid | WayFormat::Svg => {
            return Err(Problem::usage("what a rename breaks is not drawn")
                .hint("without --if-renamed, --format svg draws ways"));
        }
    };
    terminal.print(&text)?;
    Ok(Exit::Done)
}

/// `OLD=NEW`, both of the same form.
fn renaming(names: &str) -> Result<Renaming, Problem> {
    let wrong = || {
        Problem::usage(format!("`{names}` is no renaming"))
            .hint("write OLD=NEW: `acme/shop=acme/store`, or of an owner `acme=acme-inc`")
    };
    let (from, to) = names.split_once('=').ok_or_else(wrong)?;
    let parts = |name: &str| -> Option<usize> {
        let parts: Vec<&str> = name.split('/').collect();
        let fine = parts
            .iter()
            .all(|part| !part.is_empty() && !part.contains([':', '@', '=', '*', ' ']));
        (fine && parts.len() <= 2).then_some(parts.len())
    };
    if parts(from).is_none() || parts(from) != parts(to) || from.eq_ignore_ascii_case(to) {
        return Err(wrong());
    }
    Ok(Renaming {
        from: Text::from(from),
        to: Text::from(to),
    })
}
