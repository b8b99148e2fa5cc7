//! What Unix allows a folder to hold.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::estate::{Estate, GOOD_ACCOUNT, not_run, ran};

#[test]
fn folders_that_link_in_circles_are_searched_once() {
    let estate = Estate::new();
    fs::create_dir_all(estate.path("a/b")).unwrap();
    symlink("..", estate.path("a/b/up")).unwrap();
    symlink(".", estate.path("here")).unwrap();
    symlink("itself", estate.path("itself")).unwrap();
    estate.answers(&["itself"]);
}

#[test]
fn a_link_to_nothing_is_told() {
    let estate = Estate::new();
    symlink("gone.json", estate.path("dangling.json")).unwrap();
    estate.answers(&["dangling.json"]);
}

#[test]
fn a_pipe_in_a_folder_is_not_waited_for() {
    let estate = Estate::new();
    let made = Command::new("mkfifo").arg(estate.path("pipe.json")).status();
    if !made.is_ok_and(|status| status.success()) {
        not_run("no program `mkfifo`");
        return;
    }
    estate.answers(&[]);
}

#[test]
fn a_name_that_is_no_text_is_shown_as_well_as_can_be() {
    let estate = Estate::new();
    let name = OsStr::from_bytes(b"caf\xE9.json");
    if fs::write(estate.folder.path().join(name), r#"{"RoleDetailList": ["#).is_err() {
        not_run("this file system takes no names outside UTF-8");
        return;
    }
    estate.answers(&["caf\u{FFFD}.json:1:"]);
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let estate = Estate::new();
    estate.with(
        "locked.json",
        GOOD_ACCOUNT.replace("111122223333", "777788889999"),
    );
    fs::create_dir(estate.path("locked")).unwrap();
    for (name, mode) in [("locked.json", 0o000), ("locked", 0o000), (".", 0o755)] {
        fs::set_permissions(estate.path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    command.args([
        "can",
        "arn:aws:iam::111122223333:role/reports",
        "s3:GetObject",
        "arn:aws:s3:::reports/june",
    ]);
    command
        .args(["--in", ".", "--format", "plain"])
        .current_dir(estate.folder.path());
    if fs::read(estate.path("locked.json")).is_ok() {
        // The superuser reads everything; somebody else must ask.
        const NOBODY: u32 = 65_534;
        command.uid(NOBODY).gid(NOBODY);
        let mut trial = Command::new(env!("CARGO_BIN_EXE_leastwise"));
        let trial = trial
            .arg("--version")
            .uid(NOBODY)
            .gid(NOBODY)
            .stdout(Stdio::null())
            .status();
        if !trial.is_ok_and(|status| status.success()) {
            not_run("as the superuser, where nobody else may start the program");
            return;
        }
    }
    let ran = ran(command);
    fs::set_permissions(estate.path("locked"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(ran.out.starts_with("yes\t"), "{ran:?}");
    assert!(ran.err.contains("locked.json: may not be read"), "{ran:?}");
    assert!(ran.err.contains("locked: may not be read"), "{ran:?}");
}
