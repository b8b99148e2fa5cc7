//! What policies on resources say to all identities of one account alike.

use leastwise_permset::{Case, Pattern, PermissionSet, Region, Strings};

use super::{Spoken, list};

/// What one account's identities share.
#[derive(Clone, Debug)]
pub struct Share {
    /// What they may whatever their own policies say.
    pub open: PermissionSet,
    /// What they may on resources of others if their own policies allow it.
    pub admitted: PermissionSet,
    /// Requests on the account's keys whose policies are known.
    pub keys: PermissionSet,
    /// What the policies of these keys leave to the policies of identities.
    pub delegated: PermissionSet,
    /// What is refused to all of them.
    pub denies: PermissionSet,
    /// What of it is refused on whatever resource.
    pub anywhere: PermissionSet,
}

impl Spoken {
    /// What is said to the identities of an account.
    pub fn share(&self, account: &str) -> Share {
        let keys = self.keys.get(account).into_iter().flatten().cloned();
        let keys = Strings::any_of(keys);
        let keys = if keys.patterns().is_empty() {
            PermissionSet::empty()
        } else {
            let actions = Strings::one(Pattern::glob("kms:*", Case::Folded));
            Region::new(actions, keys).into()
        };
        let both = |common: &[PermissionSet], own: Option<&Vec<PermissionSet>>| {
            PermissionSet::union_of(common.iter().chain(own.into_iter().flatten()).cloned())
        };
        Share {
            open: list(self.open.get(account)),
            admitted: both(&self.anyone, self.accounts.get(account)),
            keys,
            delegated: list(self.delegated.get(account)),
            denies: self.refusals.to_account(account),
            anywhere: self.refusals.anywhere(),
        }
    }
}
