//! What one principal of a trust policy names: an identity that is there or not, a service, an issuer of tokens.

use leastwise_model::{Accepted, Admits, Dangling, DanglingKind, Evidence, IdentityIndex, Text, Trust};
use leastwise_permset::Label;

use super::super::accounts::Account;
use super::{Reader, Service};
use crate::lower::{Lowering, account_of, session};
use crate::policy::Statement;

impl Reader<'_> {
    pub(super) fn trust(&mut self, admits: Admits, demands: &[Text], step: Label) {
        self.snapshot.trusts.push(Trust {
            target: self.role.index,
            admits,
            demands: demands.to_vec(),
            step,
        });
    }

    /// The identity that a principal names, if the estate has it.
    pub(super) fn identity(
        &mut self,
        text: &str,
        readable: &[Text],
        label: Label,
    ) -> Option<(Text, IdentityIndex)> {
        let name: Text = text.into();
        let Some(account) = account_of(text).map(Text::from) else {
            // A unique id stands where an ARN stood once: its identity was deleted.
            let found = self.around.identities.get(&name).copied();
            self.trust(
                Admits::Identity {
                    name: name.clone(),
                    exists: Some(false),
                },
                readable,
                label,
            );
            if found.is_none() {
                self.dangling(name, true, label);
            }
            return None;
        };
        let index = match session(text) {
            Some((role, _)) => self.around.roles.get(&(account.clone(), role.into())).copied(),
            None => self.around.identities.get(&name).copied(),
        };
        let home: Option<&Account> = self.around.accounts.get(&account);
        let is_identity = [":user/", ":role/", ":assumed-role/"]
            .iter()
            .any(|kind| text.contains(kind));
        let exists = match index {
            Some(_) => Some(true),
            None => home.filter(|home| home.complete && is_identity).map(|_| false),
        };
        self.trust(
            Admits::Identity {
                name: name.clone(),
                exists,
            },
            readable,
            label,
        );
        if exists == Some(false) {
            self.dangling(name, false, label);
        }
        index.map(|index| (account, index))
    }

    fn dangling(&mut self, missing: Text, complete: bool, step: Label) {
        let Some(instance) = self
            .around
            .accounts
            .get(self.role.account)
            .map(|account| account.instance)
        else {
            return;
        };
        self.snapshot.dangling.push(Dangling {
            kind: DanglingKind::Subject,
            instance,
            missing,
            subjects: vec![self.role.index],
            gives: None,
            // Trusts are kept by unique id: whoever creates a namesake is not trusted.
            armed_by: None,
            step,
            complete,
        });
    }

    pub(super) fn service(
        &mut self,
        name: &str,
        statement: &Statement,
        assumes: bool,
        label: Label,
        readable: &[Text],
    ) {
        self.trust(Admits::Service(name.into()), readable, label);
        self.evidence(false, format!("trusted by the service {name}"));
        if !assumes {
            return;
        }
        let own_account = |condition: &crate::policy::Condition| {
            condition.key.eq_ignore_ascii_case("aws:SourceAccount")
                && !condition.written.to_ascii_lowercase().contains("not")
                && condition
                    .values
                    .iter()
                    .any(|value| **value == **self.role.account)
        };
        let plain = statement.doubts.is_empty() && statement.conditions.iter().all(own_account);
        let doubt = (!plain || self.service_denied).then(|| {
            let name = format!(
                "whether {} lets {name} in depends on conditions of the service's own call",
                self.role.arn
            );
            let mut lowering = Lowering {
                keys: &mut *self.keys,
                gaps: &mut self.snapshot.gaps,
            };
            lowering.gap(&name, self.within.settle, leastwise_model::Side::Both)
        });
        let hands_out = match name {
            // An instance has a role by a profile only.
            "ec2.amazonaws.com" => self.role.profile,
            "pods.eks.amazonaws.com" => true,
            _ => false,
        };
        if doubt.is_none() && hands_out {
            self.accept(
                "aws:run-on-machine",
                Accepted::Machine,
                "sts:AssumeRole",
                &[Vec::new()],
                label,
            );
        }
        self.reading.services.push(Service {
            name: name.into(),
            doubt,
            gap: None,
            label,
        });
    }

    pub(super) fn evidence(&mut self, human: bool, what: String) {
        self.reading.evidence.push(Evidence {
            human,
            what: what.into(),
        });
    }
}
