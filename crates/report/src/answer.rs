//! Answers to one question, for programs and for people.

use std::borrow::Cow;

use anstyle::Style;
use leastwise_effective::{Answer, How, Outcome};
use leastwise_model::{Assumption, IdentityIndex, Side, Snapshot};
use leastwise_permset::{Atom, Guard, Witness};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{self, WitnessView};
use crate::fold::folded;
use crate::path::{self, PathStep};
use crate::style::{NO, QUIET, STRONG, UNKNOWN, WHEN, YES, paint};
use crate::text::{clean, counted, listed, wrapped};

/// What is so, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// It can.
    Yes,
    /// It can under one of the conditions in `when`.
    When,
    /// It cannot.
    No,
    /// It depends on what is not known; `because` says on what.
    Unknown,
}

impl Word {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::When => "when",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// Its color.
    #[must_use]
    pub fn style(self) -> Style {
        match self {
            Self::Yes => YES,
            Self::When => WHEN,
            Self::No => NO,
            Self::Unknown => UNKNOWN,
        }
    }

    /// The word for an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Yes => Self::Yes,
            Outcome::When(_) => Self::When,
            Outcome::No => Self::No,
            Outcome::Unknown { .. } => Self::Unknown,
        }
    }
}

/// The word for a capacity.
#[must_use]
pub fn how_word(how: How) -> &'static str {
    match how {
        How::Direct => "direct",
        How::Through => "through",
        How::ByGranting => "by-granting",
    }
}

/// Something that is not known and decides.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Because<'a> {
    /// What is missing, in a sentence.
    pub gap: Cow<'a, str>,
    /// The command or export that would settle it; may be empty.
    pub settle: Cow<'a, str>,
}

/// A layer that is assumed absent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Assumed<'a> {
    /// The layer.
    pub layer: Cow<'a, str>,
    /// The command or export that would replace the assumption by knowledge.
    pub settle: Cow<'a, str>,
}

/// An answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AnswerView<'a> {
    /// What is so.
    pub answer: Word,
    /// In which capacity: `direct`, `through` others, or `by-granting` more; missing for a no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub how: Option<Cow<'a, str>>,
    /// Conditions, readable: any one of them suffices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub when: Vec<String>,
    /// For an unknown: what decides and is not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Because<'a>>,
    /// Layers assumed absent, on which the answer rests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assuming: Vec<Assumed<'a>>,
    /// Ways by which it is so, shortest first; each is a list of steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Vec<PathStep<'a>>>,
    /// Where the question is a pattern: a request of it that fails (for a no to every request), that works (for a yes
    /// to any), or that is not decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<WitnessView>,
}

/// What is so with the witness of an answer about a pattern.
#[must_use]
pub fn witness_word(word: Word) -> &'static str {
    match word {
        Word::Yes | Word::When => "works for",
        Word::No => "fails for",
        Word::Unknown => "not decided for",
    }
}

/// An answer with the question it belongs to.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Answered<'a> {
    /// Who, by canonical id.
    pub identity: Cow<'a, str>,
    /// The action asked for.
    pub action: Cow<'a, str>,
    /// The resource asked for.
    pub resource: Cow<'a, str>,
    /// The answer.
    #[serde(flatten)]
    pub answer: AnswerView<'a>,
}

/// How a strict reader takes an answer: whatever rests on an assumption that could turn it is unknown.
#[must_use]
pub fn strictly(answer: Answer) -> Answer {
    let turns = |assumption: &Assumption| match (&answer.outcome, assumption.side) {
        (Outcome::Yes | Outcome::When(_), Side::Adds) | (Outcome::No, Side::Removes) => false,
        (Outcome::Unknown { .. }, _) => false,
        (_, Side::Adds | Side::Removes | Side::Both) => true,
    };
    if !answer.assuming.iter().any(turns) {
        return answer;
    }
    Answer {
        outcome: Outcome::Unknown {
            gaps: Vec::new(),
            limit: None,
        },
        ..answer
    }
}

/// The answer as programs read it.
#[must_use]
pub fn view<'a>(snapshot: &'a Snapshot, answer: &'a Answer) -> AnswerView<'a> {
    let word = Word::of(&answer.outcome);
    AnswerView {
        answer: word,
        how: answer.how.map(|how| Cow::Borrowed(how_word(how))),
        when: match &answer.outcome {
            Outcome::When(guards) => path::guards(snapshot, guards),
            Outcome::Yes | Outcome::No | Outcome::Unknown { .. } => Vec::new(),
        },
        because: because(snapshot, answer),
        assuming: answer
            .assuming
            .iter()
            .map(|assumption| Assumed {
                layer: Cow::Borrowed(&assumption.layer),
                settle: Cow::Borrowed(&assumption.settle),
            })
            .collect(),
        paths: answer
            .paths
            .iter()
            .map(|path| path::steps(snapshot, path))
            .collect(),
        witness: None,
    }
}

/// What an unknown is because of: its gaps, a limit, or (where a strict reader asks) the assumptions it rests on.
#[must_use]
pub fn because<'a>(snapshot: &'a Snapshot, answer: &'a Answer) -> Vec<Because<'a>> {
    let Outcome::Unknown { gaps, limit } = &answer.outcome else {
        return Vec::new();
    };
    let mut out: Vec<Because<'_>> = gaps.iter().map(|atom| because_gap(snapshot, atom)).collect();
    if let Some(limit) = limit {
        out.push(Because {
            gap: Cow::Owned(format!("limit: {limit}")),
            settle: Cow::Borrowed("ask about one action and one resource"),
        });
    }
    if out.is_empty() {
        out.extend(answer.assuming.iter().map(|assumption| Because {
            gap: Cow::Owned(format!("nothing is known of this layer: {}", assumption.layer)),
            settle: Cow::Borrowed(&assumption.settle),
        }));
    }
    out
}

/// What an atom stands for.
#[must_use]
pub fn because_gap<'a>(snapshot: &'a Snapshot, atom: &'a Atom) -> Because<'a> {
    match snapshot.gaps.get(atom) {
        Some(gap) => Because {
            gap: Cow::Borrowed(&gap.what),
            settle: Cow::Borrowed(&gap.settle),
        },
        None => Because {
            gap: Cow::Borrowed(atom.as_str()),
            settle: Cow::Borrowed(""),
        },
    }
}

/// The question that a sentence answers.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who.
    pub identity: IdentityIndex,
    /// The action as asked for.
    pub action: &'a str,
    /// The resource as asked for.
    pub resource: &'a str,
    /// Where they are patterns, the request that the answer rests on.
    pub witness: Option<&'a Witness>,
}

/// The answer as people read it: a sentence, what it rests on, and at most `paths` paths.
#[must_use]
pub fn text(snapshot: &Snapshot, asked: Asked<'_>, answer: &Answer, paths: usize, width: usize) -> String {
    let word = Word::of(&answer.outcome);
    let mut out = format!(
        "{}  {}\n",
        paint(word.style(), word.as_str()),
        sentence(snapshot, asked, answer)
    );
    if let Some(witness) = asked.witness {
        out.push_str(&format!(
            "  {} {}\n",
            paint(STRONG, witness_word(word)),
            compare::request(witness)
        ));
    }
    if let Outcome::When(guards) = &answer.outcome {
        out.push_str(&conditions(snapshot, guards, width));
    }
    for because in because(snapshot, answer) {
        out.push_str(&format!(
            "  {} {}\n",
            paint(STRONG, "because"),
            clean(&because.gap)
        ));
        if !because.settle.is_empty() {
            out.push_str(&format!(
                "  {} {}\n",
                paint(QUIET, "settle: "),
                clean(&because.settle)
            ));
        }
    }
    for (at, path) in answer.paths.iter().take(paths).enumerate() {
        out.push('\n');
        if at > 0 {
            out.push_str(&format!("  {}\n", paint(QUIET, "another way")));
        }
        out.push_str(&path::text(snapshot, path, width));
    }
    let more = answer.paths.len().saturating_sub(paths);
    if more > 0 {
        let ways = counted(more, "further way", "further ways");
        out.push_str(&format!(
            "\n  {}\n",
            paint(QUIET, format!("{ways} with --format json"))
        ));
    }
    if let Some(line) = assuming(answer) {
        out.push('\n');
        for line in wrapped(&line, width.saturating_sub(2), 6) {
            out.push_str(&format!("  {}\n", paint(QUIET, clean(&line))));
        }
    }
    folded(&out, width)
}

fn sentence(snapshot: &Snapshot, asked: Asked<'_>, answer: &Answer) -> String {
    let who = path::id(snapshot, asked.identity);
    let who = paint(STRONG, clean(who));
    let what = format!("{} on {}", clean(asked.action), clean(asked.resource));
    let how = match (answer.how, answer.paths.first()) {
        (Some(How::Through), Some(path)) => through(snapshot, path),
        (Some(How::ByGranting), _) => ", after granting itself more".to_owned(),
        _ => String::new(),
    };
    match &answer.outcome {
        Outcome::Yes => format!("{who} can {what}{how}"),
        Outcome::When(_) => format!("{who} can {what}{how}, under a condition"),
        Outcome::No => format!("{who} cannot {what}"),
        Outcome::Unknown { .. } => format!("nobody can tell whether {who} can {what}{how}"),
    }
}

fn through(snapshot: &Snapshot, way: &leastwise_effective::Path) -> String {
    let stations = path::stations(way);
    let others: Vec<&str> = stations
        .iter()
        .skip(1)
        .map(|index| path::id(snapshot, *index))
        .collect();
    match others.as_slice() {
        [] => String::new(),
        [one] => format!(", through {}", clean(one)),
        [.., last] => format!(", through {} in {} steps", clean(last), others.len()),
    }
}

fn conditions(snapshot: &Snapshot, guards: &[Guard], width: usize) -> String {
    let mut out = String::new();
    for (at, said) in path::guards(snapshot, guards).iter().enumerate() {
        let lead = if at == 0 { "when   " } else { "or when" };
        for (at, line) in wrapped(&clean(said), width.saturating_sub(10), 8)
            .iter()
            .enumerate()
        {
            let lead = if at == 0 { lead } else { "       " };
            out.push_str(&format!("  {} {line}\n", paint(STRONG, lead)));
        }
    }
    out
}

/// The assumptions of an answer on one line.
#[must_use]
pub fn assuming(answer: &Answer) -> Option<String> {
    if answer.assuming.is_empty() {
        return None;
    }
    let layers: Vec<String> = answer
        .assuming
        .iter()
        .map(|assumption| format!("no {}", assumption.layer))
        .collect();
    Some(format!(
        "assuming that nothing else speaks here: {}",
        listed(&layers)
    ))
}
