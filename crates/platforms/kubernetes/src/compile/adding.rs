//! Needs and opportunities of one cluster, as they are written down.

use std::sync::Arc;

use leastwise_model::{
    Gain, IdentityIndex, Need, NeedSide, Opportunity, Snapshot, Targets, TechniqueIndex, Text,
};
use leastwise_permset::{Case, Element, Guard, Label, Pattern, PermissionSet, Region, Strings};

use super::Techniques;
use crate::rule::request;

/// A need for one request.
pub(crate) fn need(action: &Text, resource: &str) -> Need {
    need_when(action, resource, Guard::always())
}

pub(crate) fn need_when(action: &Text, resource: &str, guard: Guard) -> Need {
    let region = request(action, resource).when(guard);
    Need {
        side: NeedSide::Holder,
        action: action.clone(),
        resource: Some(resource.into()),
        set: region.into(),
    }
}

/// A need for one of several requests.
pub(crate) fn need_one_of(action: &str, regions: impl IntoIterator<Item = Region>) -> Need {
    let set = PermissionSet::union_of(regions.into_iter().map(PermissionSet::from));
    Need {
        side: NeedSide::Holder,
        action: action.into(),
        resource: None,
        set,
    }
}

/// Requests with this action on whatever has a name in the namespace (or outside of namespaces, for the empty text).
pub(crate) fn named(action: &str, namespace: &str) -> Region {
    let begin = Element::Text(format!("{namespace}/").into());
    let name = Pattern::new([begin, Element::One, Element::Many], Case::Exact);
    Region::new(Strings::literal(action), Strings::one(name))
}

/// Adds opportunities of one cluster, open to everybody in it.
pub(crate) struct Adding<'s> {
    pub snapshot: &'s mut Snapshot,
    pub techniques: &'s Techniques,
    pub bearers: Arc<[IdentityIndex]>,
}

impl Adding<'_> {
    pub(crate) fn technique(&self, id: &str) -> TechniqueIndex {
        self.techniques
            .get(id)
            .copied()
            .unwrap_or(TechniqueIndex(u32::MAX))
    }

    pub(crate) fn become_one_of(
        &mut self,
        technique: &str,
        needs: Vec<Need>,
        targets: &Arc<[IdentityIndex]>,
    ) {
        self.become_by(technique, needs, targets, None);
    }

    /// As [`Adding::become_one_of`], by a step that paths tell.
    pub(crate) fn become_by(
        &mut self,
        technique: &str,
        needs: Vec<Need>,
        targets: &Arc<[IdentityIndex]>,
        step: Option<Label>,
    ) {
        if targets.is_empty() {
            return;
        }
        let opportunity = Opportunity {
            technique: self.technique(technique),
            needs,
            bearers: self.bearers.clone(),
            targets: Targets::These(targets.clone()),
            gain: Gain::Become,
            step,
        };
        self.snapshot.opportunities.push(opportunity);
    }

    pub(crate) fn gain(
        &mut self,
        technique: &str,
        needs: Vec<Need>,
        bearers: Option<&Arc<[IdentityIndex]>>,
        set: PermissionSet,
    ) {
        let opportunity = Opportunity {
            technique: self.technique(technique),
            needs,
            bearers: bearers.map_or_else(|| self.bearers.clone(), |bearers| bearers.clone()),
            targets: Targets::Actor,
            gain: Gain::Grant(set),
            step: None,
        };
        self.snapshot.opportunities.push(opportunity);
    }
}
