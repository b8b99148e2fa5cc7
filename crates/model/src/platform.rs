//! How a platform plugs in.

use leastwise_document::Item;
use leastwise_permset::{Key, PermissionSet};

use crate::Text;
use crate::action::ActionCatalogue;
use crate::collect::{Collector, Wanted};
use crate::identity::Identity;
use crate::role::RoleLanguage;
use crate::settings::Settings;
use crate::snapshot::{FileIndex, InstanceIndex, Snapshot};
use crate::step::Location;
use crate::uses::Logged;

/// Who decides the value of a context key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyOrigin {
    /// The caller can choose it with the request.
    Caller,
    /// The caller can choose it with the request, and was told what it must be: no stranger knows.
    Secret,
    /// The world sets it: time, network, tags of resources.
    World,
    /// It follows from who the caller is.
    Identity,
}

impl KeyOrigin {
    /// Whether whoever asks can make the value what it takes. Strangers are whoever it takes, and nobody tells them anything.
    #[must_use]
    pub fn is_chosen(self, by_stranger: bool) -> bool {
        match self {
            Self::Caller => true,
            Self::Secret => !by_stranger,
            Self::Identity => by_stranger,
            Self::World => false,
        }
    }
}

/// What a reader did with a piece of input.
pub enum Taken {
    /// It is this platform's, and was taken.
    Yes,
    /// It is not this platform's; here it is back.
    No(Box<Item>),
}

/// A system with its own permission language.
pub trait Platform: Sync {
    /// Its name, as in canonical ids: `aws`, `kubernetes`.
    fn name(&self) -> &'static str;
    /// What people call it.
    fn title(&self) -> &'static str;
    /// Starts reading an estate of which `settings` tell the names.
    fn reader(&self, settings: &Settings) -> Box<dyn Reader>;
    /// The actions that exist on it.
    fn catalogue(&self) -> &dyn ActionCatalogue;
    /// Who decides the value of a context key.
    fn key_origin(&self, key: &Key) -> KeyOrigin;
    /// The canonical spelling of a context key that a person typed.
    fn key(&self, typed: &str) -> Key {
        Key::new(typed)
    }
    /// All requests that a person means by an action and a resource in which `*` is a pattern.
    fn requests(&self, action: &str, resource: &str) -> PermissionSet;
    /// Why the action or resource cannot be one of this platform's; `None` where it can. `identity`'s instance is the
    /// same platform. Used to answer a question that makes no sense with an error instead of a no.
    fn objection(&self, action: &str, resource: &str) -> Option<Text>;
    /// Why a context key of this platform cannot have a value; `None` where it can, or where that is not known.
    fn value_objection(&self, _key: &Key, _value: &str) -> Option<Text> {
        None
    }
    /// The requests of which whoever can make them all controls the whole instance: it can give itself and
    /// everybody else anything there.
    fn administration(&self, snapshot: &Snapshot, instance: InstanceIndex) -> PermissionSet;
    /// The requests on what belongs to an instance, as far as names of resources tell; everything where they do not.
    fn belonging(&self, _snapshot: &Snapshot, _instance: InstanceIndex) -> PermissionSet {
        PermissionSet::everything()
    }
    /// Whether everything by which identities of this platform admit holders of foreign tokens is in a snapshot's
    /// acceptances, so that what is not there is not admitted. Where that depends on the export, instances tell it
    /// themselves: [`Told`](crate::Told).
    fn tells_acceptances(&self) -> bool {
        false
    }
    /// Whether resources of this platform have policies of their own that can let anybody in. Of which instances they are told
    /// stands in [`Told`](crate::Told).
    fn resources_speak(&self) -> bool {
        false
    }
    /// Rules of this platform that no document of its vendor settles, or that others read otherwise. Each holds unless the
    /// settings say that it does not, and is named by every answer that rests on it.
    fn rules(&self) -> &'static [Disputed] {
        &[]
    }
    /// The releases whose default grants it can assume where an export does not hold them, as people write them.
    fn default_releases(&self) -> Vec<&'static str> {
        Vec::new()
    }
    /// The products of this platform whose exports can be read through their own clients, as people call them.
    fn collects(&self) -> &'static [&'static str] {
        &[]
    }
    /// Reads an export of one of them.
    fn collector(&self, _wanted: &Wanted) -> Option<Box<dyn Collector>> {
        None
    }
    /// How its audit logs are read, where they are.
    fn logged(&self) -> Option<&'static dyn Logged> {
        None
    }
    /// How technical roles are read and written for it, where they are.
    fn roles(&self) -> Option<&'static dyn RoleLanguage> {
        None
    }
    /// A session of an identity that begins with policies, as this platform takes it among its exports; `None` where its
    /// identities have no such sessions.
    ///
    /// # Errors
    /// Where there is no such session; the text says why.
    fn session(&self, _identity: &Identity, _policies: &[Passed]) -> Option<Result<Begun, Text>> {
        None
    }
    /// Compiles one stand-alone policy document of this platform (for `compare`), labels numbering its statements;
    /// `None` where the document is not one.
    fn policy(&self, item: &Item) -> Option<PolicyReading>;
    /// As [`Platform::policy`], for a policy that is written in a language of its own.
    fn policy_text(&self, _text: &str) -> Option<PolicyReading> {
        None
    }
}

/// A rule that can be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disputed {
    /// Its name, in settings and in answers.
    pub name: &'static str,
    /// What it says where it holds.
    pub says: &'static str,
}

/// A policy that is passed to a session as it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// The text of a document.
    Document(Text),
    /// The name of a policy of the platform.
    Name(Text),
}

/// A session that begins with policies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The id that the identity has which stands for it.
    pub id: Text,
    /// What tells of it, as its platform reads it among exports.
    pub text: String,
    /// What places call that.
    pub shown: String,
}

/// What a stand-alone policy document says.
pub struct PolicyReading {
    /// What it lets through.
    pub allows: PermissionSet,
    /// What it refuses, whoever else grants it.
    pub denies: PermissionSet,
    /// Where each statement begins, by its label; nothing where that is not known.
    pub statements: Vec<Location>,
    /// What could not be read.
    pub remarks: Vec<crate::snapshot::Remark>,
}

/// Takes the exports of one platform, piece by piece, and compiles them. Holds only what it needs of each piece,
/// and never a secret.
pub trait Reader {
    /// Takes an item if its content is this platform's.
    fn take(&mut self, file: FileIndex, path: &str, item: Item) -> Taken;
    /// Takes a whole file that is no JSON or YAML, if its content is this platform's.
    fn take_text(&mut self, _file: FileIndex, _path: &str, _text: &str) -> bool {
        false
    }
    /// Compiles all that was taken into `snapshot`, whose files the pieces came from.
    fn compile(self: Box<Self>, snapshot: &mut Snapshot);
}
