//! Why an answer is so: what every layer says, and what comes near.

use std::borrow::Cow;

use leastwise_effective::{Explanation, How, LayerSays, Outcome, Says};
use leastwise_model::{Effect, Snapshot};
use leastwise_permset::Label;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{self, Answered, Asked, Because, Word, because_gap};
use crate::fold::folded;
use crate::path::{self, PathStep};
use crate::style::{NO, QUIET, STRONG, UNKNOWN, WHEN, YES, paint};
use crate::text::clean;

/// What one layer says about the request.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LayerRow<'a> {
    /// What people call the layer.
    pub layer: Cow<'a, str>,
    /// What it can do to a request: `grants`, `bounds` or `denies`.
    pub effect: Cow<'a, str>,
    /// What it says of this request: `yes` where it holds it, `when`, `no` or `unknown`.
    pub says: Cow<'a, str>,
    /// Conditions, any one of which suffices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// What is not known and decides.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Because<'a>>,
    /// Whether this layer alone makes the answer a no.
    pub decides: bool,
    /// The statements that say so, each list outermost first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Vec<PathStep<'a>>>,
}

/// A statement that almost grants it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NearRow<'a> {
    /// The statements on the way to it, outermost first.
    pub steps: Vec<PathStep<'a>>,
    /// What does not fit: `action`, `resource` or `condition`.
    pub lacks: Cow<'a, str>,
    /// What it has in that place.
    pub has: Cow<'a, str>,
}

/// An answer with what every layer says.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WhyView<'a> {
    /// The answer.
    #[serde(flatten)]
    pub answered: Answered<'a>,
    /// The layers, in the order in which the platform weighs them.
    pub layers: Vec<LayerRow<'a>>,
    /// Statements that almost grant it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near: Vec<NearRow<'a>>,
}

/// The explanation as programs read it.
#[must_use]
pub fn view<'a>(snapshot: &'a Snapshot, asked: Asked<'a>, explanation: &'a Explanation) -> WhyView<'a> {
    let who = path::id(snapshot, asked.identity);
    WhyView {
        answered: Answered {
            identity: Cow::Borrowed(who),
            action: Cow::Borrowed(asked.action),
            resource: Cow::Borrowed(asked.resource),
            answer: answer::view(snapshot, &explanation.answer),
        },
        layers: explanation
            .layers
            .iter()
            .map(|layer| layer_row(snapshot, who, layer))
            .collect(),
        near: explanation
            .near
            .iter()
            .map(|near| NearRow {
                steps: stated(snapshot, who, &near.steps),
                lacks: Cow::Borrowed(near.lacks),
                has: Cow::Borrowed(&near.has),
            })
            .collect(),
    }
}

fn stated<'a>(snapshot: &'a Snapshot, who: &'a str, labels: &[Label]) -> Vec<PathStep<'a>> {
    let said = |label: &Label| PathStep {
        identity: Cow::Borrowed(who),
        ..path::statement(snapshot, *label)
    };
    labels.iter().map(said).collect()
}

fn layer_row<'a>(snapshot: &'a Snapshot, who: &'a str, layer: &'a LayerSays) -> LayerRow<'a> {
    let (word, outcome, trails) = parts(&layer.says);
    LayerRow {
        layer: Cow::Borrowed(&layer.title),
        effect: Cow::Borrowed(match layer.effect {
            Effect::Grants => "grants",
            Effect::Bounds { .. } => "bounds",
            Effect::Denies => "denies",
        }),
        says: Cow::Borrowed(word.as_str()),
        when: match outcome {
            Some(Outcome::When(guards)) => path::guards(snapshot, guards),
            _ => Vec::new(),
        },
        because: match outcome {
            Some(Outcome::Unknown { gaps, .. }) => {
                gaps.iter().map(|atom| because_gap(snapshot, atom)).collect()
            }
            _ => Vec::new(),
        },
        decides: layer.decides,
        paths: trails.iter().map(|trail| stated(snapshot, who, trail)).collect(),
    }
}

fn parts(says: &Says) -> (Word, Option<&Outcome>, &[Vec<Label>]) {
    match says {
        Says::Contains(trails) => (Word::Yes, None, trails),
        Says::Perhaps(outcome, trails) => (Word::of(outcome), Some(outcome), trails),
        Says::Lacks => (Word::No, None, &[]),
    }
}

/// The explanation as people read it: the answer with its paths, then layer by layer.
#[must_use]
pub fn text(snapshot: &Snapshot, asked: Asked<'_>, explanation: &Explanation, width: usize) -> String {
    let mut out = answer::text(snapshot, asked, &explanation.answer, 3, width);
    // The layers are those of the identity itself: where it needs a way to somebody else, they are not the answer.
    let itself = !matches!(explanation.answer.how, Some(How::Through | How::ByGranting));
    let title = if itself {
        "layer by layer"
    } else {
        "layer by layer, as itself; the way above gives it"
    };
    out.push_str(&format!("\n{}\n", paint(STRONG, title)));
    for layer in &explanation.layers {
        out.push_str(&layer_text(snapshot, layer, itself, width));
    }
    if explanation.answer.outcome != Outcome::Yes && !explanation.near.is_empty() {
        out.push_str(&format!("\n{}\n", paint(STRONG, "comes near")));
        for near in &explanation.near {
            out.push_str(&format!(
                "  it has another {}: {}\n",
                near.lacks,
                clean(&near.has)
            ));
            for step in near.steps.iter().filter_map(|label| snapshot.step(*label)) {
                out.push_str(&path::excerpt(snapshot, step, width));
            }
        }
    }
    folded(&out, width)
}

/// How many statements of one layer are shown.
const SHOWN: usize = 3;

fn layer_text(snapshot: &Snapshot, layer: &LayerSays, itself: bool, width: usize) -> String {
    let (word, outcome, trails) = parts(&layer.says);
    let (style, words) = match (layer.effect, word) {
        (Effect::Grants, Word::Yes) => (YES, "grant it"),
        (Effect::Grants, Word::When) => (WHEN, "grant it under a condition"),
        (Effect::Grants, Word::No) => (NO, "do not grant it"),
        (Effect::Bounds { .. }, Word::Yes) => (YES, "lets it through"),
        (Effect::Bounds { .. }, Word::When) => (WHEN, "lets it through under a condition"),
        (Effect::Bounds { .. }, Word::No) => (NO, "does not let it through"),
        (Effect::Denies, Word::Yes) => (NO, "deny it"),
        (Effect::Denies, Word::When) => (WHEN, "deny it under a condition"),
        (Effect::Denies, Word::No) => (YES, "do not deny it"),
        (_, Word::Unknown) => (UNKNOWN, "not known"),
    };
    let decides = if layer.decides {
        let word = if itself {
            "  this decides"
        } else {
            "  this decides as itself"
        };
        paint(QUIET, word).to_string()
    } else {
        String::new()
    };
    let mut out = format!("  {}: {}{decides}\n", clean(&layer.title), paint(style, words));
    match outcome {
        Some(Outcome::When(guards)) => {
            for (at, said) in path::guards(snapshot, guards).iter().enumerate() {
                out.push_str(&format!(
                    "     {} {}\n",
                    if at == 0 { "when" } else { "or when" },
                    clean(said)
                ));
            }
        }
        Some(Outcome::Unknown { gaps, .. }) => {
            for atom in gaps {
                let because = because_gap(snapshot, atom);
                out.push_str(&format!(
                    "     {}; settle: {}\n",
                    clean(&because.gap),
                    clean(&because.settle)
                ));
            }
        }
        _ => {}
    }
    for trail in trails.iter().take(SHOWN) {
        for step in trail.iter().filter_map(|label| snapshot.step(*label)) {
            out.push_str(&path::excerpt(snapshot, step, width));
        }
    }
    if trails.len() > SHOWN {
        out.push_str(&format!(
            "     {}\n",
            paint(QUIET, format!("and {} more statements", trails.len() - SHOWN))
        ));
    }
    out
}
