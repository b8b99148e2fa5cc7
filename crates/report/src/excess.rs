//! What identities hold, by what is known of the need for it.

mod text;

use std::borrow::Cow;

use leastwise_effective::World;
use leastwise_model::{ActionBits, ActionClass, IdentityIndex};
use leastwise_roles::excess::{Color, Evidence, GrantSplit, Split};
use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::{self, WitnessView};
use crate::identities::{by_weight, gravest, gravity};
use crate::path::{self, PathStep};

pub use text::{detail, grants, summary};

/// How many actions have a request of each color. An action on several resources may have several colors.
#[derive(Clone, Copy, Debug, Default, Serialize, JsonSchema)]
pub struct Counts {
    /// Declared by the owner.
    pub needed: usize,
    /// Used, and not declared.
    pub used: usize,
    /// Neither, though logs would have shown a use.
    pub excess: usize,
    /// Neither, and logs would not have shown a use, or do not tell it clearly.
    pub unobservable: usize,
}

/// The counts of one class of action.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ClassRow {
    /// The class, as in `grant control`.
    pub class: String,
    /// How many of its actions have each color.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The actions of each color.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ActionLists<'a> {
    /// Declared by the owner.
    pub needed: Vec<Cow<'a, str>>,
    /// Used, and not declared.
    pub used: Vec<Cow<'a, str>>,
    /// Neither.
    pub excess: Vec<Cow<'a, str>>,
    /// Neither, and not to be seen.
    pub unobservable: Vec<Cow<'a, str>>,
}

/// How sure it is that what is excess is not needed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConfidenceView<'a> {
    /// `high`, `medium`, `low`, or `none` where no log would have shown anything.
    pub level: Cow<'a, str>,
    /// What speaks for it.
    pub speaks_for: Vec<Cow<'a, str>>,
    /// What speaks against it.
    pub speaks_against: Vec<Cow<'a, str>>,
}

/// What the logs are taken to show.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ShownRow<'a> {
    /// What.
    pub what: Cow<'a, str>,
    /// Whether that is concluded from records, and told by no configuration.
    pub assumed: bool,
}

/// Why actions are unobservable.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UntoldRow<'a> {
    /// Why.
    pub why: Cow<'a, str>,
    /// What would settle it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub settle: Cow<'a, str>,
    /// Of how many actions that is said.
    pub actions: usize,
}

/// One statement that gives something.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct GrantRow<'a> {
    /// How many of its actions have each color.
    #[serde(flatten)]
    pub counts: Counts,
    /// Whether all that it gives is excess, so that it can go whole.
    pub all_excess: bool,
    /// The classes of its excess.
    pub excess_classes: Vec<String>,
    /// A request of the excess.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witness: Option<WitnessView>,
    /// The native statements, outermost first.
    pub steps: Vec<PathStep<'a>>,
}

/// What one identity holds, by color.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExcessView<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// Its accountable team, where a source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'a, str>>,
    /// Whether anything is declared for it.
    pub declared: bool,
    /// How many of its uses the logs tell.
    pub uses: u64,
    /// How many actions it holds, but for those that its platform gives to everybody.
    pub held: usize,
    /// How many of them have each color.
    #[serde(flatten)]
    pub counts: Counts,
    /// The same for each class, the gravest first; an action counts in its primary class.
    pub classes: Vec<ClassRow>,
    /// How sure it is that what is excess is not needed.
    pub confidence: ConfidenceView<'a>,
    /// What the logs are taken to show.
    pub shown_by: Vec<ShownRow<'a>>,
    /// Why what is unobservable is so.
    pub unobservable_because: Vec<UntoldRow<'a>>,
    /// The actions, by name.
    pub actions: ActionLists<'a>,
    /// The statements that give them.
    pub grants: Vec<GrantRow<'a>>,
}

/// What one identity holds, in sum.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExcessRow<'a> {
    /// Who.
    pub identity: Cow<'a, str>,
    /// Its accountable team, where a source says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Cow<'a, str>>,
    /// Whether anything is declared for it.
    pub declared: bool,
    /// How many of its uses the logs tell.
    pub uses: u64,
    /// How many actions it holds, but for those that its platform gives to everybody.
    pub held: usize,
    /// How many of them have each color.
    #[serde(flatten)]
    pub counts: Counts,
    /// The class of the excess that weighs most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gravest: Option<String>,
    /// How sure it is that what is excess is not needed.
    pub confidence: Cow<'a, str>,
}

/// What every identity holds, by color, the excess that matters most first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExcessesView<'a> {
    /// One row an identity.
    pub identities: Vec<ExcessRow<'a>>,
    /// Who stands in the logs and not in the estate.
    pub strangers: Vec<Cow<'a, str>>,
}

fn counts(of: impl Fn(Color) -> usize) -> Counts {
    Counts {
        needed: of(Color::Needed),
        used: of(Color::Used),
        excess: of(Color::Excess),
        unobservable: of(Color::Unobservable),
    }
}

impl Counts {
    fn of(self, color: Color) -> usize {
        match color {
            Color::Needed => self.needed,
            Color::Used => self.used,
            Color::Excess => self.excess,
            Color::Unobservable => self.unobservable,
        }
    }
}

/// The catalogued actions of each primary class.
fn by_class(world: &World, index: IdentityIndex) -> Vec<(ActionClass, ActionBits)> {
    let Some(platform) = world.platform_of(index) else {
        return Vec::new();
    };
    let catalogue = platform.catalogue();
    let mut all: Vec<(ActionClass, ActionBits)> =
        by_weight().map(|class| (class, ActionBits::none())).collect();
    for action in 0..catalogue.len() {
        let class = catalogue.class(catalogue.name(action));
        if let Some((_, bits)) = all.iter_mut().find(|(known, _)| *known == class) {
            bits.insert(action);
        }
    }
    all
}

/// What one identity holds, as programs read it.
#[must_use]
pub fn view<'a>(evidence: &'a Evidence<'_>, split: &'a Split, grants: &'a [GrantSplit]) -> ExcessView<'a> {
    let world = evidence.world();
    let index = split.identity;
    let snapshot = world.snapshot();
    let identity = snapshot.identity(index);
    let platform = world.platform_of(index);
    let names = |color| -> Vec<Cow<'a, str>> {
        let Some(platform) = platform else {
            return Vec::new();
        };
        let names = split.actions(color).iter();
        names
            .map(|action| Cow::Borrowed(platform.catalogue().name(action)))
            .collect()
    };
    let classes = by_class(world, index).into_iter().filter_map(|(class, members)| {
        let counts = counts(|color| {
            let mut bits = split.actions(color).clone();
            bits.intersect(&members);
            bits.count()
        });
        Color::ALL
            .iter()
            .any(|color| counts.of(*color) > 0)
            .then(|| ClassRow {
                class: class.to_string(),
                counts,
            })
    });
    let reasons = |speaks_for: bool| {
        let reasons = split.confidence.reasons.iter();
        let reasons = reasons.filter(move |reason| reason.speaks_for == speaks_for);
        reasons.map(|reason| Cow::Borrowed(&*reason.what)).collect()
    };
    ExcessView {
        identity: Cow::Borrowed(path::id(snapshot, index)),
        owner: identity
            .and_then(|identity| identity.owner.as_ref())
            .map(|owner| Cow::Borrowed(&*owner.team)),
        declared: split.known.declared.is_some(),
        uses: split.known.uses,
        held: split.held(),
        counts: counts(|color| split.actions(color).count()),
        classes: classes.collect(),
        confidence: ConfidenceView {
            level: Cow::Borrowed(split.confidence.level.as_str()),
            speaks_for: reasons(true),
            speaks_against: reasons(false),
        },
        shown_by: split
            .known
            .coverage
            .shown_by
            .iter()
            .map(|by| ShownRow {
                what: Cow::Borrowed(&by.what),
                assumed: by.assumed,
            })
            .collect(),
        unobservable_because: split
            .untold
            .iter()
            .map(|untold| UntoldRow {
                why: Cow::Borrowed(&untold.why),
                settle: Cow::Borrowed(&untold.settle),
                actions: untold.actions.count(),
            })
            .collect(),
        actions: ActionLists {
            needed: names(Color::Needed),
            used: names(Color::Used),
            excess: names(Color::Excess),
            unobservable: names(Color::Unobservable),
        },
        grants: ordered(world, index, grants)
            .into_iter()
            .map(|grant| grant_row(world, index, grant))
            .collect(),
    }
}

/// Statements, the one with the gravest excess first.
fn ordered<'g>(world: &World, index: IdentityIndex, grants: &'g [GrantSplit]) -> Vec<&'g GrantSplit> {
    let mut all: Vec<&GrantSplit> = grants.iter().collect();
    all.sort_by_key(|grant| {
        let excess = grant.actions(Color::Excess);
        let classes = classes_of(world, index, excess);
        (gravity(classes), std::cmp::Reverse(excess.count()))
    });
    all
}

fn classes_of(world: &World, index: IdentityIndex, actions: &ActionBits) -> leastwise_model::ActionClasses {
    let platform = world.platform_of(index);
    let selector = platform.and_then(|platform| world.selector(platform));
    selector
        .map(|selector| selector.classes(actions))
        .unwrap_or_default()
}

fn grant_row<'a>(world: &'a World, index: IdentityIndex, grant: &'a GrantSplit) -> GrantRow<'a> {
    let snapshot = world.snapshot();
    let classes = classes_of(world, index, grant.actions(Color::Excess));
    GrantRow {
        counts: counts(|color| grant.actions(color).count()),
        all_excess: grant.is_all_excess(),
        excess_classes: classes.iter().map(|class| class.to_string()).collect(),
        witness: grant.witness.as_ref().map(compare::witness),
        steps: grant
            .steps
            .iter()
            .map(|label| PathStep {
                identity: Cow::Borrowed(path::id(snapshot, index)),
                ..path::statement(snapshot, *label)
            })
            .collect(),
    }
}

/// What every identity holds, as programs read it. Who holds nothing is left out.
#[must_use]
pub fn all<'a>(evidence: &'a Evidence<'_>, splits: &'a [Split]) -> ExcessesView<'a> {
    let world = evidence.world();
    let snapshot = world.snapshot();
    let mut rows: Vec<(usize, ExcessRow<'a>)> = splits
        .iter()
        .filter_map(|split| {
            let identity = snapshot.identity(split.identity)?;
            let held = split.held();
            let classes = split.excess_classes(world);
            let row = ExcessRow {
                identity: Cow::Borrowed(&identity.id),
                owner: identity.owner.as_ref().map(|owner| Cow::Borrowed(&*owner.team)),
                declared: split.known.declared.is_some(),
                uses: split.known.uses,
                held,
                counts: counts(|color| split.actions(color).count()),
                gravest: gravest(classes).map(|class| class.to_string()),
                confidence: Cow::Borrowed(split.confidence.level.as_str()),
            };
            (held > 0).then_some((gravity(classes), row))
        })
        .collect();
    rows.sort_by(|(gravity, row), (other_gravity, other)| {
        gravity
            .cmp(other_gravity)
            .then_with(|| other.counts.excess.cmp(&row.counts.excess))
            .then_with(|| row.identity.cmp(&other.identity))
    });
    ExcessesView {
        identities: rows.into_iter().map(|(_, row)| row).collect(),
        strangers: evidence
            .strangers()
            .iter()
            .map(|name| Cow::Borrowed(*name))
            .collect(),
    }
}
