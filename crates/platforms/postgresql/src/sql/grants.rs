//! GRANT and REVOKE on objects, and ALTER DEFAULT PRIVILEGES.

use leastwise_model::Text;

use super::cursor::{Cursor, Qualified};
use super::lex::{Kind as TokenKind, Token};
use crate::compile::Kind;

/// What is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Privileges {
    All,
    /// Letters, each with the columns that it is granted on; none are the whole.
    Listed(Vec<(char, Vec<Text>)>),
}

/// On what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// These things of one kind; functions with their arguments, where they are written.
    These(Kind, Vec<(Qualified, Option<Text>)>),
    /// All things of a kind in these schemas.
    AllIn(Kind, Vec<Text>),
    /// What answers know nothing of: types, large objects.
    Other,
}

/// A grant of privileges, or its taking back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GrantStatement {
    pub revokes: bool,
    pub privileges: Privileges,
    /// Whether it speaks of granting on: with a grant the privilege too, with a revocation only that.
    pub option: bool,
    pub on: On,
    /// `None` is PUBLIC.
    pub whom: Vec<Option<Text>>,
}

/// The letter of a privilege.
fn letter(at: &mut Cursor<'_>) -> Option<char> {
    Some(match at.word()? {
        "select" => 'r',
        "insert" => 'a',
        "update" => 'w',
        "delete" => 'd',
        "truncate" => 'D',
        "references" => 'x',
        "trigger" => 't',
        "maintain" => 'm',
        "execute" => 'X',
        "usage" => 'U',
        "create" => 'C',
        "connect" => 'c',
        "temporary" | "temp" => 'T',
        "set" => 's',
        "alter" => at.eat(&["system"]).then_some('A')?,
        _ => return None,
    })
}

fn privileges(at: &mut Cursor<'_>) -> Option<Privileges> {
    if at.eat(&["all"]) {
        at.eat(&["privileges"]);
        if at.peek().is_some_and(|token| &*token.text == "(") {
            return None;
        }
        return Some(Privileges::All);
    }
    let listed = at.list(|at| {
        let letter = letter(at)?;
        let columns = match at.parenthesized() {
            Some(mut inside) => inside.list(Cursor::name)?,
            None => Vec::new(),
        };
        Some((letter, columns))
    })?;
    Some(Privileges::Listed(listed))
}

fn grantee(at: &mut Cursor<'_>) -> Option<Option<Text>> {
    at.eat(&["group"]);
    let token = at.peek()?;
    if token.kind == TokenKind::Word {
        match &*token.text {
            "public" => {
                at.next();
                return Some(None);
            }
            "current_user" | "current_role" | "session_user" => return None,
            _ => {}
        }
    }
    at.name().map(Some)
}

fn function(at: &mut Cursor<'_>) -> Option<(Qualified, Option<Text>)> {
    let name = at.qualified()?;
    let written = at.peek().is_some_and(|token| &*token.text == "(");
    let arguments = if written { Some(at.arguments()?) } else { None };
    Some((name, arguments))
}

fn on(at: &mut Cursor<'_>) -> Option<On> {
    if at.eat(&["all"]) {
        let kind = match at.word()? {
            "tables" => Kind::Table,
            "sequences" => Kind::Sequence,
            "functions" | "routines" => Kind::Function,
            _ => return None,
        };
        at.eat(&["in", "schema"]).then_some(())?;
        return Some(On::AllIn(kind, at.list(Cursor::name)?));
    }
    for (words, kind) in [
        (&["foreign", "data", "wrapper"][..], Kind::Wrapper),
        (&["foreign", "server"], Kind::ForeignServer),
        (&["sequence"], Kind::Sequence),
        (&["schema"], Kind::Schema),
        (&["database"], Kind::Database),
        (&["language"], Kind::Language),
        (&["tablespace"], Kind::Tablespace),
        (&["parameter"], Kind::Parameter),
    ] {
        if at.eat(words) {
            return Some(On::These(kind, at.list(|at| Some((parameter(at, kind)?, None)))?));
        }
    }
    if at.eat(&["function"]) || at.eat(&["routine"]) || at.eat(&["procedure"]) {
        return Some(On::These(Kind::Function, at.list(function)?));
    }
    if at.eat(&["type"]) || at.eat(&["domain"]) || at.eat(&["large", "object"]) {
        at.list(|at| {
            let number = at.peek().is_some_and(|token| token.kind == TokenKind::Number);
            if number {
                at.next().map(|_| ())
            } else {
                at.qualified().map(|_| ())
            }
        })?;
        return Some(On::Other);
    }
    at.eat(&["table"]);
    Some(On::These(
        Kind::Table,
        at.list(|at| Some((at.qualified()?, None)))?,
    ))
}

/// A name; that of a parameter may have dots.
fn parameter(at: &mut Cursor<'_>, kind: Kind) -> Option<Qualified> {
    let mut name = at.qualified()?;
    if kind == Kind::Parameter
        && let Some(schema) = name.schema.take()
    {
        name.name = format!("{schema}.{}", name.name).into();
    }
    Some(name)
}

/// Reads a statement; `None` where it is another one, or says what is not known here.
pub(crate) fn read(tokens: &[Token]) -> Option<GrantStatement> {
    let mut at = Cursor::new(tokens);
    let revokes = match at.word()? {
        "grant" => false,
        "revoke" => true,
        _ => return None,
    };
    let only_option = revokes && at.eat(&["grant", "option", "for"]);
    let privileges = privileges(&mut at)?;
    at.eat(&["on"]).then_some(())?;
    let on = on(&mut at)?;
    let (whom, option) = whom(&mut at, revokes)?;
    at.is_over().then_some(GrantStatement {
        revokes,
        privileges,
        option: option || only_option,
        on,
        whom,
    })
}

fn whom(at: &mut Cursor<'_>, revokes: bool) -> Option<(Vec<Option<Text>>, bool)> {
    at.eat(&[if revokes { "from" } else { "to" }]).then_some(())?;
    let whom = at.list(grantee)?;
    let option = !revokes && at.eat(&["with", "grant", "option"]);
    if at.eat(&["granted", "by"]) {
        at.name()?;
    }
    if revokes {
        let _ = at.eat(&["cascade"]) || at.eat(&["restrict"]);
    }
    Some((whom, option))
}
/// What objects get that are made later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DefaultsStatement {
    /// Who makes them; none is whoever runs the statement.
    pub makers: Vec<Text>,
    pub schemas: Vec<Text>,
    /// As `pg_default_acl` writes it.
    pub kind: char,
    pub grant: GrantStatement,
}

/// Reads ALTER DEFAULT PRIVILEGES.
pub(crate) fn read_defaults(tokens: &[Token]) -> Option<DefaultsStatement> {
    let mut at = Cursor::new(tokens);
    at.eat(&["alter", "default", "privileges"]).then_some(())?;
    let (mut makers, mut schemas) = (Vec::new(), Vec::new());
    loop {
        if at.eat(&["for", "role"]) || at.eat(&["for", "user"]) {
            makers = at.list(Cursor::name)?;
        } else if at.eat(&["in", "schema"]) {
            schemas = at.list(Cursor::name)?;
        } else {
            break;
        }
    }
    let revokes = match at.word()? {
        "grant" => false,
        "revoke" => true,
        _ => return None,
    };
    let only_option = revokes && at.eat(&["grant", "option", "for"]);
    let privileges = privileges(&mut at)?;
    at.eat(&["on"]).then_some(())?;
    let kind = match at.word()? {
        "tables" => 'r',
        "sequences" => 'S',
        "functions" | "routines" => 'f',
        "types" => 'T',
        "schemas" => 'n',
        "large" => at.eat(&["objects"]).then_some('L')?,
        _ => return None,
    };
    let (whom, option) = whom(&mut at, revokes)?;
    at.is_over().then_some(DefaultsStatement {
        makers,
        schemas,
        kind,
        grant: GrantStatement {
            revokes,
            privileges,
            option: option || only_option,
            on: On::Other,
            whom,
        },
    })
}
