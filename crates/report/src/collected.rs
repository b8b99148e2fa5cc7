//! What was asked of a server when its export was collected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The manifest of a collection.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Collected {
    /// The product that was asked.
    pub product: String,
    /// The client that asked.
    pub client: String,
    /// What was wanted, as options: a run that takes the collection up has to want the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
    /// The files that hold what was kept.
    pub files: Vec<String>,
    /// Its parts, such as accounts and regions, in order; none where all of it is asked at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    /// Every question, in order.
    #[serde(default)]
    pub asked: Vec<Asked>,
}

/// One part of a collection.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// What people call it.
    pub name: String,
    /// How much of it there is.
    pub state: State,
    /// The files that hold what was kept of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// How much of a part was got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Every question was answered: it is not asked again.
    Whole,
    /// Questions were refused or failed.
    Lacking,
    /// The run ended before all of it was asked.
    #[default]
    Unfinished,
}

/// One question.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// The part that it was about, where there are parts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// What was asked for.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The answer was kept, without what could be a secret.
    Kept,
    /// There is nothing of this.
    Nothing,
    /// It was refused, or failed.
    Failed,
}
