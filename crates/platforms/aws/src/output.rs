//! Outputs of the AWS command line, bare or in a wrapper that says what was asked.
//!
//! Many outputs do not say of what they are: `aws organizations list-parents` does not name the child, `aws s3api
//! get-bucket-policy` not the bucket. A wrapper says it, one map for each command that was run, as JSON Lines or as files
//! of their own:
//!
//! ```json
//! {"AwsCli": "organizations list-parents", "Of": "ou-examplerootid-1", "Output": {"Parents": [{"Id": "r-examplerootid", "Type": "ROOT"}]}}
//! {"AwsCli": "s3api get-bucket-policy", "Of": "arn:aws:s3:::reports", "Account": "111122223333", "Error": "NoSuchBucketPolicy"}
//! ```
//!
//! `AwsCli` is the command, `Of` the child, parent, policy or resource that was asked about (for a resource its ARN),
//! `Account` the account that owns it, `Region` where it was asked, `Output` what was printed, `Error` the code of the error that came instead.

use leastwise_document::{Item, Limits, Node, Position, Value, pointer_join, read};
use leastwise_model::FileIndex;

use crate::policy::Place;

/// One output.
pub struct Output<'n> {
    /// The file.
    pub file: FileIndex,
    /// The command, such as `organizations list-parents`, where a wrapper tells it.
    pub command: Option<&'n str>,
    /// What it was asked about, where a wrapper tells it.
    pub of: Option<&'n str>,
    /// The account that owns that, where a wrapper tells it.
    pub account: Option<&'n str>,
    /// The region that was asked, where a wrapper tells it.
    pub region: Option<&'n str>,
    /// The code of the error that came instead.
    pub error: Option<&'n str>,
    /// What was printed; the wrapper itself where nothing was.
    pub node: &'n Node,
    /// Where that stands.
    pub pointer: String,
}

impl<'n> Output<'n> {
    /// The output that a whole document is.
    pub fn of(file: FileIndex, item: &'n Item) -> Option<Self> {
        if item.from.is_some() || !item.node.is_map() {
            return None;
        }
        let Some(command) = item.node.get("AwsCli").and_then(Node::text) else {
            return Some(Self {
                file,
                command: None,
                of: None,
                account: None,
                region: None,
                error: None,
                node: &item.node,
                pointer: item.pointer.clone(),
            });
        };
        let text = |key: &str| item.node.get(key).and_then(Node::scalar);
        let printed = item.node.get("Output").filter(|node| node.is_map());
        Some(Self {
            file,
            command: Some(command.strip_prefix("aws ").unwrap_or(command)),
            of: text("Of"),
            account: text("Account"),
            region: text("Region"),
            error: text("Error"),
            node: printed.unwrap_or(&item.node),
            pointer: match printed {
                Some(_) => pointer_join(&item.pointer, "Output"),
                None => item.pointer.clone(),
            },
        })
    }

    /// The command without its service.
    pub fn verb(&self) -> Option<&'n str> {
        self.command
            .and_then(|command| command.split_ascii_whitespace().nth(1))
    }

    /// A list that was printed, unless it goes on elsewhere; and whether it does.
    pub fn list(&self, key: &str) -> Option<(&'n [Node], bool)> {
        let list = self.node.get(key).filter(|list| list.is_list())?;
        let more = self.node.get("NextToken").is_some_and(|token| !token.is_null());
        Some((list.list(), !more))
    }

    /// Where a part of it stands.
    pub fn place(&self, key: &str) -> Place {
        let node = self.node.get(key).unwrap_or(self.node);
        Place::of(node, &pointer_join(&self.pointer, key))
    }
}

/// The map that a text holds, in JSON or YAML; everything in it stands where the text stands.
pub fn embedded(body: &Node) -> Option<Node> {
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut found = Vec::new();
    let faults = read(body.text()?.as_bytes(), &limits, &mut |item| {
        found.push(item.node)
    });
    let whole = found.len() == 1 && !faults.iter().any(leastwise_document::Fault::loses);
    let mut node = found.pop().filter(|node| whole && node.is_map())?;
    stand(&mut node, body.position());
    Some(node)
}

/// Puts a value and all that is in it at one place. Its depth is bounded by the limits of reading.
fn stand(node: &mut Node, at: Position) {
    node.at = at;
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|one| stand(one, at)),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, one)| stand(one, at)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
