//! What the README shows is what the program prints.

use std::path::Path;
use std::process::Command;

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).expect("the README is there");
    let blocks: Vec<&str> = readme
        .split("```text\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect();
    assert_eq!(blocks.len(), 3, "the page, the way, and where to end it");
    let demo = Command::new(env!("CARGO_BIN_EXE_leastwise"))
        .arg("demo")
        .env_remove("COLUMNS")
        .output()
        .expect("the demo runs");
    let printed = String::from_utf8_lossy(&demo.stdout);
    for block in blocks {
        assert!(
            printed.contains(block.trim_end()),
            "the README shows\n{block}\nbut `leastwise demo` prints\n{printed}"
        );
    }
}
