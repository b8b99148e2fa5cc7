//! The steps of the ways by which identities come to hold something.

use leastwise_model::IdentityIndex;

use super::Powers;
use crate::answer::How;
use crate::arrivals::Move;
use crate::certainty::Certainty;
use crate::toward::Ways;
use crate::world::World;

impl Powers {
    /// The steps of the way of an identity; none where it holds it as itself or does not come to it.
    #[must_use]
    pub fn moves(&self, world: &World, index: IdentityIndex) -> Vec<Move> {
        match self.coming(index).map(|coming| coming.how) {
            None | Some(How::Direct) => Vec::new(),
            Some(How::Through) => along(&self.through, index),
            Some(How::ByGranting) => self.widening_moves(world, index),
        }
    }

    fn widening_moves(&self, world: &World, index: IdentityIndex) -> Vec<Move> {
        let mut moves = along(&self.toward_widening, index);
        let by = self.toward_widening.end(index);
        let Some(widening) = self.widening.get(&by) else {
            return moves;
        };
        if let Some(ways) = &widening.to_actor {
            moves.extend(along(ways, by));
        }
        let certainty = world
            .edges(widening.actor)
            .find(|edge| edge.index == widening.opportunity)
            .map_or(Certainty::Surely, |edge| edge.certainty.clone());
        moves.push(Move {
            from: widening.actor,
            to: widening.target,
            opportunity: widening.opportunity,
            certainty,
            widens: true,
        });
        if let Some(ways) = &widening.to_target {
            moves.extend(along(ways, by));
        }
        moves
    }
}

/// The steps of a way of becoming.
fn along(ways: &Ways, from: IdentityIndex) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut at = from;
    // A way has no circles, as every step was found later than the one it leads to.
    while let Some(next) = ways.next(at) {
        moves.push(Move {
            from: at,
            to: next.to,
            opportunity: next.opportunity,
            certainty: next.certainty.clone(),
            widens: false,
        });
        at = next.to;
    }
    moves
}
