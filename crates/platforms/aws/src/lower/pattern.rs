//! Texts with wildcards and variables, as patterns.

use leastwise_permset::{Case, Element, Key, Pattern};

use super::{Caller, Demands, Lowering, Resolved, absent, present};
use crate::policy::{Piece, Variables, pieces, variables_in};

/// How a text is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// Letter by letter; `*` and `?` are themselves.
    Text,
    /// The same without regard to case.
    TextFolded,
    /// `*` is any text, `?` any character.
    Glob,
    /// Field by field: in the first five fields of an ARN wildcards stop at the next `:`.
    Arn,
}

/// One way a list of texts can turn out.
pub(super) struct Way {
    /// What matches.
    pub patterns: Vec<Pattern>,
    /// What this way asks of the context.
    pub demands: Demands,
    /// The keys whose values the patterns copy.
    pub holes: Vec<Key>,
}

/// How many open variables with default values are told apart; more are too many alternatives anyway.
const OPEN_MAX: usize = 7;

impl Lowering<'_> {
    /// The ways a list of texts can turn out: one, and twice as many for each open variable with a default value.
    pub(super) fn patterns(
        &mut self,
        texts: &[Box<str>],
        spelling: Spelling,
        variables: Variables,
        caller: Caller<'_>,
    ) -> Vec<Way> {
        let mut open = self.open_defaults(texts, variables, caller);
        open.truncate(OPEN_MAX);
        (0..1_u32 << open.len())
            .map(|bits| {
                let lacking: Vec<&Key> = open
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| bits >> at & 1 == 1)
                    .map(|(_, key)| key)
                    .collect();
                let demand = |key: &Key| match lacking.contains(&key) {
                    true => absent(key.clone()),
                    false => present(key.clone()),
                };
                let mut way = Way {
                    patterns: Vec::new(),
                    demands: open.iter().map(demand).collect(),
                    holes: Vec::new(),
                };
                // What copies a variable without a value matches nothing, so that it is left out.
                for text in texts {
                    let pattern = self.pattern(text, spelling, variables, caller, &lacking, &mut way.holes);
                    way.patterns.extend(pattern);
                }
                way.holes.sort();
                way.holes.dedup();
                way
            })
            .collect()
    }

    /// The keys of variables that have a default value and are open.
    fn open_defaults(&mut self, texts: &[Box<str>], variables: Variables, caller: Caller<'_>) -> Vec<Key> {
        let mut open = Vec::new();
        for text in texts {
            for (key, default) in variables_in(text, variables) {
                let key = self.keys.info(key).key;
                if default && caller.resolve(&key) == Resolved::Open && !open.contains(&key) {
                    open.push(key);
                }
            }
        }
        open
    }

    /// `None` where a variable in it has no value. `lacking` are open keys taken to be absent.
    fn pattern(
        &mut self,
        text: &str,
        spelling: Spelling,
        variables: Variables,
        caller: Caller<'_>,
        lacking: &[&Key],
        holes: &mut Vec<Key>,
    ) -> Option<Pattern> {
        let case = if spelling == Spelling::TextFolded {
            Case::Folded
        } else {
            Case::Exact
        };
        let wild = matches!(spelling, Spelling::Glob | Spelling::Arn);
        let mut elements = Vec::new();
        let mut copied = Vec::new();
        // Colons of the text itself separate fields; those of a value do not.
        let mut colons = 0;
        for piece in pieces(text, variables) {
            let within_field = spelling == Spelling::Arn && colons < 5;
            elements.push(match piece {
                Piece::Text(text) => {
                    colons += text.matches(':').count();
                    Element::Text(text.into())
                }
                Piece::One if !wild => Element::Text("?".into()),
                Piece::Many if !wild => Element::Text("*".into()),
                Piece::One if within_field => Element::OneExcept(':'),
                Piece::Many if within_field => Element::ManyExcept(':'),
                Piece::One => Element::One,
                Piece::Many => Element::Many,
                Piece::Variable { key, default } => {
                    let key = self.keys.info(key).key;
                    let resolved = if lacking.contains(&&key) {
                        Resolved::Absent
                    } else {
                        caller.resolve(&key)
                    };
                    match (resolved, default) {
                        (Resolved::Known(value), _) => Element::Text(value),
                        (Resolved::Absent, Some(default)) => Element::Text(default.into()),
                        (Resolved::Absent, None) => return None,
                        (Resolved::Open | Resolved::Like(_), _) => {
                            copied.push(key.clone());
                            Element::Hole(key)
                        }
                    }
                }
            });
        }
        holes.extend(copied);
        Some(Pattern::new(elements, case))
    }
}
