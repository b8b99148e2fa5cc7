//! CREATE ROLE, ALTER ROLE, and GRANT of roles.

use leastwise_model::Text;

use super::cursor::Cursor;
use super::lex::{Kind, Token};
use crate::object::Role;

/// Attributes of a role, as far as they are said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub superuser: Option<bool>,
    pub inherit: Option<bool>,
    pub createrole: Option<bool>,
    pub createdb: Option<bool>,
    pub login: Option<bool>,
    pub replication: Option<bool>,
    pub bypassrls: Option<bool>,
    pub connections: Option<i64>,
    pub valid_until: Option<Text>,
    /// Whether a password is said; never which.
    pub password: bool,
    /// Roles that it becomes a member of.
    pub member_of: Vec<Text>,
    /// Roles that become its members.
    pub members: Vec<Text>,
    /// Roles that become its members with the ADMIN option.
    pub admins: Vec<Text>,
}

impl Attributes {
    /// Says these of a role.
    pub(crate) fn apply(&self, role: &mut Role) {
        let set = |to: &mut bool, said: Option<bool>| *to = said.unwrap_or(*to);
        set(&mut role.superuser, self.superuser);
        set(&mut role.inherit, self.inherit);
        set(&mut role.createrole, self.createrole);
        set(&mut role.createdb, self.createdb);
        set(&mut role.login, self.login);
        set(&mut role.replication, self.replication);
        set(&mut role.bypassrls, self.bypassrls);
        role.connections = self.connections.unwrap_or(role.connections);
        role.valid_until = self.valid_until.clone().or(role.valid_until.take());
    }
}

/// What a membership allows, as far as it is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub admin: Option<bool>,
    pub inherit: Option<bool>,
    pub set: Option<bool>,
}

/// What a statement says of roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoleStatement {
    Create {
        name: Text,
        attributes: Box<Attributes>,
    },
    Alter {
        name: Text,
        attributes: Box<Attributes>,
    },
    /// A setting of a role's sessions, which gives it nothing; its name.
    Configure {
        name: Text,
        setting: Text,
    },
    Grant {
        roles: Vec<Text>,
        to: Vec<Text>,
        options: Options,
        by: Option<Text>,
    },
}

/// Reads a statement; `None` where it is another one, or says what is not known here.
pub(crate) fn read(tokens: &[Token]) -> Option<RoleStatement> {
    let mut at = Cursor::new(tokens);
    if at.eat(&["create"]) {
        let login = match at.word()? {
            "role" | "group" => false,
            "user" => true,
            _ => return None,
        };
        let name = role_name(&mut at)?;
        let mut attributes = attributes(&mut at)?;
        if login && attributes.login.is_none() {
            attributes.login = Some(true);
        }
        return Some(RoleStatement::Create {
            name,
            attributes: attributes.into(),
        });
    }
    if at.eat(&["alter", "role"]) || at.eat(&["alter", "user"]) {
        let name = role_name(&mut at)?;
        if at.eat(&["set"]) || at.eat(&["in", "database"]) && at.name().is_some() && at.eat(&["set"]) {
            let setting = at.name()?;
            return Some(RoleStatement::Configure { name, setting });
        }
        let attributes = attributes(&mut at)?;
        return Some(RoleStatement::Alter {
            name,
            attributes: attributes.into(),
        });
    }
    at.eat(&["grant"]).then_some(())?;
    // `GRANT … ON …` is of objects.
    let roles = at.list(role_name)?;
    at.eat(&["to"]).then_some(())?;
    let to = at.list(role_name)?;
    let mut options = Options::default();
    if at.eat(&["with"]) {
        at.list(|at| {
            let which = at.word()?;
            let value = match at.peek().map(|token| &*token.text) {
                Some("true" | "option") => Some(true),
                Some("false") => Some(false),
                _ => None,
            }?;
            at.next();
            match which {
                "admin" => options.admin = Some(value),
                "inherit" => options.inherit = Some(value),
                "set" => options.set = Some(value),
                _ => return None,
            }
            Some(())
        })?;
    }
    let by = if at.eat(&["granted", "by"]) {
        Some(role_name(&mut at)?)
    } else {
        None
    };
    at.is_over().then_some(RoleStatement::Grant {
        roles,
        to,
        options,
        by,
    })
}

/// A role by its name; words for whoever is asking are none.
fn role_name(at: &mut Cursor<'_>) -> Option<Text> {
    let token = at.peek()?;
    let speaking = ["current_user", "current_role", "session_user", "public", "all"];
    if token.kind == Kind::Word && speaking.contains(&&*token.text) {
        return None;
    }
    at.name()
}

fn attributes(at: &mut Cursor<'_>) -> Option<Attributes> {
    let mut found = Attributes::default();
    at.eat(&["with"]);
    while !at.is_over() {
        match at.word()? {
            "superuser" => found.superuser = Some(true),
            "nosuperuser" => found.superuser = Some(false),
            "inherit" => found.inherit = Some(true),
            "noinherit" => found.inherit = Some(false),
            "createrole" => found.createrole = Some(true),
            "nocreaterole" => found.createrole = Some(false),
            "createdb" => found.createdb = Some(true),
            "nocreatedb" => found.createdb = Some(false),
            "login" => found.login = Some(true),
            "nologin" => found.login = Some(false),
            "replication" => found.replication = Some(true),
            "noreplication" => found.replication = Some(false),
            "bypassrls" => found.bypassrls = Some(true),
            "nobypassrls" => found.bypassrls = Some(false),
            "connection" => {
                at.eat(&["limit"]).then_some(())?;
                let below = at.sign("-");
                let number: i64 = at
                    .next()
                    .filter(|token| token.kind == Kind::Number)?
                    .text
                    .parse()
                    .ok()?;
                found.connections = Some(if below { -number } else { number });
            }
            "encrypted" => {
                at.eat(&["password"]).then_some(())?;
                found.password = password(at)?;
            }
            "password" => found.password = password(at)?,
            "valid" => {
                at.eat(&["until"]).then_some(())?;
                let until = at.next().filter(|token| token.kind == Kind::Text)?;
                found.valid_until = Some(Text::from(&*until.text));
            }
            "in" => {
                let _ = at.eat(&["role"]) || at.eat(&["group"]).then_some(true)?;
                found.member_of.extend(at.list(role_name)?);
            }
            "role" | "user" => found.members.extend(at.list(role_name)?),
            "admin" => found.admins.extend(at.list(role_name)?),
            "sysid" => {
                at.next()?;
            }
            _ => return None,
        }
    }
    Some(found)
}

/// Passes over a password; whether there is one.
fn password(at: &mut Cursor<'_>) -> Option<bool> {
    let token = at.next()?;
    (token.kind == Kind::Text || &*token.text == "null").then_some(token.kind == Kind::Text)
}
