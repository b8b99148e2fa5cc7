//! Which identities share a box, and what does not fit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use leastwise_effective::Steps;

use super::{Kind, Node};

/// More boxes nobody reads.
pub const BOXES_MAX: usize = 60;

/// Nodes that share a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Places of the nodes, in order; never empty.
    pub members: Vec<usize>,
    /// The place of the group nearer to the root; `None` for the root.
    pub next: Option<usize>,
    /// How many boxes of its own this one stands for, where it stands for what did not fit.
    pub folded: Option<usize>,
}

/// What must be alike for two nodes to share a box, beside the box they lead to.
type Likeness<'n> = (Steps, Kind, &'n str, &'n [usize], &'n str, usize);

/// The boxes of a tree: leaves that are alike share one; where that is too many, all that are alike; where that is still too many, the
/// boxes of fewest identities are folded. The root comes first, each group after the one nearer to the root.
///
/// A node from which no way leads to the root (there is none such, by construction) would be left out.
#[must_use]
pub fn collapse(nodes: &[Node], most: usize) -> Vec<Group> {
    let children = children(nodes);
    let apart = |at: usize| children.get(at).is_some_and(|below| !below.is_empty());
    let fine = grouped(nodes, &children, apart);
    if fine.len() <= most {
        return ordered(&fine);
    }
    let coarse = grouped(nodes, &children, |_| false);
    if coarse.len() <= most {
        return ordered(&coarse);
    }
    ordered(&folded(&coarse, nodes, most))
}

/// The groups nearer to the root first; of those that lead to one group those that stand for more identities, with all that
/// leads to them, and what was folded last.
fn ordered(groups: &[Group]) -> Vec<Group> {
    let mut weight: Vec<usize> = groups.iter().map(|group| group.members.len()).collect();
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    // What was folded stands last, and leads to none behind it.
    for (at, group) in groups.iter().enumerate().rev() {
        let own = weight.get(at).copied().unwrap_or_default();
        let Some(next) = group.next else { continue };
        if let Some(all) = weight.get_mut(next) {
            *all += own;
        }
        if let Some(siblings) = below.get_mut(next) {
            siblings.push(at);
        }
    }
    let mut out: Vec<Group> = Vec::with_capacity(groups.len());
    let mut queue: VecDeque<(usize, Option<usize>)> = VecDeque::from([(0, None)]);
    while let Some((at, next)) = queue.pop_front() {
        let Some(group) = groups.get(at) else { continue };
        let mut those = below.get(at).cloned().unwrap_or_default();
        those.sort_by_key(|one| {
            let folded = groups.get(*one).is_some_and(|group| group.folded.is_some());
            let weight = weight.get(*one).copied().unwrap_or_default();
            (folded, std::cmp::Reverse(weight), *one)
        });
        queue.extend(those.into_iter().map(|one| (one, Some(out.len()))));
        out.push(Group {
            next,
            ..group.clone()
        });
    }
    out
}

fn children(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let Some(below) = node.next.and_then(|next| children.get_mut(next)) {
            below.push(at);
        }
    }
    children
}

/// Nodes in groups; those for which `apart` holds are alone.
fn grouped(nodes: &[Node], children: &[Vec<usize>], apart: impl Fn(usize) -> bool) -> Vec<Group> {
    let roots = (0..nodes.len()).filter(|at| nodes.get(*at).is_some_and(|node| node.next.is_none()));
    let mut groups: Vec<Group> = roots
        .take(1)
        .map(|root| Group {
            members: vec![root],
            next: None,
            folded: None,
        })
        .collect();
    let mut at = 0;
    while let Some(group) = groups.get(at) {
        let mut alike: BTreeMap<Likeness<'_>, Vec<usize>> = BTreeMap::new();
        for child in group
            .members
            .iter()
            .filter_map(|member| children.get(*member))
            .flatten()
        {
            let Some(node) = nodes.get(*child) else { continue };
            let alone = match apart(*child) {
                true => *child + 1,
                false => 0,
            };
            let likeness = (
                node.sure,
                node.kind,
                node.how.as_str(),
                node.cuts.as_slice(),
                node.alarm.as_str(),
                alone,
            );
            alike.entry(likeness).or_default().push(*child);
        }
        groups.extend(alike.into_values().map(|mut members| {
            members.sort_unstable();
            Group {
                members,
                next: Some(at),
                folded: None,
            }
        }));
        at += 1;
    }
    groups
}

/// At most `most` groups: those that stand for most identities, and for each what is left beside them in one.
fn folded(groups: &[Group], nodes: &[Node], most: usize) -> Vec<Group> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    let mut weight: Vec<(bool, usize)> = groups
        .iter()
        .map(|group| {
            let cut = |at: &usize| nodes.get(*at).is_some_and(|node| !node.cuts.is_empty());
            (group.members.iter().any(cut), group.members.len())
        })
        .collect();
    for (at, group) in groups.iter().enumerate().rev() {
        let Some(next) = group.next else { continue };
        let own = weight.get(at).copied().unwrap_or_default();
        if let Some(all) = weight.get_mut(next) {
            *all = (all.0 || own.0, all.1 + own.1);
        }
        if let Some(siblings) = below.get_mut(next) {
            siblings.push(at);
        }
    }
    let chosen = chosen(&below, &weight, most);
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    let mut out: Vec<Group> = Vec::new();
    for at in &chosen {
        let Some(group) = groups.get(*at) else { continue };
        places.insert(*at, out.len());
        out.push(Group {
            next: group.next.and_then(|next| places.get(&next).copied()),
            ..group.clone()
        });
    }
    for at in &chosen {
        let mut members = BTreeSet::new();
        let mut boxes = 0;
        let mut left: Vec<usize> = below.get(*at).into_iter().flatten().copied().collect();
        left.retain(|child| !chosen.contains(child));
        while let Some(one) = left.pop() {
            boxes += 1;
            members.extend(groups.get(one).into_iter().flat_map(|group| &group.members));
            left.extend(below.get(one).into_iter().flatten());
        }
        if boxes > 0 {
            out.push(Group {
                members: members.into_iter().collect(),
                next: places.get(at).copied(),
                folded: Some(boxes),
            });
        }
    }
    out
}

/// The groups that are shown, in order: as long as they and a box for what is left beside each fit.
fn chosen(below: &[Vec<usize>], weight: &[(bool, usize)], most: usize) -> BTreeSet<usize> {
    let count = |at: usize| below.get(at).map_or(0, Vec::len);
    let mut chosen = BTreeSet::from([0]);
    let mut open: BTreeSet<((bool, usize), std::cmp::Reverse<usize>)> = BTreeSet::new();
    let weigh = |at: usize| (weight.get(at).copied().unwrap_or_default(), std::cmp::Reverse(at));
    let mut left: BTreeMap<usize, (usize, usize)> = BTreeMap::from([(0, (0, count(0)))]);
    for child in below.first().into_iter().flatten() {
        open.insert(weigh(*child));
        left.insert(*child, (0, count(*child)));
    }
    let mut used = 1 + usize::from(count(0) > 0);
    while let Some((_, std::cmp::Reverse(at))) = open.pop_last() {
        let Some((parent, _)) = left.get(&at).copied() else {
            continue;
        };
        let last = left.get(&parent).is_some_and(|(_, unshown)| *unshown == 1);
        let needs = 1 + usize::from(count(at) > 0) - usize::from(last);
        if used + needs > most {
            continue;
        }
        used += needs;
        chosen.insert(at);
        if let Some((_, unshown)) = left.get_mut(&parent) {
            *unshown = unshown.saturating_sub(1);
        }
        for child in below.get(at).into_iter().flatten() {
            open.insert(weigh(*child));
            left.insert(*child, (at, count(*child)));
        }
    }
    chosen
}
