//! The user's own client, run without a shell and without a terminal to ask at.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use leastwise_model::Command;

use crate::problem::{Problem, io_words};

/// How many run side by side.
pub const AT_ONCE: usize = 8;

/// A program that can ask.
pub struct Client {
    program: PathBuf,
}

/// What it printed, or what it complained of.
pub type Answer = Result<Vec<u8>, String>;

impl Client {
    /// The program that was named, or the first of `usual` that is on the search path.
    pub fn find(named: Option<&Path>, usual: &[&str]) -> Result<Self, Problem> {
        if let Some(program) = named {
            return Ok(Self {
                program: program.to_owned(),
            });
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = usual.iter().find_map(|name| {
            let names = [(*name).to_owned(), format!("{name}.exe")];
            std::env::split_paths(&folders)
                .flat_map(|folder| {
                    names
                        .iter()
                        .map(move |name| folder.join(name))
                        .collect::<Vec<_>>()
                })
                .find(|path| path.is_file())
        });
        found.map(|program| Self { program }).ok_or_else(|| {
            Problem::usage(format!("no client is installed: {}", usual.join(" or ")))
                .hint("install one, or name it with --client")
        })
    }

    /// Its name, as people type it.
    pub fn name(&self) -> String {
        let name = self.program.file_stem();
        name.map_or_else(|| "client".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Runs commands side by side; answers in their order.
    pub fn run(&self, commands: &[Command]) -> Result<Vec<Answer>, Problem> {
        let answers = std::thread::scope(|scope| {
            let running: Vec<_> = commands
                .iter()
                .map(|command| scope.spawn(|| self.one(command)))
                .collect();
            running.into_iter().map(|one| one.join()).collect::<Vec<_>>()
        });
        let answers = answers.into_iter().map(|answer| {
            let answer = answer.map_err(|_| Problem::internal("a client could not be waited for"))?;
            answer.map_err(|error| {
                Problem::usage(format!("{}: {}", self.program.display(), io_words(&error)))
                    .hint("install the client, or name it with --client")
            })
        });
        answers.collect()
    }

    fn one(&self, command: &Command) -> std::io::Result<Answer> {
        let mut child = Process::new(&self.program)
            .args(command.arguments.iter().map(|word| &**word))
            .envs(
                command
                    .environment
                    .iter()
                    .map(|(name, secret)| (&**name, secret.reveal())),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            // A client that has enough does not read to the end.
            let _ = input.write_all(command.input.as_bytes());
        }
        let out = child.wait_with_output()?;
        if out.status.success() {
            return Ok(Ok(out.stdout));
        }
        Ok(Err(String::from_utf8_lossy(&out.stderr).into_owned()))
    }
}
