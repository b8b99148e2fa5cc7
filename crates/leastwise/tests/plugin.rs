//! Under the name `kubectl-leastwise` the program is a plugin of kubectl.
#![cfg(unix)]

use std::process::Command;

#[test]
fn the_name_decides_whose_words_are_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let plugin = folder.path().join("kubectl-leastwise");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_leastwise"), &plugin).expect("a link");
    let out = Command::new(&plugin)
        .args(["who-can", "get", "widgets", "-n", "shop", "--client", "/bin/true"])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(said.contains("`widgets` is no built-in resource"), "{said}");
    let out = Command::new(&plugin)
        .args(["scan", "."])
        .output()
        .expect("it starts");
    assert_eq!(
        out.status.code(),
        Some(2),
        "verbs of the program are none of the plugin"
    );
}
