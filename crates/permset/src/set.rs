//! Permission sets: regions under union, intersection and difference, kept as they were written.
//!
//! Nothing is multiplied out when sets are combined: a set is a shared tree of its parts, so a role that a
//! thousand identities hold stands in memory once. Combining costs a pointer for each part; membership walks
//! the tree; emptiness and inclusion search it.

use std::sync::{Arc, OnceLock};

use crate::context::{Answers, Request};
use crate::depth;
use crate::region::Region;

/// What the maker of a set calls one of its parts; the steps of a path are labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(pub u32);

/// The labels met on the way from the whole set down to one region, outermost first.
pub type Trail = Vec<Label>;

/// A set of requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PermissionSet(Arc<Tree>);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Tree {
    node: Node,
    /// How many parts lie within one another, at most.
    depth: u32,
}

/// How a permission set is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// The requests of one region.
    Region(Region),
    /// What lies in any of these; nothing where there are none.
    Union(Box<[PermissionSet]>),
    /// What lies in all of these; everything where there are none.
    Intersection(Box<[PermissionSet]>),
    /// What lies in the first and not in the second.
    Difference(PermissionSet, PermissionSet),
    /// The same requests, under a name.
    Labelled(Label, PermissionSet),
}

impl Drop for Tree {
    /// Takes deep trees apart without recursion.
    fn drop(&mut self) {
        if self.depth <= depth::SHALLOW {
            return;
        }
        let mut parts = vec![std::mem::replace(&mut self.node, Node::Union(Box::default()))];
        while let Some(part) = parts.pop() {
            let below = match part {
                Node::Region(_) => Vec::new(),
                Node::Union(sets) | Node::Intersection(sets) => sets.into_vec(),
                Node::Difference(given, taken) => vec![given, taken],
                Node::Labelled(_, set) => vec![set],
            };
            for set in below {
                if let Some(mut tree) = Arc::into_inner(set.0) {
                    parts.push(std::mem::replace(&mut tree.node, Node::Union(Box::default())));
                }
            }
        }
    }
}

impl From<Region> for PermissionSet {
    fn from(region: Region) -> Self {
        Self::of(Node::Region(region))
    }
}

impl Default for PermissionSet {
    /// No request.
    fn default() -> Self {
        Self::empty()
    }
}

impl PermissionSet {
    /// No request.
    #[must_use]
    pub fn empty() -> Self {
        static EMPTY: OnceLock<PermissionSet> = OnceLock::new();
        EMPTY
            .get_or_init(|| Self::of(Node::Union(Box::default())))
            .clone()
    }

    /// Every request.
    #[must_use]
    pub fn everything() -> Self {
        static EVERYTHING: OnceLock<PermissionSet> = OnceLock::new();
        EVERYTHING
            .get_or_init(|| Self::of(Node::Intersection(Box::default())))
            .clone()
    }

    /// What lies in any of `sets`.
    pub fn union_of(sets: impl IntoIterator<Item = PermissionSet>) -> Self {
        let mut sets: Vec<PermissionSet> = sets.into_iter().filter(|set| !set.is_plainly_empty()).collect();
        match sets.len() {
            1 => sets.remove(0),
            _ => Self::of(Node::Union(sets.into())),
        }
    }

    /// What lies in all of `sets`.
    pub fn intersection_of(sets: impl IntoIterator<Item = PermissionSet>) -> Self {
        let mut sets: Vec<PermissionSet> = sets.into_iter().collect();
        match sets.len() {
            1 => sets.remove(0),
            _ => Self::of(Node::Intersection(sets.into())),
        }
    }

    /// What lies in this set or in `other`.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of([self.clone(), other.clone()])
    }

    /// What lies in this set and in `other`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::intersection_of([self.clone(), other.clone()])
    }

    /// What lies in this set and not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if other.is_plainly_empty() {
            return self.clone();
        }
        Self::of(Node::Difference(self.clone(), other.clone()))
    }

    /// The same requests under a name, which every path through this part will carry.
    #[must_use]
    pub fn labelled(&self, label: Label) -> Self {
        Self::of(Node::Labelled(label, self.clone()))
    }

    /// How it is made.
    #[must_use]
    pub fn node(&self) -> &Node {
        &self.0.node
    }

    fn of(node: Node) -> Self {
        let depth = match &node {
            Node::Region(_) => 0,
            Node::Union(sets) | Node::Intersection(sets) => {
                sets.iter().map(Self::depth).max().unwrap_or(0) + 1
            }
            Node::Difference(given, taken) => given.depth().max(taken.depth()) + 1,
            Node::Labelled(_, set) => set.depth() + 1,
        };
        Self(Arc::new(Tree { node, depth }))
    }

    /// How many parts lie within one another, at most.
    pub(crate) fn depth(&self) -> u32 {
        self.0.depth
    }

    /// An address that is equal for two sets exactly when they share their storage; for memo tables that live
    /// no longer than the sets they speak of.
    #[must_use]
    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether it was built as the empty set (a set may be empty without showing it).
    #[must_use]
    pub fn is_plainly_empty(&self) -> bool {
        matches!(self.node(), Node::Union(sets) if sets.is_empty())
    }

    /// Whether `request` is a member, taking every atom as answered with no.
    #[must_use]
    pub fn contains(&self, request: &Request) -> bool {
        self.contains_given(request, &Answers::none())
    }

    /// Whether `request` is a member, with atoms answered by `answers`. This is what a set *means*; everything
    /// symbolic is checked against it.
    #[must_use]
    pub fn contains_given(&self, request: &Request, answers: &Answers) -> bool {
        if self.depth() > depth::SHALLOW {
            return depth::contains(self, request, answers);
        }
        match self.node() {
            Node::Region(region) => region.contains(request, answers),
            Node::Union(sets) => sets.iter().any(|set| set.contains_given(request, answers)),
            Node::Intersection(sets) => sets.iter().all(|set| set.contains_given(request, answers)),
            Node::Difference(given, taken) => {
                given.contains_given(request, answers) && !taken.contains_given(request, answers)
            }
            Node::Labelled(_, set) => set.contains_given(request, answers),
        }
    }

    /// The ways by which `request` is a member: for each, the labels from the whole down to one region. Where
    /// several parts must all hold (an intersection) their trails follow one another in one trail. At most
    /// `limit` trails are returned, in the order of the set's parts; none means that it is not a member.
    #[must_use]
    pub fn trails(&self, request: &Request, answers: &Answers, limit: usize) -> Vec<Trail> {
        depth::on_deep_stack(self, || self.trails_down(request, answers, limit))
    }

    fn trails_down(&self, request: &Request, answers: &Answers, limit: usize) -> Vec<Trail> {
        if limit == 0 {
            return Vec::new();
        }
        match self.node() {
            Node::Region(region) => {
                if region.contains(request, answers) {
                    vec![Trail::new()]
                } else {
                    Vec::new()
                }
            }
            Node::Union(sets) => {
                let mut found = Vec::new();
                for set in sets {
                    if found.len() >= limit {
                        break;
                    }
                    found.extend(set.trails_down(request, answers, limit - found.len()));
                }
                found
            }
            Node::Intersection(sets) => {
                let mut found = vec![Trail::new()];
                for set in sets {
                    let each = set.trails_down(request, answers, limit);
                    found = found
                        .iter()
                        .flat_map(|head| {
                            each.iter()
                                .map(|tail| [head.as_slice(), tail.as_slice()].concat())
                        })
                        .take(limit)
                        .collect();
                }
                found
            }
            Node::Difference(given, taken) => {
                if taken.contains_given(request, answers) {
                    Vec::new()
                } else {
                    given.trails_down(request, answers, limit)
                }
            }
            Node::Labelled(label, set) => {
                let mut found = set.trails_down(request, answers, limit);
                for trail in &mut found {
                    trail.insert(0, *label);
                }
                found
            }
        }
    }
}
