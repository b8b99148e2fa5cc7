//! What policies of resources refuse, by resource, so that an identity carries the refusals on what it is granted and no
//! others: those of resources that nobody lets it near decide nothing.
//!
//! **Growth of cost.** A search for each pattern of resources in what an identity is granted, and the refusals that it finds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use leastwise_model::{IdentityIndex, Text};
use leastwise_permset::{Node, Pattern, PermissionSet, Strings};
use rustc_hash::{FxHashMap, FxHashSet};

/// What the policy of one resource refuses.
#[derive(Default)]
struct Refusal {
    everybody: Vec<PermissionSet>,
    accounts: BTreeMap<Text, Vec<PermissionSet>>,
    identities: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
}

/// Resources by the service whose actions they refuse; under nothing where that may be any.
type ByService = BTreeMap<Text, BTreeSet<Text>>;

/// Whom a refusal speaks to.
pub enum Whom {
    /// Everybody.
    Everybody,
    /// The identities of an account.
    Account(Text),
    /// One identity.
    Identity(IdentityIndex),
}

/// What all policies of resources refuse.
#[derive(Default)]
pub struct Refusals {
    by_arn: BTreeMap<Text, Refusal>,
    /// Resources that refuse something, by the account that owns them (those of which that is not known under nothing) and
    /// by the service whose actions they refuse.
    owned: BTreeMap<Text, ByService>,
    /// Resources that grant something, by whom they grant it to.
    to_everybody: BTreeSet<Text>,
    to_account: BTreeMap<Text, BTreeSet<Text>>,
    to_identity: FxHashMap<IdentityIndex, BTreeSet<Text>>,
    /// What is refused to identities by name, on all resources.
    by_name: FxHashMap<IdentityIndex, Vec<PermissionSet>>,
    /// What is refused on whatever resource.
    anywhere: Vec<PermissionSet>,
}

impl Refusals {
    /// Adds that a resource of an account refuses something of these services.
    pub fn own(&mut self, arn: &Text, owner: &str, services: &[Text]) {
        let own = self.owned.entry(owner.into()).or_default();
        for service in services {
            own.entry(service.clone()).or_default().insert(arn.clone());
        }
    }

    /// Adds a refusal.
    pub fn refuse(&mut self, arn: &Text, whom: Whom, set: PermissionSet) {
        if let Whom::Identity(index) = whom {
            self.by_name.entry(index).or_default().push(set.clone());
        }
        let known = self.by_arn.entry(arn.clone()).or_default();
        let sets = match whom {
            Whom::Everybody => &mut known.everybody,
            Whom::Account(account) => known.accounts.entry(account).or_default(),
            Whom::Identity(index) => known.identities.entry(index).or_default(),
        };
        sets.push(set);
    }

    /// Adds what is refused on whatever resource.
    pub fn refuse_anywhere(&mut self, set: PermissionSet) {
        self.anywhere.push(set);
    }

    /// What is refused on whatever resource.
    pub fn anywhere(&self) -> PermissionSet {
        PermissionSet::union_of(self.anywhere.iter().cloned())
    }

    /// Remembers that a resource grants something.
    pub fn grants(&mut self, arn: &Text, whom: Whom) {
        let list = match whom {
            Whom::Everybody => &mut self.to_everybody,
            Whom::Account(account) => self.to_account.entry(account).or_default(),
            Whom::Identity(index) => self.to_identity.entry(index).or_default(),
        };
        list.insert(arn.clone());
    }

    /// What is refused to anybody of an account on its own resources and on those that grant it something.
    pub fn to_account(&self, account: &str) -> PermissionSet {
        let own = ["", account]
            .into_iter()
            .filter_map(|owner| self.owned.get(owner));
        let granting = [Some(&self.to_everybody), self.to_account.get(account)];
        let arns: BTreeSet<&Text> = own
            .flat_map(BTreeMap::values)
            .chain(granting.into_iter().flatten())
            .flatten()
            .collect();
        self.union(arns, account, None)
    }

    /// What is refused to one identity by its name, whatever it is granted.
    pub fn by_name(&self, index: IdentityIndex) -> PermissionSet {
        super::list(self.by_name.get(&index))
    }

    /// What is refused to one identity of what it is granted: by its policies, and by the resources themselves.
    pub fn to_identity(&self, account: &str, index: IdentityIndex, allows: &PermissionSet) -> PermissionSet {
        let mut arns: BTreeSet<&Text> = BTreeSet::new();
        let granting = [
            Some(&self.to_everybody),
            self.to_account.get(account),
            self.to_identity.get(&index),
        ];
        arns.extend(granting.into_iter().flatten().flatten());
        let own: Vec<&ByService> = ["", account]
            .into_iter()
            .filter_map(|owner| self.owned.get(owner))
            .collect();
        if !own.is_empty() {
            let mut named = Named::default();
            named.collect(allows);
            own.iter().for_each(|own| named.among(own, &mut arns));
        }
        self.union(arns, account, Some(index))
    }

    fn union<'a>(
        &self,
        arns: impl IntoIterator<Item = &'a Text>,
        account: &str,
        index: Option<IdentityIndex>,
    ) -> PermissionSet {
        let found = arns.into_iter().filter_map(|arn| self.by_arn.get(arn));
        let each = found.flat_map(|refusal| {
            let account = refusal.accounts.get(account);
            let identity = index.and_then(|index| refusal.identities.get(&index));
            let lists = [Some(&refusal.everybody), account, identity];
            lists.into_iter().flatten().flatten()
        });
        PermissionSet::union_of(each.chain(&self.anywhere).cloned())
    }
}

/// What the resources in a set of requests begin with.
#[derive(Default)]
struct Named<'s> {
    /// By service, in lower case and under nothing where that may be any: what resources begin with.
    prefixes: BTreeMap<String, BTreeSet<&'s str>>,
    seen: FxHashSet<usize>,
}

/// The service that a pattern of actions is of, in lower case; nothing where it may be of any.
pub fn service_of(pattern: &str) -> String {
    match pattern.split_once(':') {
        Some((service, _)) if !service.contains(['*', '?']) => service.to_ascii_lowercase(),
        _ => String::new(),
    }
}

impl<'s> Named<'s> {
    fn collect(&mut self, set: &'s PermissionSet) {
        if !self.seen.insert(set.address()) {
            return;
        }
        match set.node() {
            Node::Region(region) => self.region(&region.actions, &region.resources),
            Node::Labelled(_, inner) | Node::Difference(inner, _) => self.collect(inner),
            Node::Union(sets) => sets.iter().for_each(|set| self.collect(set)),
            // What is in all of them is in any.
            Node::Intersection(sets) => match sets.last() {
                Some(set) => self.collect(set),
                None => {
                    self.prefixes.entry(String::new()).or_default().insert("");
                }
            },
        }
    }

    fn region(&mut self, actions: &'s Strings, resources: &'s Strings) {
        let mut services: BTreeSet<String> = BTreeSet::new();
        if actions.is_complement() {
            services.insert(String::new());
        } else {
            services.extend(
                actions
                    .patterns()
                    .iter()
                    .map(|pattern| service_of(pattern.prefix())),
            );
        }
        for service in services {
            let prefixes = self.prefixes.entry(service).or_default();
            if resources.is_complement() {
                prefixes.insert("");
            } else {
                prefixes.extend(resources.patterns().iter().map(Pattern::prefix));
            }
        }
    }

    /// The resources among these that what begins so can be, be within, or contain.
    fn among<'a>(&self, own: &'a ByService, found: &mut BTreeSet<&'a Text>) {
        for (service, prefixes) in &self.prefixes {
            for (refused, arns) in own {
                if service.is_empty() || refused.is_empty() || **refused == **service {
                    within(arns, prefixes, found);
                }
            }
        }
    }
}

fn within<'a>(own: &'a BTreeSet<Text>, prefixes: &BTreeSet<&str>, found: &mut BTreeSet<&'a Text>) {
    if prefixes.contains("") {
        found.extend(own);
        return;
    }
    for prefix in prefixes {
        let from = own.range::<str, _>((Bound::Included(*prefix), Bound::Unbounded));
        found.extend(from.take_while(|arn| arn.starts_with(prefix)));
        let above = prefix.match_indices(['/', ':']).map(|(at, _)| at);
        found.extend(above.filter_map(|at| own.get(prefix.get(..at)?)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use leastwise_permset::{Case, Pattern, Region};

    fn found(action: &str, resource: &str) -> Vec<String> {
        let arns = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Text::from(*text))
                .collect::<BTreeSet<_>>()
        };
        let own: ByService = [
            ("s3".into(), arns(&["arn:aws:s3:::a", "arn:aws:s3:::ab"])),
            ("".into(), arns(&["arn:aws:sqs:eu-west-1:1:q"])),
        ]
        .into();
        let actions = Strings::one(Pattern::glob(action, Case::Folded));
        let strings = Strings::one(Pattern::glob(resource, Case::Exact));
        let set = PermissionSet::from(Region::new(actions, strings));
        let mut named = Named::default();
        named.collect(&set);
        let mut arns = BTreeSet::new();
        named.among(&own, &mut arns);
        arns.into_iter().map(|arn| arn.to_string()).collect()
    }

    #[test]
    fn what_may_be_meant_is_found_and_nothing_else() {
        assert_eq!(found("s3:Get*", "arn:aws:s3:::a/*"), ["arn:aws:s3:::a"]);
        assert_eq!(
            found("*", "arn:aws:s3:::a*"),
            ["arn:aws:s3:::a", "arn:aws:s3:::ab"]
        );
        assert_eq!(found("S3:*", "arn:aws:s3:::ab/k/l"), ["arn:aws:s3:::ab"]);
        assert_eq!(found("*", "*").len(), 3);
        assert_eq!(found("s?:*", "arn:*:q").len(), 3);
        assert_eq!(found("ec2:*", "*"), ["arn:aws:sqs:eu-west-1:1:q"]);
        assert_eq!(found("sqs:*", "arn:aws:sqs:*"), ["arn:aws:sqs:eu-west-1:1:q"]);
        assert!(found("s3:*", "arn:aws:s3:::b/*").is_empty());
    }
}
