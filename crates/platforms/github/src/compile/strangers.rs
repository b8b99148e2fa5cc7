//! Whoever has an account, toward other systems: an account is free, and so are the tokens of one's own repositories.
//!
//! What admits one of these tokens admits everybody. They come from the issuer of github.com alone: on a server of one's
//! own, or in an enterprise with an issuer of its own, nobody signs up.

use leastwise_model::{Accepted, IdentityIndex, Instance, Issuer, Nature, Side, Snapshot, TokenHolder};

use leastwise_permset::{Atom, Condition, Node, PermissionSet, Test};

use super::drafts::{Class, Draft, Tell, rest_on};
use super::gaps::{gap, so};
use super::holders::anyone;
use super::{World, assume};
use crate::subject::{Doubts, strangers};

/// What tokens of github.com name as their issuer.
pub(super) const PUBLIC: &str = "https://token.actions.githubusercontent.com";

/// The name of the host, and of the instance of strangers where no owner is known.
const HOST: &str = "github.com";

/// Whether another platform admits tokens of github.com.
pub(super) fn are_admitted(snapshot: &Snapshot) -> bool {
    let public = |admits: &Accepted| matches!(admits, Accepted::Token { issuer, .. } if **issuer == *PUBLIC);
    snapshot
        .acceptances
        .iter()
        .any(|acceptance| public(&acceptance.admits))
}

/// Whether the people of this world have accounts of github.com, whose tokens another platform admits.
pub(super) fn are_of(world: &World<'_>, snapshot: &Snapshot) -> bool {
    world.exports.host.as_deref().unwrap_or(HOST) == HOST && are_admitted(snapshot)
}

/// Adds whoever has an account where no owner of github.com is known, and what is taken for granted of them.
pub(super) fn compile(world: &mut World<'_>, drafts: &mut Vec<Draft>, snapshot: &mut Snapshot) {
    if !are_admitted(snapshot) {
        return;
    }
    let is_anyone = |draft: &Draft| draft.identity.provided && &*draft.identity.name == "anyone";
    if !are_of(world, snapshot) || !drafts.iter().any(is_anyone) {
        let instance = snapshot.add_instance(Instance {
            platform: "github",
            name: HOST.into(),
            title: "GitHub".into(),
            version: None,
            environment: None,
        });
        world.instances.insert(HOST.into(), instance);
        drafts.push(anyone(world, HOST, "anyone"));
    }
    let taken = assume(
        "owners on GitHub whom trusts name: that their names belong to those who are meant".into(),
        "gh api users/OWNER".into(),
        Side::Adds,
    );
    for draft in drafts.iter_mut().filter(|draft| is_anyone(draft)) {
        rest_on(&mut draft.identity, std::slice::from_ref(&taken));
    }
}

/// What is asked of tokens of github.com.
#[derive(Default)]
struct Asked {
    /// Which workflow holds the job.
    workflows: bool,
    /// A subject that is not of one owner's repositories.
    subjects: bool,
}

impl Asked {
    fn by(snapshot: &Snapshot) -> Self {
        let mut asked = Self::default();
        for acceptance in &snapshot.acceptances {
            asked.within(&acceptance.set);
        }
        asked
    }

    fn within(&mut self, set: &PermissionSet) {
        match set.node() {
            Node::Region(region) => {
                for literal in region.guard.literals() {
                    let (Condition::Some(key, test) | Condition::Every(key, test)) = &literal.condition
                    else {
                        continue;
                    };
                    self.workflows |= key.as_str().ends_with("job_workflow_ref");
                    if let (true, Test::Text(strings)) = (key.as_str().ends_with("sub"), test) {
                        self.subjects |= strings.is_complement()
                            || strings
                                .patterns()
                                .iter()
                                .any(|pattern| !is_owned(pattern.prefix()));
                    }
                }
            }
            Node::Union(sets) | Node::Intersection(sets) => sets.iter().for_each(|set| self.within(set)),
            Node::Difference(given, taken) => {
                self.within(given);
                self.within(taken);
            }
            Node::Labelled(_, inner) => self.within(inner),
        }
    }
}

/// Whether a subject that begins so is of one owner's repositories.
fn is_owned(beginning: &str) -> bool {
    let owner = beginning.strip_prefix("repo:");
    owner.is_some_and(|owner| owner.find(['/', '@']).is_some_and(|at| at > 0))
}

/// Who gives strangers tokens of github.com: people, for repositories of their own.
pub(super) fn of(
    world: &World<'_>,
    tells: &[(IdentityIndex, Class, Vec<Tell>)],
    snapshot: &mut Snapshot,
) -> Option<Issuer> {
    if !are_admitted(snapshot) {
        return None;
    }
    let here = are_of(world, snapshot);
    let outside = world.instances.get(HOST).copied();
    let people: Vec<(IdentityIndex, bool)> = tells
        .iter()
        .filter(|(_, class, _)| *class == Class::Person)
        .filter_map(|(index, ..)| Some((*index, snapshot.identity(*index)?)))
        .filter(|(_, identity)| here || Some(identity.instance) == outside)
        .filter(|(_, identity)| !matches!(identity.nature, Nature::NonHuman(_)))
        .map(|(index, identity)| (index, identity.provided))
        .collect();
    let first = people.first().and_then(|(index, _)| snapshot.identity(*index))?;
    let instance = first.instance;
    let asked = Asked::by(snapshot);
    // A gap that nothing depends on is not told.
    let mut doubt = |decides: bool, what: &str, settle: &str| match decides {
        true => so(&gap(snapshot, what.to_owned(), settle.to_owned(), Side::Adds)),
        false => so(&Atom::new(what)),
    };
    let calls = doubt(
        asked.workflows,
        "what workflows of others do for whoever calls them is not known",
        "look at the workflows that `job_workflow_ref` names, and at who can see them",
    );
    let templates = doubt(
        asked.subjects,
        "whether a template of several claims makes such a subject for strangers is not known",
        "begin the subject with `repo:OWNER/`",
    );
    let claims = strangers(&Doubts { calls, templates });
    let holders = people.iter().map(|(identity, _)| TokenHolder {
        identity: *identity,
        audience: None,
        claims: Some(claims.clone()),
        step: None,
    });
    Some(Issuer {
        instance,
        url: Some(PUBLIC.into()),
        host: None,
        hostless: true,
        strays: Vec::new(),
        whole: false,
        holders: holders.collect(),
        requests: Vec::new(),
        free: Vec::new(),
        strangers: people
            .iter()
            .filter_map(|(identity, everybody)| everybody.then_some(*identity))
            .collect(),
        takers: Vec::new(),
        pipelines: false,
        known: Vec::new(),
        named: Vec::new(),
        untold: crate::subject::untold(),
    })
}
