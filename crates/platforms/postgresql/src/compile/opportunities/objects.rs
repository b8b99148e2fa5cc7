//! Ways over objects: code that others run, and what an owner can give itself.

use super::{Maker, need, shown};
use crate::acl::{self, AclItem};
use crate::compile::parts::{Kind, Place};
use crate::object::{Export, Owned, Relation};
use crate::spell;

/// What is written to a table, as lists spell it.
const WRITES: [char; 3] = ['a', 'w', 'd'];

fn holds(item: &AclItem, letter: char) -> bool {
    item.privileges.iter().any(|(held, _)| *held == letter)
}

fn items(owned: &Owned) -> impl Iterator<Item = &AclItem> {
    owned.acl.iter().flatten()
}

impl Maker<'_> {
    /// Whoever may put a trigger on a table has code run as those who write to it. Superusers, who may write to every
    /// table, are not named.
    pub(super) fn triggers(&mut self, export: &Export) {
        for relation in export
            .relations
            .iter()
            .filter(|one| matches!(one.kind, 'r' | 'p' | 'f'))
        {
            let writers = items(&relation.owned)
                .filter(|item| WRITES.iter().any(|letter| holds(item, *letter)))
                .filter_map(|item| item.grantee.as_deref())
                .filter(|name| **name != *relation.owned.owner)
                .filter_map(|name| self.roles.find(name))
                .filter(|role| !self.roles.superuser(*role));
            let targets = self.these(writers.collect::<Vec<_>>());
            if targets.is_empty() {
                continue;
            }
            let resource = self.resource(export, relation);
            let name = shown(&export.database, &relation.schema, &relation.owned.name);
            let atom = self.gap(
                format!("writes to {resource}"),
                format!("whether those who may write to {name} do so"),
                "pg_stat_all_tables, or the log of the server with log_statement = mod".to_owned(),
            );
            let need = need("table:trigger", &resource, Some(atom));
            self.becoming("trigger", need, self.everybody(), targets);
        }
    }

    fn resource(&self, export: &Export, relation: &Relation) -> String {
        spell::path(&[&export.database, &relation.schema, &relation.owned.name])
    }

    /// Where others than its owner may create in `public`, which everybody searches.
    pub(super) fn shadows(&mut self, export: &Export) {
        let Some(schema) = export.schemas.iter().find(|schema| &*schema.name == "public") else {
            return;
        };
        let others =
            items(schema).any(|item| holds(item, 'C') && item.grantee.as_deref() != Some(&*schema.owner));
        let searched = items(schema).any(|item| item.grantee.is_none() && holds(item, 'U'));
        if !others || !searched {
            return;
        }
        let logins = self.roles.iter().filter(|(_, role)| role.login).map(|(at, _)| at);
        let targets = self.these(logins.collect::<Vec<_>>());
        let resource = spell::path(&[&export.database, "public"]);
        let atom = self.gap(
            format!("unqualified names in sessions in {}", export.database),
            format!(
                "whether sessions in {} use names without schema while `public` is in their search_path",
                export.database
            ),
            "REVOKE CREATE ON SCHEMA public from all but its owner".to_owned(),
        );
        let need = need("schema:create", &resource, Some(atom));
        self.becoming("shadow-object", need, self.everybody(), targets);
    }

    /// Owners who revoked something from themselves can give it back, and can switch off row security.
    pub(super) fn own_objects(&mut self, export: &Export) {
        for relation in &export.relations {
            let resource = self.resource(export, relation);
            let kind = if relation.kind == 'S' {
                Kind::Sequence
            } else {
                Kind::Table
            };
            self.restorable(kind, &resource, &relation.owned);
            if relation.row_security && relation.forced {
                let rows = ["select", "insert", "update", "delete"].map(str::to_owned);
                let set = self.wording.regions(Kind::Table, &rows, &Place::at(&resource));
                self.granting("lift-row-security", need("table:alter", &resource, None), set);
            }
        }
        for function in &export.functions {
            let name = format!("{}({})", function.owned.name, function.arguments);
            let resource = spell::path(&[&export.database, &function.schema, &name]);
            self.restorable(Kind::Function, &resource, &function.owned);
        }
        for schema in &export.schemas {
            let resource = spell::path(&[&export.database, &schema.name]);
            self.restorable(Kind::Schema, &resource, schema);
        }
    }

    fn restorable(&mut self, kind: Kind, resource: &str, owned: &Owned) {
        if owned.acl.is_none()
            || self
                .roles
                .find(&owned.owner)
                .is_none_or(|owner| self.roles.superuser(owner))
        {
            return;
        }
        let own = |letter: char| {
            items(owned).any(|item| item.grantee.as_ref() == Some(&owned.owner) && holds(item, letter))
        };
        let place = Place::at(resource);
        for letter in kind
            .letters(self.roles.version)
            .chars()
            .filter(|letter| !own(*letter))
        {
            let Some(word) = acl::word(letter) else { continue };
            let set = self.wording.regions(kind, &[word.to_owned()], &place);
            let action = format!("{}:grant-{word}", kind.word());
            self.granting("grant-object", need(&action, resource, None), set);
        }
    }
}
