//! Tidiness of the files in the repository: modules say what they are, and nothing tells on which machine they were made.

use std::path::Path;

use crate::report::Failure;
use crate::workspace::{capture, root};

/// Folders whose files are input as platforms give it, where any path may stand.
const INPUT_FOLDERS: &[&str] = &["cases", "data", "estates", "fixtures", "snapshots"];
/// Paths that only exist on one machine. Spelled in two parts, so that this file does not hold them.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/tm", "p/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
];
/// The registry that `Cargo.lock` may name. A mirror there would make the build depend on somebody's network.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
/// Settings of package managers that belong to a machine.
const MACHINE_FILES: &[&str] = &[".npmrc", "pip.conf", ".pypirc", "credentials.toml"];

/// Checks every file that git tracks or would track.
pub(super) fn check() -> Result<(), Failure> {
    let root = root();
    let list = capture(
        &root,
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    )?;
    let mut found = Vec::new();
    for path in list.lines() {
        // Binary files and files that were just removed have no text to look at.
        let Ok(text) = std::fs::read_to_string(root.join(path)) else {
            continue;
        };
        found.extend(complaints(path, &text));
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("\n  {}", found.join("\n  "))))
}

/// What is wrong with one file, each with its place.
fn complaints(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let is_input = Path::new(path)
        .iter()
        .any(|part| INPUT_FOLDERS.iter().any(|folder| part == *folder));
    let opening = text
        .lines()
        .find(|line| !line.is_empty() && !line.starts_with("#!["));
    if path.ends_with(".rs") && !is_input && !opening.is_some_and(|line| line.starts_with("//!")) {
        found.push(format!(
            "{path}:1: open the module with `//!` and a line that says what it is"
        ));
    }
    if MACHINE_FILES.iter().any(|name| Path::new(path).ends_with(name)) {
        found.push(format!("{path}: settings of one machine do not belong here"));
    }
    for (number, line) in text.lines().enumerate() {
        let place = format!("{path}:{}", number + 1);
        if path == "Cargo.lock" {
            if line.starts_with("source = ") && !line.contains(REGISTRY) {
                found.push(format!(
                    "{place}: a package comes from elsewhere than the public registry"
                ));
            }
            continue;
        }
        if path == ".cargo/config.toml" && (line.starts_with("[source") || line.starts_with("[registr")) {
            found.push(format!(
                "{place}: the registry to use is a setting of the machine"
            ));
        }
        let machine = MACHINE_PATHS.iter().find(|machine| names_path(line, machine));
        if let (Some(machine), false) = (machine, is_input) {
            found.push(format!("{place}: `{machine}` is a path of one machine"));
        }
    }
    found
}

/// Whether a line names an absolute path that starts like this; `target` + path inside a longer path does not count.
fn names_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        before.is_none_or(|letter| {
            !letter.is_alphanumeric() && !matches!(letter, '/' | '.' | '-' | '_' | '}' | '$')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::complaints;

    /// The number of complaints about one file.
    fn count(path: &str, text: &str) -> usize {
        complaints(path, text).len()
    }

    #[test]
    fn a_module_must_open_with_its_purpose() {
        assert_eq!(count("crates/a/src/lib.rs", "//! What it is.\n"), 0);
        assert_eq!(count("fuzz/targets/a.rs", "#![no_main]\n//! What it feeds.\n"), 0);
        assert_eq!(count("crates/a/src/lib.rs", "use std::fmt;\n"), 1);
        assert_eq!(count("crates/a/src/lib.rs", ""), 1);
        assert_eq!(count("README.md", "# Title\n"), 0);
    }

    #[test]
    fn a_path_of_one_machine_is_named_with_its_line() {
        let text = format!("one\nsee {}file\n", concat!("/tm", "p/"));
        let found = complaints("docs/guide.md", &text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("docs/guide.md:2:"), "{found:?}");
        assert_eq!(
            count("crates/a/cases/one/input.yaml", &text),
            0,
            "input is as platforms give it"
        );
        assert_eq!(
            count(
                "docs/guide.md",
                &format!("https://example.com{}x\n", concat!("/wo", "rk/"))
            ),
            0
        );
    }

    #[test]
    fn packages_come_from_the_public_registry_only() {
        let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        assert_eq!(count("Cargo.lock", public), 0);
        assert_eq!(
            count(
                "Cargo.lock",
                "source = \"registry+https://mirror.example/index\"\n"
            ),
            1
        );
        assert_eq!(count(".cargo/config.toml", "[alias]\n"), 0);
        assert_eq!(count(".cargo/config.toml", "[source.crates-io]\n"), 1);
        assert_eq!(count("web/.npmrc", ""), 1);
    }
}
