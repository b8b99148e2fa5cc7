//! Processes with the processor time and memory that they took.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Answer;

/// A finished process.
pub struct Run {
    /// Processor time, user and system, in seconds.
    pub cpu: f64,
    /// The largest resident size, in MiB, as the system counted it shortly before the end.
    pub memory: u64,
    /// What it printed.
    pub out: String,
}

/// Ticks of the processor clock in a second, on every Linux that is in use.
const TICKS: f64 = 100.0;

/// Processor time of all children that have ended, in seconds.
fn children() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<f64> = behind_name
        .split_ascii_whitespace()
        .map(|field| field.parse().unwrap_or_default())
        .collect();
    // Fields 16 and 17 of proc(5), of which two lie before the name's end.
    (fields.get(13).unwrap_or(&0.0) + fields.get(14).unwrap_or(&0.0)) / TICKS
}

/// Runs a command to its end.
pub fn run(command: &[String]) -> Result<Run, String> {
    let (program, arguments) = command.split_first().ok_or("no command")?;
    let before = children();
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut out = String::new();
    let mut pipe = child.stdout.take().ok_or("no output")?;
    let reader = std::thread::spawn(move || {
        let read = pipe.read_to_string(&mut out);
        read.map(|_| out)
    });
    let mut memory = 0;
    let ended = loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        memory = memory.max(peak.unwrap_or_default() / 1024);
        match child.try_wait() {
            Ok(Some(ended)) => break ended,
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(error.to_string()),
        }
    };
    let out = reader
        .join()
        .map_err(|_| "its output could not be read")?
        .map_err(|error| error.to_string())?;
    match ended.code() {
        Some(0) => Ok(Run {
            cpu: children() - before,
            memory,
            out,
        }),
        Some(77) => Err("it is not installed".to_owned()),
        _ => Err(format!("it failed ({ended})")),
    }
}

/// The middle one.
pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// `identity,operation,allowed,denied,last`: neither identities nor operations hold commas.
pub fn split_key(line: &str) -> ((&str, &str), (u64, u64, String)) {
    let fields: Vec<&str> = line.split(',').collect();
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let number = |at: usize| field(at).parse().unwrap_or_default();
    ((field(0), field(1)), (number(2), number(3), plain(field(4))))
}

/// An instant without zeros at the end of its second.
pub fn plain(at: &str) -> String {
    match at.strip_suffix('Z').and_then(|at| at.split_once('.')) {
        Some((second, part)) => match part.trim_end_matches('0') {
            "" => format!("{second}Z"),
            part => format!("{second}.{part}Z"),
        },
        None => at.to_owned(),
    }
}

/// What a way printed.
pub fn table(out: &str) -> Answer {
    out.lines()
        .map(|line| {
            let ((who, operation), rest) = split_key(line);
            ((who.to_owned(), operation.to_owned()), rest)
        })
        .collect()
}
