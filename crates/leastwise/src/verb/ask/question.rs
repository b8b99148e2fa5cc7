//! A question as it stands in a line, and what is wrong with a line that is none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_permset::{Context, Key};
use serde::Deserialize;
use serde_json::value::RawValue;

/// One question as it stands in the input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked<'a> {
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub identity: Cow<'a, str>,
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    #[serde(borrow)]
    pub resource: Cow<'a, str>,
    #[serde(borrow, default)]
    context: BTreeMap<Cow<'a, str>, Value<'a>>,
    #[serde(default)]
    pub reach: Option<ReachWord>,
    #[serde(default)]
    pub complete: bool,
}

impl Asked<'_> {
    /// The context that it gives: what is known, and what is absent. `key` reads the name of a key.
    pub fn circumstances(&self, key: impl Fn(&str) -> Key) -> (Context, BTreeSet<Key>) {
        let mut known = Context::new();
        let mut absent = BTreeSet::new();
        for (name, value) in &self.context {
            let key = key(name);
            match value {
                Value::Absent => {
                    absent.insert(key);
                }
                Value::One(text) => known.set(key, [Box::from(&**text)].into()),
                Value::Truth(truth) => known.set(key, [truth.to_string().into()].into()),
                Value::Number(number) => known.set(key, [number.to_string().into()].into()),
                Value::Several(values) => known.set(key, values.iter().map(Scalar::text).collect()),
            }
        }
        (known, absent)
    }
}

/// Only what is needed to say which question is at fault.
#[derive(Deserialize)]
pub(super) struct OnlyId<'a> {
    #[serde(borrow, default)]
    pub id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value<'a> {
    Absent,
    One(#[serde(borrow)] Cow<'a, str>),
    Truth(bool),
    Number(serde_json::Number),
    Several(Vec<Scalar>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scalar {
    Text(Box<str>),
    Truth(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(&self) -> Box<str> {
        match self {
            Self::Text(text) => text.clone(),
            Self::Truth(truth) => truth.to_string().into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ReachWord {
    Direct,
    Any,
}

/// What is wrong with a line that is no question, in words.
pub(super) fn fault(line: &[u8], error: &serde_json::Error) -> String {
    const TEXTS: [&str; 3] = ["identity", "action", "resource"];
    const PARTS: [&str; 7] = [
        "id", "identity", "action", "resource", "context", "reach", "complete",
    ];
    let value = match serde_json::from_slice::<serde_json::Value>(line) {
        Ok(serde_json::Value::Object(map)) => map,
        Ok(_) => return "a question is a JSON object, `{…}`".into(),
        Err(error) => return format!("the line is not JSON from column {} on", error.column()),
    };
    if let Some(stranger) = value.keys().find(|key| !PARTS.contains(&&***key)) {
        return format!("a question has no `{stranger}`");
    }
    for key in TEXTS {
        match value.get(key) {
            None => return format!("`{key}` is missing"),
            Some(serde_json::Value::String(_)) => {}
            Some(_) => return format!("`{key}` is not a text"),
        }
    }
    if value.get("context").is_some_and(|context| !context.is_object()) {
        return "`context` is not an object of keys and their values".into();
    }
    let plain = |value: &serde_json::Value| value.is_string() || value.is_boolean() || value.is_number();
    let context = value.get("context").and_then(serde_json::Value::as_object);
    let strange = context.into_iter().flatten().find(|(_, value)| match value {
        serde_json::Value::Array(list) => !list.iter().all(plain),
        value => !value.is_null() && !plain(value),
    });
    if let Some((key, _)) = strange {
        return format!("the value of `{key}` in `context` is not a text, a list of texts, or null");
    }
    let known = |reach: &serde_json::Value| reach.is_null() || reach == "direct" || reach == "any";
    if value.get("reach").is_some_and(|reach| !known(reach)) {
        return "`reach` is neither \"direct\" nor \"any\"".into();
    }
    if value
        .get("complete")
        .is_some_and(|complete| !complete.is_boolean())
    {
        return "`complete` is neither true nor false".into();
    }
    // The same key twice.
    error.to_string().replace(" at line 1 column", " at column")
}
