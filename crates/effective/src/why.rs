//! Why an answer is what it is: what each layer says, and what came close.

use leastwise_model::{Effect, IdentityIndex, Text};
use leastwise_permset::{Label, Node, PermissionSet, Trail, Verdict};

use crate::answer::{Answer, Outcome, Question};
use crate::ask::outcome;
use crate::world::World;

/// What one layer says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// It contains the request, by these statements.
    Contains(Vec<Trail>),
    /// It contains the request, or may, under guards or depending on gaps.
    Perhaps(Outcome, Vec<Trail>),
    /// It does not contain the request.
    Lacks,
}

/// One layer and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSays {
    /// Whether it grants, bounds or denies.
    pub effect: Effect,
    /// What people call it.
    pub title: Text,
    /// What it says about the request.
    pub says: Says,
    /// Whether this layer alone decides a no: a bound that lacks the request, a denial that contains it, or the
    /// grants if none contains it.
    pub decides: bool,
}

/// A statement that nearly grants the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// The labels on the way to it.
    pub steps: Vec<Label>,
    /// What does not fit: `action`, `resource` or `condition`.
    pub lacks: &'static str,
    /// What it has in that place, readable.
    pub has: String,
}

/// Why an answer is what it is.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The answer.
    pub answer: Answer,
    /// What each layer of the identity says, in the platform's order.
    pub layers: Vec<LayerSays>,
    /// Statements that nearly grant the request, if it is not granted; a few.
    pub near: Vec<Near>,
}

/// How many near misses are shown.
const NEAR: usize = 5;

impl World {
    /// Answers a question and says why.
    #[must_use]
    pub fn why(&self, question: &Question<'_>) -> Explanation {
        let answer = self.ask(question);
        let mut layers = Vec::new();
        let mut near = Vec::new();
        if let Some(identity) = self.snapshot().identity(question.identity) {
            for layer in &identity.holding.layers {
                let says = self.says(question, question.identity, &layer.set);
                layers.push(LayerSays {
                    effect: layer.effect,
                    title: layer.title.clone(),
                    says,
                    decides: false,
                });
            }
            let granted = layers
                .iter()
                .any(|layer| layer.effect == Effect::Grants && layer.says != Says::Lacks);
            for layer in &mut layers {
                layer.decides = match (layer.effect, &layer.says) {
                    (Effect::Grants, Says::Lacks) => !granted,
                    (Effect::Bounds { .. }, Says::Lacks) | (Effect::Denies, Says::Contains(_)) => true,
                    _ => false,
                };
            }
            if !granted {
                for layer in identity
                    .holding
                    .layers
                    .iter()
                    .filter(|layer| layer.effect == Effect::Grants)
                {
                    self.near(question, &layer.set, &mut Vec::new(), &mut near);
                }
                near.sort_by_key(|miss| miss.lacks == "resource");
                near.truncate(NEAR);
            }
        }
        Explanation { answer, layers, near }
    }

    fn says(&self, question: &Question<'_>, actor: IdentityIndex, set: &PermissionSet) -> Says {
        let (known, absent) = self.circumstances(question, actor, set);
        let point = question.in_circumstances(&known, &absent);
        let verdict = set.verdict(&point, &|key| self.openness(actor, key), self.limits());
        let trails = match verdict {
            Verdict::Never => return Says::Lacks,
            _ => self.trails(
                &question.within(set),
                question.action,
                question.resource,
                &known,
                &absent,
            ),
        };
        match outcome(verdict) {
            Outcome::Yes => Says::Contains(trails),
            Outcome::No => Says::Lacks,
            other => Says::Perhaps(other, trails),
        }
    }

    /// Statements that match the action but not the resource or the condition.
    fn near(
        &self,
        question: &Question<'_>,
        set: &PermissionSet,
        steps: &mut Vec<Label>,
        found: &mut Vec<Near>,
    ) {
        if found.len() > 8 * NEAR {
            return;
        }
        match set.node() {
            Node::Region(region) => {
                let context = &question.known;
                if !region.actions.contains(question.action, context) {
                    return;
                }
                let fits = region.resources.contains(question.resource, context);
                let (lacks, has) = if fits {
                    ("condition", region.guard.to_string())
                } else {
                    ("resource", region.resources.to_string())
                };
                found.push(Near {
                    steps: steps.clone(),
                    lacks,
                    has,
                });
            }
            Node::Union(sets) | Node::Intersection(sets) => {
                for set in sets {
                    // A region that only narrows (any action) is no statement.
                    if matches!(set.node(), Node::Region(region) if region.actions.is_any())
                        && matches!(set.node(), Node::Region(_))
                        && sets.len() > 1
                    {
                        continue;
                    }
                    self.near(question, set, steps, found);
                }
            }
            Node::Difference(given, _) => self.near(question, given, steps, found),
            Node::Labelled(label, inner) => {
                steps.push(*label);
                self.near(question, inner, steps, found);
                steps.pop();
            }
        }
    }
}
