//! What stands in boxes and at steps.

use leastwise_effective::{Leg, Path, World};
use leastwise_model::{IdentityIndex, Instance, Snapshot};
use leastwise_permset::Label;

use super::{
    BOXES_MAX, COLUMNS, CutLine, Drawn, DrawnStep, Group, Kind, Node, Picture, Side, collapse, lines_of,
    short_place,
};
use crate::identities::kind_word;
use crate::path::{self, PathStep};
use crate::text::{counted, cut, grouped, shortened};

/// So many names stand in a box of several.
const NAMES: usize = 3;
/// Of so many identities of a box all statements are looked up.
const LOOKED_UP: usize = 20;

/// What a picture shows, before it is one.
pub(crate) struct Sketch<'s> {
    /// What it shows.
    pub(crate) title: String,
    /// How much of what.
    pub(crate) counts: Vec<String>,
    /// Where the root stands.
    pub(crate) side: Side,
    /// The root's own box, where it is no identity.
    pub(crate) root: Option<Drawn>,
    /// All identities; the root is among them.
    pub(crate) nodes: Vec<Node>,
    /// The statement that makes the step of a node possible.
    pub(crate) statement: &'s dyn Fn(usize) -> Option<Label>,
    /// Where to cut.
    pub(crate) cuts: Vec<CutLine>,
}

/// What sort of identity it is, as those that may share a box have in common.
pub(crate) fn kind(world: &World, identity: IdentityIndex) -> Kind {
    let word = world
        .snapshot()
        .identity(identity)
        .map_or("identity", |identity| kind_word(identity.kind));
    Kind {
        platform: world
            .platform_of(identity)
            .map_or("", |platform| platform.title()),
        word,
    }
}

/// What is alarming about an identity itself.
pub(crate) fn alarm(world: &World, identity: IdentityIndex) -> String {
    match world.administers(identity) {
        true => {
            let place = place(world.snapshot(), identity).map_or("its place", |place| &*place.title);
            cut(&format!("controls all of {place}"), COLUMNS + 6).into_owned()
        }
        false => String::new(),
    }
}

/// The account, cluster or server of an identity.
fn place(snapshot: &Snapshot, identity: IdentityIndex) -> Option<&Instance> {
    snapshot.instance(snapshot.identity(identity)?.instance)
}

/// The statement to name of a stretch of a way: that on the far side, else the outermost of those that let the near side
/// act.
pub(crate) fn first_statement(snapshot: &Snapshot, path: &Path) -> Option<Label> {
    let placed = |label: &Label| snapshot.step(*label).is_some_and(|step| step.location.is_some());
    let far = path.iter().filter_map(|leg| match leg {
        Leg::Becomes { step, .. } | Leg::Grants { step, .. } => *step,
        Leg::Holds { .. } => None,
    });
    let near = path.iter().flat_map(|leg| match leg {
        Leg::Holds { steps, .. } => steps.as_slice(),
        Leg::Becomes { .. } | Leg::Grants { .. } => &[],
    });
    far.chain(near.copied()).find(placed)
}

/// `kind name, file:line:column`.
pub(crate) fn said(step: &PathStep<'_>) -> String {
    let mut out = step.kind.to_string();
    if !step.name.is_empty() {
        out.push_str(&format!(" {}", step.name));
    }
    if let Some(file) = &step.file {
        out.push_str(&format!(", {file}"));
        for number in [step.line, step.column].into_iter().flatten() {
            out.push_str(&format!(":{number}"));
        }
    }
    out
}

/// Draws it.
pub(crate) fn picture(world: &World, sketch: &Sketch<'_>) -> Picture {
    let groups = collapse(&sketch.nodes, BOXES_MAX);
    let mut platforms: Vec<String> = sketch
        .nodes
        .iter()
        .filter_map(|node| world.platform_of(node.identity?))
        .map(|platform| platform.title().to_owned())
        .collect();
    platforms.sort();
    platforms.dedup();
    let boxes = groups
        .iter()
        .enumerate()
        .map(|(at, group)| {
            let drawn = match (at, &sketch.root) {
                (0, Some(root)) => root.clone(),
                _ => named(world, &sketch.nodes, group, &platforms),
            };
            Drawn {
                step: step(world, sketch, group),
                ..drawn
            }
        })
        .collect();
    let mut notes =
        vec!["each identity stands where its surest, then shortest way leads; it may have others".to_owned()];
    let folded = groups.iter().filter_map(|group| group.folded);
    let missing: usize = folded.sum();
    if missing > 0 {
        notes.push(format!(
            "{} do not fit and are folded into boxes with broken frames: ask for a narrower goal, or --format json for all",
            counted(missing, "further box", "further boxes")
        ));
    }
    Picture {
        title: sketch.title.clone(),
        counts: sketch.counts.clone(),
        side: sketch.side,
        boxes,
        platforms,
        cuts: sketch.cuts.clone(),
        notes,
    }
}

fn named(world: &World, nodes: &[Node], group: &Group, platforms: &[String]) -> Drawn {
    let snapshot = world.snapshot();
    let members: Vec<&Node> = group.members.iter().filter_map(|at| nodes.get(*at)).collect();
    let who: Vec<IdentityIndex> = members.iter().filter_map(|node| node.identity).collect();
    let ids: Vec<&str> = who.iter().map(|index| path::id(snapshot, *index)).collect();
    let said = match ids.len().checked_sub(LOOKED_UP) {
        None | Some(0) => ids.join(", "),
        Some(more) => format!(
            "{} and {} more",
            ids.get(..LOOKED_UP).unwrap_or_default().join(", "),
            grouped(more)
        ),
    };
    let Some((first, node)) = who.first().zip(members.first()) else {
        return Drawn::default();
    };
    let color = platforms
        .iter()
        .position(|platform| platform == node.kind.platform);
    if let Some(boxes) = group.folded {
        return Drawn {
            head: format!("{} more", grouped(who.len())),
            lines: vec![format!("in {}", counted(boxes, "box", "boxes"))],
            said,
            folded: true,
            ..Drawn::default()
        };
    }
    let own = Drawn {
        alarm: node.alarm.clone(),
        said,
        color,
        ..Drawn::default()
    };
    if who.len() == 1 {
        let word = node.kind.word.replace('-', " ");
        let place = place(snapshot, *first).filter(|place| *place.title != *node.kind.platform);
        let below = match place {
            Some(place) => format!("{word} · {}", place.title),
            None => word,
        };
        return Drawn {
            head: shortened(path::shortest(world, *first), COLUMNS).into_owned(),
            lines: vec![cut(&below, COLUMNS + 6).into_owned()],
            ..own
        };
    }
    let mut lines: Vec<String> = who
        .iter()
        .take(NAMES)
        .map(|index| shortened(path::shortest(world, *index), COLUMNS + 4).into_owned())
        .collect();
    if let Some(more) = who.len().checked_sub(NAMES).filter(|more| *more > 0) {
        lines.push(format!("and {} more", grouped(more)));
    }
    Drawn {
        head: format!("{} {}", grouped(who.len()), plural(node.kind.word)),
        lines,
        ..own
    }
}

fn plural(word: &str) -> String {
    let word = word.replace('-', " ");
    match word.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{word}s"),
    }
}

fn step(world: &World, sketch: &Sketch<'_>, group: &Group) -> Option<DrawnStep> {
    let next = group.next?;
    let first = *group.members.first()?;
    let node = sketch.nodes.get(first)?;
    let snapshot = world.snapshot();
    if group.folded.is_some() {
        return Some(DrawnStep {
            next,
            how: vec!["several ways".into()],
            place: String::new(),
            said: String::new(),
            sure: group
                .members
                .iter()
                .filter_map(|at| sketch.nodes.get(*at))
                .map(|node| node.sure)
                .max()
                .unwrap_or(node.sure),
            cuts: Vec::new(),
        });
    }
    let looked_up = group.members.iter().take(LOOKED_UP);
    let mut labels: Vec<Label> = looked_up.filter_map(|at| (sketch.statement)(*at)).collect();
    let named = labels.first().map(|label| path::statement(snapshot, *label));
    labels.sort();
    labels.dedup();
    let several = labels.len() > 1 || (group.members.len() > LOOKED_UP && !labels.is_empty());
    let place = match &named {
        Some(step) if !several => step.file.as_deref().map(|file| short_place(file, step.line)),
        Some(_) if group.members.len() > LOOKED_UP => Some("several statements".to_owned()),
        Some(_) => Some(format!("{} statements", labels.len())),
        None => None,
    };
    let statements: Vec<String> = labels
        .iter()
        .map(|label| said(&path::statement(snapshot, *label)))
        .collect();
    Some(DrawnStep {
        next,
        how: lines_of(&node.how),
        place: place.unwrap_or_default(),
        said: format!("{}\n{}", node.how, statements.join("\n"))
            .trim()
            .to_owned(),
        sure: node.sure,
        cuts: node.cuts.clone(),
    })
}
