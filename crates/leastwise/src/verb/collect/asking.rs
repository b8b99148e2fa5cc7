//! Asks until nothing follows, and waits where a server asks for patience.
//!
//! What belongs together is asked together: what follows from an answer comes before what waited already. A server that is
//! asked too much is asked less at once, and after a longer while each time.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use leastwise_model::{Collector, Command, Heard, Text};
use leastwise_report::collected::{Asked, Outcome};

use super::client::{AT_ONCE, Answer, Client};
use crate::problem::Problem;
use crate::progress::Progress;
use crate::terminal::Terminal;

/// How many failures are told one by one.
const SHOWN: usize = 10;
/// The first wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// How often the same is asked before it counts as failed: a little more than a minute in all.
const TRIES: u32 = 8;

/// What became of a part.
pub enum Told<'a> {
    /// It was heard of.
    Begun(&'a Text),
    /// Nothing more is asked of it for now: its questions, and the files to keep.
    Finished(&'a Text, Vec<Asked>, Vec<(Text, String)>),
}

/// A part of which something is still to be asked.
#[derive(Default)]
struct Open {
    waiting: usize,
    asked: Vec<Asked>,
}

struct Failure {
    part: Text,
    of: String,
    why: Text,
    said: String,
}

struct Asking<'a> {
    collector: &'a mut dyn Collector,
    terminal: &'a Terminal,
    queue: VecDeque<Command>,
    /// What is asked again, not before an instant.
    later: Vec<(Instant, Command)>,
    tries: BTreeMap<(Text, Text), u32>,
    open: BTreeMap<Text, Open>,
    failures: Vec<Failure>,
    /// How many are asked at once.
    width: usize,
}

/// Asks all of it; `told` hears of each part.
pub fn ask_all(
    collector: &mut dyn Collector,
    client: &Client,
    terminal: &Terminal,
    told: &mut dyn FnMut(Told<'_>) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let commands = collector.begin();
    let mut asking = Asking {
        collector,
        terminal,
        queue: VecDeque::new(),
        later: Vec::new(),
        tries: BTreeMap::new(),
        open: BTreeMap::new(),
        failures: Vec::new(),
        width: AT_ONCE,
    };
    asking.follow(commands, told)?;
    let mut progress = Progress::of_steps("asking");
    while let Some(round) = asking.round() {
        let answers = client.run(&round)?;
        progress.advance(round.len() as u64);
        asking.heard(round, answers, told)?;
    }
    drop(progress);
    asking.tell();
    Ok(())
}

impl Asking<'_> {
    /// Puts commands before all others.
    fn follow(
        &mut self,
        commands: Vec<Command>,
        told: &mut dyn FnMut(Told<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        for command in &commands {
            if !self.open.contains_key(&command.part) {
                told(Told::Begun(&command.part))?;
            }
            self.open.entry(command.part.clone()).or_default().waiting += 1;
        }
        for command in commands.into_iter().rev() {
            self.queue.push_front(command);
        }
        Ok(())
    }

    /// The commands to run next; nothing where all is answered.
    fn round(&mut self) -> Option<Vec<Command>> {
        if self.queue.is_empty() {
            let due = self.later.iter().map(|(due, _)| *due).min()?;
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.later)
            .into_iter()
            .partition::<Vec<_>, _>(|(due, _)| *due <= now);
        self.later = later;
        for (_, command) in due.into_iter().rev() {
            self.queue.push_front(command);
        }
        let many = self.width.min(self.queue.len());
        Some(self.queue.drain(..many).collect())
    }

    fn heard(
        &mut self,
        round: Vec<Command>,
        answers: Vec<Answer>,
        told: &mut dyn FnMut(Told<'_>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        let mut following = Vec::new();
        let mut busy = Vec::new();
        let mut touched: Vec<Text> = Vec::new();
        for (command, answer) in round.into_iter().zip(answers) {
            let (heard, more) = match &answer {
                Ok(bytes) => self.collector.hear(&command, Ok(bytes)),
                Err(complaint) => self.collector.hear(&command, Err(complaint)),
            };
            following.extend(more);
            let (outcome, why) = match heard {
                Heard::Kept => (Outcome::Kept, None),
                Heard::Nothing => (Outcome::Nothing, None),
                Heard::Failed(why) => (Outcome::Failed, Some(why)),
                Heard::Busy(why) | Heard::Unready(why) if self.is_enough(&command) => {
                    self.collector.gave_up(&command, &why);
                    (Outcome::Failed, Some(why))
                }
                Heard::Busy(why) => {
                    busy.push((self.wait(&command), why, command));
                    continue;
                }
                Heard::Unready(_) => {
                    let due = Instant::now() + self.wait(&command);
                    self.later.push((due, command));
                    continue;
                }
            };
            if let Some(why) = &why {
                self.failures.push(Failure {
                    part: command.part.clone(),
                    of: titled(&command),
                    why: why.clone(),
                    said: shown(&command, &answer.err().unwrap_or_default()),
                });
            }
            if !touched.contains(&command.part) {
                touched.push(command.part.clone());
            }
            let open = self.open.entry(command.part.clone()).or_default();
            open.waiting = open.waiting.saturating_sub(1);
            open.asked.push(Asked {
                part: command.part.to_string(),
                name: command.name.to_string(),
                outcome,
                why: why.map(|why| why.to_string()),
            });
        }
        self.follow(following, told)?;
        self.patience(busy);
        for part in touched {
            if self.open.get(&part).is_some_and(|open| open.waiting == 0)
                && let Some(open) = self.open.remove(&part)
            {
                let files = self.collector.part(&part);
                told(Told::Finished(&part, open.asked, files))?;
            }
        }
        Ok(())
    }

    /// Whether a command was run often enough.
    fn is_enough(&self, command: &Command) -> bool {
        self.tries
            .get(&key(command))
            .is_some_and(|tries| *tries >= TRIES - 1)
    }

    /// How long to wait before a command is run again.
    fn wait(&mut self, command: &Command) -> Duration {
        let tries = self.tries.entry(key(command)).or_default();
        let wait = FIRST_WAIT * 2_u32.pow(*tries);
        *tries += 1;
        wait
    }

    /// Waits as long as the one that was asked most often has to, and asks less at once.
    fn patience(&mut self, busy: Vec<(Duration, Text, Command)>) {
        let Some((wait, why, first)) = busy.iter().max_by_key(|(wait, ..)| *wait) else {
            self.width = (self.width + 1).min(AT_ONCE);
            return;
        };
        self.width = (self.width / 2).max(1);
        let others = match busy.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let seconds = wait.as_secs_f32();
        self.terminal.tell(&format!(
            "{}: {why}{others}: asking again in {seconds} s",
            titled(first)
        ));
        std::thread::sleep(*wait);
        for (_, _, command) in busy.into_iter().rev() {
            self.queue.push_front(command);
        }
    }

    /// Says what failed, part by part.
    fn tell(&mut self) {
        self.failures.sort_by(|one, other| one.part.cmp(&other.part));
        let all = self.failures.len();
        let shown = if self.terminal.verbose { all } else { SHOWN };
        for Failure { of, why, said, .. } in self.failures.iter().take(shown) {
            self.terminal.tell(&format!("{of}: {why}"));
            if self.terminal.verbose && !said.trim().is_empty() {
                self.terminal
                    .tell(&format!("  {}", said.trim().replace('\n', "\n  ")));
            }
        }
        if let Some(more) = all.checked_sub(shown).filter(|more| *more > 0) {
            self.terminal
                .tell(&format!("{more} more could not be read (-v lists them)"));
        }
    }
}

fn key(command: &Command) -> (Text, Text) {
    (command.part.clone(), command.name.clone())
}

fn titled(command: &Command) -> String {
    match &*command.part {
        "" => command.name.to_string(),
        part => format!("{part}: {}", command.name),
    }
}

/// What a client complained of, without what was told to it alone: a client that tells what it does may repeat that.
fn shown(command: &Command, said: &str) -> String {
    let mut said = said.to_owned();
    for (_, secret) in &command.environment {
        if !secret.reveal().is_empty() {
            said = said.replace(secret.reveal(), "(not shown)");
        }
    }
    said
}
