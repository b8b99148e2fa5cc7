//! Everything known at one instant, with its gaps.

use jiff::Timestamp;
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::Hasher;

use leastwise_permset::{Atom, Label};

use crate::Text;
use crate::entitlement::{Dangling, Entitlement, Trust};
use crate::gap::{Assumption, Gap};
use crate::identity::{Identity, IdentityIndex};
use crate::opportunity::{Opportunity, Technique, TechniqueIndex};
use crate::step::{Location, Step};
use crate::token::{Acceptance, Issuer, Mint};

/// The place of a file in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileIndex(pub u32);

/// The place of an instance in its snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InstanceIndex(pub u32);

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct File {
    /// As its reader was told, with `/`.
    pub path: Text,
    /// The argument under which it was found: exports that came together belong together.
    pub unit: Text,
}

/// One account, cluster or server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Its platform's name.
    #[serde(skip)]
    pub platform: &'static str,
    /// How canonical ids name it.
    pub name: Text,
    /// What people call it.
    pub title: Text,
    /// The release it runs, where that changes meaning and is known.
    pub version: Option<Text>,
    /// Its stage.
    pub environment: Option<Text>,
}

/// Something to tell about the input: an odd object, a duplicate, a fault with its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Remark {
    /// Where.
    pub location: Option<Location>,
    /// What, lower case, without full stop.
    pub what: Text,
    /// What to do about it; may be empty.
    pub hint: Text,
    /// Whether something of the input could not be read, so that answers may miss it.
    pub loses: bool,
}

/// Everything known at one instant. Lists are filled by the platforms in a fixed order; indices into them
/// stay valid because nothing is ever taken out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was kept, where whoever kept it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Timestamp>,
    /// Files that were read.
    pub files: Vec<File>,
    /// Accounts, clusters, servers.
    pub instances: Vec<Instance>,
    /// Identities.
    pub identities: Vec<Identity>,
    /// Those as which a workload runs that names no identity, sorted.
    pub implicit: Vec<IdentityIndex>,
    /// Native statements; a label is an index into this list.
    pub steps: Vec<Step>,
    /// What can be granted.
    pub entitlements: Vec<Entitlement>,
    /// Who is admitted where.
    pub trusts: Vec<Trust>,
    /// Half-missing grants.
    pub dangling: Vec<Dangling>,
    /// Ways of becoming, as data.
    pub techniques: Vec<Technique>,
    /// Ways of becoming, in this estate.
    pub opportunities: Vec<Opportunity>,
    /// Who issues tokens to their identities.
    pub issuers: Vec<Issuer>,
    /// What admits somebody of another platform.
    pub acceptances: Vec<Acceptance>,
    /// What instances make on others; only while platforms are compiled.
    #[serde(skip)]
    pub mints: Vec<Mint>,
    /// Instances of which more is told than their platforms do always.
    #[serde(default)]
    pub told: Told,
    /// Gaps by the atom that stands for them.
    #[serde(with = "crate::format::gaps")]
    pub gaps: BTreeMap<Atom, Gap>,
    /// Remarks on the input.
    pub remarks: Vec<Remark>,
    /// Files that nobody gave: what a platform was asked to assume, and what names it in answers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assumed: BTreeMap<FileIndex, Assumption>,
}

/// Instances of which all of something is told, so that what is not there is not the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// All by which they admit holders of foreign tokens is in the acceptances. Sorted.
    pub acceptances: Vec<InstanceIndex>,
    /// All that they make on other platforms is among what was made. Sorted.
    pub makers: Vec<InstanceIndex>,
    /// Nobody of another platform acts there but as what was made there. Sorted.
    pub made: Vec<InstanceIndex>,
    /// What the policies of some of their resources say is told, or that they have none. Sorted.
    pub resources: Vec<InstanceIndex>,
}

fn index(len: usize) -> u32 {
    // Four thousand million steps do not fit into memory before they overflow this.
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What begins a statement of which only a digest was kept.
const REDACTED: &str = "redacted:";

/// What stands for a native statement where its text is not to be kept: enough to see that two are the same.
#[must_use]
pub fn redacted(statement: &str) -> String {
    if statement.is_empty() || statement.starts_with(REDACTED) {
        return statement.to_owned();
    }
    let mut hasher = FxHasher::default();
    hasher.write(statement.as_bytes());
    format!("{REDACTED}{:016x}", hasher.finish())
}

impl Snapshot {
    /// Takes away what a comparison with a later version does not ask for: the text of native statements, of which a digest
    /// stays. What identities can do stays as it is, for that is compared.
    pub fn redact(&mut self) {
        for step in &mut self.steps {
            step.statement = redacted(&step.statement).into();
        }
    }

    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add_file(&mut self, file: File) -> FileIndex {
        self.files.push(file);
        FileIndex(index(self.files.len() - 1))
    }

    /// Adds an instance.
    pub fn add_instance(&mut self, instance: Instance) -> InstanceIndex {
        self.instances.push(instance);
        InstanceIndex(index(self.instances.len() - 1))
    }

    /// Adds an identity.
    pub fn add_identity(&mut self, identity: Identity) -> IdentityIndex {
        self.identities.push(identity);
        IdentityIndex(index(self.identities.len() - 1))
    }

    /// Adds a native statement and gives it its label.
    pub fn add_step(&mut self, step: Step) -> Label {
        self.steps.push(step);
        Label(index(self.steps.len() - 1))
    }

    /// Adds a technique.
    pub fn add_technique(&mut self, technique: Technique) -> TechniqueIndex {
        self.techniques.push(technique);
        TechniqueIndex(index(self.techniques.len() - 1))
    }

    /// Adds a gap; one atom stands for one gap, so a second one of the same name changes nothing.
    pub fn add_gap(&mut self, gap: Gap) -> Atom {
        let atom = gap.atom.clone();
        self.gaps.entry(atom.clone()).or_insert(gap);
        atom
    }

    /// The identity at `index`.
    #[must_use]
    pub fn identity(&self, index: IdentityIndex) -> Option<&Identity> {
        self.identities.get(index.0 as usize)
    }

    /// The step that `label` stands for.
    #[must_use]
    pub fn step(&self, label: Label) -> Option<&Step> {
        self.steps.get(label.0 as usize)
    }

    /// What names it in answers that a statement was assumed; `None` where it was read.
    #[must_use]
    pub fn assumption_of(&self, label: Label) -> Option<&Assumption> {
        self.assumed.get(&self.step(label)?.location.as_ref()?.file)
    }

    /// The instance at `index`.
    #[must_use]
    pub fn instance(&self, index: InstanceIndex) -> Option<&Instance> {
        self.instances.get(index.0 as usize)
    }

    /// The file at `index`.
    #[must_use]
    pub fn file(&self, index: FileIndex) -> Option<&File> {
        self.files.get(index.0 as usize)
    }

    /// Every identity with its index, in order.
    pub fn each_identity(&self) -> impl Iterator<Item = (IdentityIndex, &Identity)> {
        self.identities
            .iter()
            .enumerate()
            .map(|(at, identity)| (IdentityIndex(index(at)), identity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redacting_keeps_a_digest_and_changes_nothing_twice() {
        let text = r#"{"verbs":["get"]}"#;
        let mut snapshot = Snapshot {
            steps: vec![Step {
                kind: "rule".into(),
                name: "".into(),
                statement: text.into(),
                location: None,
                provided: false,
            }],
            ..Snapshot::default()
        };
        snapshot.redact();
        let once = snapshot.clone();
        let kept = once.steps.first().map_or("", |step| &*step.statement);
        assert_eq!(kept, redacted(text));
        assert!(!kept.contains("get") && redacted(r#"{"verbs":["put"]}"#) != kept);
        snapshot.redact();
        assert_eq!(snapshot.steps, once.steps);
    }
}
