//! Many excluded regions at once, so arranged that those that can hold a request are found without visiting all.
//!
//! Regions are filed by their literal resources where they have no others, else by how their actions begin; what
//! begins with a wildcard is always visited. Building is linear, asking costs the regions filed under the request.

use rustc_hash::FxHashMap;

use crate::context::{Answers, Request};
use crate::pattern::Case;
use crate::region::Region;
use crate::set::{Node, PermissionSet};

/// How many regions are worth filing.
pub(super) const WORTHWHILE: usize = 24;

/// How many bytes of an action's beginning tell regions apart.
const HEAD: usize = 3;

/// Excluded regions, filed.
pub(super) struct Group<'s> {
    by_resource: FxHashMap<&'s str, Vec<&'s Region>>,
    by_action: FxHashMap<[u8; HEAD], Vec<&'s Region>>,
    always: Vec<&'s Region>,
}

impl<'s> Group<'s> {
    /// Files the regions of a union; the parts that are no regions are returned beside.
    pub(super) fn new(union: &'s PermissionSet) -> (Self, Vec<&'s PermissionSet>) {
        let mut group = Self {
            by_resource: FxHashMap::default(),
            by_action: FxHashMap::default(),
            always: Vec::new(),
        };
        let mut others = Vec::new();
        for part in super::members(union) {
            match part.node() {
                Node::Region(region) => group.file(region),
                _ => others.push(part),
            }
        }
        (group, others)
    }

    fn file(&mut self, region: &'s Region) {
        let literal =
            |pattern: &'s crate::Pattern| pattern.as_literal().filter(|_| pattern.case() == Case::Exact);
        let resources = region.resources.patterns();
        if !region.resources.is_complement() && resources.iter().all(|p| literal(p).is_some()) {
            for text in resources.iter().filter_map(literal) {
                self.by_resource.entry(text).or_default().push(region);
            }
            return;
        }
        let actions = region.actions.patterns();
        let mut heads: Vec<[u8; HEAD]> = actions.iter().filter_map(|p| head(p.prefix())).collect();
        if region.actions.is_complement() || heads.len() < actions.len() {
            self.always.push(region);
            return;
        }
        heads.sort_unstable();
        heads.dedup();
        for head in heads {
            self.by_action.entry(head).or_default().push(region);
        }
    }

    /// The regions that hold `request`, and how many were visited.
    pub(super) fn holding(&self, request: &Request, answers: &Answers) -> (Vec<&'s Region>, usize) {
        let here = self.by_resource.get(&*request.resource).into_iter().flatten();
        let there: Vec<&Vec<&'s Region>> = match head(&request.action) {
            Some(head) => self.by_action.get(&head).into_iter().collect(),
            // Letters beyond ASCII may fold into it.
            None if !request.action.is_ascii() => self.by_action.values().collect(),
            None => Vec::new(),
        };
        let mut visited = 0;
        let mut found = Vec::new();
        for region in self.always.iter().chain(here).chain(there.into_iter().flatten()) {
            visited += 1;
            if region.contains(request, answers) {
                found.push(*region);
            }
        }
        (found, visited)
    }
}

/// The first bytes of a text in one case of letters; `None` where there are fewer, or where folding is not by byte.
fn head(text: &str) -> Option<[u8; HEAD]> {
    let bytes: [u8; HEAD] = text.as_bytes().get(..HEAD)?.try_into().ok()?;
    bytes
        .is_ascii()
        .then(|| bytes.map(|byte| byte.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pattern, Strings};

    #[test]
    fn filing_finds_exactly_the_regions_that_hold_the_request() {
        let actions = [
            "s3:Get*",
            "s3:*",
            "S3:PUT*",
            "ec2:run",
            "*",
            "?3:*",
            "k*",
            "kms:*",
            "\u{212A}ms:decrypt",
        ];
        let resources = ["a", "b", "a*", "*", "A"];
        let mut regions = Vec::new();
        for (case, other) in [(Case::Exact, Case::Folded), (Case::Folded, Case::Exact)] {
            for action in actions {
                for resource in resources {
                    let (action, resource) = (Pattern::glob(action, case), Pattern::glob(resource, other));
                    let region = Region::new(Strings::one(action), Strings::one(resource));
                    regions.push(Region {
                        actions: region.actions.clone().complement(),
                        ..region.clone()
                    });
                    regions.push(Region {
                        resources: region.resources.clone().complement(),
                        ..region.clone()
                    });
                    regions.push(region);
                }
            }
        }
        let union = PermissionSet::union_of(regions.iter().cloned().map(PermissionSet::from));
        let (group, others) = Group::new(&union);
        assert!(others.is_empty());
        for action in [
            "s3:GetObject",
            "s3",
            "S3:PutObject",
            "ec2:run",
            "kms:x",
            "\u{212A}MS:decrypt",
            "",
            "x3:y",
        ] {
            for resource in ["a", "A", "b", "ab", ""] {
                let request = Request::new(action, resource);
                let (mut found, _) = group.holding(&request, &Answers::none());
                let mut expected: Vec<&Region> = regions
                    .iter()
                    .filter(|region| region.contains(&request, &Answers::none()))
                    .collect();
                found.sort();
                found.dedup();
                expected.sort();
                expected.dedup();
                assert_eq!(found, expected, "{action} {resource}");
            }
        }
    }

    #[test]
    fn parts_that_are_no_regions_are_not_filed() {
        let region = || PermissionSet::from(Region::everything());
        let union = PermissionSet::union_of([region(), region().difference(&region())]);
        let (group, others) = Group::new(&union);
        assert_eq!((group.always.len(), others.len()), (1, 1));
    }
}
