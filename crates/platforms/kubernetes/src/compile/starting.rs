//! Who starts a pod that takes its machine over, or puts a container that does into one that runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use leastwise_model::{IdentityIndex, Need, Text};
use leastwise_permset::{Guard, Label};

use super::adding::{Adding, need_one_of, need_when};
use super::controls::{self, Over, Space, both};
use super::machines::ENFORCE;
use crate::asked::Asked;
use crate::object::{WORK_KINDS, Work};
use crate::rule::request;

/// What Pod Security says to a pod that asks for its machine.
pub(super) enum Level {
    /// Nothing, if this holds; and what paths say of that.
    Passes(Guard, Option<Label>),
    /// It refuses it by the label of the namespace.
    Refuses { volumes_pass: bool },
}

/// A request after which a container that has its machine runs, if nothing refuses it.
pub(super) struct Way {
    technique: &'static str,
    action: Text,
    resource: String,
    asked: Asked,
    /// Whether the pod is made anew, so that it may have other volumes.
    anew: bool,
}

/// New pods, new objects that make pods, and changes of those that are there.
pub(super) fn of_new_pods(namespace: &Text, work: &[&Work]) -> Vec<Way> {
    let way = |verb: &str, kind: usize, resource: String, asked: Asked| {
        let known = WORK_KINDS.get(kind)?;
        Some(Way {
            technique: "escape",
            action: format!("{}:{verb}", known.resource).into(),
            resource,
            asked,
            anew: true,
        })
    };
    let kinds = 0..WORK_KINDS.len();
    let creates = kinds.map(|kind| way("create", kind, format!("{namespace}/"), Asked::new_of(kind)));
    let mut templates: Vec<(usize, &Text)> = work
        .iter()
        .filter(|work| {
            let kind = WORK_KINDS.get(work.kind);
            kind.is_some_and(|kind| kind.template_changes)
        })
        .map(|work| (work.kind, &work.meta.name))
        .collect();
    templates.sort_unstable();
    templates.dedup();
    let changes = templates.into_iter().flat_map(|(kind, name)| {
        ["update", "patch"].map(|verb| way(verb, kind, format!("{namespace}/{name}"), Asked::change_of(kind)))
    });
    creates.chain(changes).flatten().collect()
}

/// Containers put into a pod that runs; where it has its machine already, also another image for one that is there.
pub(super) fn of_running_pod(namespace: &Text, work: &Work) -> Vec<Way> {
    let way = |technique, action: String, asked| Way {
        technique,
        action: action.into(),
        resource: format!("{namespace}/{}", work.meta.name),
        asked,
        anew: false,
    };
    let has_machine = work.pod.as_ref().is_some_and(|pod| pod.host.is_some());
    let verbs = ["update", "patch"].into_iter();
    verbs
        .flat_map(|verb| {
            let debug = way(
                "debug-host",
                format!("core/pods/ephemeralcontainers:{verb}"),
                Asked::DEBUG,
            );
            let image =
                has_machine.then(|| way("image-host", format!("core/pods:{verb}"), Asked::change_of(0)));
            [Some(debug), image]
        })
        .flatten()
        .collect()
}

/// Where pods are started.
pub(super) struct Starting<'s> {
    pub space: &'s Space<'s>,
    pub level: &'s Level,
}

/// Ways that the same controls are asked about and that name the same object, or none.
#[derive(Default)]
struct Alike<'w> {
    asked: Asked,
    ways: Vec<&'w Way>,
}

impl Starting<'_> {
    /// Adds that by one of these ways these machines are taken over, if this holds.
    pub(super) fn add(
        &self,
        ways: &[Way],
        also: &Guard,
        machines: &Arc<[IdentityIndex]>,
        adding: &mut Adding<'_>,
    ) {
        let mut over: BTreeMap<Asked, Over> = BTreeMap::new();
        let mut alike: BTreeMap<(Over, &str), Alike<'_>> = BTreeMap::new();
        for way in ways {
            let over = over
                .entry(way.asked)
                .or_insert_with(|| self.space.over(way.asked));
            let group = alike.entry((over.clone(), &way.resource)).or_default();
            group.asked = group.asked.with(way.asked);
            group.ways.push(way);
        }
        for ((over, _), group) in &alike {
            let without = self.space.unrefused(over, adding.snapshot);
            match self.level {
                Level::Passes(guard, taken) => {
                    let guard = both(also, &both(guard, &without));
                    for way in &group.ways {
                        let needs = vec![need_when(&way.action, &way.resource, guard.clone())];
                        adding.become_by(way.technique, needs, machines, *taken);
                    }
                }
                Level::Refuses { volumes_pass } => {
                    self.past_pod_security(group, *volumes_pass, &both(also, &without), machines, adding);
                }
            }
            self.past_controls(group, over, also, machines, adding);
        }
    }

    /// What Pod Security refuses, once it is told not to, or does not see.
    fn past_pod_security(
        &self,
        group: &Alike<'_>,
        volumes_pass: bool,
        guard: &Guard,
        machines: &Arc<[IdentityIndex]>,
        adding: &mut Adding<'_>,
    ) {
        let unlabelled = self.space.labels.as_ref();
        let unlabelled = unlabelled.map(|labels| controls::without(labels, ENFORCE));
        let unlabel = both(
            guard,
            &self.space.unhindered(unlabelled.as_ref(), adding.snapshot),
        );
        let needs = vec![
            self.space.relabel(&unlabel),
            starting(group.ways.iter(), &Guard::always()),
        ];
        adding.become_one_of("unlabel-and-escape", needs, machines);
        let anew = || group.ways.iter().filter(|way| way.anew);
        if volumes_pass && anew().next().is_some() {
            let nameless = format!("{}/", self.space.namespace);
            let guard = both(guard, &self.space.volumes_unrefused(adding.snapshot));
            let needs = vec![
                need_when(&"core/persistentvolumes:create".into(), "/", guard.clone()),
                need_when(&"core/persistentvolumeclaims:create".into(), &nameless, guard),
                starting(anew(), &Guard::always()),
            ];
            adding.become_one_of("host-volume", needs, machines);
        }
    }

    /// What webhooks and policies may refuse, once they are taken away or do not see it.
    fn past_controls(
        &self,
        group: &Alike<'_>,
        over: &Over,
        also: &Guard,
        machines: &Arc<[IdentityIndex]>,
        adding: &mut Adding<'_>,
    ) {
        let (passes, refused) = match self.level {
            Level::Passes(guard, _) => (both(also, guard), false),
            Level::Refuses { .. } => (also.clone(), true),
        };
        if let Some(mut needs) = self.space.removals(over, refused) {
            needs.push(starting(group.ways.iter(), &passes));
            adding.become_one_of("remove-control", needs, machines);
        }
        if let Some(left) = self.space.left(over, group.asked, ENFORCE) {
            let guard = self.space.unhindered(Some(&left), adding.snapshot);
            let needs = vec![self.space.relabel(&guard), starting(group.ways.iter(), &passes)];
            adding.become_one_of("leave-control", needs, machines);
        }
    }
}

/// One of these ways, if this holds.
fn starting<'w>(ways: impl Iterator<Item = &'w &'w Way>, guard: &Guard) -> Need {
    let mut action: Option<&Text> = None;
    let regions = ways.map(|way| {
        action.get_or_insert(&way.action);
        request(&way.action, &way.resource).when(guard.clone())
    });
    let regions: Vec<_> = regions.collect();
    need_one_of(action.map_or("core/pods:create", |action| &**action), regions)
}
