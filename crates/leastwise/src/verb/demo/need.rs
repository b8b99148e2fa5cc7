//! What a function of the demo estate holds beyond its need, told from ninety days of logs, and the role that would do.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use leastwise_effective::World;
use leastwise_model::{LogFormat, LogScope, Settings};
use leastwise_report::style::{STRONG, paint};
use leastwise_report::{beside, excess, fit as told};
use leastwise_roles::excess::{Evidence, grants};
use leastwise_roles::fit::{Wish, fit};
use leastwise_usage::{Observed, Quarantine, Reading, Rollup};

use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::settings::{self, FILE_NAME};
use crate::terminal::Terminal;
use crate::verb::excess::evidence::configuration;

/// The logs of the estate, with their configuration.
pub static LOGS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../examples/halcyon-pay-logs");
/// A function that should read one bucket and fill one queue.
const WHO: &str = "arn:aws:iam::210987654321:role/invoice-lambda";

/// Tells what the function holds, what it needs, and the role beside the statements of today.
pub fn tell(world: &World, estate: &Settings, terminal: &Terminal) -> Result<(), Problem> {
    let text = LOGS.get_file(FILE_NAME).and_then(|file| file.contents_utf8());
    let logs = settings::parse(text.unwrap_or_default())
        .map_err(|error| Problem::internal(format!("{FILE_NAME}:{error}")))?;
    let observed = observed(&logs);
    let evidence = Evidence::new(world, &estate.declared, &observed, scopes(&logs));
    let index = world
        .find(WHO)
        .map_err(|_| Problem::internal(format!("{WHO} is not in the demo estate")))?;
    let split = evidence
        .split(index)
        .ok_or_else(|| Problem::internal("an identity of the estate has no platform"))?;
    let wish = Wish {
        id: "invoice-lambda",
        environment: "prod",
        declared_only: true,
    };
    let fitting = fit(&evidence, &split, &wish, Some("json"), PLATFORMS)
        .map_err(|unfit| Problem::internal(format!("no role fits in the demo estate: {unfit:?}")))?;
    let statements = grants(world, &split);
    let view = excess::view(&evidence, &split, &statements);
    terminal.print(&format!(
        "\n{}\n\n",
        paint(
            STRONG,
            "What invoice-lambda holds, and what it needs, by ninety days of logs"
        )
    ))?;
    let role = told::view(world, &fitting, &[]);
    terminal.print(&beside::text(&view, &role, terminal.width))
}

fn files(folder: &'static Dir<'static>, found: &mut Vec<(String, &'static [u8])>) {
    for file in folder.files() {
        found.push((crate::files::shown(file.path()), file.contents()));
    }
    folder.dirs().for_each(|inner| files(inner, found));
}

fn under(name: &str) -> Vec<(String, &'static [u8])> {
    let mut found = Vec::new();
    if let Some(folder) = LOGS.get_dir(name) {
        files(folder, &mut found);
    }
    found.sort();
    found
}

fn observed(settings: &Settings) -> Observed {
    let formats: Vec<LogFormat> = PLATFORMS
        .iter()
        .filter_map(|platform| Some(platform.logged()?.format(settings)))
        .collect();
    let (mut reading, mut rollup, mut odd) =
        (Reading::new(formats), Rollup::default(), Quarantine::default());
    for (name, mut bytes) in under("events") {
        reading.file(&name, &mut bytes, &mut odd, &mut |event| rollup.take(event));
    }
    Observed::from(&rollup)
}

fn scopes(settings: &Settings) -> BTreeMap<&'static str, Box<dyn LogScope>> {
    let mut scopes: BTreeMap<&'static str, Box<dyn LogScope>> = PLATFORMS
        .iter()
        .filter_map(|platform| Some((platform.name(), platform.logged()?.scope(settings))))
        .collect();
    for (name, bytes) in under("configuration") {
        configuration(&name, bytes, &mut scopes);
    }
    scopes
}
