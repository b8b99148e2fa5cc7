//! What an export tells of the resources of requests: tags and boundaries of users and roles, and the account and region in
//! an ARN.
//!
//! Rows of `data/resource-keys.tsv` say which condition keys that decides, and for which actions not.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::{Arc, OnceLock};

use leastwise_model::Text;
use leastwise_permset::{Key, Pattern};

use crate::catalogue::{ActionSet, Catalogue};
use crate::lower::{Alike, Fact, account_of};

/// Where the value of a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The tags of a user or role.
    Tag,
    /// The permissions boundary of a user or role.
    Boundary,
    /// The account that an ARN names, or that is known to own a bucket.
    Account,
    /// The organization of that account.
    Organization,
    /// The region that an ARN names.
    Region,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// The key, or the part of it before what varies.
    pub key: &'static str,
    /// Where its value comes from.
    pub source: Source,
    /// The actions that the row speaks of, as patterns.
    pub only: Vec<&'static str>,
    /// Actions among them of which the resource does not tell it, as patterns.
    pub except: Vec<&'static str>,
    actions: OnceLock<ActionSet>,
}

impl Row {
    /// The actions of the catalogue of which the resource tells the key.
    pub fn actions(&self) -> &ActionSet {
        let all = |patterns: &[&str]| {
            let each = patterns
                .iter()
                .map(|pattern| Catalogue::embedded().matching(pattern));
            each.fold(ActionSet::new(), |all, some| all.union(&some))
        };
        self.actions
            .get_or_init(|| all(&self.only).minus(&all(&self.except)))
    }

    /// What varies in a key of this row, or nothing; `None` for other keys.
    fn rest<'k>(&self, key: &'k str) -> Option<&'k str> {
        let head = key.get(..self.key.len())?;
        let rest = key.get(self.key.len()..)?;
        let family = self.key.ends_with('/');
        (head.eq_ignore_ascii_case(self.key) && family != rest.is_empty()).then_some(rest)
    }
}

/// All rows, in the order of the file. A malformed row is left out; a test makes sure that none is.
pub fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| lines().filter_map(parse).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../data/resource-keys.tsv");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let key = fields.next()?.split("${").next()?;
    let source = match fields.next()? {
        "tag" => Source::Tag,
        "boundary" => Source::Boundary,
        "account" => Source::Account,
        "organization" => Source::Organization,
        "region" => Source::Region,
        _ => return None,
    };
    let mut patterns = || fields.next().map(|list| list.split(' ').collect());
    let (only, except) = (patterns()?, patterns()?);
    fields.next()?;
    Some(Row {
        key,
        source,
        only,
        except,
        actions: OnceLock::new(),
    })
}

/// The row that speaks of a key, and what varies in the key.
pub fn row(key: &Key) -> Option<(&'static Row, &str)> {
    rows().iter().find_map(|row| Some((row, row.rest(key.as_str())?)))
}

/// One user or role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entity {
    /// Its tags by name in lower case; `None` where they are not known.
    pub tags: Option<BTreeMap<Text, Text>>,
    /// Its boundary, if it has one; `None` where that is not known.
    pub boundary: Option<Option<Text>>,
}

/// What is alike, by account and by the keys that were asked about.
type ByKeys = BTreeMap<(Option<Text>, Vec<Key>), Arc<Alike>>;

/// Users and roles of the estate, by ARN.
#[derive(Clone, Debug, Default)]
pub struct Told {
    entities: BTreeMap<Text, Entity>,
    /// Names that carry no account, by the account whose they are.
    unnamed: BTreeMap<Text, Vec<Pattern>>,
    /// The organization that was exported, and its accounts.
    organization: Option<(Text, BTreeSet<Text>)>,
    /// Those of an account by what is known of some keys; found when first asked for.
    alike: RefCell<ByKeys>,
}

impl Told {
    /// Adds a user or role.
    pub fn add(&mut self, arn: Text, entity: Entity) {
        self.alike.get_mut().clear();
        self.entities.insert(arn, entity);
    }

    /// Adds names that carry no account.
    pub fn own(&mut self, account: &Text, names: impl IntoIterator<Item = Pattern>) {
        self.unnamed.entry(account.clone()).or_default().extend(names);
    }

    /// Tells the organization and its accounts.
    pub fn join(&mut self, organization: Text, accounts: BTreeSet<Text>) {
        self.organization = Some((organization, accounts));
    }

    /// Names that carry no account and are this account's; all that are known of any where none is given.
    pub fn unnamed(&self, account: Option<&str>) -> impl Iterator<Item = &Pattern> {
        let wanted = account.map(Box::<str>::from);
        self.unnamed
            .iter()
            .filter(move |(owner, _)| wanted.as_deref().is_none_or(|wanted| ***owner == *wanted))
            .flat_map(|(_, names)| names)
    }

    /// The organization that was exported, and its accounts.
    pub fn organization(&self) -> Option<(&Text, &BTreeSet<Text>)> {
        self.organization
            .as_ref()
            .map(|(organization, accounts)| (organization, accounts))
    }

    /// Users and roles of an account, or of every account, by what is known of some keys.
    pub fn alike(&self, account: Option<&str>, keys: &[&Key]) -> Arc<Alike> {
        let key = (
            account.map(Text::from),
            keys.iter().map(|key| (*key).clone()).collect(),
        );
        if let Some(known) = self.alike.borrow().get(&key) {
            return known.clone();
        }
        let facts = |arn: &Text| {
            let facts = self.facts(arn, keys.iter().map(|key| (*key).clone()));
            (arn.clone(), facts)
        };
        let alike = Arc::new(Alike::new(self.arns_of(account).map(facts)));
        self.alike.borrow_mut().insert(key, alike.clone());
        alike
    }

    /// The ARNs of an account, or of every account, sorted.
    pub fn arns_of(&self, account: Option<&str>) -> impl Iterator<Item = &Text> {
        let head = account.map(|account| self.head(account)).unwrap_or_default();
        let from = self
            .entities
            .range::<str, _>((Bound::Included(&*head), Bound::Unbounded));
        from.map(|(arn, _)| arn)
            .take_while(move |arn| arn.starts_with(&*head))
    }

    /// What the ARNs of an account begin with, in the partition of the estate.
    fn head(&self, account: &str) -> String {
        let partition = self.entities.keys().next().and_then(|arn| arn.split(':').nth(1));
        format!("arn:{}:iam::{account}:", partition.unwrap_or("aws"))
    }

    /// What is known of a key in requests on a user or role, by actions that the row of the key does not except.
    pub fn fact(&self, arn: &str, key: &Key) -> Option<Fact> {
        let (row, rest) = row(key)?;
        let entity = || self.entities.get(arn);
        let fact = |value: Option<&Text>| value.map_or(Fact::Absent, |value| Fact::Is((&**value).into()));
        match row.source {
            Source::Tag => Some(fact(entity()?.tags.as_ref()?.get(&*rest.to_ascii_lowercase()))),
            Source::Boundary => Some(fact(entity()?.boundary.as_ref()?.as_ref())),
            Source::Account => account_of(arn).map(|account| Fact::Is(account.into())),
            Source::Organization => {
                let (organization, accounts) = self.organization.as_ref()?;
                let within = accounts.contains(account_of(arn)?);
                within.then(|| Fact::Is((&**organization).into()))
            }
            // Names of users and roles carry none.
            Source::Region => None,
        }
    }

    /// What is known of these keys in requests on a user or role.
    pub fn facts(&self, arn: &str, keys: impl IntoIterator<Item = Key>) -> crate::lower::Facts {
        keys.into_iter()
            .filter_map(|key| {
                let fact = self.fact(arn, &key)?;
                Some((key, fact))
            })
            .collect()
    }
}

/// The actions of the catalogue that work on users or roles.
pub fn on_entities() -> &'static ActionSet {
    static SET: OnceLock<ActionSet> = OnceLock::new();
    SET.get_or_init(|| {
        let catalogue = Catalogue::embedded();
        let mut set = ActionSet::new();
        for service in ["iam:*", "sts:*"] {
            for id in catalogue.matching(service).iter() {
                let shapes = catalogue.resource_shapes(id);
                if shapes.iter().any(|shape| matches!(shape.name, "role" | "user")) {
                    set.insert(id);
                }
            }
        }
        set
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::canonical;

    #[test]
    fn every_row_is_well_formed_and_excepts_actions_that_exist() {
        for line in lines() {
            let row = parse(line).unwrap_or_else(|| panic!("malformed row: {line}"));
            assert!(
                Catalogue::embedded().key_rule(&format!("{}x", row.key)).is_some()
                    || Catalogue::embedded().key_rule(row.key).is_some()
            );
            for pattern in row.only.into_iter().chain(row.except) {
                assert!(!Catalogue::embedded().matching(pattern).is_empty(), "{pattern}");
            }
        }
        assert_eq!(rows().len(), lines().count());
    }

    #[test]
    fn keys_of_resources_by_row() {
        let source = |key: &str| row(&canonical(key)).map(|(row, rest)| (row.source, rest.to_owned()));
        assert_eq!(source("AWS:resourceTag/Team"), Some((Source::Tag, "team".into())));
        assert_eq!(
            source("iam:permissionsboundary"),
            Some((Source::Boundary, "".into()))
        );
        assert_eq!(source("aws:ResourceAccount"), Some((Source::Account, "".into())));
        assert_eq!(source("aws:ResourceTag/"), None);
        assert_eq!(source("aws:ResourceAccounts"), None);
        assert_eq!(source("ec2:ResourceTag/team"), None);
    }
}
