//! What the policy of a resource gives to no other account, whatever it says: rows of `data/owner-only.tsv`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};

/// One row.
struct Row {
    service: &'static str,
    /// Whether the actions are all that other accounts can be given.
    only: bool,
    actions: Vec<&'static str>,
}

fn lines() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../../../data/owner-only.tsv");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let service = fields.next()?;
    let only = match fields.next()? {
        "only" => true,
        "not" => false,
        _ => return None,
    };
    let actions = fields.next()?.split(' ').collect();
    fields.next()?;
    Some(Row {
        service,
        only,
        actions,
    })
}

impl Row {
    fn requests(&self) -> PermissionSet {
        let actions = |names: &mut dyn Iterator<Item = &str>| {
            let names = names.map(|name| Pattern::glob(&format!("{}:{name}", self.service), Case::Folded));
            PermissionSet::from(Region::new(Strings::any_of(names), Strings::any()))
        };
        let named = actions(&mut self.actions.iter().copied());
        match self.only {
            true => actions(&mut std::iter::once("*")).difference(&named),
            false => named,
        }
    }
}

/// Requests of a service that go through only where the resource is of the caller's own account, if there are any. A malformed
/// row is left out; a test makes sure that none is.
pub(super) fn owner_only(service: &str) -> Option<&'static PermissionSet> {
    static SETS: OnceLock<BTreeMap<&'static str, PermissionSet>> = OnceLock::new();
    let sets = || lines().filter_map(parse).map(|row| (row.service, row.requests()));
    SETS.get_or_init(|| sets().collect()).get(service)
}

#[cfg(test)]
mod tests {
    use leastwise_permset::Request;

    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_row_is_read_and_names_actions_that_exist() {
        let rows: Vec<Row> = lines().filter_map(parse).collect();
        assert_eq!(rows.len(), lines().count());
        for row in rows {
            for name in row.actions {
                let text = format!("{}:{name}", row.service);
                assert_ne!(Catalogue::embedded().matching(&text).iter().count(), 0, "{text}");
            }
        }
    }

    #[test]
    fn what_uses_a_key_is_shared_and_what_administers_it_is_not() {
        let refused = |service: &str, action: &str| {
            owner_only(service).is_some_and(|set| set.contains(&Request::new(action, "arn:aws:any")))
        };
        assert!(refused("kms", "kms:PutKeyPolicy") && refused("kms", "KMS:ScheduleKeyDeletion"));
        assert!(refused("sqs", "sqs:DeleteQueue") && refused("s3", "s3:PutBucketPolicy"));
        assert!(!refused("kms", "kms:GenerateDataKeyPair") && !refused("sqs", "sqs:SendMessage"));
        assert!(!refused("s3", "s3:GetObject") && owner_only("sns").is_none());
    }
}
