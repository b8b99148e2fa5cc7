//! The envelope around everything that programs read.

use schemars::JsonSchema;
use serde::Serialize;

/// A body under the name and version of its schema.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Envelope<T> {
    /// `leastwise/<thing>/v1`; further fields may appear within a version, none go away.
    pub schema: String,
    /// The thing.
    #[serde(flatten)]
    pub body: T,
}

/// `body` as a JSON document with its schema's name, indented, ending in a line feed.
///
/// # Errors
/// Where a body cannot be written as JSON, which no body of this crate does.
pub fn json<T: Serialize>(thing: &str, body: T) -> serde_json::Result<String> {
    let envelope = Envelope {
        schema: format!("leastwise/{thing}/v1"),
        body,
    };
    let mut text = serde_json::to_string_pretty(&envelope)?;
    text.push('\n');
    Ok(text)
}

/// `rows` as JSON Lines.
///
/// # Errors
/// As [`json`].
pub fn lines<T: Serialize>(rows: impl IntoIterator<Item = T>) -> serde_json::Result<String> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&serde_json::to_string(&row)?);
        text.push('\n');
    }
    Ok(text)
}
