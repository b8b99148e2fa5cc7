//! Condition keys as the reference lists them: for actions, for the resource types that actions take, for everybody.

use super::demands::split_shape;
use super::{ActionId, ActionSet, Catalogue, KeyRule, KeyType, Origin, Record, keys};

/// How a condition key relates to an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyUse {
    /// The reference lists the key for the action itself or for the action on one of its resource types.
    Action,
    /// The reference lists it for a resource type of the action, for whatever action names that type.
    ResourceType,
    /// A global key: requests of every service can carry it, though not every request does.
    Global,
    /// The reference does not say that this action's requests carry it.
    Unlisted,
}

impl Catalogue {
    /// The condition keys that the reference lists for the action or for a resource type it takes, sorted by lower-cased
    /// key; key families have a placeholder (`aws:RequestTag/${TagKey}`). Global keys come on top: [`Self::global_keys`].
    #[must_use]
    pub fn condition_keys(&self, id: ActionId) -> Vec<&str> {
        let Some(record) = self.records.get(id.index()) else {
            return Vec::new();
        };
        let mut numbers = self.own_keys(record);
        for shape in self
            .slice(&record.fields)
            .split('\t')
            .next()
            .unwrap_or_default()
            .split(' ')
        {
            numbers.extend(self.type_keys(record, shape));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
            .into_iter()
            .filter_map(|number| self.keys.name(&self.text, number))
            .collect()
    }

    /// How a condition key relates to an action; the key may be a member of a family (`aws:ResourceTag/team`).
    ///
    /// Tag keys of the request and of the resource count as global only where they are listed, as their availability
    /// depends on the action.
    #[must_use]
    pub fn key_use(&self, id: ActionId, key: &str) -> KeyUse {
        let Some(record) = self.records.get(id.index()) else {
            return KeyUse::Unlisted;
        };
        let number = self.keys.find(&self.text, key);
        if let Some(number) = number {
            if self.own_keys(record).contains(&number) {
                return KeyUse::Action;
            }
            let shapes = self.slice(&record.fields).split('\t').next().unwrap_or_default();
            if shapes
                .split(' ')
                .any(|shape| self.type_keys(record, shape).contains(&number))
            {
                return KeyUse::ResourceType;
            }
            return KeyUse::Unlisted;
        }
        if keys::is_global(key) {
            KeyUse::Global
        } else {
            KeyUse::Unlisted
        }
    }

    /// The numbers of the listed keys that a key means: itself and the families it is a member of. Empty where the
    /// reference lists it nowhere.
    pub(crate) fn key_numbers(&self, key: &str) -> Vec<u16> {
        self.keys.all(&self.text, key)
    }

    /// The actions for which the reference lists one of these keys, for the action itself or for a resource type that
    /// it takes. Looks at every action.
    pub(crate) fn carriers(&self, numbers: &[u16]) -> ActionSet {
        let mut found = ActionSet::new();
        for id in self.actions() {
            let Some(record) = self.records.get(id.index()) else {
                continue;
            };
            let among = |listed: Vec<u16>| listed.iter().any(|number| numbers.contains(number));
            let shapes = self.slice(&record.fields).split('\t').next().unwrap_or_default();
            if among(self.own_keys(record))
                || shapes
                    .split(' ')
                    .any(|shape| among(self.type_keys(record, shape)))
            {
                found.insert(id);
            }
        }
        found
    }

    /// The condition keys that do not belong to one service, with families as placeholders, sorted as in the data file.
    pub fn global_keys(&self) -> impl Iterator<Item = &'static str> + use<> {
        keys::rules()
            .iter()
            .map(|rule| rule.key)
            .filter(|key| keys::has_global_prefix(key))
    }

    /// The type of a condition key, in whatever case, also as a member of a family (`aws:PrincipalTag/team`).
    #[must_use]
    pub fn key_type(&self, key: &str) -> Option<KeyType> {
        keys::rule(key).and_then(|rule| rule.kind).or_else(|| {
            self.keys
                .find(&self.text, key)
                .and_then(|number| self.keys.kind(number))
        })
    }

    /// Who determines the value of a condition key: the caller, the world, or the identity itself.
    ///
    /// Keys of `data/condition-keys.tsv` as it says. Of the other keys, those that the reference lists for a resource type
    /// describe a resource ([`Origin::World`]), the rest are parameters of the request ([`Origin::Caller`]). A key that
    /// nobody describes is [`Origin::Unknown`].
    #[must_use]
    pub fn key_origin(&self, key: &str) -> Origin {
        if let Some(rule) = keys::rule(key) {
            return rule.origin;
        }
        self.keys
            .find(&self.text, key)
            .map_or(Origin::Unknown, |number| self.keys.default_origin(number))
    }

    /// The whole row of `data/condition-keys.tsv` for a key, if there is one.
    #[must_use]
    pub fn key_rule(&self, key: &str) -> Option<&'static KeyRule> {
        keys::rule(key)
    }

    /// The keys listed for an action itself and for the pairs of action and resource type.
    fn own_keys(&self, record: &Record) -> Vec<u16> {
        let mut fields = self.slice(&record.fields).split('\t');
        let shapes = fields.next().unwrap_or_default();
        let mut numbers: Vec<u16> = keys::numbers(fields.next().unwrap_or_default(), ' ').collect();
        for shape in shapes.split(' ') {
            numbers.extend(
                split_shape(shape)
                    .into_iter()
                    .flat_map(|(_, _, list)| keys::numbers(list, '.')),
            );
        }
        numbers
    }

    /// The keys listed for a resource type, given as an item of an action's list.
    fn type_keys(&self, record: &Record, item: &str) -> Vec<u16> {
        let found = split_shape(item).and_then(|(number, _, _)| {
            let service = self.services.get(usize::from(record.service))?;
            self.slice(service.types.get(number)?).split('\t').nth(2)
        });
        keys::numbers(found.unwrap_or_default(), ' ').collect()
    }
}
