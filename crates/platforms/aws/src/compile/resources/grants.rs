//! Grants of KMS keys: what a grantee may do with a key, whatever its own policies allow.
//!
//! A grant allows and never refuses. What it asks of the encryption context it asks of cryptographic operations alone.
//! Whether a grant suffices for an identity of another account, whose own policies do not allow the operation, no document
//! says: that is a gap.
//!
//! Sources: AWS KMS Developer Guide, "Grants in AWS KMS"; AWS KMS API Reference, "GrantConstraints".

use leastwise_model::{Side, Snapshot, Step, Text};
use leastwise_permset::{
    Case, Condition as Ask, Guard, Label, Literal, Pattern, PermissionSet, Region, Strings, Test,
};

use super::Spoken;
use super::read::{Reader, Readers};
use crate::compile::location;
use crate::keys::{Keys, canonical};
use crate::lower::account_of;
use crate::policy::{Principal, Principals};
use crate::resources::{Grant, Resources, Ungranted};

/// Operations that carry no encryption context.
const WITHOUT_CONTEXT: [&str; 11] = [
    "CreateGrant",
    "DeriveSharedSecret",
    "DescribeKey",
    "GenerateMac",
    "GetPublicKey",
    "ListGrants",
    "RetireGrant",
    "RevokeGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// Reads grants.
pub fn read(
    resources: &Resources,
    around: &Readers<'_>,
    keys: &mut Keys,
    snapshot: &mut Snapshot,
    spoken: &mut Spoken,
) {
    for grant in resources.grants.values() {
        let (settle, owner) = of_key(&grant.key);
        let label = snapshot.add_step(Step {
            kind: "grant of a key".into(),
            name: grant.id.clone(),
            statement: written(grant).into(),
            location: Some(location(grant.spot.file, &grant.spot.place)),
            provided: false,
        });
        let title = format!("the grant {} of {}", grant.id, grant.key);
        let into = (&mut *keys, &mut *snapshot, &mut *spoken);
        let mut reader = Reader::new(around, (&grant.key, owner), title, &settle, into);
        reader.grant(grant, label);
    }
    for ungranted in &resources.ungranted {
        let (settle, owner) = of_key(&ungranted.key);
        let label = snapshot.add_step(Step {
            kind: "grants of a key".into(),
            name: ungranted.key.clone(),
            statement: Box::default(),
            location: Some(location(ungranted.spot.file, &ungranted.spot.place)),
            provided: false,
        });
        let title = format!("the grants of {}", ungranted.key);
        let into = (&mut *keys, &mut *snapshot, &mut *spoken);
        let mut reader = Reader::new(around, (&ungranted.key, owner), title, &settle, into);
        reader.ungranted(ungranted, label);
    }
}

/// The command that shows the grants of a key, and the account that owns it.
fn of_key(key: &str) -> (String, &str) {
    let settle = format!("aws kms list-grants --key-id {key}");
    (settle, account_of(key).unwrap_or_default())
}

impl Reader<'_> {
    fn grant(&mut self, grant: &Grant, label: Label) {
        if let Some(retiring) = &grant.retiring {
            let retire = Region::new(
                Strings::one(Pattern::glob("kms:RetireGrant", Case::Folded)),
                Strings::literal(&grant.key),
            );
            self.by_name(retiring, PermissionSet::from(retire).labelled(label));
        }
        let set = match &grant.other {
            None => allowed(grant),
            Some(kind) => {
                let name = format!(
                    "whether requests meet `{kind}` of the grant {} is not evaluated",
                    grant.id
                );
                let doubt = self.gap(&name, self.settle, Side::Adds);
                let only = Region::everything().when(Guard::all_of([doubt]));
                allowed(grant).intersection(&only.into())
            }
        };
        let set = set.labelled(label);
        let Some(account) = account_of(&grant.grantee) else {
            // A service, which acts for itself.
            return;
        };
        let principals = Principals {
            except: false,
            list: [Principal::Aws((&*grant.grantee).into())].into(),
        };
        self.allow(&set, &principals);
        if account != self.owner {
            let name = format!(
                "whether a grant lets an identity of account {account} use {} that its own policies do not let is not \
                 documented",
                grant.key
            );
            let doubt = self.gap(&name, "try it as that identity", Side::Adds);
            let only = Region::everything().when(Guard::all_of([doubt]));
            self.by_name(&grant.grantee, set.intersection(&only.into()));
        }
    }

    /// Grants that are not known may let anybody in, and refuse nobody.
    fn ungranted(&mut self, ungranted: &Ungranted, label: Label) {
        let Ungranted { key, why, .. } = ungranted;
        let name = format!("what the grants of {key} let through is not known: {why}");
        let atom = self.gap(&name, self.settle, Side::Adds);
        let actions = Strings::one(Pattern::glob("kms:*", Case::Folded));
        let region = Region::new(actions, Strings::literal(key)).when(Guard::all_of([atom]));
        self.everybody(&PermissionSet::from(region).labelled(label));
    }
}

/// What a grant allows, whoever asks.
fn allowed(grant: &Grant) -> PermissionSet {
    let (plain, cryptographic): (Vec<&Text>, Vec<&Text>) = grant
        .operations
        .iter()
        .partition(|operation| grant.context.is_empty() || WITHOUT_CONTEXT.contains(&&***operation));
    let region = |operations: &[&Text]| {
        let actions = operations
            .iter()
            .map(|operation| Pattern::glob(&format!("kms:{operation}"), Case::Folded));
        Region::new(Strings::any_of(actions), Strings::literal(&grant.key))
    };
    let both = [
        region(&plain),
        region(&cryptographic).when(Guard::all_of(asked(grant))),
    ];
    PermissionSet::union_of(both.into_iter().map(PermissionSet::from))
}

/// What a grant asks of the encryption context.
fn asked(grant: &Grant) -> Vec<Literal> {
    let each = grant.context.iter().map(|(name, value)| {
        let key = canonical(&format!("kms:EncryptionContext:{name}"));
        Ask::Some(key, Test::Text(Strings::literal(value))).holds()
    });
    let only = grant.exact.then(|| {
        let names = grant
            .context
            .iter()
            .map(|(name, _)| Pattern::glob(name, Case::Folded));
        Ask::Every(
            canonical("kms:EncryptionContextKeys"),
            Test::Text(Strings::any_of(names)),
        )
        .holds()
    });
    each.chain(only).collect()
}

/// A grant in a few words, without what its maker called it.
fn written(grant: &Grant) -> String {
    let quoted = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join(",");
    let operations = quoted(&mut grant.operations.iter().map(|one| format!("\"{one}\"")));
    let pairs = quoted(&mut grant.context.iter().map(|(key, _)| format!("\"{key}\"")));
    let kind = if grant.exact {
        "EncryptionContextEquals"
    } else {
        "EncryptionContextSubset"
    };
    let constraints = if grant.context.is_empty() {
        String::new()
    } else {
        format!(",\"{kind}\":[{pairs}]")
    };
    format!(
        "{{\"GranteePrincipal\":\"{}\",\"Operations\":[{operations}]{constraints}}}",
        grant.grantee
    )
}
