//! Whatever a path says that somebody does must be what that somebody can do: every request on every path of every
//! finding, and of what falls with those whom findings are about, is asked again by itself.
#![expect(clippy::expect_used, reason = "a test that cannot run its program must stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// Who, what, on what.
type Asked = (String, String, String);

fn run(arguments: &[&str], estate: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leastwise"));
    let out = command.args(arguments).arg(estate).output().expect("it runs");
    assert!(
        out.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("text")
}

fn json_of(arguments: &[&str], estate: &Path) -> Value {
    serde_json::from_str(&run(arguments, estate)).expect("JSON")
}

/// Every request of a step of a path, wherever it stands.
fn requests(value: &Value, found: &mut BTreeSet<Asked>) {
    match value {
        Value::Object(map) => {
            let text = |key: &str| map.get(key)?.as_str().map(str::to_owned);
            let step = map.contains_key("statement");
            let request = text("identity").zip(text("action")).zip(text("resource"));
            if let Some(((identity, action), resource)) = request.filter(|_| step) {
                found.insert((identity, action, resource));
            }
            map.values().for_each(|value| requests(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| requests(value, found)),
        _ => {}
    }
}

/// The requests on paths that are answered with no, or refused.
fn refused(estate: &Path) -> (usize, Vec<String>) {
    let findings = json_of(&["scan", "--findings", "--format", "json"], estate);
    let mut asked = BTreeSet::new();
    requests(&findings, &mut asked);
    let named: BTreeSet<&str> = findings["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|finding| finding["identities"].as_array()?.first()?.as_str())
        .collect();
    for identity in named {
        requests(
            &json_of(&["reach", identity, "--format", "json", "--in"], estate),
            &mut asked,
        );
    }
    let lines: Vec<String> = asked
        .iter()
        .map(|(identity, action, resource)| {
            json!({"identity": identity, "action": action, "resource": resource}).to_string()
        })
        .collect();
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), lines.join("\n")).expect("written");
    let path = file.path().to_str().expect("a path in UTF-8");
    let answers = run(&["ask", path, "--in"], estate);
    let no = answers.lines().zip(&lines).filter(|(answer, _)| {
        let answer: Value = serde_json::from_str(answer).expect("an answer");
        !matches!(answer["answer"].as_str(), Some("yes" | "when"))
    });
    let no = no.map(|(answer, line)| format!("{line}: {answer}")).collect();
    (lines.len(), no)
}

#[test]
fn nobody_is_said_to_do_what_they_cannot() {
    let estate: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/halcyon-pay");
    let (asked, no) = refused(&estate);
    assert_eq!(no, Vec::<String>::new());
    assert!(asked > 100, "only {asked} requests stand on paths");
}
