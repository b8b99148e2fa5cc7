//! Policy documents, each lowered once.

mod sets;

use std::collections::BTreeMap;

use leastwise_model::{Gap, Side, Snapshot, Statement as Said, Step, Text};
use leastwise_permset::{Atom, Case, Context, Guard, Key, Label, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::location;
use super::trusts::{PRESENT, SIGN_IN};
use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Resolved, Within};
use crate::policy::{Document, Effect, Statement, Variables, doubt_misplaced};
pub use sets::Sets;

/// The place of a document among the units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitIndex(pub u32);

/// One statement, lowered for anybody.
struct Lowered {
    label: Label,
    effect: Effect,
    /// For anybody; variables stay open.
    set: PermissionSet,
    /// The statement, where it has variables.
    source: Option<Box<Statement>>,
}

/// One document.
struct Unit {
    statements: Vec<Lowered>,
    /// Whether it may allow taking on a role or a root user.
    assumes: bool,
    /// Whether nothing of it is known.
    unknown: bool,
    variables: Box<[Key]>,
    reading: Variables,
    title: Text,
    settle: Text,
    account: Option<Text>,
    /// What it says where it has no variables.
    shared: Option<Sets>,
    /// What it says otherwise, by what the variables stand for.
    known: FxHashMap<Box<[Resolved]>, Sets>,
    /// What is not known of it, until somebody holds it: no answer rests on a policy that nobody holds.
    gaps: BTreeMap<Atom, Gap>,
}

impl Unit {
    /// What it says for one caller where that was asked before, else what its variables stand for then.
    fn known(&self, caller: Caller<'_>) -> Result<Sets, Box<[Resolved]>> {
        if let Some(sets) = &self.shared {
            return Ok(sets.clone());
        }
        let resolved: Box<[Resolved]> = self.variables.iter().map(|key| caller.depends(key)).collect();
        self.known.get(&resolved).cloned().ok_or(resolved)
    }

    /// What it says where its variables stand for this.
    fn say(
        &self,
        resolved: &[Resolved],
        caller: Caller<'_>,
        always: &PermissionSet,
        keys: &mut Keys,
        gaps: &mut BTreeMap<Atom, Gap>,
    ) -> Sets {
        let open = resolved.iter().all(|value| *value == Resolved::Open);
        for (atom, gap) in &self.gaps {
            gaps.entry(atom.clone()).or_insert_with(|| gap.clone());
        }
        let mut lowering = Lowering { keys, gaps };
        let within = Within {
            title: &self.title,
            settle: &self.settle,
            variables: self.reading,
            account: self.account.as_deref(),
        };
        let mut parts = (Vec::new(), Vec::new());
        for lowered in &self.statements {
            let set = match &lowered.source {
                Some(statement) if !open => {
                    let set = lowering.statement(statement, lowered.effect, within, caller);
                    let set = if lowered.effect == Effect::Deny {
                        set.difference(always)
                    } else {
                        set
                    };
                    set.labelled(lowered.label)
                }
                _ => lowered.set.clone(),
            };
            match lowered.effect {
                Effect::Allow => parts.0.push(set),
                Effect::Deny => parts.1.push(set),
            }
        }
        Sets {
            allows: PermissionSet::union_of(parts.0),
            denies: PermissionSet::union_of(parts.1),
        }
    }
}

/// All documents.
pub struct Units {
    list: Vec<Unit>,
    /// `sts:GetCallerIdentity`, which no policy can take away.
    always: PermissionSet,
}

/// What a document is called.
pub struct Titles<'a> {
    /// The kind of its statements, such as `inline policy statement`.
    pub kind: &'a Text,
    /// Its name.
    pub name: &'a Text,
    /// In gaps, such as `policy arn:…`.
    pub title: Text,
    /// The command that shows it again.
    pub settle: Text,
    /// Whether it is AWS's own.
    pub provided: bool,
    /// The account it belongs to.
    pub account: Option<Text>,
    /// Whether it may name principals, or whoever read it looked at that.
    pub principals: bool,
}

impl Units {
    /// None yet.
    pub fn new() -> Self {
        let action = Strings::one(Pattern::glob("sts:GetCallerIdentity", Case::Folded));
        Self {
            list: Vec::new(),
            always: Region::new(action, Strings::any()).into(),
        }
    }

    /// What no policy can take away.
    pub fn always(&self) -> &PermissionSet {
        &self.always
    }

    fn push(&mut self, unit: Unit) -> UnitIndex {
        self.list.push(unit);
        UnitIndex(u32::try_from(self.list.len() - 1).unwrap_or(u32::MAX))
    }

    /// Lowers a document for anybody and adds its steps.
    pub fn add(
        &mut self,
        document: Document,
        file: leastwise_model::FileIndex,
        titles: Titles<'_>,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> UnitIndex {
        let file = document.file.unwrap_or(file);
        if let Some(why) = document.unreadable {
            snapshot.remarks.push(leastwise_model::Remark {
                location: Some(location(file, &document.place)),
                what: format!("{} cannot be understood: {why}", titles.title).into(),
                hint: titles.settle.clone(),
                loses: true,
            });
            return self.unknown(
                &titles.title,
                &format!("it cannot be understood: {why}"),
                &titles.settle,
                snapshot,
            );
        }
        let reading = document.variables;
        let mut variables = Vec::new();
        let mut assumes = false;
        let mut statements = Vec::with_capacity(document.statements.len());
        let mut gaps = BTreeMap::new();
        for mut statement in document.statements {
            doubt_misplaced(&mut statement, titles.principals);
            for doubt in &statement.doubts {
                snapshot.remarks.push(leastwise_model::Remark {
                    location: Some(location(file, &statement.place)),
                    what: format!("a statement of {} is not clear: {doubt}", titles.title).into(),
                    hint: titles.settle.clone(),
                    loses: true,
                });
            }
            let name = match &statement.sid {
                Some(sid) => format!("{}#{sid}", titles.name).into(),
                None => titles.name.clone(),
            };
            let label = snapshot.add_step(Step {
                kind: titles.kind.clone(),
                name,
                statement: std::mem::take(&mut statement.text),
                location: Some(location(file, &statement.place)),
                provided: titles.provided,
            });
            let mut lowering = Lowering {
                keys: &mut *keys,
                gaps: &mut gaps,
            };
            let own = lowering.variables(&statement, reading);
            let named = lowering.keys.actions(&statement.actions);
            let effects = match statement.effect {
                Some(effect) => &[effect][..],
                None => &[Effect::Allow, Effect::Deny],
            };
            let may = ["sts:AssumeRole", "sts:AssumeRoot", PRESENT, SIGN_IN]
                .iter()
                .any(|action| named.contains(action, &Context::new()));
            assumes |= may && effects.contains(&Effect::Allow);
            for effect in effects.iter().copied() {
                let within = Within {
                    title: &titles.title,
                    settle: &titles.settle,
                    variables: reading,
                    account: titles.account.as_deref(),
                };
                let set = self.spare(
                    effect,
                    lowering.statement(&statement, effect, within, Caller::Anyone),
                );
                let source = (!own.is_empty()).then(|| Box::new(statement.clone()));
                statements.push(Lowered {
                    label,
                    effect,
                    set: set.labelled(label),
                    source,
                });
            }
            variables.extend(own);
        }
        variables.sort();
        variables.dedup();
        self.push(Unit {
            statements,
            assumes,
            unknown: false,
            variables: variables.into(),
            reading,
            title: titles.title,
            settle: titles.settle,
            account: titles.account,
            shared: None,
            known: FxHashMap::default(),
            gaps,
        })
    }

    /// Takes what no policy can refuse out of a refusal.
    fn spare(&self, effect: Effect, set: PermissionSet) -> PermissionSet {
        let touches = |set: &PermissionSet| {
            let regions: &[PermissionSet] = match set.node() {
                leastwise_permset::Node::Union(sets) => sets,
                _ => std::slice::from_ref(set),
            };
            regions.iter().any(|set| match set.node() {
                leastwise_permset::Node::Region(region) => {
                    region.actions.contains("sts:GetCallerIdentity", &Context::new())
                }
                _ => true,
            })
        };
        if effect == Effect::Deny && touches(&set) {
            set.difference(&self.always)
        } else {
            set
        }
    }

    /// A document of which nothing is known: it may allow anything, and deny anything.
    pub fn unknown(&mut self, title: &Text, why: &str, settle: &Text, snapshot: &mut Snapshot) -> UnitIndex {
        let mut all = |verb: &str, side: Side| {
            let name = format!("what {title} {verb} is not known: {why}");
            let atom = snapshot.add_gap(Gap {
                atom: Atom::new(&name),
                what: name.into(),
                settle: settle.clone(),
                side,
            });
            let guard = Guard::all_of([leastwise_permset::Condition::Atom(atom).holds()]);
            PermissionSet::from(Region::everything().when(guard))
        };
        let allows = all("allows", Side::Adds);
        let denies = all("denies", Side::Removes).difference(&self.always);
        self.push(Unit {
            statements: Vec::new(),
            assumes: true,
            unknown: true,
            variables: Box::default(),
            reading: Variables::Text,
            title: title.clone(),
            settle: settle.clone(),
            account: None,
            shared: Some(Sets { allows, denies }),
            known: FxHashMap::default(),
            gaps: BTreeMap::new(),
        })
    }

    /// What a document says for one caller.
    pub fn sets(
        &mut self,
        index: UnitIndex,
        caller: Caller<'_>,
        keys: &mut Keys,
        snapshot: &mut Snapshot,
    ) -> Sets {
        let Some(unit) = self.list.get_mut(index.0 as usize) else {
            return Sets::none();
        };
        let resolved = match unit.known(caller) {
            Ok(known) => return known,
            Err(resolved) => resolved,
        };
        let sets = unit.say(&resolved, caller, &self.always, keys, &mut snapshot.gaps);
        unit.gaps.clear();
        if unit.variables.is_empty() {
            unit.shared = Some(sets.clone());
        } else {
            unit.known.insert(resolved, sets.clone());
        }
        sets
    }

    /// The same once every identity is made; what is new is not kept.
    pub fn sets_for(
        &self,
        index: UnitIndex,
        caller: Caller<'_>,
        keys: &mut Keys,
        gaps: &mut BTreeMap<Atom, Gap>,
    ) -> Sets {
        let Some(unit) = self.list.get(index.0 as usize) else {
            return Sets::none();
        };
        match unit.known(caller) {
            Ok(known) => known,
            Err(resolved) => unit.say(&resolved, caller, &self.always, keys, gaps),
        }
    }

    /// Whether a document may allow taking on a role.
    pub fn assumes(&self, index: UnitIndex) -> bool {
        self.list.get(index.0 as usize).is_none_or(|unit| unit.assumes)
    }

    /// Whether a document says the same for everybody.
    pub fn is_shared(&self, index: UnitIndex) -> bool {
        self.list
            .get(index.0 as usize)
            .is_some_and(|unit| unit.variables.is_empty())
    }

    /// Whether a document is there and understood.
    pub fn is_read(&self, index: UnitIndex) -> bool {
        self.list.get(index.0 as usize).is_some_and(|unit| !unit.unknown)
    }

    /// The statements of a document, for anybody.
    pub fn said(&self, index: UnitIndex) -> impl Iterator<Item = Said> {
        let statements = self
            .list
            .get(index.0 as usize)
            .map(|unit| unit.statements.as_slice())
            .unwrap_or_default();
        statements.iter().map(|lowered| Said {
            label: lowered.label,
            denies: lowered.effect == Effect::Deny,
            set: lowered.set.clone(),
        })
    }
}
