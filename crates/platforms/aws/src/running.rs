//! What runs, or calls, as a role: functions, instances, stacks and the like, as the AWS command line prints them.
//!
//! Rows of `data/running.tsv` say where in an output the ARN of a thing and that of its role are. Nothing else is kept:
//! beside them stand environment variables and parameters, and these hold secrets.
//!
//! A thing that was exported exists. That there is no other of its kind is known where a wrapper says of which account and
//! region a whole list is, and `aws ec2 describe-regions` which regions the account has.

mod rows;
mod take;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use leastwise_model::{Remark, Text};

use crate::export::Spot;
pub use rows::{Kind, kinds};

/// One thing.
#[derive(Clone, Debug)]
pub struct Thing {
    /// Its ARN.
    pub arn: Text,
    /// The ARN of its role, or of the instance profile that holds its role.
    pub role: Text,
    /// Where it stands.
    pub spot: Spot,
}

/// What is known of things of one kind in an account beyond those that were exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// There are none.
    None,
    /// There are none in these regions.
    NotIn(BTreeSet<Text>),
}

/// All that was exported of what runs.
#[derive(Debug, Default)]
pub struct Running {
    /// By kind.
    things: BTreeMap<&'static str, Vec<Thing>>,
    /// Instances that take commands, by account, region and id.
    managed: BTreeSet<(Text, Text, Text)>,
    /// Regions whose list is whole, by kind and account.
    whole: BTreeMap<(&'static str, Text), BTreeSet<Text>>,
    /// The regions of accounts.
    regions: BTreeMap<Text, BTreeSet<Text>>,
    /// What to tell about the input.
    pub remarks: Vec<Remark>,
}

/// The kinds that `ec2 describe-instances` tells.
const INSTANCE: &str = "instance";
const MANAGED: &str = "managed-instance";

impl Running {
    /// The things of a kind, in the order of the files.
    pub fn things(&self, word: &str) -> impl Iterator<Item = &Thing> {
        let managed = word == MANAGED;
        let things = self.things.get(if managed { INSTANCE } else { word });
        let things = things.map(Vec::as_slice).unwrap_or_default().iter();
        things.filter(move |thing| !managed || self.is_managed(&thing.arn))
    }

    /// Whether anything was exported of a kind, or that there is none.
    pub fn others(&self, word: &'static str, account: &Text) -> Others {
        let whole = |word| {
            self.whole
                .get(&(word, account.clone()))
                .cloned()
                .unwrap_or_default()
        };
        let mut found = whole(word);
        if word == MANAGED {
            // What is not known to run takes no commands that are known.
            let instances = whole(INSTANCE);
            found.retain(|region| instances.contains(region));
        }
        match self.regions.get(account) {
            Some(all) if all.is_subset(&found) => Others::None,
            _ => Others::NotIn(found),
        }
    }

    fn is_managed(&self, arn: &str) -> bool {
        let mut fields = arn.splitn(6, ':').skip(3);
        let (Some(region), Some(account), Some(rest)) = (fields.next(), fields.next(), fields.next()) else {
            return false;
        };
        let id = rest.trim_start_matches("instance/");
        self.managed.contains(&(account.into(), region.into(), id.into()))
    }
}
