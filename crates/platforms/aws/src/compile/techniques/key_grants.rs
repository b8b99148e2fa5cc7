//! Which grants of keys who may make some makes for itself.

use std::sync::OnceLock;

use leastwise_permset::Slice;

use super::row::RowNeed;
use super::*;

/// What of a request for a grant decides which grants may be made.
const ABOUT_GRANTS: [&str; 2] = ["kms:grant", "kms:retiringprincipal"];

/// What a request for a grant says of who makes it.
const FOR_A_SERVICE: &str = "kms:GrantIsForAWSResource";

/// Whether a need is to make a grant of a key.
pub(super) fn is_made_by(need: &RowNeed) -> bool {
    need.carries.iter().any(|(key, _)| key.as_str() == FOR_A_SERVICE)
}

impl Ways<'_> {
    /// What must hold of a request so that it makes a grant for who makes it, where anything is asked of that.
    pub(super) fn grants_that_may_be_made(&mut self, slice: &Slice) -> Vec<Literal> {
        static KEY: OnceLock<Key> = OnceLock::new();
        let key = KEY.get_or_init(|| crate::keys::canonical(FOR_A_SERVICE));
        let asked = || {
            let literals = slice.guard.literals().iter();
            literals.filter_map(|literal| literal.condition.key())
        };
        let mut literals = Vec::new();
        if asked().any(|asked| asked == key) {
            literals.push(Ask::Some(key.clone(), Test::Truth(true)).fails());
        }
        let narrows = |asked: &Key| {
            let asked = asked.as_str().to_ascii_lowercase();
            ABOUT_GRANTS.iter().any(|start| asked.starts_with(start))
        };
        if asked().filter(|asked| *asked != key).any(narrows) {
            let name = "which grants of keys may be made under conditions on the grant is not evaluated";
            let settle = "aws iam simulate-principal-policy --action-names kms:CreateGrant";
            literals.push(self.atom(name, settle));
        }
        literals
    }
}
