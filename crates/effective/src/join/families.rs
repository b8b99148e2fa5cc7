//! Holders whose tokens can say many things: a token for each branch, event or environment that they run for.
//!
//! The claims of such a holder are a set of contexts, and so is what the target admits; the holder is admitted where the
//! two meet. Whoever has tokens issued chooses among the claims of its family, so they count as favorable; what else the
//! target asks stays a condition. Claims that the target does not look at are keys that it does not find.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Acceptance, Accepted, IdentityIndex, Issuer, KeyOrigin, Platform, Text};
use leastwise_permset::{Context, Key, Openness, PermissionSet, Question, Verdict};
use rustc_hash::FxHashMap;

use super::naming::{Naming, Part, UNSEEN};
use super::{Joining, residual, texts};
use crate::certainty::Certainty;

/// A family as some targets see it, and what was found of those.
pub(super) struct Seen {
    parts: Vec<Part>,
    /// By what is left to decide of a target's statement: many targets ask the same.
    met: FxHashMap<PermissionSet, Option<Certainty>>,
}

/// How a target sees families: the platform, the beginning of its keys, the claims that it looks at and those that it
/// asks for; and the family, by its address.
pub(super) type Sight = (&'static str, Text, Option<Vec<Text>>, BTreeSet<Key>, usize);

impl<'s> Joining<'s> {
    /// Holders whose tokens are told as families. Each family is held against the acceptance once; one that cannot
    /// begin as the subjects asked for is not looked at closer.
    pub(super) fn families(
        &mut self,
        issuer: &'s Issuer,
        acceptance: &'s Acceptance,
        platform: &'static dyn Platform,
        doubted: &dyn Fn(Certainty) -> Certainty,
    ) {
        let Accepted::Token { claims, reads, .. } = &acceptance.admits else {
            return;
        };
        let prefix = platform.key(claims);
        let asked = acceptance.set.keys();
        let mut naming = Naming {
            platform,
            prefix: claims,
            reads: reads.as_deref(),
            asked: asked
                .into_iter()
                .filter(|key| key.as_str().starts_with(prefix.as_str()))
                .collect(),
            untold: BTreeMap::new(),
        };
        for key in &naming.asked {
            let claim = key.as_str().get(prefix.as_str().len()..).unwrap_or_default();
            if naming.sees(claim) && issuer.leaves_untold(claim) {
                naming.untold.insert(key.clone(), self.untold(issuer, claim));
            }
        }
        let wanted = texts::beginnings(&acceptance.set, &naming.key("sub"));
        let subject = Key::new("sub");
        let (known, absent) = (Context::new(), BTreeSet::new());
        let question = Question {
            action: &acceptance.action,
            resource: &acceptance.resource,
            known: &known,
            absent: &absent,
            given: None,
        };
        let left = acceptance.set.open_part(&question, self.limits).ok();
        let mut decided: FxHashMap<usize, Option<Certainty>> = FxHashMap::default();
        let mut bearers: BTreeMap<Certainty, Vec<IdentityIndex>> = BTreeMap::new();
        for holder in &issuer.holders {
            let Some(family) = &holder.claims else { continue };
            let certainty = decided.entry(family.address()).or_insert_with(|| {
                let known = self
                    .beginnings
                    .entry(family.address())
                    .or_insert_with(|| texts::beginnings(family, &subject));
                if !texts::may_agree(wanted.as_ref(), known.as_ref()) {
                    return None;
                }
                let sight = (
                    platform.name(),
                    claims.clone(),
                    reads.as_ref().map(|reads| reads.to_vec()),
                    naming.asked.clone(),
                    family.address(),
                );
                let seen = self.seen.entry(sight).or_insert_with(|| {
                    let mut parts = Vec::new();
                    naming.parts(family, &mut parts);
                    Seen {
                        parts,
                        met: FxHashMap::default(),
                    }
                });
                let parts = &seen.parts;
                match &left {
                    Some(left) => seen
                        .met
                        .entry(left.clone())
                        .or_insert_with(|| meets(left, &question, &naming, parts, self.limits))
                        .clone(),
                    None => meets(&acceptance.set, &question, &naming, parts, self.limits),
                }
            });
            if let Some(certainty) = certainty {
                let certainty = doubted(certainty.clone());
                bearers.entry(certainty).or_default().push(holder.identity);
            }
        }
        for (certainty, mut bearers) in bearers {
            bearers.sort_unstable();
            bearers.dedup();
            let needs = residual(acceptance, &certainty);
            self.add(acceptance, acceptance.technique, needs, bearers.into());
        }
    }
}

/// How sure it is that one of a family's tokens is admitted; `None` where none is.
fn meets(
    asked: &PermissionSet,
    question: &Question<'_>,
    naming: &Naming<'_>,
    parts: &[Part],
    limits: &leastwise_permset::Limits,
) -> Option<Certainty> {
    let prefix = naming.platform.key(naming.prefix);
    let openness = |key: &Key| {
        if key.as_str().starts_with(prefix.as_str()) || key.as_str().starts_with(UNSEEN) {
            return Openness::Favourable;
        }
        match naming.platform.key_origin(key) {
            KeyOrigin::Caller | KeyOrigin::Secret => Openness::Favourable,
            KeyOrigin::World | KeyOrigin::Identity => Openness::Open,
        }
    };
    let verdict = |family: &PermissionSet| {
        let both = asked.intersection(family);
        both.verdict(question, &openness, limits)
    };
    // Copies are costly to decide, and most of a large family is refused without them.
    let may = |part: &&Part| {
        let loose = part.loose.as_ref();
        loose.is_none_or(|loose| verdict(loose) != Verdict::Never)
    };
    let exact = |part: &Part| part.exact.get_or_init(|| naming.family(&part.claims)).clone();
    let family: Vec<PermissionSet> = parts.iter().filter(may).map(exact).collect();
    if family.is_empty() {
        return None;
    }
    Certainty::of(verdict(&PermissionSet::union_of(family)))
}
