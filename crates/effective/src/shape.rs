//! Ways of one shape: the same kinds of identities, one after the other, by the same techniques.

use std::collections::BTreeMap;

use leastwise_model::{IdentityKind, TechniqueIndex};

use crate::answer::How;
use crate::arrivals::{Arrival, Arrivals};
use crate::powers::Steps;
use crate::world::World;

/// A kind of identity that a way passes, and how it goes on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Station {
    /// The platform's name.
    pub platform: &'static str,
    /// What people call the platform.
    pub title: &'static str,
    /// What sort of actor.
    pub kind: IdentityKind,
    /// By which technique it becomes the next or widens a set; `None` at the end.
    pub technique: Option<TechniqueIndex>,
    /// Whether it widens a set.
    pub widens: bool,
}

/// Ways of one shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// In which capacity.
    pub how: How,
    /// How sure they are.
    pub steps: Steps,
    /// What they pass, from the first to the last.
    pub stations: Vec<Station>,
    /// Whose ways these are, in the order of identities; never empty.
    pub arrivals: Vec<Arrival>,
}

impl World {
    fn station(&self, index: leastwise_model::IdentityIndex) -> Station {
        Station {
            platform: self.platform_of(index).map_or("", |platform| platform.name()),
            title: self.platform_of(index).map_or("", |platform| platform.title()),
            kind: self
                .snapshot()
                .identity(index)
                .map_or(IdentityKind::User, |identity| identity.kind),
            technique: None,
            widens: false,
        }
    }

    /// The arrivals by the shape of their ways: surer ones first, then those of more identities, then shorter ones.
    #[must_use]
    pub fn shapes(&self, arrivals: &Arrivals<'_>) -> Vec<Shape> {
        let mut found: BTreeMap<(Steps, How, Vec<Station>), Vec<Arrival>> = BTreeMap::new();
        for arrival in arrivals.all() {
            let mut stations: Vec<Station> = Vec::new();
            for one in arrivals.moves(&arrival) {
                let technique = self
                    .snapshot()
                    .opportunities
                    .get(one.opportunity as usize)
                    .map(|opportunity| opportunity.technique);
                stations.push(Station {
                    technique,
                    widens: one.widens,
                    ..self.station(one.from)
                });
            }
            stations.push(self.station(arrival.end));
            found
                .entry((arrival.steps, arrival.how, stations))
                .or_default()
                .push(arrival);
        }
        let mut shapes: Vec<Shape> = found
            .into_iter()
            .map(|((steps, how, stations), arrivals)| Shape {
                how,
                steps,
                stations,
                arrivals,
            })
            .collect();
        shapes.sort_by_key(|shape| {
            let many = std::cmp::Reverse(shape.arrivals.len());
            (shape.steps, many, shape.stations.len())
        });
        shapes
    }
}
