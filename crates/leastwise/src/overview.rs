//! What matters most about an estate: who controls it, with whom most falls, who reaches the crown jewels, and
//! what all of that rests on.
//!
//! **Growth of cost.** Linear in identities. Who comes to control and to crown jewels is found backwards for everybody
//! at once; the reach of single identities is walked for the [`CANDIDATES`] that come first by that.

mod strangers;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use leastwise_effective::{How, Path, World};
use leastwise_findings::Report;
use leastwise_model::{CrownJewel, IdentityIndex, Nature, Settings, Text};
use leastwise_permset::Meeting;
use leastwise_report::identities::{gravity, kind_word};
use leastwise_report::scan::{
    ChokePoint, ClassRow, Control, Input, InstanceRow, JewelRow, KindRow, MissingRow, Natures, ScanView,
    Strangers as StrangersRow, Worst,
};
use leastwise_report::{findings, path};

use crate::pattern;
pub use strangers::Strangers;

/// Of so many identities the reach is walked.
const CANDIDATES: usize = 24;

/// What was read, beside the snapshot.
pub struct Read {
    /// Files that said something.
    pub files: usize,
    /// Files and parts of files that no platform knows.
    pub unrecognized: usize,
    /// The paths that were given.
    pub inputs: Vec<String>,
}

/// Who reaches one crown jewel.
struct Jewel {
    name: Text,
    direct: BTreeSet<IdentityIndex>,
    through: BTreeSet<IdentityIndex>,
    unknown: usize,
    /// An action and a resource as the settings write them.
    example: Option<(Text, Text)>,
}

/// One identity that controls nothing as itself, and what it comes to.
struct Climber {
    identity: IdentityIndex,
    falls: usize,
    control: Option<(How, Path, Text)>,
    jewels: Vec<Text>,
}

/// What matters most about an estate.
pub struct Overview {
    administrators: BTreeSet<IdentityIndex>,
    climbers: Vec<Climber>,
    /// How many come to control beside them.
    beyond: usize,
    jewels: Vec<Jewel>,
    strangers: Option<Strangers>,
}

/// Looks at a whole estate.
pub fn of(world: &World, settings: &Settings) -> Overview {
    let snapshot = world.snapshot();
    let administrators: BTreeSet<IdentityIndex> = snapshot
        .each_identity()
        .map(|(index, _)| index)
        .filter(|index| world.administers(*index))
        .collect();
    let jewels: Vec<Jewel> = settings
        .crown_jewels
        .iter()
        .map(|jewel| jewel_of(world, jewel))
        .collect();
    let controllers = world.controllers();
    let controls = |index: IdentityIndex| controllers.get(index.0 as usize).copied().unwrap_or_default();
    // What a platform's owner made is for that owner to answer for, and humans are meant to climb.
    let candidates = snapshot.each_identity().filter(|(index, identity)| {
        !administrators.contains(index) && !identity.provided && !matches!(identity.nature, Nature::Human(_))
    });
    let mut candidates: Vec<_> = candidates
        .map(|(index, _)| {
            let reached = |jewel: &&Jewel| jewel.direct.contains(&index) || jewel.through.contains(&index);
            let jewels = jewels.iter().filter(reached).count();
            let grave = world.abilities(index);
            let grave = grave.map_or(usize::MAX, |abilities| gravity(abilities.classes));
            (!controls(index), std::cmp::Reverse(jewels), grave, index)
        })
        .collect();
    let beyond = candidates.iter().filter(|(no_control, ..)| !no_control).count();
    candidates.sort();
    candidates.truncate(CANDIDATES);
    let mut climbers: Vec<Climber> = candidates
        .into_iter()
        .map(|(.., index)| climber(world, index, &jewels))
        .collect();
    climbers.sort_by_key(|climber| {
        let steps = climber
            .control
            .as_ref()
            .map_or(usize::MAX, |(_, way, _)| way.len());
        (
            std::cmp::Reverse(climber.control.is_some()),
            std::cmp::Reverse(climber.jewels.len()),
            std::cmp::Reverse(climber.falls),
            steps,
            climber.identity,
        )
    });
    let strangers = strangers::of(world, &settings.crown_jewels, &jewels);
    Overview {
        administrators,
        climbers,
        beyond,
        jewels,
        strangers,
    }
}

fn jewel_of(world: &World, jewel: &CrownJewel) -> Jewel {
    let snapshot = world.snapshot();
    let requests = World::jewel_requests(jewel);
    let mut direct = BTreeSet::new();
    let mut unknown = 0;
    for (index, identity) in snapshot.each_identity() {
        let Some(instance) = snapshot.instance(identity.instance) else {
            continue;
        };
        let elsewhere =
            |wanted: &Option<Text>, is: &str| wanted.as_ref().is_some_and(|wanted| &**wanted != is);
        if elsewhere(&jewel.platform, instance.platform)
            || elsewhere(&jewel.instance, &instance.name)
            || !pattern::concerns_any(world, index, &jewel.actions)
        {
            continue;
        }
        match world.effective(index).meets(&requests, world.limits()) {
            Meeting::Never => {}
            Meeting::Surely(_) => {
                direct.insert(index);
            }
            Meeting::Depends(_) | Meeting::Unknown(_) => unknown += 1,
        }
    }
    let holders: Vec<IdentityIndex> = direct.iter().copied().collect();
    let through = world
        .reachers(&holders, true)
        .into_iter()
        .filter(|index| !direct.contains(index))
        .collect();
    Jewel {
        name: jewel.name.clone(),
        direct,
        through,
        unknown,
        example: jewel
            .actions
            .first()
            .cloned()
            .zip(jewel.resources.first().cloned()),
    }
}

fn climber(world: &World, identity: IdentityIndex, jewels: &[Jewel]) -> Climber {
    let fallen = world.reach(identity);
    let snapshot = world.snapshot();
    let control = fallen.administers.as_ref().map(|(how, way)| {
        let last = path::stations(way).last().copied().unwrap_or(identity);
        let instance = snapshot
            .identity(last)
            .and_then(|identity| snapshot.instance(identity.instance));
        (
            *how,
            way.clone(),
            instance.map_or_else(|| Text::from("?"), |instance| instance.title.clone()),
        )
    });
    let mut reached: Vec<Text> = jewels
        .iter()
        .filter(|jewel| jewel.direct.contains(&identity) || jewel.through.contains(&identity))
        .map(|jewel| jewel.name.clone())
        .collect();
    reached.sort();
    Climber {
        identity,
        falls: fallen.surely,
        control,
        jewels: reached,
    }
}

impl Overview {
    /// Strangers who come to what must not fall, if any do.
    pub fn strangers(&self) -> Option<&Strangers> {
        self.strangers.as_ref()
    }

    /// The way of the identity with which most falls to control, and of what, if it comes to it.
    pub fn worst_way(&self) -> Option<(IdentityIndex, &Path, &str)> {
        let worst = self.climbers.first()?;
        let (_, way, of) = worst.control.as_ref()?;
        Some((worst.identity, way, of))
    }

    /// The page of it.
    pub fn page<'a>(
        &'a self,
        world: &'a World,
        settings: &'a Settings,
        report: &'a Report,
        read: &Read,
    ) -> ScanView<'a> {
        let snapshot = world.snapshot();
        let lost = snapshot.remarks.iter().filter(|remark| remark.loses);
        ScanView {
            name: settings.name.as_deref().map(Cow::Borrowed),
            input: Input {
                files: read.files,
                unrecognized: read.unrecognized,
                lost: lost
                    .map(|remark| {
                        Cow::Owned(format!(
                            "{}{}",
                            crate::estate::place(snapshot, remark),
                            remark.what
                        ))
                    })
                    .collect(),
            },
            instances: instances(world),
            identities: natures(world),
            kinds: kinds(world),
            classes: classes(world),
            control: self.control(world),
            worst: self.worst(world),
            strangers: self.strangers.as_ref().map(|strangers| StrangersRow {
                identity: Cow::Borrowed(path::id(snapshot, strangers.identity)),
                hops: strangers.hops,
                path: path::steps(snapshot, &strangers.path),
                crown_jewels: strangers
                    .jewels
                    .iter()
                    .map(|name| Cow::Borrowed(&**name))
                    .collect(),
            }),
            crown_jewels: self
                .jewels
                .iter()
                .map(|jewel| JewelRow {
                    name: Cow::Borrowed(&jewel.name),
                    direct: jewel.direct.len(),
                    through: jewel.through.len(),
                    unknown: jewel.unknown,
                })
                .collect(),
            findings: findings::rows(world, report),
            rules: findings::by_rule(world, report),
            silent: findings::silent(report),
            gaps: gaps(world),
            assuming: assuming(world),
            next: self.next(world, report, read),
        }
    }

    fn control<'a>(&self, world: &'a World) -> Control<'a> {
        let mut passed: BTreeMap<IdentityIndex, usize> = BTreeMap::new();
        let climbing: Vec<&Climber> = self
            .climbers
            .iter()
            .filter(|climber| climber.control.is_some())
            .collect();
        for (_, way, _) in climbing.iter().filter_map(|climber| climber.control.as_ref()) {
            for station in path::stations(way).into_iter().skip(1).collect::<BTreeSet<_>>() {
                *passed.entry(station).or_default() += 1;
            }
        }
        let busiest = passed
            .into_iter()
            .max_by_key(|(index, ways)| (*ways, std::cmp::Reverse(*index)));
        Control {
            direct: self.administrators.len(),
            beyond: self.beyond,
            // Only where every way was walked is the count of those that pass somebody the whole count.
            choke_point: busiest
                .filter(|(_, ways)| *ways > 1 && climbing.len() == self.beyond)
                .map(|(index, ways)| ChokePoint {
                    identity: Cow::Borrowed(path::id(world.snapshot(), index)),
                    ways,
                }),
        }
    }

    fn worst<'a>(&'a self, world: &'a World) -> Option<Worst<'a>> {
        let worst = self.climbers.first()?;
        if worst.control.is_none() && worst.falls == 0 && worst.jewels.is_empty() {
            return None;
        }
        let control = worst.control.as_ref();
        Some(Worst {
            identity: Cow::Borrowed(path::id(world.snapshot(), worst.identity)),
            falls: worst.falls,
            hops: control.map(|(how, way, _)| hops(*how, way)),
            how: control.map(|(how, _, _)| Cow::Borrowed(leastwise_report::answer::how_word(*how))),
            controls: control.map(|(_, _, of)| Cow::Borrowed(&**of)),
            path: control
                .map(|(_, way, _)| path::steps(world.snapshot(), way))
                .unwrap_or_default(),
            crown_jewels: worst.jewels.iter().map(|name| Cow::Borrowed(&**name)).collect(),
        })
    }

    /// Commands that look closer, with paths and names as they must be typed.
    fn next(&self, world: &World, report: &Report, read: &Read) -> Vec<String> {
        let inputs: String = read
            .inputs
            .iter()
            .map(|input| format!(" --in {}", quoted(input)))
            .collect();
        let mut commands = Vec::new();
        if let Some(worst) = self.climbers.first() {
            let who = quoted(path::shortest(world, worst.identity));
            commands.push(format!("leastwise reach {who}{inputs}"));
        }
        if let Some((action, resource)) = self.jewels.iter().find_map(|jewel| jewel.example.as_ref()) {
            let any = if action.contains('*') || resource.contains('*') {
                " --any"
            } else {
                ""
            };
            commands.push(format!(
                "leastwise who-can {} {}{any}{inputs}",
                quoted(action),
                quoted(resource)
            ));
        }
        if let Some(worst) = report.own().next() {
            commands.push(format!("leastwise explain {}", worst.rule.id));
        }
        commands.push(format!("leastwise identities{inputs}"));
        commands
    }
}

/// Steps of becoming and of granting.
fn hops(how: How, way: &Path) -> usize {
    use leastwise_effective::Leg;
    let moves = way
        .iter()
        .filter(|leg| matches!(leg, Leg::Becomes { .. } | Leg::Grants { .. }))
        .count();
    if how == How::Direct { 0 } else { moves.max(1) }
}

/// `text` for a shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@=+,%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn instances(world: &World) -> Vec<InstanceRow<'_>> {
    let snapshot = world.snapshot();
    let mut counts = vec![0_usize; snapshot.instances.len()];
    let mut strangers = counts.clone();
    for identity in &snapshot.identities {
        let at = identity.instance.0 as usize;
        let places = [
            counts.get_mut(at),
            strangers.get_mut(at).filter(|_| identity.stranger),
        ];
        places.into_iter().flatten().for_each(|count| *count += 1);
    }
    snapshot
        .instances
        .iter()
        .zip(counts.into_iter().zip(strangers))
        // Where nobody but strangers is, nothing was exported.
        .filter(|(_, (identities, strangers))| *identities == 0 || identities > strangers)
        .map(|(instance, (identities, _))| InstanceRow {
            platform: Cow::Borrowed(instance.platform),
            platform_title: Cow::Borrowed(platform_title(instance.platform)),
            name: Cow::Borrowed(&instance.name),
            title: Cow::Borrowed(&instance.title),
            environment: instance.environment.as_deref().map(Cow::Borrowed),
            identities,
        })
        .collect()
}

fn platform_title(name: &'static str) -> &'static str {
    crate::platforms::PLATFORMS
        .iter()
        .find(|platform| platform.name() == name)
        .map_or(name, |platform| platform.title())
}

fn natures(world: &World) -> Natures {
    let mut natures = Natures::default();
    for identity in &world.snapshot().identities {
        natures.total += 1;
        match identity.nature {
            Nature::Human(_) => natures.human += 1,
            Nature::NonHuman(_) => natures.non_human += 1,
            Nature::Mixed(_) => natures.mixed += 1,
            Nature::Unknown => natures.unknown += 1,
        }
        natures.provided += usize::from(identity.provided);
        natures.owned += usize::from(!identity.provided && identity.owner.is_some());
    }
    natures
}

fn kinds(world: &World) -> Vec<KindRow<'_>> {
    let snapshot = world.snapshot();
    let mut counts: BTreeMap<(&'static str, leastwise_model::IdentityKind), usize> = BTreeMap::new();
    for identity in &snapshot.identities {
        let platform = snapshot
            .instance(identity.instance)
            .map_or("", |instance| instance.platform);
        *counts.entry((platform, identity.kind)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((platform, kind), identities)| KindRow {
            platform_title: Cow::Borrowed(platform_title(platform)),
            kind: Cow::Borrowed(kind_word(kind)),
            identities,
        })
        .collect()
}

fn classes(world: &World) -> Vec<ClassRow> {
    leastwise_report::identities::by_weight()
        .map(|class| ClassRow {
            verb: class.verb.as_str().to_owned(),
            target: class.target.as_str().to_owned(),
            identities: world
                .snapshot()
                .each_identity()
                .filter(|(index, _)| {
                    world
                        .abilities(*index)
                        .is_some_and(|abilities| abilities.classes.contains(class))
                })
                .count(),
        })
        .filter(|row| row.identities > 0)
        .collect()
}

fn gaps(world: &World) -> Vec<MissingRow<'_>> {
    let rows = world.snapshot().gaps.values();
    rows.map(|gap| MissingRow {
        what: Cow::Borrowed(&gap.what),
        settle: Cow::Borrowed(&gap.settle),
        identities: None,
    })
    .collect()
}

fn assuming(world: &World) -> Vec<MissingRow<'_>> {
    let mut layers: BTreeMap<&Text, (&Text, usize)> = BTreeMap::new();
    for identity in &world.snapshot().identities {
        for assumption in &identity.assumptions {
            layers
                .entry(&assumption.layer)
                .or_insert((&assumption.settle, 0))
                .1 += 1;
        }
    }
    layers
        .into_iter()
        .map(|(layer, (settle, identities))| MissingRow {
            what: Cow::Borrowed(layer),
            settle: Cow::Borrowed(settle),
            identities: Some(identities),
        })
        .collect()
}
