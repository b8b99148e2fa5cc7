//! What falls with an identity, as a picture.

use std::collections::BTreeMap;

use leastwise_effective::{Fallen, How, Move, Path, Steps, World};
use leastwise_model::IdentityIndex;

use crate::drawing::boxes::{Sketch, alarm, first_statement, kind, picture};
use crate::drawing::{Node, Picture, Side};
use crate::identities::by_weight;
use crate::path;
use crate::reach::outward;
use crate::reach_to::drawn::{identities, steps, technique};
use crate::text::{counted, grouped};

/// Everybody whom the identity can become, each with the step to it.
#[must_use]
pub fn drawing(world: &World, fallen: &Fallen) -> Picture {
    let snapshot = world.snapshot();
    let moves: Vec<Option<Move>> = [None]
        .into_iter()
        .chain(
            fallen
                .becomes
                .iter()
                .map(|reached| fallen.step_to(reached.identity)),
        )
        .collect();
    let everybody = [fallen.identity].into_iter();
    let everybody = everybody.chain(fallen.becomes.iter().map(|reached| reached.identity));
    let everybody: Vec<IdentityIndex> = everybody.collect();
    let places: BTreeMap<IdentityIndex, usize> = everybody.iter().copied().zip(0..).collect();
    let nodes = everybody
        .iter()
        .zip(&moves)
        .map(|(identity, step)| Node {
            identity: Some(*identity),
            next: step.as_ref().and_then(|step| places.get(&step.from).copied()),
            kind: kind(world, *identity),
            how: step
                .as_ref()
                .map(|step| technique(world, step.opportunity))
                .unwrap_or_default(),
            sure: step
                .as_ref()
                .map_or(Steps::Certain, |step| steps(&step.certainty)),
            cuts: Vec::new(),
            alarm: alarm(world, *identity),
        })
        .collect();
    let statement = |at: usize| {
        let step = moves.get(at)?.as_ref()?;
        let legs: Path = world.path_of_widening(step.from, step.opportunity, step.to);
        first_statement(snapshot, &legs)
    };
    let sketch = Sketch {
        title: format!("What falls with {}", path::id(snapshot, fallen.identity)),
        counts: counts(world, fallen),
        side: Side::Left,
        root: None,
        nodes,
        statement: &statement,
        cuts: Vec::new(),
    };
    picture(world, &sketch)
}

fn counts(world: &World, fallen: &Fallen) -> Vec<String> {
    let open = fallen.becomes.len().saturating_sub(fallen.surely);
    let mut all = match (fallen.surely, open) {
        (0, 0) => "nobody else".to_owned(),
        (sure, 0) => format!("{} for certain", identities(sure)),
        (sure, open) => format!(
            "{} for certain, {} more under conditions or gaps",
            identities(sure),
            grouped(open)
        ),
    };
    match &fallen.administers {
        Some((How::Direct, _)) => all.push_str("; it controls its whole account or cluster itself"),
        Some((How::Through, _)) => all.push_str("; comes to control of a whole account or cluster"),
        Some((How::ByGranting, _)) => {
            all.push_str("; comes to control of a whole account or cluster by granting itself more");
        }
        None => {}
    }
    let classes: Vec<String> = by_weight()
        .filter(|class| fallen.classes.contains(*class))
        .map(|class| class.to_string())
        .collect();
    let mut lines = vec![all];
    if !classes.is_empty() {
        lines.push(format!("together they can: {}", classes.join(", ")));
    }
    let outward = outward(world, fallen).len();
    if outward > 0 {
        let whom = counted(outward, "identity", "identities");
        lines.push(format!(
            "they ask to become {whom} of which no export tells: unknown"
        ));
    }
    lines
}
