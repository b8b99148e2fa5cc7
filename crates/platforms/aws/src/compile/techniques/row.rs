//! Rows of `data/techniques.tsv`.

use std::sync::OnceLock;

use leastwise_model::{Technique, Text};
use leastwise_permset::{Case, Key, Pattern, Strings};

use crate::keys::canonical;

use super::gain::gain;
pub use super::gain::{GainWord, Lifts, MadeBy, OfGroup, Opens, Place};

/// What a row is tried on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Trust,
    /// Once for all of an account.
    Account,
    Role,
    Roles,
    User,
    Group,
    Policy,
    Version,
    /// What has a policy of its own that is written.
    Resource,
    /// Each role of a permission set, for who administers IAM Identity Center.
    Set,
    /// Once for each account of an organization, for the same, or for who administers the organization itself.
    Member,
    /// Each membership of a user in a group that refuses something.
    Membership,
}

/// What must be so of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    Editable,
    Profile,
    Service(&'static str),
    FreeKey,
    FullKeys,
    FreeVersion,
    FullVersions,
    /// It has a permissions boundary.
    Bounded,
    /// It is somebody's permissions boundary.
    Bounds,
    /// An inline policy of its own refuses something.
    InlineRefuses,
    /// A managed policy attached to it refuses something.
    AttachedRefuses,
    /// It has a password, or has none; and no second factor.
    Console(bool),
    /// It has a password and a second factor.
    SecondFactor,
    /// Something exists that no export of this kind shows.
    Unseen(&'static Unseen),
    /// The same, save for a target that can do everything.
    Partial(&'static Unseen),
    Members,
    /// Nobody else can do it.
    Itself,
    /// The actor is a role that users of IAM Identity Center sign in to.
    SignedIn,
    /// A group of its directory is assigned the permission set.
    Group,
    /// The actor is in the management account.
    Organization,
}

/// Whose policies a need is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Hold,
    Suffer,
}

/// Something that no export of this kind shows.
#[derive(Debug, PartialEq, Eq)]
pub struct Unseen {
    pub word: &'static str,
    /// What is not known.
    pub what: &'static str,
    /// The command that shows it.
    pub settle: &'static str,
}

/// One request that the actor must be able to make.
#[derive(Clone, Debug)]
pub struct RowNeed {
    pub side: Side,
    pub action: Text,
    pub actions: Strings,
    /// A pattern; `None` for the target itself.
    pub resource: Option<&'static str>,
    /// Keys with the values the request carries.
    pub carries: Vec<(Key, &'static str)>,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    id: &'static str,
    title: &'static str,
    effect: &'static str,
    source: &'static str,
    pub on: On,
    pub requires: Vec<Requirement>,
    pub needs: Vec<RowNeed>,
    pub gain: GainWord,
}

impl Row {
    /// What the needs lift.
    pub fn lifts(&self) -> Lifts {
        match self.gain {
            GainWord::Anything(lifts) | GainWord::Own(lifts) => lifts,
            GainWord::Overwrite => Lifts {
                inline: true,
                ..Lifts::default()
            },
            GainWord::Become
            | GainWord::Version
            | GainWord::Group
            | GainWord::Policies
            | GainWord::Opens(_)
            | GainWord::Frees(_)
            | GainWord::Acts(_)
            | GainWord::ActsOn(..)
            | GainWord::Hands(_)
            | GainWord::Administers(_)
            | GainWord::Uncontrolled
            | GainWord::Retagged => Lifts::default(),
        }
    }

    /// What identities of its target must be allowed to gain by it.
    pub fn handed(&self) -> impl Iterator<Item = &'static str> + use<> {
        let actions = match self.gain {
            GainWord::Hands(actions) | GainWord::Administers(actions) => Some(actions),
            _ => None,
        };
        actions.into_iter().flat_map(|actions| actions.split(','))
    }

    /// The row as the model shows it.
    pub fn technique(&self) -> Technique {
        Technique {
            id: self.id.into(),
            title: self.title.into(),
            effect: self.effect.into(),
            source: self.source.into(),
        }
    }
}

/// All rows, in the order of the file. A malformed row is left out; a test makes sure that none is.
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| lines().filter_map(parse).collect())
}

/// Rows of `data/unseen.tsv`.
fn unseen() -> &'static [Unseen] {
    static ROWS: OnceLock<Vec<Unseen>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let rows = of(include_str!("../../../data/unseen.tsv"));
        rows.filter_map(|line| {
            let mut fields = line.split('\t');
            Some(Unseen {
                word: fields.next()?,
                what: fields.next()?,
                settle: fields.next()?,
            })
        })
        .collect()
    })
}

fn lines() -> impl Iterator<Item = &'static str> {
    of(include_str!("../../../data/techniques.tsv"))
}

fn of(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let mut next = || fields.next();
    let (id, title, effect) = (next()?, next()?, next()?);
    let on = match next()? {
        "trust" => On::Trust,
        "account" => On::Account,
        "role" => On::Role,
        "roles" => On::Roles,
        "user" => On::User,
        "group" => On::Group,
        "policy" => On::Policy,
        "version" => On::Version,
        "resource" => On::Resource,
        "set" => On::Set,
        "member" => On::Member,
        "membership" => On::Membership,
        _ => return None,
    };
    let requires = match next()? {
        "-" => Vec::new(),
        list => list.split(',').map(requirement).collect::<Option<_>>()?,
    };
    let needs = next()?.split(" ; ").map(need).collect::<Option<_>>()?;
    let gain = gain(next()?)?;
    let source = next()?;
    Some(Row {
        id,
        title,
        effect,
        source,
        on,
        requires,
        needs,
        gain,
    })
}

fn requirement(word: &'static str) -> Option<Requirement> {
    Some(match word {
        "editable" => Requirement::Editable,
        "profile" => Requirement::Profile,
        "free-key" => Requirement::FreeKey,
        "full-keys" => Requirement::FullKeys,
        "free-version" => Requirement::FreeVersion,
        "full-versions" => Requirement::FullVersions,
        "bounded" => Requirement::Bounded,
        "bounds" => Requirement::Bounds,
        "inline-refuses" => Requirement::InlineRefuses,
        "attached-refuses" => Requirement::AttachedRefuses,
        "password" => Requirement::Console(true),
        "no-password" => Requirement::Console(false),
        "members" => Requirement::Members,
        "itself" => Requirement::Itself,
        "second-factor" => Requirement::SecondFactor,
        "signed-in" => Requirement::SignedIn,
        "group" => Requirement::Group,
        "organization" => Requirement::Organization,
        other => match other.split_once('=')? {
            ("service", name) => Requirement::Service(name),
            ("unseen", word) => Requirement::Unseen(unseen().iter().find(|one| one.word == word)?),
            ("partial", word) => Requirement::Partial(unseen().iter().find(|one| one.word == word)?),
            _ => return None,
        },
    })
}

fn need(text: &'static str) -> Option<RowNeed> {
    let mut words = text.split(' ');
    let side = match words.next()? {
        "hold" => Side::Hold,
        "suffer" => Side::Suffer,
        _ => return None,
    };
    let action = words.next()?;
    let resource = words.next().map(|word| (word != "target").then_some(word))?;
    let mut need = RowNeed {
        side,
        action: action.into(),
        actions: Strings::one(Pattern::glob(action, Case::Folded)),
        resource,
        carries: Vec::new(),
    };
    for word in words {
        let (key, value) = word.split_once('=')?;
        need.carries.push((canonical(key), value));
    }
    Some(need)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_row_is_well_formed_and_names_actions_that_exist() {
        for line in lines() {
            let row = parse(line).unwrap_or_else(|| panic!("malformed row: {line}"));
            for need in &row.needs {
                assert!(
                    Catalogue::embedded().find(&need.action).is_some(),
                    "{}: {}",
                    row.id,
                    need.action
                );
            }
        }
        assert_eq!(rows().len(), lines().count());
    }
}
