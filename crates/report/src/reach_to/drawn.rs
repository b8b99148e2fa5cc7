//! Who comes to a goal, as a picture.

use std::collections::BTreeMap;

use leastwise_effective::{Arrivals, Certainty, Goal, Move, Path, Steps, World};
use leastwise_model::IdentityIndex;
use leastwise_permset::Label;

use super::text::{alike, counts};
use super::{Comer, Found};
use crate::drawing::boxes::{Sketch, alarm, first_statement, kind, picture, said};
use crate::drawing::{CutLine, Drawn, Node, Picture, Side};
use crate::path;
use crate::text::{counted, grouped};

/// So many places to cut are marked.
const CUTS: usize = 5;

/// Everybody who comes to the goal, each with its step toward it; and where to cut.
#[must_use]
pub fn drawing(world: &World, arrivals: &Arrivals<'_>, found: &Found) -> Picture {
    let (counted_as, by) = counts(world.snapshot(), found);
    let cuts = cuts(world, found);
    let mut builder = Builder {
        world,
        arrivals,
        cuts: &cuts,
        places: BTreeMap::new(),
        nodes: Vec::new(),
        legs: Vec::new(),
    };
    builder.root();
    builder.comers(&found.comers);
    let Builder { nodes, legs, .. } = builder;
    let root = match arrivals.goal() {
        Goal::Identity(_) => None,
        Goal::Requests(_) => Some(Drawn {
            head: found.to.clone(),
            said: found.to.clone(),
            ..Drawn::default()
        }),
    };
    let statement = |at: usize| first_statement(world.snapshot(), legs.get(at)?);
    let title = match found.is_identity {
        true => format!("Who can become {}", found.to),
        false => format!("Who can come to act on {}", found.to),
    };
    let sketch = Sketch {
        title,
        counts: [counted_as].into_iter().chain(by).collect(),
        side: Side::Right,
        root,
        nodes,
        statement: &statement,
        cuts: cuts.into_iter().map(|cut| cut.line).collect(),
    };
    picture(world, &sketch)
}

/// A place to cut, and all labels of its statements.
struct Marked {
    line: CutLine,
    labels: Vec<Label>,
}

/// The places to cut, those that cut off the same together.
fn cuts(world: &World, found: &Found) -> Vec<Marked> {
    let all = alike(found).into_iter().take(CUTS);
    (1..)
        .zip(all)
        .map(|(number, these)| {
            let doubt = match these.first().map_or(0, |cut| cut.in_doubt) {
                0 => String::new(),
                some => format!(", of whom {} can no longer be told", grouped(some)),
            };
            let off = these.first().map_or(0, |cut| cut.cut_off.len());
            let statements: Vec<String> = these
                .iter()
                .map(|cut| said(&path::statement(world.snapshot(), cut.statement.label())))
                .collect();
            Marked {
                line: CutLine {
                    number,
                    said: format!(
                        "cuts off {} of {}{doubt}",
                        grouped(off),
                        grouped(found.cuts.known)
                    ),
                    statement: statements.join("; or "),
                },
                labels: these
                    .iter()
                    .flat_map(|cut| cut.statement.labels.clone())
                    .collect(),
            }
        })
        .collect()
}

struct Builder<'b> {
    world: &'b World,
    arrivals: &'b Arrivals<'b>,
    cuts: &'b [Marked],
    /// The nodes of identities.
    places: BTreeMap<IdentityIndex, usize>,
    nodes: Vec<Node>,
    /// For each node the stretch of the way from it to the next.
    legs: Vec<Path>,
}

impl Builder<'_> {
    fn root(&mut self) {
        let identity = match self.arrivals.goal() {
            Goal::Identity(target) => Some(*target),
            Goal::Requests(_) => None,
        };
        if let Some(identity) = identity {
            self.places.insert(identity, 0);
        }
        self.nodes.push(Node {
            identity,
            next: None,
            kind: identity.map(|one| kind(self.world, one)).unwrap_or_default(),
            how: String::new(),
            sure: Steps::Certain,
            cuts: Vec::new(),
            alarm: identity.map(|one| alarm(self.world, one)).unwrap_or_default(),
        });
        self.legs.push(Path::new());
    }

    fn comers(&mut self, comers: &[Comer]) {
        let comers = comers
            .iter()
            .filter(|comer| !self.places.contains_key(&comer.arrival.identity));
        let comers: Vec<&Comer> = comers.collect();
        let first = self.nodes.len();
        for (at, comer) in (first..).zip(&comers) {
            self.places.insert(comer.arrival.identity, at);
        }
        // Whose set is widened comes behind all comers.
        let mut given: Vec<(Node, Path)> = Vec::new();
        let behind = first + comers.len();
        for comer in comers {
            let (node, legs) = self.comer(comer, behind, &mut given);
            self.nodes.push(node);
            self.legs.push(legs);
        }
        for (node, legs) in given {
            self.nodes.push(node);
            self.legs.push(legs);
        }
    }

    fn comer(&self, comer: &Comer, behind: usize, given: &mut Vec<(Node, Path)>) -> (Node, Path) {
        let arrival = &comer.arrival;
        let Some(step) = self.arrivals.moves(arrival).into_iter().next() else {
            let legs = self.arrivals.path(arrival);
            let how = comer
                .request
                .as_ref()
                .map(|request| request.request.action.to_string());
            return (
                self.node(arrival.identity, 0, how.unwrap_or_default(), arrival.steps, &legs),
                legs,
            );
        };
        let legs = self.stretch(&step);
        let by = self.technique(&step);
        let sure = steps(&step.certainty);
        if !step.widens {
            let next = self.places.get(&step.to).copied().unwrap_or_default();
            return (self.node(arrival.identity, next, by, sure, &legs), legs);
        }
        if step.to == step.from {
            return (
                self.node(
                    arrival.identity,
                    0,
                    format!("grants itself more: {by}"),
                    sure,
                    &legs,
                ),
                legs,
            );
        }
        let next = behind + given.len();
        let end = self.node(
            step.to,
            0,
            "by what it is given".into(),
            arrival.steps,
            &Path::new(),
        );
        given.push((end, Path::new()));
        (
            self.node(arrival.identity, next, format!("grants more: {by}"), sure, &legs),
            legs,
        )
    }

    fn node(&self, identity: IdentityIndex, next: usize, how: String, sure: Steps, legs: &Path) -> Node {
        Node {
            identity: Some(identity),
            next: Some(next),
            kind: kind(self.world, identity),
            how,
            sure,
            cuts: self.cuts_of(legs),
            alarm: alarm(self.world, identity),
        }
    }

    fn cuts_of(&self, legs: &Path) -> Vec<usize> {
        let labels: Vec<Label> = legs.iter().flat_map(path::labels).collect();
        let touched = |cut: &&Marked| cut.labels.iter().any(|label| labels.contains(label));
        self.cuts
            .iter()
            .filter(touched)
            .map(|cut| cut.line.number)
            .collect()
    }

    /// What lets the first step of a way be taken.
    fn stretch(&self, step: &Move) -> Path {
        self.world.path_of_widening(step.from, step.opportunity, step.to)
    }

    fn technique(&self, step: &Move) -> String {
        technique(self.world, step.opportunity)
    }
}

/// The short name of the technique of an opportunity.
pub(crate) fn technique(world: &World, opportunity: u32) -> String {
    let snapshot = world.snapshot();
    let technique = snapshot
        .opportunities
        .get(opportunity as usize)
        .and_then(|opportunity| snapshot.techniques.get(opportunity.technique.0 as usize));
    let id = technique.map_or("", |technique| &*technique.id);
    id.split_once(':').map_or(id, |(_, by)| by).to_owned()
}

/// How sure a step is.
pub(crate) fn steps(certainty: &Certainty) -> Steps {
    match certainty {
        Certainty::Surely => Steps::Certain,
        Certainty::When(_) => Steps::Conditional,
        Certainty::Depends(_) => Steps::AtMost,
    }
}

/// `one identity`, for titles.
pub(crate) fn identities(count: usize) -> String {
    counted(count, "identity", "identities")
}
