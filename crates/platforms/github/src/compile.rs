//! What was read → identities with what they hold, and who can become them.
//!
//! A *site* is a repository with its workflows; a *unit* is a job of a site, also one of a workflow that it calls. Work and
//! memory grow with sites, units, people and Apps; opportunities with units, environments and rules, never with pairs.

mod drafts;
mod gaps;
mod holders;
mod jobs;
mod known;
mod named;
mod pushed;
mod renamed;
mod rules;
mod runs;
mod site;
mod strangers;
mod ways;

use std::collections::BTreeMap;

use leastwise_model::{
    Assumption, IdentityIndex, Instance, InstanceIndex, Issuer, Remark, Renaming, Side, Snapshot, Technique,
    TechniqueIndex, Text,
};

use crate::export::Exports;
use crate::reader::Found;
use crate::rows::rows;
use drafts::{Class, Draft, Tell};
use site::Site;

const TECHNIQUES: &str = include_str!("../data/techniques.tsv");

/// All that is compiled.
pub(crate) struct World<'e> {
    pub exports: &'e Exports,
    /// By name.
    pub sites: Vec<Site<'e>>,
    /// Where sites stand, by their names in small letters.
    pub places: BTreeMap<String, usize>,
    pub instances: BTreeMap<Text, InstanceIndex>,
    pub techniques: BTreeMap<&'static str, TechniqueIndex>,
}

impl<'e> World<'e> {
    /// The site of a repository; its name has no case.
    pub fn site(&self, full: &str) -> Option<&Site<'e>> {
        let found = self.sites.binary_search_by(|site| (*site.full).cmp(full)).ok();
        let at = found.or_else(|| self.places.get(&full.to_ascii_lowercase()).copied());
        at.and_then(|at| self.sites.get(at))
    }

    /// The instance of an owner.
    pub fn instance(&self, owner: &str) -> InstanceIndex {
        self.instances.get(owner).copied().unwrap_or(InstanceIndex(0))
    }

    pub fn technique(&self, id: &str) -> TechniqueIndex {
        self.techniques
            .get(id)
            .copied()
            .unwrap_or(TechniqueIndex(u32::MAX))
    }
}

/// Compiles everything into `snapshot`; tokens as they are after `renaming`.
pub(crate) fn compile(
    exports: &Exports,
    workflows: &[Found],
    renaming: Option<&Renaming>,
    snapshot: &mut Snapshot,
) {
    let mut sites = site::all(exports, workflows, snapshot);
    if let Some(renaming) = renaming {
        renamed::move_homes(exports, renaming, &mut sites, snapshot);
    }
    let mut owners: Vec<Text> = sites.iter().map(|site| site.owner.clone()).collect();
    owners.extend(exports.owners.keys().cloned());
    owners.sort();
    owners.dedup();
    if owners.is_empty() && !strangers::are_admitted(snapshot) {
        return;
    }
    let places = sites.iter().enumerate();
    let mut world = World {
        exports,
        places: places
            .map(|(at, site)| (site.full.to_ascii_lowercase(), at))
            .collect(),
        sites,
        instances: BTreeMap::new(),
        techniques: BTreeMap::new(),
    };
    for owner in owners {
        let instance = snapshot.add_instance(Instance {
            platform: "github",
            name: owner.clone(),
            title: format!("GitHub {owner}").into(),
            version: None,
            environment: None,
        });
        world.instances.insert(owner, instance);
    }
    for row in rows(TECHNIQUES) {
        if let [id, title, effect, source, ..] = *row {
            let technique = snapshot.add_technique(Technique {
                id: id.into(),
                title: title.into(),
                source: source.into(),
                effect: effect.into(),
            });
            world.techniques.insert(id, technique);
        }
    }
    let mut drafts: Vec<Draft> = Vec::new();
    for site in &world.sites {
        jobs::compile(&world, site, &mut drafts, snapshot);
        pushed::compile(&world, site, &mut drafts, snapshot);
    }
    if let Some(renaming) = renaming {
        renamed::compile(&world, renaming, &mut drafts, snapshot);
    }
    holders::compile(&world, &mut drafts, snapshot);
    strangers::compile(&mut world, &mut drafts, snapshot);
    place(&world, drafts, snapshot);
}

/// Gives drafts their places, and tells what depends on places.
fn place(world: &World<'_>, mut drafts: Vec<Draft>, snapshot: &mut Snapshot) {
    drafts.sort_by(|a, b| a.identity.id.cmp(&b.identity.id));
    drafts.dedup_by(|later, earlier| {
        let twice = later.identity.id == earlier.identity.id;
        if twice {
            snapshot.remarks.push(Remark {
                location: later.identity.location.clone(),
                what: format!("{} is there twice; the first counts", later.identity.id).into(),
                hint: "leave one out".into(),
                loses: false,
            });
        }
        twice
    });
    let mut tells: Vec<(IdentityIndex, Class, Vec<Tell>)> = Vec::new();
    for draft in drafts {
        let index = snapshot.add_identity(draft.identity);
        tells.push((index, draft.class, draft.tells));
    }
    for (owner, instance) in &world.instances {
        snapshot.issuers.push(Issuer {
            instance: *instance,
            url: site::issuer(world.exports),
            host: None,
            hostless: true,
            strays: Vec::new(),
            whole: false,
            holders: Vec::new(),
            requests: Vec::new(),
            free: Vec::new(),
            strangers: Vec::new(),
            takers: Vec::new(),
            pipelines: true,
            known: known::subjects(world.exports, owner),
            named: named::subjects(world, owner),
            untold: crate::subject::untold(),
        });
    }
    let people = strangers::of(world, &tells, snapshot);
    ways::compile(world, tells, snapshot);
    snapshot.issuers.extend(people);
}

/// A layer of which nothing is known.
pub(crate) fn assume(layer: String, settle: String, side: Side) -> Assumption {
    Assumption {
        layer: layer.into(),
        settle: settle.into(),
        side,
    }
}
