//! Policies on resources read, statement by statement.

use leastwise_model::{IdentityIndex, Remark, Side, Snapshot, Step, Text};
use leastwise_permset::{Case, Context, Guard, Label, Literal, Pattern, PermissionSet, Region, Strings};
use rustc_hash::FxHashMap;

use super::Spoken;
use super::public::{Public, public};
use super::refusals::{Whom, service_of};
use crate::compile::accounts::Accounts;
use crate::compile::location;
use crate::keys::Keys;
use crate::lower::{Caller, Lowering, Within, actions};
use crate::policy::{Choice, Document, Effect, Statement};
use crate::resources::{Exported, Policy, Resources, is_bucket, is_key, service};

/// What reading needs to know.
pub struct Readers<'r> {
    /// Accounts of the estate.
    pub accounts: &'r Accounts,
    /// Identities of the estate by id.
    pub identities: &'r FxHashMap<Text, IdentityIndex>,
    /// Roles by account and name, for sessions.
    pub roles: &'r FxHashMap<(Text, Text), IdentityIndex>,
    /// Identities that have a boundary, by id.
    pub bounded: &'r Strings,
}

/// One policy being read.
pub(super) struct Reader<'r> {
    pub(super) around: &'r Readers<'r>,
    pub(super) arn: &'r Text,
    pub(super) owner: &'r str,
    title: String,
    pub(super) settle: &'r str,
    /// The requests on the resource and what it holds.
    scope: Strings,
    /// What must turn out true for other accounts to be let in; `None` where they are not.
    pub(super) others: Option<Vec<Literal>>,
    /// The services of whose actions the statement in hand speaks; nothing where that may be any.
    pub(super) services: Vec<Text>,
    keys: &'r mut Keys,
    snapshot: &'r mut Snapshot,
    pub(super) spoken: &'r mut Spoken,
}

/// Reads all policies.
pub fn read(resources: Resources, around: &Readers<'_>, keys: &mut Keys, snapshot: &mut Snapshot) -> Spoken {
    let mut spoken = Spoken {
        told: !resources.policies.is_empty(),
        ..Spoken::default()
    };
    snapshot.remarks.extend(resources.remarks.iter().cloned());
    for (arn, owner) in resources.owned() {
        let names = spoken.buckets.entry(owner.clone()).or_default();
        names.extend(scope(arn).patterns().iter().cloned());
    }
    for (arn, exported) in &resources.policies {
        let owner = exported.owner.clone().unwrap_or_default();
        if is_key(arn) {
            let known = spoken.keys.entry(owner.clone()).or_default();
            known.push(Pattern::literal(arn));
        }
        let title = format!("the policy of {arn}");
        let into = (&mut *keys, &mut *snapshot, &mut spoken);
        let mut reader = Reader::new(around, (arn, &owner), title, &exported.settle, into);
        reader.exported(exported, &resources);
    }
    super::grants::read(&resources, around, keys, snapshot, &mut spoken);
    for (id, endpoint) in &resources.endpoints {
        super::endpoints::read(id, endpoint, keys, snapshot, &mut spoken);
    }
    spoken
}

/// A resource and what belongs to it.
pub fn scope(arn: &str) -> Strings {
    let below = |separator: &str| {
        use leastwise_permset::Element;
        let head = Element::Text(format!("{arn}{separator}").into());
        Pattern::new([head, Element::Many], Case::Exact)
    };
    let mut names = vec![Pattern::literal(arn), below("/"), below(":")];
    if let Some((head, bus)) = arn.split_once(":event-bus/") {
        // Rules of the default bus have no bus in their names.
        let rules = if bus == "default" {
            format!("{head}:rule/*")
        } else {
            format!("{head}:rule/{bus}/*")
        };
        names.push(Pattern::glob(&rules, Case::Exact));
    }
    Strings::any_of(names)
}

impl<'r> Reader<'r> {
    /// Of what speaks of a resource, `(arn, owner)`, and where what it says goes.
    pub(super) fn new(
        around: &'r Readers<'r>,
        (arn, owner): (&'r Text, &'r str),
        title: String,
        settle: &'r str,
        (keys, snapshot, spoken): (&'r mut Keys, &'r mut Snapshot, &'r mut Spoken),
    ) -> Self {
        Self {
            around,
            arn,
            owner,
            title,
            settle,
            scope: scope(arn),
            others: Some(Vec::new()),
            services: vec![Text::default()],
            keys,
            snapshot,
            spoken,
        }
    }
}

impl Reader<'_> {
    fn exported(&mut self, exported: &Exported, resources: &Resources) {
        let document = match &exported.policy {
            _ if exported.owner.is_none() => {
                return self.unknown("whose it is was not exported");
            }
            Policy::None => return,
            Policy::Unread(why) => return self.unknown(why),
            Policy::Document(document) => document,
        };
        if let Some(why) = &document.unreadable {
            self.snapshot.remarks.push(Remark {
                location: Some(location(exported.spot.file, &document.place)),
                what: format!("{} cannot be understood: {why}", self.title).into(),
                hint: self.settle.into(),
                loses: true,
            });
            return self.unknown(&format!("it cannot be understood: {why}"));
        }
        if is_bucket(self.arn) {
            self.others = self.let_in(document, resources.restricted(self.arn, self.owner));
        }
        for statement in &document.statements {
            self.statement(statement, document, exported);
        }
    }

    /// What must turn out true for a bucket's policy to let other accounts in.
    fn let_in(&mut self, document: &Document, restricted: Option<bool>) -> Option<Vec<Literal>> {
        let why = match (public(document), restricted) {
            (Public::No, _) | (_, Some(false)) => return Some(Vec::new()),
            (Public::Yes, Some(true)) => return None,
            (Public::Perhaps, Some(true)) => "whether its policy counts as public is not evaluated",
            (_, None) => "its public-access block, or that of its account, was not exported",
        };
        let name = format!("whether {} lets other accounts in is not known: {why}", self.arn);
        let settle = format!(
            "aws s3api get-public-access-block for {}, aws s3control get-public-access-block for {}",
            self.arn, self.owner
        );
        Some(vec![self.gap(&name, &settle, Side::Adds)])
    }

    pub(super) fn gap(&mut self, name: &str, settle: &str, side: Side) -> Literal {
        let mut lowering = Lowering {
            keys: &mut *self.keys,
            gaps: &mut self.snapshot.gaps,
        };
        lowering.gap(name, settle, side)
    }

    /// A policy of which nothing is known: it may let anybody in, and refuse anybody.
    fn unknown(&mut self, why: &str) {
        let settle = self.settle;
        let label = self.snapshot.add_step(Step {
            kind: "policy of a resource".into(),
            name: self.arn.clone(),
            statement: Box::default(),
            location: None,
            provided: false,
        });
        let mut all = |verb: &str, side: Side| {
            let name = format!("what {} {verb} is not known: {why}", self.title);
            let atom = self.gap(&name, settle, side);
            let region = Region::new(Strings::any(), self.scope.clone());
            spared(&region.when(Guard::all_of([atom])).into()).labelled(label)
        };
        let (allows, denies) = (all("allows", Side::Adds), all("denies", Side::Removes));
        self.whoever(&allows);
        self.delegate(&allows);
        self.refuse(Whom::Everybody, denies);
    }

    fn statement(&mut self, statement: &Statement, document: &Document, exported: &Exported) {
        let mut statement = statement.clone();
        let mut doubts = statement.doubts.to_vec();
        if statement.principals.is_none() {
            doubts.push("it names no principal".into());
        }
        let owner_of_source = |key: &str| key.eq_ignore_ascii_case("aws:SourceOwner");
        if statement.conditions.iter().any(|one| owner_of_source(&one.key)) {
            doubts.push("whether requests of identities carry aws:SourceOwner is not documented".into());
        } else {
            for doubt in &doubts {
                self.snapshot.remarks.push(Remark {
                    location: Some(location(exported.spot.file, &statement.place)),
                    what: format!("a statement of {} is not clear: {doubt}", self.title).into(),
                    hint: self.settle.into(),
                    loses: true,
                });
            }
        }
        statement.conditions = statement
            .conditions
            .iter()
            .filter(|one| !owner_of_source(&one.key))
            .cloned()
            .collect();
        statement.doubts = doubts.into();
        let name = match &statement.sid {
            Some(sid) => format!("{}#{sid}", self.arn).into(),
            None => self.arn.clone(),
        };
        let label = self.snapshot.add_step(Step {
            kind: "resource policy statement".into(),
            name,
            statement: std::mem::take(&mut statement.text),
            location: Some(location(exported.spot.file, &statement.place)),
            provided: false,
        });
        self.services = if statement.actions.except {
            vec![Text::default()]
        } else {
            let each = statement.actions.texts.iter();
            each.map(|text| service_of(text).into()).collect()
        };
        let bounded = self.resources(&mut statement);
        let effects = match statement.effect {
            Some(effect) => vec![effect],
            None => vec![Effect::Allow, Effect::Deny],
        };
        for effect in effects {
            let set = self.lowered(&statement, effect, document, bounded, label);
            let clear = statement.doubts.is_empty();
            match (statement.principals.as_ref().filter(|_| clear), effect) {
                (Some(principals), Effect::Allow) => self.allow(&set, principals),
                (Some(principals), Effect::Deny) => self.deny(&set, principals),
                (None, Effect::Allow) => {
                    self.whoever(&set);
                    self.delegate(&set);
                }
                (None, Effect::Deny) => self.refuse(Whom::Everybody, set),
            }
        }
    }

    /// Puts the resource in the place of `*` and of nothing; says whether what is written stays within it.
    fn resources(&self, statement: &mut Statement) -> bool {
        let whole = || -> Box<[Box<str>]> {
            let below = |separator: &str| format!("{}{separator}*", self.arn).into();
            [Box::from(&**self.arn), below("/"), below(":")].into()
        };
        let all = |choice: &Choice| !choice.except && choice.texts.iter().any(|text| &**text == "*");
        match &mut statement.resources {
            None => {
                statement.resources = Some(Choice {
                    except: false,
                    texts: whole(),
                });
                true
            }
            Some(choice) if all(choice) && service(self.arn) != "events" => {
                choice.texts = whole();
                true
            }
            Some(choice) => {
                for text in &mut choice.texts {
                    // The short form in which such policies are written.
                    if let Some(rest) = text.strip_prefix("execute-api:/") {
                        *text = format!("{}/{rest}", self.arn).into();
                    }
                }
                !choice.except
                    && choice.texts.iter().all(|text| {
                        let rest = text.strip_prefix(&**self.arn);
                        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
                    })
            }
        }
    }

    fn lowered(
        &mut self,
        statement: &Statement,
        effect: Effect,
        document: &Document,
        bounded: bool,
        label: Label,
    ) -> PermissionSet {
        let mut lowering = Lowering {
            keys: &mut *self.keys,
            gaps: &mut self.snapshot.gaps,
        };
        let within = Within {
            title: &self.title,
            settle: self.settle,
            variables: document.variables,
            account: None,
        };
        let set = lowering.statement(statement, effect, within, Caller::Anyone);
        let set = if bounded {
            set
        } else {
            set.intersection(&Region::new(Strings::any(), self.scope.clone()).into())
        };
        let always = "sts:GetCallerIdentity";
        let refuses = effect == Effect::Deny && actions(&statement.actions).contains(always, &Context::new());
        let set = if refuses { spared(&set) } else { set };
        set.labelled(label)
    }
}

/// What is left of a refusal without what nobody can refuse.
pub(super) fn spared(set: &PermissionSet) -> PermissionSet {
    let always = Strings::one(Pattern::glob("sts:GetCallerIdentity", Case::Folded));
    set.difference(&Region::new(always, Strings::any()).into())
}
