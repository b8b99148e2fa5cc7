//! Who can do what, directly or by becoming somebody else, and by which path.
//!
//! A [`World`] is a snapshot made ready for questions. It answers [`Question`]s with an [`Answer`]: yes, when, no
//! or unknown, with the [`Path`]s that make it so and the assumptions it rests on. [`World::reach`] says what falls
//! with an identity, [`World::who_can`] who else can do the same, [`World::why`] what every layer says.
//!
//! What this crate does not know: any platform by name, files, how answers look.
//!
//! **Growth of cost.** Preparing is linear in grants. One direct question costs a walk over what the identity
//! holds. The ways of becoming are found once: each identity's set is cut down to the few actions that
//! techniques ask for, and what is left of it is looked up among the targets as a language, so that a
//! wildcard is one shared bundle and not one edge for each target; what many identities hold alike is looked up once.
//! Reaching is then a walk over that graph.

mod abilities;
mod answer;
mod arrivals;
mod ask;
mod asker;
mod beyond;
mod certainty;
mod compare;
mod control;
mod cut_set;
mod cuts;
mod gains;
mod goal;
mod graph;
mod hitting;
mod inquiry;
mod join;
mod levels;
mod lookup;
mod outward;
mod powers;
mod reach;
mod requests;
mod resting;
mod selector;
mod shape;
mod slice;
mod taste;
mod toward;
mod walk;
mod ways;
mod what;
mod who;
mod why;
mod without;
mod world;

pub use abilities::Abilities;
pub use answer::{Answer, How, Leg, Outcome, Path, Question, Reach};
pub use arrivals::{Arrival, Arrivals, Move};
pub use asker::Asker;
pub use certainty::Certainty;
pub use compare::{Change, Comparison, compare_sets};
pub use cut_set::CutSet;
pub use cuts::{Cut, Cuts};
pub use gains::{Doubted, Gained, Gains, Likeness, Refusal, gains};
pub use goal::{Goal, Sought};
pub use graph::{Doubts, Edge, STRANGER};
pub use inquiry::Telling;
pub use levels::Held;
pub use lookup::Unfound;
pub use powers::{Coming, Powers, Steps};
pub use reach::Fallen;
pub use selector::Selector;
pub use shape::{Shape, Station};
pub use taste::{Catalogued, OneAction};
pub use toward::{Next, Opening, Ways};
pub use walk::Reached;
pub use ways::NewWay;
pub use what::{Ability, Except};
pub use who::{Holder, Wanted};
pub use why::{Explanation, LayerSays, Near, Says};
pub use without::{Statement, Unstated};
pub use world::World;
