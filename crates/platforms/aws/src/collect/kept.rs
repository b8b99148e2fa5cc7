//! What is kept of the answers, part by part.

use leastwise_document::Node;
use leastwise_model::Text;
use serde_json::{Value, json};

use super::asker::Asker;

/// What one part has so far.
#[derive(Debug, Default)]
pub(super) struct Kept {
    folder: Text,
    name: Text,
    pub details: Option<String>,
    pub report: Option<String>,
    lines: Vec<String>,
}

impl Kept {
    /// Nothing yet of a part: its files stand by account and region.
    pub fn of(asker: &Asker) -> Self {
        let part = &*asker.part;
        let (folder, name) = match part.strip_prefix(&*asker.account) {
            Some("") => (part, "account"),
            Some(" last used") => ("last-accessed", &*asker.account),
            Some(region) => (&*asker.account, region.trim_start()),
            None => ("", part),
        };
        Self {
            folder: folder.into(),
            name: name.replace(' ', "-").into(),
            ..Self::default()
        }
    }

    /// Keeps an answer, or the code of an error, in a wrapper that says of what it is.
    pub fn wrap(&mut self, asker: &Asker, command: &str, of: Option<&Text>, answer: Result<&Node, &str>) {
        let (key, value) = match answer {
            Ok(node) => ("Output", value(node)),
            Err(code) => ("Error", json!(code)),
        };
        self.line(asker, command, of, key, value);
    }

    /// The same with what is left of an answer.
    pub fn wrap_value(&mut self, asker: &Asker, command: &str, of: &Text, output: Value) {
        self.line(asker, command, Some(of), "Output", output);
    }

    fn line(&mut self, asker: &Asker, command: &str, of: Option<&Text>, key: &str, value: Value) {
        let mut line = json!({ "AwsCli": command });
        if let Some(of) = of {
            line["Of"] = json!(**of);
        }
        if !asker.account.is_empty() {
            line["Account"] = json!(*asker.account);
        }
        line[key] = value;
        self.lines.push(line.to_string());
    }

    /// Keeps a report of what an identity accessed last, which does not say itself of whom it is.
    pub fn last_accessed(&mut self, arn: &str, node: &Node) {
        let mut line = json!({ "Arn": arn });
        if let (Value::Object(line), Value::Object(told)) = (&mut line, value(node)) {
            line.extend(told);
        }
        self.lines.push(line.to_string());
    }

    /// The files.
    pub fn files(self) -> Vec<(Text, String)> {
        let mut files: Vec<(Text, String)> = Vec::new();
        let mut add = |name: &str, text: String| {
            let path = match &*self.folder {
                "" => name.to_owned(),
                folder => format!("{folder}/{name}"),
            };
            files.push((path.into(), text));
        };
        if let Some(text) = self.details {
            add("account-authorization-details.json", text + "\n");
        }
        if let Some(text) = self.report {
            add("credential-report.csv", text);
        }
        if !self.lines.is_empty() {
            add(&format!("{}.jsonl", self.name), self.lines.join("\n") + "\n");
        }
        files
    }
}

fn value(node: &Node) -> Value {
    serde_json::from_str(&node.to_json()).unwrap_or(Value::Null)
}
