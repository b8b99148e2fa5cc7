//! Who controls a whole instance, as themselves or after somebody widens what they hold.
//!
//! Whether a set contains all requests of control is an inclusion. Most sets fail on the first request that one
//! tries, so a few sample requests of each instance's control are tried before anything is searched.

use std::sync::Mutex;

use leastwise_model::{IdentityIndex, InstanceIndex};
use leastwise_permset::{Emptiness, Inclusion, Node, PermissionSet, Region, Request, Strings};
use rustc_hash::FxHashMap;

use crate::powers::Steps;
use crate::world::World;

/// How many requests stand for the control of an instance.
const SAMPLES: usize = 6;

/// Nesting beyond which membership is asked of a part as a whole.
const DEEP: u8 = 64;

/// For a gain on an instance: which samples it holds, and whether it alone is control.
type Weighed<K> = Mutex<FxHashMap<(K, InstanceIndex), (u8, bool)>>;

/// Control of every instance, and who has it.
pub(crate) struct Control {
    instances: Vec<(PermissionSet, Vec<Request>)>,
    /// Which samples each identity holds.
    held: Vec<u8>,
    /// Whether each identity, as itself, controls its instance.
    direct: Vec<bool>,
    /// Which samples a gain holds, and whether it alone is control; by the addresses of its parts, which live as
    /// long as the snapshot.
    gains: Weighed<Vec<usize>>,
    /// The same by the address of the whole, which is asked first.
    whole: Weighed<usize>,
}

/// How a set is made of parts, these by address: gains of many identities differ in nothing but the outermost nodes.
fn shape(set: &PermissionSet, depth: u8, out: &mut Vec<usize>) {
    let mut parts = |tag: usize, sets: &[PermissionSet]| {
        out.extend([tag, sets.len()]);
        sets.iter()
            .for_each(|set| shape(set, depth.saturating_sub(1), out));
    };
    match set.node() {
        _ if depth == 0 => out.push(set.address()),
        Node::Region(_) => out.push(set.address()),
        Node::Union(sets) => parts(1, sets),
        Node::Intersection(sets) => parts(2, sets),
        Node::Difference(given, taken) => parts(3, &[given.clone(), taken.clone()]),
        Node::Labelled(_, inner) => shape(inner, depth, out),
    }
}

fn samples_of(control: &PermissionSet, world: &World) -> Vec<Request> {
    let mut left = control.clone();
    let mut samples = Vec::new();
    while samples.len() < SAMPLES {
        let Emptiness::Inhabited(witness) = left.emptiness(world.limits()) else {
            break;
        };
        let action = Region::new(Strings::literal(&witness.request.action), Strings::any());
        left = left.difference(&PermissionSet::from(action));
        samples.push(witness.request);
    }
    samples
}

/// Which samples a set holds; what hangs under a label is looked at once. Membership follows how a set is made.
fn held_by_parts(
    set: &PermissionSet,
    instance: InstanceIndex,
    samples: &[Request],
    depth: u8,
    known: &mut FxHashMap<(usize, InstanceIndex), u8>,
) -> u8 {
    let Some(depth) = depth.checked_sub(1) else {
        return held(set, samples);
    };
    let mut held_by = |set: &PermissionSet| held_by_parts(set, instance, samples, depth, known);
    match set.node() {
        Node::Region(_) => held(set, samples),
        Node::Union(sets) => sets.iter().fold(0, |bits, set| bits | held_by(set)),
        Node::Intersection(sets) => sets.iter().fold(all(samples), |bits, set| match bits {
            0 => 0,
            bits => bits & held_by(set),
        }),
        Node::Difference(given, taken) => match held_by(given) {
            0 => 0,
            bits => bits & !held_by(taken),
        },
        Node::Labelled(_, inner) if matches!(inner.node(), Node::Region(_)) => held(inner, samples),
        Node::Labelled(_, inner) => {
            let key = (inner.address(), instance);
            if let Some(bits) = known.get(&key) {
                return *bits;
            }
            let bits = held_by_parts(inner, instance, samples, depth, known);
            known.insert(key, bits);
            bits
        }
    }
}

fn held(set: &PermissionSet, samples: &[Request]) -> u8 {
    samples
        .iter()
        .enumerate()
        .filter(|(_, sample)| set.contains(sample))
        .fold(0, |bits, (at, _)| bits | 1 << at)
}

fn all(samples: &[Request]) -> u8 {
    samples.iter().enumerate().fold(0, |bits, (at, _)| bits | 1 << at)
}

impl Control {
    pub(crate) fn new(world: &World) -> Self {
        let snapshot = world.snapshot();
        let instances: Vec<(PermissionSet, Vec<Request>)> = (0u32..)
            .zip(&snapshot.instances)
            .map(|(at, _)| {
                let control = world.administration(InstanceIndex(at));
                let samples = samples_of(&control, world);
                (control, samples)
            })
            .collect();
        let mut known = Self {
            instances,
            held: Vec::new(),
            direct: Vec::new(),
            gains: Mutex::default(),
            whole: Mutex::default(),
        };
        let mut by_part: FxHashMap<(usize, InstanceIndex), u8> = FxHashMap::default();
        for (index, identity) in snapshot.each_identity() {
            let Some((control, samples)) = known.instances.get(identity.instance.0 as usize) else {
                known.held.push(0);
                known.direct.push(false);
                continue;
            };
            let set = world.effective(index);
            let bits = held_by_parts(&set, identity.instance, samples, DEEP, &mut by_part);
            let direct = identity.unbounded.is_some()
                || bits == all(samples)
                    && matches!(control.included_in(&set, world.limits()), Inclusion::Holds);
            known.held.push(bits);
            known.direct.push(direct);
        }
        known
    }

    pub(crate) fn direct(&self, index: IdentityIndex) -> bool {
        self.direct.get(index.0 as usize).copied().unwrap_or_default()
    }

    /// Which samples `gain` holds, and whether it alone is control.
    fn weigh(
        &self,
        world: &World,
        instance: InstanceIndex,
        gain: &PermissionSet,
        control: &PermissionSet,
        samples: &[Request],
    ) -> (u8, bool) {
        let mut key = (Vec::new(), instance);
        shape(gain, 4, &mut key.0);
        let known = self.gains.lock().ok().and_then(|gains| gains.get(&key).copied());
        known.unwrap_or_else(|| {
            let bits = held(gain, samples);
            let alone =
                bits == all(samples) && matches!(control.included_in(gain, world.limits()), Inclusion::Holds);
            if let Ok(mut gains) = self.gains.lock() {
                gains.insert(key, (bits, alone));
            }
            (bits, alone)
        })
    }

    /// Whether `target` controls its instance once it holds `gain` as well.
    pub(crate) fn given(&self, world: &World, target: IdentityIndex, gain: &PermissionSet) -> bool {
        if self.direct(target) {
            return true;
        }
        let Some(instance) = world
            .snapshot()
            .identity(target)
            .map(|identity| identity.instance)
        else {
            return false;
        };
        let Some((control, samples)) = self.instances.get(instance.0 as usize) else {
            return false;
        };
        let address = (gain.address(), instance);
        let known = self
            .whole
            .lock()
            .ok()
            .and_then(|whole| whole.get(&address).copied());
        let (bits, alone) = known.unwrap_or_else(|| {
            let weighed = self.weigh(world, instance, gain, control, samples);
            if let Ok(mut whole) = self.whole.lock() {
                whole.insert(address, weighed);
            }
            weighed
        });
        if alone {
            return true;
        }
        let own = self.held.get(target.0 as usize).copied().unwrap_or_default();
        bits != 0
            && bits | own == all(samples)
            && matches!(
                control.included_in(&world.effective(target).union(gain), world.limits()),
                Inclusion::Holds
            )
    }
}

impl World {
    /// Whether an identity, as itself, controls the whole instance it belongs to.
    #[must_use]
    pub fn administers(&self, index: IdentityIndex) -> bool {
        self.control().direct(index)
    }

    /// Whether an identity would control its instance if it held `gain`, a set of this snapshot, as well.
    #[must_use]
    pub fn would_administer(&self, target: IdentityIndex, gain: &PermissionSet) -> bool {
        self.control().given(self, target, gain)
    }

    /// For each identity, whether it controls an instance or can come to it by certain steps: by becoming somebody
    /// who does, or by a widening that gives control to itself or to somebody it can become.
    #[must_use]
    pub fn controllers(&self) -> Vec<bool> {
        let powers = self.administrators(Steps::Certain);
        let each = self.snapshot().each_identity();
        each.map(|(index, _)| powers.holds(index) || powers.coming(index).is_some())
            .collect()
    }
}
