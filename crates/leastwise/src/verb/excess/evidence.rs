//! What is known of the need for what is held: logs or a rollup of them, and the configuration of logs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use leastwise_document::{Fault, Limits, read};
use leastwise_model::{LogScope, Remark, Settings, Taken};
use leastwise_report::text::counted;
use leastwise_usage::Observed;

use crate::files;
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;
use crate::verb::scan::moment;
use crate::verb::usage;

/// What was typed.
#[derive(Args, Debug)]
pub struct EvidenceArguments {
    /// Audit logs (files or folders), or what `leastwise usage --format json` wrote of them; repeat for more
    #[arg(long, value_name = "PATH")]
    usage: Vec<PathBuf>,
    /// What the logs record: answers of `aws cloudtrail describe-trails` and `get-event-selectors`, audit policies of
    /// Kubernetes API servers, lists of audit devices, settings of pgaudit; and last accessed information of AWS IAM, which
    /// tells what was not used; repeat for more
    #[arg(long, value_name = "PATH")]
    log_config: Vec<PathBuf>,
    /// The cluster whose audit logs these are, where no leastwise.toml says it
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Leave out what happened in this time, such as an incident: days or moments; repeat for more
    #[arg(long, value_name = "FROM..TO", value_parser = window)]
    exclude: Vec<(Timestamp, Timestamp)>,
}

/// What was gathered.
pub struct Gathered {
    /// What was seen.
    pub observed: Observed,
    /// What logs record, by platform.
    pub scopes: BTreeMap<&'static str, Box<dyn LogScope>>,
}

/// Two instants; a day as the end counts whole.
pub fn window(typed: &str) -> Result<(Timestamp, Timestamp), String> {
    let (from, to) = typed
        .split_once("..")
        .ok_or("write two days or moments, as in 2026-03-02..2026-03-05")?;
    let (from, mut until) = (moment(from)?, moment(to)?);
    if !to.contains('T') {
        let next = until.as_second().saturating_add(86_400);
        until = Timestamp::from_second(next).map_err(|error| error.to_string())?;
    }
    if from >= until {
        return Err("the end lies before the beginning".to_owned());
    }
    Ok((from, until))
}

impl EvidenceArguments {
    /// Reads all of it, and tells what is odd about it.
    pub fn gather(&self, estate: &Settings, terminal: &Terminal) -> Result<Gathered, Problem> {
        let (observed, beside) = observed(
            &self.usage,
            self.cluster.as_deref(),
            &self.exclude,
            estate,
            terminal,
        )?;
        let settings = beside.as_ref().unwrap_or(estate);
        let mut scopes: BTreeMap<&'static str, Box<dyn LogScope>> = PLATFORMS
            .iter()
            .filter_map(|platform| Some((platform.name(), platform.logged()?.scope(settings))))
            .collect();
        self.configure(&mut scopes, terminal)?;
        Ok(Gathered { observed, scopes })
    }

    fn configure(
        &self,
        scopes: &mut BTreeMap<&'static str, Box<dyn LogScope>>,
        terminal: &Terminal,
    ) -> Result<(), Problem> {
        let mut unreadable = Vec::new();
        let found = files::find(&self.log_config, &mut unreadable)?;
        let mut taken_any = self.log_config.is_empty();
        for file in &found {
            let Some(path) = &file.path else { continue };
            let bytes = std::fs::read(path).map_err(|error| Problem::file(path, &error))?;
            let ConfigurationFile {
                taken,
                remarks,
                faults,
            } = configuration(&file.shown, &bytes, scopes);
            for fault in &faults {
                terminal.tell(&format!("{}: {fault}", file.shown));
            }
            for remark in &remarks {
                terminal.tell(&format!("{}; {}", remark.what, remark.hint));
            }
            if !taken {
                terminal.tell(&format!(
                    "{}: no configuration of logs that leastwise knows",
                    file.shown
                ));
            }
            taken_any |= taken;
        }
        for (path, why) in &unreadable {
            terminal.tell(&format!("{path}: {why}"));
        }
        if !taken_any {
            return Err(Problem::no_input("nothing under --log-config is a configuration of logs that leastwise knows")
                .hint(
                    "give what `aws cloudtrail describe-trails` and `get-event-selectors` or `aws iam \
                     get-service-last-accessed-details` answer, an audit policy of Kubernetes, `vault audit list -detailed \
                     -format=json`, or settings of pgaudit (docs/excess.md)",
                ));
        }
        Ok(())
    }
}

/// What a file said of the configuration of logs.
pub struct ConfigurationFile {
    /// Whether it said anything.
    taken: bool,
    remarks: Vec<Remark>,
    faults: Vec<Fault>,
}

/// Offers a file to everybody who knows a configuration of logs.
pub fn configuration(
    shown: &str,
    bytes: &[u8],
    scopes: &mut BTreeMap<&'static str, Box<dyn LogScope>>,
) -> ConfigurationFile {
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let (mut remarks, mut taken) = (Vec::new(), false);
    let faults = read(bytes, &limits, &mut |item| {
        let mut left = Some(item);
        for scope in scopes.values_mut() {
            let Some(item) = left.take() else { break };
            match scope.take(shown, item, &mut remarks) {
                Taken::Yes => taken = true,
                Taken::No(back) => left = Some(*back),
            }
        }
    });
    ConfigurationFile {
        taken,
        remarks,
        faults,
    }
}

/// What was seen: logs read, and rollups of them, but for what happened in times to exclude; and what is said of the logs beside
/// them, where anything is.
pub fn observed(
    paths: &[PathBuf],
    cluster: Option<&str>,
    exclude: &[(Timestamp, Timestamp)],
    estate: &Settings,
    terminal: &Terminal,
) -> Result<(Observed, Option<Settings>), Problem> {
    let (rollups, logs) = paths.iter().cloned().partition::<Vec<PathBuf>, _>(is_rollup);
    let beside = usage::settings(&logs, cluster)?;
    let settings = beside.as_ref().unwrap_or(estate);
    let mut observed = Observed::default();
    for path in &rollups {
        let bytes = std::fs::read(path).map_err(|error| Problem::file(path, &error))?;
        let mut one = Observed::read(&bytes).map_err(|error| {
            Problem::usage(format!("{}: no rollup of logs: {error}", files::shown(path)))
                .hint("write it with `leastwise usage LOG… --format json`")
        })?;
        for (from, to) in exclude {
            let left_out = one.leave_out(*from, *to);
            if left_out.partly > 0 {
                terminal.tell(&format!(
                    "{}: {} in and around the time to exclude, and a rollup does not tell them apart: they count; give the logs",
                    files::shown(path),
                    counted(left_out.partly, "row lies", "rows lie"),
                ));
            }
        }
        observed.add(one);
    }
    if !logs.is_empty() {
        let outside = |first: Timestamp, last: Timestamp| {
            if exclude.iter().any(|(from, to)| first >= *from && last < *to) {
                usage::Within::Nothing
            } else if exclude.iter().any(|(from, to)| first < *to && last >= *from) {
                usage::Within::Part
            } else {
                usage::Within::All
            }
        };
        let read = usage::read(&logs, settings, &outside, terminal)?;
        usage::tell(&read, terminal);
        observed.add(Observed::from(&read.rollup));
    }
    Ok((observed, beside))
}

/// Whether a path is a file that holds a rollup.
fn is_rollup(path: &PathBuf) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let opened = std::fs::File::open(path).and_then(|file| file.take(256).read_to_end(&mut head));
    opened.is_ok() && Observed::recognise(&head)
}
