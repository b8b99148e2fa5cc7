//! What one statement of a dump adds.

use leastwise_model::Text;

use super::{At, Dump};
use crate::acl::Acl;
use crate::compile::Kind;
use crate::object::{Database, DefaultPrivileges, Membership, Owned, Role};
use crate::sql::apply;
use crate::sql::cursor::Cursor;
use crate::sql::grants::{self, DefaultsStatement, GrantStatement, On};
use crate::sql::lex::{Kind as TokenKind, Token};
use crate::sql::roles::{self, RoleStatement};

/// First words of statements that give nobody anything.
const HARMLESS: [&str; 18] = [
    "set",
    "reset",
    "select",
    "comment",
    "begin",
    "commit",
    "start",
    "analyze",
    "copy",
    "insert",
    "drop",
    "refresh",
    "lock",
    "security",
    "checkpoint",
    "truncate",
    "import",
    "notify",
];
/// What is made or changed without giving anybody anything that answers speak of.
const OTHER_OBJECTS: [&str; 25] = [
    "access",
    "aggregate",
    "cast",
    "collation",
    "constraint",
    "conversion",
    "default",
    "domain",
    "event",
    "index",
    "operator",
    "publication",
    "statistics",
    "subscription",
    "text",
    "transform",
    "type",
    "unique",
    "extension",
    "large",
    "rule",
    "trigger",
    "system",
    "role",
    "user",
];

impl Dump {
    pub(super) fn statement(&mut self, at: &mut At, tokens: &[Token]) {
        let Some(first) = tokens.first() else { return };
        if first.kind == TokenKind::Meta {
            if let Some(rest) = first
                .text
                .strip_prefix("connect ")
                .or_else(|| first.text.strip_prefix("c "))
            {
                let name = database_name(rest);
                self.database(&name);
                at.database = Some(name);
            }
            return;
        }
        let mut cursor = Cursor::new(tokens);
        if cursor.eat(&["set", "session", "authorization"]) {
            at.session = cursor
                .next()
                .filter(|token| &*token.text != "default")
                .map(|token| Text::from(&*token.text));
            return;
        }
        if cursor.eat(&["reset", "session", "authorization"]) {
            at.session = None;
            return;
        }
        if let Some(statement) = roles::read(tokens) {
            self.roles(at, first, statement);
            return;
        }
        if let Some(statement) = grants::read_defaults(tokens) {
            if !self.defaults(at, first, &statement) {
                self.not_understood(at, tokens);
            }
            return;
        }
        if let Some(statement) = grants::read(tokens) {
            self.grant(at, tokens, &statement);
            return;
        }
        let understood = match cursor.word() {
            Some("create") => self.create(at, tokens),
            Some("alter") => self.alter(at, tokens),
            // Whether a database takes connections is written into the catalog itself.
            Some("update") => !tokens.iter().any(|token| &*token.text == "datallowconn"),
            Some(word) => HARMLESS.contains(&word),
            None => false,
        };
        if !understood {
            self.not_understood(at, tokens);
        }
    }

    fn not_understood(&mut self, at: &At, tokens: &[Token]) {
        let Some(first) = tokens.first() else { return };
        let words: Vec<String> = tokens
            .iter()
            .take(4)
            .map(|token| match token.kind {
                TokenKind::Text => "'…'".to_owned(),
                _ => token.text.to_uppercase(),
            })
            .collect();
        let what = format!("the statement `{} …` is not understood", words.join(" "));
        self.lost(
            at,
            first,
            what,
            "export the database with `leastwise collect postgresql` instead",
        );
    }

    fn roles(&mut self, at: &At, first: &Token, statement: RoleStatement) {
        match statement {
            RoleStatement::Create { name, attributes } => {
                let mut role = self.taken_out(&name, at, first);
                attributes.apply(&mut role);
                self.roles.push(role);
            }
            RoleStatement::Alter { name, attributes } => {
                let mut role = self.taken_out(&name, at, first);
                attributes.apply(&mut role);
                self.roles.push(role);
            }
            RoleStatement::Configure { .. } => {}
            RoleStatement::Grant {
                roles,
                to,
                options,
                by,
            } => {
                for role in &roles {
                    for member in &to {
                        self.memberships.push(Membership {
                            role: role.clone(),
                            member: member.clone(),
                            grantor: by.clone().unwrap_or_default(),
                            admin: options.admin.unwrap_or(false),
                            inherit: options.inherit,
                            set: options
                                .inherit
                                .map(|_| options.set.unwrap_or(true))
                                .or(options.set),
                            at: Some(at.of(first)),
                        });
                    }
                }
            }
        }
    }

    /// The role of a name as far as it is known, or a new one.
    fn taken_out(&mut self, name: &Text, at: &At, first: &Token) -> Role {
        match self.roles.iter().position(|role| role.name == *name) {
            Some(known) => self.roles.swap_remove(known),
            None => Role {
                name: name.clone(),
                oid: u64::from(u32::MAX),
                inherit: true,
                connections: -1,
                at: Some(at.of(first)),
                ..Role::default()
            },
        }
    }

    fn defaults(&mut self, at: &At, first: &Token, statement: &DefaultsStatement) -> bool {
        let kind = match statement.kind {
            'r' => Kind::Table,
            'S' => Kind::Sequence,
            'f' => Kind::Function,
            'n' => Kind::Schema,
            // Of types and large objects answers know nothing.
            _ => return true,
        };
        let version = self.version.unwrap_or(18);
        let makers: Vec<Text> = match (statement.makers.as_slice(), &at.session) {
            ([], Some(session)) => vec![session.clone()],
            (makers, _) => makers.to_vec(),
        };
        let Some(database) = at.database.clone() else {
            return false;
        };
        let contents = self.contents.entry(database).or_default();
        let letters: Vec<char> = match &statement.grant.privileges {
            grants::Privileges::All => kind.letters(version).chars().collect(),
            grants::Privileges::Listed(listed) => listed.iter().map(|(letter, _)| *letter).collect(),
        };
        let schemas: Vec<Option<Text>> = match statement.schemas.as_slice() {
            [] => vec![None],
            schemas => schemas.iter().cloned().map(Some).collect(),
        };
        for maker in &makers {
            for schema in &schemas {
                let all = &mut contents.export.defaults;
                let known = all.iter().position(|one| {
                    one.role == *maker && one.schema == *schema && one.kind == statement.kind
                });
                let place = known.unwrap_or_else(|| {
                    // Without a schema it stands in the place of the built-in defaults, else beside them.
                    let acl: Acl = match schema {
                        None => Some(apply::defaults(kind, version, maker)),
                        Some(_) => Some(Vec::new()),
                    };
                    all.push(DefaultPrivileges {
                        role: maker.clone(),
                        schema: schema.clone(),
                        kind: statement.kind,
                        acl,
                        at: Some(at.of(first)),
                    });
                    all.len() - 1
                });
                if let Some(one) = all.get_mut(place) {
                    apply::change(&mut one.acl, maker, &letters, &statement.grant, Vec::new);
                }
            }
        }
        true
    }

    fn grant(&mut self, at: &At, tokens: &[Token], statement: &GrantStatement) {
        let Some(first) = tokens.first() else { return };
        let version = self.version.unwrap_or(18);
        if let On::These(kind @ (Kind::Database | Kind::Tablespace | Kind::Parameter), names) = &statement.on
        {
            for (name, _) in names {
                let list: &mut Owned = match kind {
                    Kind::Database => &mut self.database(&name.name).owned,
                    Kind::Tablespace => named(&mut self.tablespaces, &name.name),
                    _ => named(&mut self.parameters, &name.name),
                };
                let owner = list.owner.clone();
                let letters: Vec<char> = match &statement.privileges {
                    grants::Privileges::All => kind.letters(version).chars().collect(),
                    grants::Privileges::Listed(listed) => listed.iter().map(|(letter, _)| *letter).collect(),
                };
                apply::change(&mut list.acl, &owner, &letters, statement, || {
                    apply::defaults(*kind, version, &owner)
                });
            }
            return;
        }
        let Some(database) = at.database.clone() else {
            let what = "a grant before the dump says of which database it is".to_owned();
            self.lost(at, first, what, "dump the database with `pg_dump --create`");
            return;
        };
        let contents = self.contents.entry(database).or_default();
        contents.export.version = version;
        // What the server brought along is not in a dump, and is a gap as a whole.
        if super::database::is_brought(&statement.on) {
            return;
        }
        let done = apply::targets(&contents.export, &contents.index, &statement.on)
            .and_then(|targets| apply::grant(&mut contents.export, statement, &targets));
        if let Err(unclear) = done {
            let what = format!("it is not known {}", unclear.0);
            self.lost(
                at,
                first,
                what,
                "dump the whole database, with its owners and privileges",
            );
        }
    }

    /// An ALTER: owners and row security; the rest gives nobody anything.
    fn alter(&mut self, at: &At, tokens: &[Token]) -> bool {
        let mut cursor = Cursor::new(tokens);
        cursor.next();
        if cursor.eat(&["database"]) {
            let Some(name) = cursor.name() else { return false };
            if cursor.eat(&["owner", "to"]) {
                let owner = cursor.name().unwrap_or_default();
                self.database(&name).owned.owner = owner;
                return true;
            }
            let word = cursor
                .eat(&["with"])
                .then(|| cursor.peek())
                .flatten()
                .or_else(|| cursor.peek());
            return !matches!(
                word.map(|token| &*token.text),
                Some("connection" | "allow_connections")
            );
        }
        if cursor.eat(&["tablespace"]) {
            let Some(name) = cursor.name() else { return false };
            if cursor.eat(&["owner", "to"]) {
                named(&mut self.tablespaces, &name).owner = cursor.name().unwrap_or_default();
            }
            return true;
        }
        let Some(word) = cursor.peek().map(|token| token.text.clone()) else {
            return false;
        };
        if OTHER_OBJECTS.contains(&&*word) && &*word != "aggregate" {
            return true;
        }
        match at.database.clone() {
            Some(database) => self.contents.entry(database).or_default().alter(&mut cursor),
            None => false,
        }
    }

    fn create(&mut self, at: &At, tokens: &[Token]) -> bool {
        let Some(first) = tokens.first() else { return false };
        let mut cursor = Cursor::new(tokens);
        cursor.next();
        if cursor.eat(&["database"]) {
            let Some(name) = cursor.name() else { return false };
            let location = at.of(first);
            let session = at.session.clone();
            let database: &mut Database = self.database(&name);
            database.owned.at = Some(location);
            if let Some(owner) = session {
                database.owned.owner = owner;
            }
            let words: Vec<&str> = cursor.rest().iter().map(|token| &*token.text).collect();
            let limit = words.windows(4).find_map(|four| match four {
                ["connection", "limit", "=", number] => number.parse().ok(),
                _ => None,
            });
            database.connections = limit.unwrap_or(database.connections);
            return true;
        }
        if cursor.eat(&["tablespace"]) {
            let Some(name) = cursor.name() else { return false };
            let owner = if cursor.eat(&["owner"]) {
                cursor.name()
            } else {
                at.session.clone()
            };
            let space = named(&mut self.tablespaces, &name);
            space.owner = owner.unwrap_or_default();
            space.at = Some(at.of(first));
            return true;
        }
        let other = cursor.peek().is_some_and(|token| {
            OTHER_OBJECTS.contains(&&*token.text)
                && !matches!(
                    &*token.text,
                    "aggregate" | "extension" | "rule" | "trigger" | "constraint" | "role" | "user"
                )
        });
        if other {
            return true;
        }
        let Some(database) = at.database.clone() else {
            // Without its name, whatever is in it is nobody's.
            return false;
        };
        let location = at.of(first);
        let contents = self.contents.entry(database).or_default();
        contents.create(&mut cursor, at.session.as_ref(), location)
    }
}

fn named<'o>(all: &'o mut Vec<Owned>, name: &Text) -> &'o mut Owned {
    let at = all.iter().position(|one| one.name == *name).unwrap_or_else(|| {
        all.push(Owned {
            name: name.clone(),
            ..Owned::default()
        });
        all.len() - 1
    });
    #[expect(clippy::indexing_slicing, reason = "it was found, or added, just now")]
    &mut all[at]
}

/// The database that `\connect` names: a name, a quoted one, or a connection string that names one.
fn database_name(rest: &str) -> Text {
    let rest = rest.trim();
    let rest = rest.strip_prefix("-reuse-previous=on ").unwrap_or(rest).trim();
    let plain = match rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inside) => inside.replace("\"\"", "\""),
        None => rest.split_whitespace().next().unwrap_or_default().to_owned(),
    };
    match plain
        .strip_prefix("dbname='")
        .and_then(|rest| rest.strip_suffix('\''))
    {
        Some(inside) => inside.replace("\\'", "'").replace("\\\\", "\\").into(),
        None => plain.into(),
    }
}
