//! Trust in tokens that others issue.
//!
//! Sources: AWS STS API Reference, "AssumeRoleWithWebIdentity" (no AWS credentials are needed: the trust policy alone
//! decides); IAM User Guide, "IAM and AWS STS condition context keys" (keys for AWS OIDC federation: the provider's URL,
//! a colon, and the claim) and "Create an OpenID Connect identity provider in IAM"; Amazon EKS User Guide, "IAM roles for
//! service accounts" (the usual audience).

use std::collections::BTreeMap;

use leastwise_model::{Acceptance, Accepted, Admits, Gap, Side, Snapshot, Technique, TechniqueIndex, Text};
use leastwise_permset::{
    Atom, Condition, Emptiness, Guard, Label, Limits, Literal, PermissionSet, Region, Strings,
};

use super::Reader;
use super::statement::speaks_of;
use crate::lower::{Demands, account_of};
use crate::policy::{Effect, Kind, Principal, Principals, Statement};

/// The action of presenting a token.
pub const PRESENT: &str = "sts:AssumeRoleWithWebIdentity";

/// The action of presenting what an identity provider says of people.
pub const SIGN_IN: &str = "sts:AssumeRoleWithSAML";

/// Providers that IAM Identity Center makes in each account; the role that a sign-in is for is one of its own.
const IDENTITY_CENTER: &str = ":saml-provider/AWSSSO_";

/// Providers that identities of an account control, by a part of their names: of sign-ins, tokens, and identity pools.
const CONTROLLED: [&str; 3] = [
    ":saml-provider/",
    ":oidc-provider/",
    "cognito-identity.amazonaws.com",
];

/// By role: the sign-ins from IAM Identity Center that its trust policy lets through, each with its statement.
pub type SignIns = BTreeMap<Text, Vec<(PermissionSet, Label)>>;

/// The audience for which pods get tokens that AWS accepts.
const AUDIENCE: &str = "sts.amazonaws.com";

/// The one claim of which a token may hold several values: how its holder proved to be who it is.
const METHODS: &str = "amr";

/// Ways in which what is not of AWS takes on a role.
const WAYS: &str = include_str!("../../../data/acceptance-techniques.tsv");

/// The claims of a provider's tokens that are condition keys.
const CLAIMS: &str = include_str!("../../../data/oidc-claims.tsv");

/// The claims of tokens of a provider, by the host and path of its URL, that conditions can speak of. What is asked of
/// another claim is asked of a missing key.
fn readable_claims(host: &str) -> Vec<Text> {
    let rows = CLAIMS.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| {
        row.first()
            .is_some_and(|provider| *provider == "*" || *provider == host)
    })
    .filter_map(|row| row.get(1).map(|claim| Text::from(*claim)))
    .collect()
}

/// Whether the claim of a token that a condition key names may hold several values; `None` for keys that are no such
/// claim.
pub fn claim_count(key: &str) -> Option<bool> {
    let (host, claim) = key.rsplit_once(':')?;
    let listed = host.contains('.')
        && readable_claims(&host.to_ascii_lowercase())
            .iter()
            .any(|known| known.eq_ignore_ascii_case(claim));
    listed.then(|| claim.eq_ignore_ascii_case(METHODS))
}

/// The subjects that a statement asks of a token, as globs; none where it asks for none, or in a way that is no list.
fn subjects(statement: &Statement) -> Vec<Text> {
    let asks = statement.conditions.iter().filter(|condition| {
        let plain = condition.operator.is_some_and(|operator| {
            !operator.negated && matches!(operator.kind, Kind::Text | Kind::TextFolded | Kind::Glob)
        });
        plain && condition.key.to_ascii_lowercase().ends_with(":sub")
    });
    asks.flat_map(|condition| condition.values.iter())
        .map(|value| Text::from(&**value))
        .collect()
}

/// What a statement refuses to whom, of those who present tokens.
pub(super) struct Refusal {
    /// Whom; everybody where it names nobody.
    principals: Option<Principals>,
    set: PermissionSet,
}

impl Refusal {
    /// What is refused to everybody.
    pub(super) fn of_everybody(set: &PermissionSet) -> Self {
        Self {
            principals: None,
            set: set.clone(),
        }
    }

    /// Whether it speaks of those who come with tokens of a provider.
    fn concerns(&self, provider: &str) -> bool {
        let Some(principals) = &self.principals else {
            return true;
        };
        let names = |principal: &Principal| match principal {
            Principal::Anyone => true,
            Principal::Federated(name) => **name == *provider,
            _ => false,
        };
        principals.list.iter().any(names) != principals.except
    }
}

impl Reader<'_> {
    /// Keeps what a statement refuses to those who present tokens.
    pub(super) fn refuses_tokens(&mut self, statement: &Statement) {
        let spoken = [PRESENT, SIGN_IN]
            .into_iter()
            .filter(|action| speaks_of(statement, action));
        let spoken: Vec<&str> = spoken.collect();
        if spoken.is_empty() {
            return;
        }
        let conditions = self.demands(statement, Effect::Deny);
        let set = PermissionSet::union_of(spoken.iter().map(|action| self.presenting(action, &conditions)));
        self.refusals.push(Refusal {
            principals: statement.principals.clone(),
            set,
        });
    }

    fn refused_tokens(&self, provider: &str) -> PermissionSet {
        let refusals = self.refusals.iter().filter(|refusal| refusal.concerns(provider));
        PermissionSet::union_of(refusals.map(|refusal| refusal.set.clone()))
    }

    /// Requests to take on this role from elsewhere, for which one of `conditions` holds.
    fn presenting(&self, action: &str, conditions: &[Demands]) -> PermissionSet {
        PermissionSet::union_of(conditions.iter().map(|condition| {
            let guard = Guard::all_of(condition.iter().cloned());
            Region::new(Strings::literal(action), Strings::literal(self.role.arn))
                .when(guard)
                .into()
        }))
    }

    /// Adds what admits somebody of another platform to the role.
    pub(super) fn accept(
        &mut self,
        technique: &str,
        admits: Accepted,
        action: &str,
        conditions: &[Demands],
        step: Label,
    ) {
        let set = self.presenting(action, conditions);
        let technique = self::technique(technique, self.snapshot);
        self.snapshot.acceptances.push(Acceptance {
            target: self.role.index,
            admits,
            technique,
            action: action.into(),
            resource: self.role.arn.clone(),
            set,
            step,
        });
    }

    /// What holds where a provider of another account than the role's is looked at.
    fn of_another_account(&mut self, provider: &str) -> Literal {
        let what = format!("{} trusts {provider}, which is another account's", self.role.arn);
        let atom = self.snapshot.add_gap(Gap {
            atom: Atom::new(&what),
            what: format!("whether tokens are accepted for it is not documented: {what}").into(),
            settle: "name the provider of the role's own account in the trust policy".into(),
            side: Side::Adds,
        });
        Condition::Atom(atom).holds()
    }

    pub(super) fn federated(&mut self, name: &str, statement: &Statement, readable: &[Text], label: Label) {
        let subjects = subjects(statement);
        let provider = name
            .split_once(":oidc-provider/")
            .map(|(_, issuer)| format!("https://{issuer}"));
        let issuer = provider.clone().unwrap_or_else(|| name.to_owned());
        let demands = readable.join(" and ");
        if let Some(url) = &provider
            && speaks_of(statement, PRESENT)
        {
            let mut conditions = self.demands(statement, Effect::Allow);
            if account_of(name) != account_of(self.role.arn) {
                let doubt = self.of_another_account(name);
                conditions
                    .iter_mut()
                    .for_each(|demands| demands.push(doubt.clone()));
            }
            let host = url.trim_start_matches("https://");
            let admits = Accepted::Token {
                issuer: url.as_str().into(),
                claims: format!("{host}:").into(),
                audience: AUDIENCE.into(),
                reads: Some(readable_claims(host)),
            };
            let denied = self.refused_tokens(name);
            self.accept(
                "aws:assume-role-with-web-identity",
                admits,
                PRESENT,
                &conditions,
                label,
            );
            if let Some(last) = self.snapshot.acceptances.last_mut() {
                last.set = last.set.difference(&denied).labelled(label);
            }
        }
        self.provider(name, statement, label);
        self.trust(
            Admits::Issuer {
                issuer: issuer.into(),
                subjects,
                demands: demands.into(),
            },
            readable,
            label,
        );
        if name.contains(IDENTITY_CENTER) && speaks_of(statement, SIGN_IN) {
            let conditions = self.demands(statement, Effect::Allow);
            let admitted = self.presenting(SIGN_IN, &conditions);
            let set = admitted.difference(&self.refused_tokens(name)).labelled(label);
            let ways = self.admitted.sign_ins.entry(self.role.arn.clone());
            ways.or_default().push((set, label));
        }
        if name.contains(":saml-provider/") {
            self.evidence(true, format!("people sign in through {name}"));
        } else if provider.is_some() {
            self.evidence(false, format!("trusted tokens of {name}"));
        }
    }
}

impl Reader<'_> {
    /// Keeps a provider as one that lets in whomever it likes: what its tokens and sign-ins say is asked of nothing else.
    fn provider(&mut self, name: &str, statement: &Statement, label: Label) {
        let presents = [PRESENT, SIGN_IN];
        let presented = presents.into_iter().any(|action| speaks_of(statement, action));
        let controlled = CONTROLLED.iter().any(|part| name.contains(part));
        if !presented || !controlled {
            return;
        }
        let host = name.split_once(":oidc-provider/").map_or(name, |(_, host)| host);
        let said = |key: &str| {
            let key = key.to_ascii_lowercase();
            let claim = key
                .rsplit_once(':')
                .is_some_and(|(of, _)| of.eq_ignore_ascii_case(host));
            claim || key.starts_with("saml:")
        };
        let foreseen = !name.contains(IDENTITY_CENTER)
            && statement.doubts.is_empty()
            && statement.conditions.iter().all(|condition| said(&condition.key))
            && self.refuses_nobody_from(name);
        let gap = (!foreseen).then(|| {
            let what = format!(
                "whether {} lets in whoever controls {name} is not known",
                self.role.arn
            );
            Gap {
                atom: Atom::new(&what),
                what: what.as_str().into(),
                settle: self.within.settle.into(),
                side: Side::Adds,
            }
        });
        self.reading.services.push(super::Service {
            name: name.into(),
            doubt: None,
            gap,
            label,
        });
    }

    fn refuses_nobody_from(&self, provider: &str) -> bool {
        let refused = self.refused_tokens(provider);
        let here = [PRESENT, SIGN_IN].map(|action| self.presenting(action, &[Vec::new()]));
        let both = refused.intersection(&PermissionSet::union_of(here));
        matches!(both.emptiness(&Limits::default()), Emptiness::Empty)
    }
}

/// A row of the ways in which what is not of AWS takes on a role.
pub fn technique(id: &str, snapshot: &mut Snapshot) -> TechniqueIndex {
    if let Some(known) = snapshot.techniques.iter().position(|one| &*one.id == id) {
        return TechniqueIndex(u32::try_from(known).unwrap_or(u32::MAX));
    }
    let mut rows = WAYS.lines().map(|line| line.split('\t'));
    let mut row = rows
        .find(|row| row.clone().next() == Some(id))
        .unwrap_or_else(|| "".split('\t'));
    let mut field = || Text::from(row.next().unwrap_or_default());
    let [id, title, effect, source] = [(); 4].map(|()| field());
    snapshot.add_technique(Technique {
        id,
        title,
        source,
        effect,
    })
}
