//! `ask`: many questions at once, one JSON line each, answered in the order in which they stand.
//!
//! Lines are read in blocks. Each block is cut into parts that the processors take in turn, each part is answered
//! into a buffer of its own, and the buffers are written in order: so the output does not depend on how many
//! processors there are.

mod blocks;
mod question;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use leastwise_effective::{Answer, Asker, Outcome, Question, Reach, Unfound, World};
use leastwise_model::IdentityIndex;
use leastwise_permset::{Guard, Key};
use leastwise_report::answer::{self, AnswerView, Word};
use leastwise_report::ask::LineError;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use serde::Serialize;
use serde_json::value::RawValue;

use self::blocks::{Blocks, cut};
use self::question::{Asked, OnlyId, ReachWord, fault};
use crate::arguments::{self, EstateArguments};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::terminal::Terminal;

const EXAMPLES: &str = r#"A question is one line of JSON; `context`, `reach` and `complete` may be left out:
  {"id":1,"identity":"arn:aws:iam::111122223333:role/reports","action":"s3:GetObject",
   "resource":"arn:aws:s3:::cards/june","context":{"aws:SourceIp":"192.0.2.1"},"reach":"any","complete":false}
A context value is a text, a list of texts ([] = present without a value), or null (absent). `*` is literal here.
`reach` is "direct" unless "any" is asked for. The answer repeats `id`; a question that makes no sense gets an
`error` on its line, and the others are answered.

Examples:
  leastwise ask questions.jsonl --in exports/ > answers.jsonl
  generate-questions | leastwise ask - --in exports/"#;

/// What was typed.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Questions as JSON Lines; `-` for standard input
    questions: PathBuf,
    #[command(flatten)]
    estate: EstateArguments,
}

/// Reads, answers, writes, block by block.
pub fn run(typed: &Arguments, terminal: &Terminal) -> Result<Exit, Problem> {
    let mut input: Box<dyn Read> = if typed.questions.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(&typed.questions).map_err(|error| Problem::file(&typed.questions, &error))?)
    };
    let world = typed.estate.world(terminal)?;
    let mut workers = Batch::new(&world, typed.estate.strict).workers();
    let mut unknown = false;
    let mut blocks = Blocks::new(&mut *input);
    loop {
        let block = match blocks.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => break,
            Err(error) => return Err(Problem::file(&typed.questions, &error)),
        };
        for part in answer(&mut workers, block) {
            unknown |= part.unknown;
            terminal.print_bytes(&part.lines)?;
        }
    }
    Ok(if typed.estate.strict && unknown {
        Exit::Unknown
    } else {
        Exit::Done
    })
}

/// Answers to some lines, in order.
#[derive(Default)]
struct Part {
    lines: Vec<u8>,
    unknown: bool,
}

#[derive(Clone, Copy)]
struct Batch<'w> {
    world: &'w World,
    strict: bool,
    /// Whether the estate has identities of several platforms.
    mixed: bool,
}

impl<'w> Batch<'w> {
    fn new(world: &'w World, strict: bool) -> Self {
        let platforms: BTreeSet<&str> = world
            .snapshot()
            .instances
            .iter()
            .map(|instance| instance.platform)
            .collect();
        Self {
            world,
            strict,
            mixed: platforms.len() > 1,
        }
    }

    /// One worker for each processor.
    fn workers(self) -> Vec<Worker<'w>> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let worker = || Worker {
            batch: self,
            asker: Asker::new(self.world),
            sensible: FxHashMap::default(),
            known: HashMap::default(),
        };
        std::iter::repeat_with(worker).take(count).collect()
    }
}

/// The answers in order. Several parts for each processor, so that none waits long for another.
fn answer(workers: &mut [Worker<'_>], block: &[u8]) -> Vec<Part> {
    const PARTS: usize = 8;
    let parts = cut(block, workers.len() * PARTS);
    let next = AtomicUsize::new(0);
    let (parts, next) = (&parts, &next);
    let work = move |worker: &mut Worker<'_>| {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(at) else { return done };
            done.push((at, worker.part(part)));
        }
    };
    let mut done: Vec<(usize, Part)> = match workers {
        [one, ..] if parts.len() < 2 => work(one),
        workers => std::thread::scope(|scope| {
            let running: Vec<_> = workers
                .iter_mut()
                .map(|worker| scope.spawn(move || work(worker)))
                .collect();
            let joined = running.into_iter().map(|worker| worker.join());
            joined
                .flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        }),
    };
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, part)| part).collect()
}

#[derive(Serialize)]
struct Answered<'a> {
    id: Option<&'a RawValue>,
    #[serde(flatten)]
    answer: AnswerView<'a>,
}

#[derive(Serialize)]
struct Refused<'a> {
    id: Option<&'a RawValue>,
    error: LineError<'a>,
}

struct Worker<'w> {
    batch: Batch<'w>,
    asker: Asker<'w>,
    /// Actions and resources that make sense, by action: batches ask about the same ones again and again.
    sensible: FxHashMap<Box<str>, FxHashSet<Box<str>>>,
    /// Names that were looked up: batches ask about the same identities again and again.
    known: HashMap<Box<str>, Result<IdentityIndex, Unfound>, FxBuildHasher>,
}

impl Worker<'_> {
    fn part(&mut self, lines: &[u8]) -> Part {
        let mut part = Part {
            lines: Vec::with_capacity(lines.len() * 4),
            unknown: false,
        };
        for line in lines.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if !line.iter().all(u8::is_ascii_whitespace) {
                self.line(line, &mut part);
            }
        }
        part
    }

    fn line(&mut self, line: &[u8], part: &mut Part) {
        match serde_json::from_slice::<Asked<'_>>(line) {
            Ok(asked) => match self.ask(&asked) {
                Ok(answer) => {
                    part.unknown |= Word::of(&answer.outcome) == Word::Unknown;
                    let answer = answer::view(self.batch.world.snapshot(), &answer);
                    write(&mut part.lines, &Answered { id: asked.id, answer });
                }
                Err(problem) => refuse(asked.id, &problem.to_string(), &problem.hint, &mut part.lines),
            },
            Err(error) => {
                let id = serde_json::from_slice::<OnlyId<'_>>(line)
                    .ok()
                    .and_then(|only| only.id);
                let what = fault(line, &error);
                refuse(
                    id,
                    &what,
                    "`leastwise ask --help` shows a question",
                    &mut part.lines,
                );
            }
        }
    }

    fn ask(&mut self, asked: &Asked<'_>) -> Result<Answer, Problem> {
        let world = self.batch.world;
        let identity = match self.known.get(&*asked.identity) {
            Some(found) => found.clone(),
            None => {
                let found = world.find(&asked.identity);
                self.known.insert(Box::from(&*asked.identity), found.clone());
                found
            }
        };
        let identity = identity.map_err(|unfound| arguments::unfound_words(&asked.identity, &unfound))?;
        let platform = world.platform_of(identity);
        let (known, absent) = asked
            .circumstances(|name| platform.map_or_else(|| Key::new(name), |platform| platform.key(name)));
        let objection = known.iter().find_map(|(key, values)| {
            let mut values = values.iter();
            values.find_map(|value| platform?.value_objection(key, value))
        });
        if let Some(objection) = objection {
            return Err(Problem::usage(objection.to_string()));
        }
        let reach = match asked.reach {
            Some(ReachWord::Any) => Reach::Any,
            Some(ReachWord::Direct) | None => Reach::Direct,
        };
        let question = Question {
            identity,
            action: &asked.action,
            resource: &asked.resource,
            known,
            absent,
            given: Guard::always(),
            reach,
            complete: asked.complete,
        };
        let answer = self.asker.ask(&question);
        // Where several platforms are, a question that makes no sense on one of them is a no already: only then is
        // it worth asking whether it makes sense at all.
        if !self.batch.mixed || answer.outcome == Outcome::No {
            self.objection(identity, asked, reach)?;
        }
        Ok(if self.batch.strict {
            answer::strictly(answer)
        } else {
            answer
        })
    }

    /// What the platform objects to in a question; in an estate of one platform, a question that makes sense for one
    /// identity does for all.
    fn objection(&mut self, identity: IdentityIndex, asked: &Asked<'_>, reach: Reach) -> Result<(), Problem> {
        let world = self.batch.world;
        let of_action = self.sensible.get(&*asked.action);
        if !self.batch.mixed && of_action.is_some_and(|known| known.contains(&*asked.resource)) {
            return Ok(());
        }
        arguments::objection(world, identity, &asked.action, &asked.resource, reach)?;
        if self.sensible.len() > SENSIBLE {
            self.sensible.clear();
        }
        let known = self.sensible.entry(Box::from(&*asked.action)).or_default();
        if known.len() > SENSIBLE {
            known.clear();
        }
        known.insert(Box::from(&*asked.resource));
        Ok(())
    }
}

/// How many actions, and resources of each, are remembered before they are forgotten.
const SENSIBLE: usize = 1 << 14;

fn refuse(id: Option<&RawValue>, message: &str, hint: &str, out: &mut Vec<u8>) {
    let error = LineError {
        message: Cow::Borrowed(message),
        hint: Cow::Borrowed(hint),
    };
    write(out, &Refused { id, error });
}

fn write<T: Serialize>(out: &mut Vec<u8>, line: &T) {
    // Writing into memory fails only for values that are no JSON, of which there are none here.
    if serde_json::to_writer(&mut *out, line).is_ok() {
        out.push(b'\n');
    }
}
