//! One request decided straight from the catalogs, the way the documents tell it: the slow twin of what `compile` makes.
//! It knows tables, columns, sequences, functions, schemas, the database and roles; views are left to the comparison
//! with real servers.

mod tests;

use std::collections::BTreeSet;

use crate::acl::{self, Acl};
use crate::object::{Export, Owned, Relation, Role};

/// Who asks, of which server.
pub(crate) struct Asked<'a> {
    pub export: &'a Export,
    pub role: &'a Role,
    /// The policies whose expression is true of the row, and of the row as it is written.
    pub passes: (&'a BTreeSet<String>, &'a BTreeSet<String>),
}

impl Asked<'_> {
    fn role_named(&self, name: &str) -> Option<&Role> {
        self.export.roles.iter().find(|role| &*role.name == name)
    }

    /// "Role Membership": whether `member` has the rights of `role` without SET ROLE, following memberships until
    /// nothing new comes.
    fn inherits(&self, member: &str, role: &str) -> bool {
        let mut has = BTreeSet::from([member.to_owned()]);
        loop {
            let before = has.len();
            for row in &self.export.memberships {
                let inherited = if self.export.version >= 16 {
                    row.inherit == Some(true)
                } else {
                    self.role_named(&row.member).is_some_and(|member| member.inherit)
                };
                if inherited && has.contains(&*row.member) {
                    has.insert(row.role.to_string());
                }
            }
            for database in &self.export.databases {
                let owner = &database.owned.owner;
                let counts =
                    self.export.version >= 16 || self.role_named(owner).is_some_and(|owner| owner.inherit);
                if database.owned.name == self.export.database && counts && has.contains(&**owner) {
                    has.insert("pg_database_owner".to_owned());
                }
            }
            if has.len() == before {
                return has.contains(role);
            }
        }
    }

    fn is(&self, role: &str) -> bool {
        self.inherits(&self.role.name, role)
    }

    /// "Privileges": the list, or the built-in defaults where it is NULL.
    fn listed(&self, owner: &str, acl: &Acl, letter: char, public: &str) -> bool {
        match acl {
            None => self.is(owner) || public.contains(letter),
            Some(items) => items.iter().any(|item| {
                item.privileges.iter().any(|(held, _)| *held == letter)
                    && item.grantee.as_deref().is_none_or(|grantee| self.is(grantee))
            }),
        }
    }

    fn privilege(&self, owned: &Owned, letter: char, public: &str) -> bool {
        self.listed(&owned.owner, &owned.acl, letter, public)
    }

    fn grantable(&self, owned: &Owned, letter: char) -> bool {
        self.is(&owned.owner)
            || owned.acl.iter().flatten().any(|item| {
                item.privileges.contains(&(letter, true))
                    && item.grantee.as_deref().is_none_or(|grantee| self.is(grantee))
            })
    }

    fn usage(&self, schema: &Owned) -> bool {
        self.privilege(schema, 'U', "") || self.is("pg_read_all_data") || self.is("pg_write_all_data")
    }

    fn table(&self, relation: &Relation, letter: char) -> bool {
        self.privilege(&relation.owned, letter, "")
            || letter == 'r' && self.is("pg_read_all_data")
            || "awd".contains(letter) && self.is("pg_write_all_data")
            || letter == 'm' && self.is("pg_maintain")
    }

    fn column(&self, relation: &Relation, column: &str, letter: char) -> bool {
        self.table(relation, letter)
            || relation
                .columns
                .iter()
                .any(|(name, acl)| &**name == column && acl.is_some() && self.listed("", acl, letter, ""))
    }

    /// "Row Security Policies".
    fn rows(&self, relation: &Relation, letter: char) -> bool {
        let owner = self.is(&relation.owned.owner) && !relation.forced;
        if !relation.row_security || self.role.bypassrls || owner || !"rawd".contains(letter) {
            return true;
        }
        let place = crate::spell::path(&[&self.export.database, &relation.schema, &relation.owned.name]);
        let passes = |new: bool| {
            let true_of = if new { self.passes.1 } else { self.passes.0 };
            let mut any = false;
            let mut all = true;
            for policy in &relation.policies {
                let of = policy.command == '*' || policy.command == letter;
                let to = policy
                    .roles
                    .iter()
                    .any(|role| role.as_deref().is_none_or(|role| self.is(role)));
                let expression = if new {
                    policy.check.as_ref().or(policy.using.as_ref())
                } else {
                    policy.using.as_ref()
                };
                let Some(expression) = expression.filter(|_| of && to) else {
                    continue;
                };
                let holds = match &**expression {
                    "true" => true,
                    "false" => false,
                    _ => true_of.contains(&format!("{} on {place}", policy.name)),
                };
                if policy.permissive {
                    any |= holds;
                } else {
                    all &= holds;
                }
            }
            any && all
        };
        match letter {
            'a' => passes(true),
            'w' => passes(false) && passes(true),
            _ => passes(false),
        }
    }

    fn session(&self) -> bool {
        let Some(database) = self
            .export
            .databases
            .iter()
            .find(|one| one.owned.name == self.export.database)
        else {
            return false;
        };
        database.connectable && (!self.role.login || self.privilege(&database.owned, 'c', "Tc"))
    }

    /// May the role do this? The names are those of schema, object and column.
    pub(crate) fn decide(&self, action: &str, names: &[&str]) -> bool {
        let Some((kind, word)) = action.split_once(':') else {
            return false;
        };
        if self.role.superuser {
            return true;
        }
        // There is one database: who has no session there has none.
        if !self.session() {
            return false;
        }
        let letter = |word: &str| {
            "rawdDxtmXUCcT"
                .chars()
                .find(|letter| acl::word(*letter) == Some(word))
        };
        let (granting, word) = match word.strip_prefix("grant-") {
            Some(word) => (true, word),
            None => (false, word),
        };
        let schema = names
            .first()
            .and_then(|name| self.export.schemas.iter().find(|one| *one.name == **name));
        let relation = || {
            let mut all = self.export.relations.iter();
            all.find(|one| Some(&&*one.schema) == names.first() && Some(&&*one.owned.name) == names.get(1))
        };
        let owns_schema = schema.is_some_and(|schema| self.is(&schema.owner));
        match kind {
            "database" => {
                let database = self
                    .export
                    .databases
                    .iter()
                    .find(|one| one.owned.name == self.export.database);
                let Some(database) = database else { return false };
                match (word, letter(word)) {
                    ("connect", _) if !granting => self.role.login,
                    ("alter" | "drop", _) => self.is(&database.owned.owner),
                    (_, Some(letter)) if granting => self.grantable(&database.owned, letter),
                    (_, Some(letter)) => self.privilege(&database.owned, letter, "Tc"),
                    _ => false,
                }
            }
            "schema" => {
                let Some(schema) = schema else {
                    return false;
                };
                match (word, letter(word)) {
                    ("alter" | "drop", _) => self.is(&schema.owner),
                    (_, Some(letter)) if granting => self.grantable(schema, letter),
                    ("usage", _) => self.usage(schema),
                    (_, Some(letter)) => self.privilege(schema, letter, ""),
                    _ => false,
                }
            }
            "table" | "column" | "sequence" => {
                let (Some(schema), Some(relation)) = (schema, relation()) else {
                    return false;
                };
                let found =
                    self.session() && self.usage(schema) && (relation.kind == 'S') == (kind == "sequence");
                let owner = self.is(&relation.owned.owner);
                let columns: Vec<&str> = relation.columns.iter().map(|(name, _)| &**name).collect();
                found
                    && match (word, letter(word)) {
                        ("alter", _) => owner,
                        ("drop", _) => owner || owns_schema,
                        ("maintain", _) if self.export.version < 17 => owner && !granting,
                        (_, Some(letter)) if granting && kind == "column" => {
                            let of_column = relation.columns.iter().any(|(name, acl)| {
                                names.get(2) == Some(&&**name)
                                    && acl.iter().flatten().any(|item| {
                                        item.privileges.contains(&(letter, true))
                                            && item.grantee.as_deref().is_none_or(|to| self.is(to))
                                    })
                            });
                            of_column || self.grantable(&relation.owned, letter)
                        }
                        (_, Some(letter)) if granting => self.grantable(&relation.owned, letter),
                        (_, Some(letter)) if kind == "sequence" => {
                            self.privilege(&relation.owned, letter, "")
                                || letter == 'r' && self.is("pg_read_all_data")
                                || letter == 'w' && self.is("pg_write_all_data")
                        }
                        (_, Some(letter)) if kind == "column" => {
                            let column = names.get(2).copied().unwrap_or_default();
                            self.column(relation, column, letter) && self.rows(relation, letter)
                        }
                        (_, Some(letter)) => {
                            let all = "rawx".contains(letter)
                                && !columns.is_empty()
                                && columns.iter().all(|column| self.column(relation, column, letter));
                            (self.table(relation, letter) || all) && self.rows(relation, letter)
                        }
                        _ => false,
                    }
            }
            _ => false,
        }
    }
}
