//! What lists let roles do, as far as views and columns have to know.

use leastwise_model::Text;

use super::Rows;
use crate::acl::Acl;
use crate::object::Relation;

impl Rows<'_> {
    /// Whether lists let a role do this to the whole relation.
    pub(crate) fn holds(&self, role: u32, relation: &Relation, letter: char) -> bool {
        if self.roles.superuser(role) {
            return true;
        }
        let predefined = match letter {
            'r' => "pg_read_all_data",
            'a' | 'w' | 'd' => "pg_write_all_data",
            _ => "",
        };
        self.roles
            .find(predefined)
            .is_some_and(|all| self.roles.acts_for(role, all, &self.database))
            || match &relation.owned.acl {
                Some(_) => self.listed(role, &relation.owned.acl, letter),
                None => self
                    .roles
                    .find(&relation.owned.owner)
                    .is_some_and(|owner| self.roles.acts_for(role, owner, &self.database)),
            }
    }

    pub(super) fn listed(&self, role: u32, acl: &Acl, letter: char) -> bool {
        acl.iter().flatten().any(|item| {
            item.privileges.iter().any(|(held, _)| *held == letter)
                && match &item.grantee {
                    None => true,
                    Some(to) => self
                        .roles
                        .find(to)
                        .is_some_and(|to| self.roles.acts_for(role, to, &self.database)),
                }
        })
    }

    pub(crate) fn holds_column(&self, role: u32, relation: &Relation, column: &str, letter: char) -> bool {
        let column = relation.columns.iter().find(|(name, _)| &**name == column);
        column.is_some_and(|(_, acl)| self.listed(role, acl, letter))
    }

    pub(super) fn holds_some_column(&self, role: u32, relation: &Relation, letter: char) -> bool {
        relation
            .columns
            .iter()
            .any(|(_, acl)| self.listed(role, acl, letter))
    }

    /// Whether a role may read these columns of a relation; any one, where none is named.
    pub(super) fn reads(&self, role: u32, relation: &Relation, columns: &[Text]) -> bool {
        self.holds(role, relation, 'r')
            || match columns {
                [] => self.holds_some_column(role, relation, 'r'),
                columns => columns
                    .iter()
                    .all(|column| self.holds_column(role, relation, column, 'r')),
            }
    }
}
