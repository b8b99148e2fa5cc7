//! Runs every folder of `cases` as a test: a claim about the command line, with its input files and what must come
//! out. Adding one needs no Rust:
//!
//! - `README.md`: the claim, and where it comes from.
//! - `cmd`: one command line after another, without the program's name; quotes as in a shell. A line that begins
//!   with `#` says something to the reader.
//! - `stdin`: what the commands read from standard input, if anything.
//! - `stdout`, `stderr`, `exit`: what must come out, each missing where it is empty (or 0). With several commands,
//!   each one's output stands under its own line `$ …`.
//! - `elsewhere`: input that stands in a case of somebody else, a line each: where it stands below `crates/`, and what it is
//!   called here.
//! - everything else is input; the commands run in a copy of the folder.
//!
//! `UPDATE=1 cargo test -p leastwise --test cases` writes what came out; its difference is reviewed as code.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot find its own files must stop"
)]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut folders: Vec<PathBuf> = fs::read_dir(&cases)
        .expect("the cases are there")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("cmd").is_file())
        .collect();
    folders.sort();
    let trials = folders
        .into_iter()
        .map(|folder| {
            let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
            Trial::test(name, move || case(&folder))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

struct Out {
    stdout: String,
    stderr: String,
    exit: String,
}

fn case(folder: &Path) -> Result<(), Failed> {
    let copy = tempfile::tempdir()?;
    // A repository's root ends the search for settings: a case never sees what lies around the copy.
    fs::create_dir(copy.path().join(".git"))?;
    duplicate(folder, copy.path())?;
    borrow(folder, copy.path())?;
    let commands = fs::read_to_string(folder.join("cmd"))?;
    let lines: Vec<&str> = commands
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect();
    let mut all = Out {
        stdout: String::new(),
        stderr: String::new(),
        exit: String::new(),
    };
    for line in &lines {
        let out = run(line, folder, copy.path())?;
        let head = if lines.len() > 1 {
            format!("$ leastwise {line}\n")
        } else {
            String::new()
        };
        for (whole, part) in [(&mut all.stdout, &out.stdout), (&mut all.stderr, &out.stderr)] {
            if lines.len() == 1 || !part.is_empty() {
                whole.push_str(&head);
                whole.push_str(part);
            }
        }
        if lines.len() == 1 || out.exit != "0" {
            all.exit
                .push_str(&format!("{}{}\n", head.replace('\n', ": "), out.exit));
        }
    }
    if all.exit.trim() == "0" {
        all.exit.clear();
    }
    let mut wrong = invalid_json(&all.stdout)?;
    for (name, got) in [
        ("stdout", &all.stdout),
        ("stderr", &all.stderr),
        ("exit", &all.exit),
    ] {
        let path = folder.join(name);
        let wanted = fs::read_to_string(&path).unwrap_or_default();
        if wanted == *got {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            if got.is_empty() {
                fs::remove_file(&path)?
            } else {
                fs::write(&path, got)?
            }
        } else {
            wrong.push_str(&format!("--- {name}: expected\n{wanted}--- {name}: got\n{got}"));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

/// Copies what `elsewhere` names.
fn borrow(folder: &Path, copy: &Path) -> Result<(), Failed> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for line in fs::read_to_string(folder.join("elsewhere"))
        .unwrap_or_default()
        .lines()
    {
        let (from, to) = line
            .split_once(' ')
            .ok_or("a line of `elsewhere` says where something stands and what it is called here")?;
        let to = copy.join(to);
        if let Some(above) = to.parent() {
            fs::create_dir_all(above)?;
        }
        fs::copy(crates.join(from), to)?;
    }
    Ok(())
}

fn run(line: &str, folder: &Path, place: &Path) -> Result<Out, Failed> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .args(words(line))
        .current_dir(place)
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdin = fs::read(folder.join("stdin")).unwrap_or_default();
    let mut pipe = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || {
        // A command that fails early does not read it all.
        let _ = pipe.write_all(&stdin);
    });
    let out = child.wait_with_output()?;
    writer.join().expect("the writer does not panic");
    Ok(Out {
        stdout: String::from_utf8(out.stdout)?,
        stderr: String::from_utf8(out.stderr)?,
        exit: out
            .status
            .code()
            .map_or_else(|| "killed".to_owned(), |code| code.to_string()),
    })
}

/// What the JSON documents in an output have against the schemas that the program prints for them.
fn invalid_json(stdout: &str) -> Result<String, Failed> {
    let mut wrong = String::new();
    let mut rest = stdout;
    while let Some(at) = rest.find("{\n  \"schema\": \"leastwise/") {
        rest = &rest[at..];
        let mut documents = serde_json::Deserializer::from_str(rest).into_iter::<serde_json::Value>();
        let document = documents.next().ok_or("no document")??;
        rest = &rest[documents.byte_offset()..];
        let thing = document["schema"]
            .as_str()
            .and_then(|name| name.split('/').nth(1))
            .ok_or("no name")?;
        let schema = Command::new(env!("CARGO_BIN_EXE_leastwise"))
            .args(["schema", thing])
            .output()?;
        let schema: serde_json::Value = serde_json::from_slice(&schema.stdout)?;
        let validator = jsonschema::validator_for(&schema).map_err(|error| error.to_string())?;
        for error in validator.iter_errors(&document) {
            wrong.push_str(&format!(
                "not as `leastwise schema {thing}` says: {error} at {}\n",
                error.instance_path()
            ));
        }
    }
    Ok(wrong)
}

/// Words between spaces; quotes hold words together, a backslash takes the next character as it is.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_with(String::new);
            }
            ('\\', None | Some('"')) => word.get_or_insert_with(String::new).extend(chars.next()),
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_with(String::new).push(c),
        }
    }
    words.extend(word);
    words
}

fn duplicate(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if [
            "README.md",
            "cmd",
            "elsewhere",
            "stdin",
            "stdout",
            "stderr",
            "exit",
        ]
        .iter()
        .any(|own| entry.file_name() == *own)
        {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            duplicate(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
