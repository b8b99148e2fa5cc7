//! What was asked of a server when its export was collected.

use schemars::JsonSchema;
use serde::Serialize;

/// The manifest of a collection.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Collected {
    /// The product that was asked.
    pub product: String,
    /// The client that asked.
    pub client: String,
    /// The files that hold what was kept.
    pub files: Vec<String>,
    /// Every question, in order.
    pub asked: Vec<Asked>,
}

/// One question.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Asked {
    /// What was asked for.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The answer was kept, without what could be a secret.
    Kept,
    /// There is nothing of this.
    Nothing,
    /// It was refused, or failed.
    Failed,
}
