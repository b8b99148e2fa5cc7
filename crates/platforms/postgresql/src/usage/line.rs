//! What a line of the server's log says of itself.

use std::borrow::Cow;

use leastwise_document::row;
use leastwise_model::TextForm;

/// A line of the server's log.
pub(super) struct Line<'a> {
    pub at: Cow<'a, str>,
    pub user: Cow<'a, str>,
    pub database: Cow<'a, str>,
    /// What tells it from another; empty where nothing does.
    pub id: Cow<'a, str>,
    pub application: Cow<'a, str>,
    pub message: Cow<'a, str>,
}

/// The columns of `csvlog` that matter, and how many there are at least.
const USER: usize = 1;
const DATABASE: usize = 2;
const SESSION: usize = 5;
const NUMBER: usize = 6;
const SEVERITY: usize = 11;
const MESSAGE: usize = 13;
const APPLICATION: usize = 22;
const COLUMNS: usize = 23;

/// The form of a log that begins with this line; nothing where it is none of a server.
pub(super) fn form(head: &str) -> Option<TextForm> {
    dated(head)?;
    // A row may go on in the next line, so that its first fields tell.
    let fields = row(head);
    let id = fields
        .get(SESSION)
        .is_some_and(|id| id.contains('.') && !id.contains(' '));
    if id
        && fields
            .get(NUMBER)
            .is_some_and(|number| number.parse::<u64>().is_ok())
    {
        return Some(TextForm::Rows);
    }
    [
        "LOG:  ",
        "ERROR:  ",
        "FATAL:  ",
        "STATEMENT:  ",
        "WARNING:  ",
        "HINT:  ",
        "DETAIL:  ",
    ]
    .iter()
    .any(|word| head.contains(word))
    .then_some(TextForm::Lines)
}

/// The instant that a line begins with: date, time, zone.
fn dated(line: &str) -> Option<&str> {
    let date = line.get(..10)?;
    let digits = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let rest = line.get(11..)?;
    let time = rest.find(' ')?;
    let zone = rest.get(time + 1..)?;
    let zone = zone
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '-')
        .unwrap_or(zone.len());
    digits.then(|| line.get(..11 + time + 1 + zone)).flatten()
}

/// Reads a record; nothing where it tells nothing of use.
pub(super) fn read(record: &str) -> Result<Option<Line<'_>>, &'static str> {
    match form(record) {
        Some(TextForm::Rows) => of_row(row(record)),
        Some(TextForm::Lines) => of_line(record),
        None => Err("a line is not as the server writes it"),
    }
}

fn of_row(mut fields: Vec<String>) -> Result<Option<Line<'static>>, &'static str> {
    if fields.len() < COLUMNS {
        return Err("a row of `csvlog` has too few columns");
    }
    if fields
        .get(SEVERITY)
        .is_none_or(|severity| severity != "LOG" && severity != "NOTICE")
    {
        return Ok(None);
    }
    let id = fields.get(SESSION..=NUMBER).unwrap_or_default().join(":");
    let mut take = |at: usize| fields.get_mut(at).map(std::mem::take).unwrap_or_default();
    Ok(Some(Line {
        at: take(0).into(),
        user: take(USER).into(),
        database: take(DATABASE).into(),
        id: id.into(),
        application: take(APPLICATION).into(),
        message: take(MESSAGE).into(),
    }))
}

/// A line with a prefix: `user@database`, or `user=` and `db=`.
fn of_line(record: &str) -> Result<Option<Line<'_>>, &'static str> {
    let Some((prefix, message)) = record.split_once("AUDIT: ") else {
        return Ok(None);
    };
    let at = dated(record).ok_or("no instant is there")?;
    let prefix = prefix.get(at.len()..).unwrap_or_default();
    let ends = |c: char| matches!(c, ' ' | ',' | ':' | '[' | ']' | '(' | ')' | ';' | '|');
    let named = |keys: &[&str]| {
        keys.iter().find_map(|key| {
            let value = prefix.split_once(key)?.1;
            value.split(ends).next().filter(|value| !value.is_empty())
        })
    };
    let joined = prefix.split(ends).find_map(|part| part.split_once('@'));
    let (user, database) = joined
        .or_else(|| Some((named(&["user=", "u="])?, named(&["db=", "database=", "d="])?)))
        .ok_or("no user or no database is there: `log_line_prefix` must have %u and %d")?;
    Ok(Some(Line {
        at: at.into(),
        user: user.into(),
        database: database.into(),
        id: "".into(),
        application: named(&["app=", "application="]).unwrap_or_default().into(),
        message: format!("AUDIT: {message}").into(),
    }))
}
