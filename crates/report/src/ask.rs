//! One line of a batch.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::AnswerView;

/// What went wrong with one question; the others are answered all the same.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LineError<'a> {
    /// What is wrong.
    pub message: Cow<'a, str>,
    /// What to do about it; may be empty.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub hint: Cow<'a, str>,
}

/// An answer, or why there is none.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Reply<'a> {
    /// The answer.
    Answer(AnswerView<'a>),
    /// Why there is none.
    Error {
        /// What is wrong with the question.
        error: LineError<'a>,
    },
}

/// One line: the question's own `id` and the reply.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line<'a> {
    /// As it stood in the question; null where it had none.
    pub id: serde_json::Value,
    /// The reply.
    #[serde(flatten)]
    pub reply: Reply<'a>,
}
