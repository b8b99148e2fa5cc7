//! What users install, each by one command: `cargo xtask package binary|image|wheel`.
//!
//! All of it goes to `target/package`, or to the folder behind `--out`. What a command needs and cannot find it says, with the way to
//! get it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::report::{Failure, say};
use crate::workspace::{call, capture, root};

/// Programs that build images, in the order in which they are tried.
const BUILDERS: &[&str] = &["podman", "docker", "buildah"];

/// What makes a package.
type Make = fn(&Wanted) -> Result<(), Failure>;

/// The packages and what makes them.
const PACKAGES: &[(&str, Make)] = &[("binary", binary), ("image", image), ("wheel", wheel)];

/// What was asked for.
struct Wanted {
    /// The folder that takes the package.
    out: PathBuf,
    /// The profile of Cargo to build with.
    profile: String,
    /// The image to begin with, where it is another than that of the Containerfile.
    base: Option<String>,
}

/// Runs the command.
pub(crate) fn run(words: &[String]) -> Result<(), Failure> {
    let names: Vec<&str> = PACKAGES.iter().map(|(name, _)| *name).collect();
    let usage = || {
        Failure(format!(
            "usage: cargo xtask package {} [--out FOLDER] [--profile NAME] [--base IMAGE]",
            names.join("|")
        ))
    };
    let (package, rest) = words.split_first().ok_or_else(usage)?;
    let (_, make) = PACKAGES
        .iter()
        .find(|(name, _)| name == package)
        .ok_or_else(usage)?;
    let mut wanted = Wanted {
        out: root().join("target/package"),
        profile: "release".to_owned(),
        base: None,
    };
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        let value = rest.next().ok_or_else(usage)?;
        match word.as_str() {
            "--out" => wanted.out = PathBuf::from(value),
            "--profile" => wanted.profile.clone_from(value),
            "--base" if package == "image" => wanted.base = Some(value.clone()),
            _ => return Err(usage()),
        }
    }
    std::fs::create_dir_all(&wanted.out)
        .map_err(|cause| Failure(format!("cannot make {}: {cause}", wanted.out.display())))?;
    make(&wanted)
}

/// One file that runs on every Linux of this machine's processor: no library is looked for when it starts.
fn binary(wanted: &Wanted) -> Result<(), Failure> {
    let target = target()?;
    if !target.ends_with("-linux-gnu") {
        return Err(Failure(format!(
            "a static program is made on Linux with the GNU toolchain, and this is {target}: run this in a container of Linux"
        )));
    }
    let build = [
        "build",
        "--locked",
        "--package",
        "leastwise",
        "--bin",
        "leastwise",
        "--target",
    ];
    let arguments = [&build[..], &[&target, "--profile", &wanted.profile]].concat();
    call(
        "cargo",
        &arguments,
        &[("RUSTFLAGS", "-C target-feature=+crt-static")],
    )?;
    let built = target_folder()?
        .join(&target)
        .join(match wanted.profile.as_str() {
            "dev" => "debug",
            other => other,
        })
        .join("leastwise");
    let bytes = std::fs::read(&built)
        .map_err(|cause| Failure(format!("cannot read {}: {cause}", built.display())))?;
    if asks_for_a_loader(&bytes) != Some(false) {
        return Err(Failure(format!(
            "{} is not static: install the static C library (libc6-dev on Debian, glibc-static on Fedora)",
            built.display()
        )));
    }
    let packed = wanted.out.join("leastwise");
    // A copy has the permissions of what it is made of.
    std::fs::copy(&built, &packed)
        .map_err(|cause| Failure(format!("cannot write {}: {cause}", packed.display())))?;
    say(format_args!(
        "made {}, {} bytes, static",
        packed.display(),
        bytes.len()
    ));
    Ok(())
}

/// An image with the static program, by whichever builder there is.
fn image(wanted: &Wanted) -> Result<(), Failure> {
    let works = |builder: &&&str| {
        let run = Command::new(builder)
            .arg("info")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        run.is_ok_and(|status| status.success())
    };
    let Some(builder) = BUILDERS.iter().find(works) else {
        return Err(Failure(format!(
            "no image: none of {} is here and answers `info`; install one, or start its service",
            BUILDERS.join(", ")
        )));
    };
    binary(wanted)?;
    let file = root().join("Containerfile");
    let (file, context) = (file.display().to_string(), wanted.out.display().to_string());
    let base = wanted.base.as_ref().map(|base| format!("BASE={base}"));
    let mut arguments = vec!["build", "--tag", "leastwise", "--file", &file];
    if let Some(base) = &base {
        arguments.extend(["--build-arg", base]);
    }
    arguments.push(&context);
    call(builder, &arguments, &[])
}

/// A wheel, by `maturin`.
fn wheel(wanted: &Wanted) -> Result<(), Failure> {
    let there = Command::new("maturin")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    if !there.is_ok_and(|status| status.success()) {
        return Err(Failure(
            "no wheel: `maturin` is not here; get it with `pip install maturin` or `cargo install maturin`"
                .to_owned(),
        ));
    }
    let out = wanted.out.display().to_string();
    call(
        "maturin",
        &["build", "--profile", &wanted.profile, "--out", &out],
        &[],
    )
}

/// This machine, as Cargo calls it.
fn target() -> Result<String, Failure> {
    let told = capture(&root(), "rustc", &["-vV"])?;
    let host = told.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned)
        .ok_or_else(|| Failure("`rustc -vV` does not tell its host".to_owned()))
}

/// Where Cargo puts what it builds.
fn target_folder() -> Result<PathBuf, Failure> {
    let told = capture(
        &root(),
        "cargo",
        &["metadata", "--no-deps", "--format-version", "1"],
    )?;
    let told: serde_json::Value = serde_json::from_str(&told)
        .map_err(|cause| Failure(format!("`cargo metadata` wrote no JSON: {cause}")))?;
    let folder = told.get("target_directory").and_then(serde_json::Value::as_str);
    folder
        .map(|folder| Path::new(folder).to_path_buf())
        .ok_or_else(|| Failure("`cargo metadata` does not tell the target folder".to_owned()))
}

/// Whether a program of 64 bits asks for a loader of shared libraries; `None` where it is none. Source: System V ABI, "Program
/// Header".
fn asks_for_a_loader(bytes: &[u8]) -> Option<bool> {
    const INTERPRETER: u32 = 3;
    let number = |at: usize, length: usize| -> Option<usize> {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        let value = bytes
            .iter()
            .rev()
            .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        usize::try_from(value).ok()
    };
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let (begin, size, count) = (number(0x20, 8)?, number(0x36, 2)?, number(0x38, 2)?);
    let mut kinds = (0..count).map(|at| number(begin.checked_add(at.checked_mul(size)?)?, 4));
    Some(kinds.any(|kind| kind == Some(INTERPRETER as usize)))
}

#[cfg(test)]
mod tests {
    use super::asks_for_a_loader;

    fn program(kind: u8) -> Vec<u8> {
        let mut bytes = vec![0; 0x40 + 0x38];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[0x20] = 0x40;
        bytes[0x36] = 0x38;
        bytes[0x38] = 1;
        bytes[0x40] = kind;
        bytes
    }

    #[test]
    fn a_program_with_a_loader_is_told_from_a_static_one() {
        assert_eq!(asks_for_a_loader(&program(3)), Some(true));
        assert_eq!(asks_for_a_loader(&program(1)), Some(false));
        assert_eq!(asks_for_a_loader(b"#!/bin/sh"), None);
    }
}
