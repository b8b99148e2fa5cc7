//! What is made in a database.

use leastwise_model::{Location, Text};

use super::database::{Contents, owned};
use crate::object::{Function, Policy, Relation, View};
use crate::sql::cursor::{Cursor, Qualified};
use crate::sql::lex::{Kind, Token};

/// Words with which what is no column begins in a list of columns.
const NO_COLUMN: [&str; 7] = [
    "constraint",
    "primary",
    "unique",
    "check",
    "foreign",
    "exclude",
    "like",
];

/// The types that a function takes; those of an aggregate over everything are none.
pub(super) fn arguments(at: &mut Cursor<'_>) -> Option<Text> {
    let found = at.arguments()?;
    Some(if &*found == "*" { "".into() } else { found })
}

fn words(tokens: &[Token]) -> Vec<&str> {
    let plain = tokens.iter().map(|token| match token.kind {
        Kind::Word | Kind::Sign => &*token.text,
        Kind::Quoted | Kind::Text | Kind::Number | Kind::Meta => "",
    });
    plain.collect()
}

fn has(words: &[&str], wanted: &[&str]) -> bool {
    words.windows(wanted.len()).any(|part| part == wanted)
}

impl Contents {
    /// A CREATE, behind its first word.
    pub(super) fn create(&mut self, at: &mut Cursor<'_>, owner: Option<&Text>, place: Location) -> bool {
        let _ = at.eat(&["or", "replace"]);
        let _ = at.eat(&["trusted"]);
        let unlogged = at.eat(&["unlogged"]);
        if at.eat(&["schema"]) {
            at.eat(&["if", "not", "exists"]);
            let Some(name) = at.name() else { return false };
            if !self.export.schemas.iter().any(|one| one.name == name) {
                self.export.schemas.push(owned(name, owner, place));
            }
            return true;
        }
        for (begin, kind) in [
            (&["table"][..], 'r'),
            (&["foreign", "table"], 'f'),
            (&["sequence"], 'S'),
            (&["materialized", "view"], 'm'),
            (&["view"], 'v'),
            (&["recursive", "view"], 'v'),
        ] {
            if at.eat(begin) {
                return self.relation_made(at, kind, owner, place);
            }
        }
        if unlogged {
            return false;
        }
        if at.eat(&["function"]) || at.eat(&["procedure"]) || at.eat(&["aggregate"]) {
            return self.function(at, owner, place).is_some();
        }
        if at.eat(&["policy"]) {
            return self.policy(at, place).is_some();
        }
        if at.eat(&["extension"]) {
            at.eat(&["if", "not", "exists"]);
            let Some(name) = at.name() else { return false };
            let schema = if at.eat(&["with", "schema"]) {
                at.name()
            } else {
                None
            };
            if &*name != "plpgsql" {
                self.export.extensions.push((name, schema));
            }
            return true;
        }
        if at.eat(&["rule"]) || at.eat(&["trigger"]) || at.eat(&["constraint", "trigger"]) {
            return self.scripted(at);
        }
        if at.eat(&["foreign", "data", "wrapper"]) {
            let Some(name) = at.name() else { return false };
            self.export.wrappers.push(owned(name, owner, place));
            return true;
        }
        if at.eat(&["server"]) {
            let Some(name) = at.name() else { return false };
            self.export.servers.push(owned(name, owner, place));
            return true;
        }
        if at.eat(&["user", "mapping", "for"]) {
            let Some(role) = at.name() else { return false };
            let role = (&*role != "public").then_some(role);
            let Some(server) = at.eat(&["server"]).then(|| at.name()).flatten() else {
                return false;
            };
            self.export.mappings.push((server, role));
            return true;
        }
        if at.eat(&["procedural", "language"]) || at.eat(&["language"]) {
            let Some(name) = at.name() else { return false };
            if !self.export.languages.iter().any(|one| one.name == name) {
                self.export.languages.push(owned(name, owner, place));
            }
            return true;
        }
        false
    }

    fn relation_made(
        &mut self,
        at: &mut Cursor<'_>,
        kind: char,
        owner: Option<&Text>,
        place: Location,
    ) -> bool {
        at.eat(&["if", "not", "exists"]);
        let Some(Qualified {
            schema: Some(schema),
            name,
        }) = at.qualified()
        else {
            return false;
        };
        let rest = words(at.rest());
        let mut view = None;
        if kind == 'v' {
            // What it reads stands in a query.
            let head = rest.iter().position(|word| *word == "as").unwrap_or(rest.len());
            let head = rest.get(..head).unwrap_or_default();
            view = Some(View {
                invoker: head.contains(&"security_invoker") && !says_no(at.rest()),
                unread: true,
                ..View::default()
            });
        }
        let mut columns = Vec::new();
        if let ('r' | 'f', Some(inside)) = (kind, at.parenthesized()) {
            columns = column_names(inside)
                .into_iter()
                .map(|name| (name, None))
                .collect();
        }
        // What it inherits is not written here.
        if has(&rest, &["inherits", "("]) {
            columns.clear();
        }
        let kind = if kind == 'r' && has(&rest, &["partition", "by"]) {
            'p'
        } else {
            kind
        };
        self.add_relation(Relation {
            schema,
            owned: owned(name, owner, place),
            kind,
            columns,
            view,
            ..Relation::default()
        });
        true
    }

    fn function(&mut self, at: &mut Cursor<'_>, owner: Option<&Text>, place: Location) -> Option<()> {
        let Qualified { schema, name } = at.qualified()?;
        let arguments = arguments(at)?;
        let rest = words(at.rest());
        let language = rest.windows(2).find_map(|two| match two {
            ["language", name] if !name.is_empty() => Some(Text::from(*name)),
            _ => None,
        });
        let quoted = at.rest().windows(2).find_map(|two| match two {
            [one, other] if &*one.text == "language" && one.kind == Kind::Word => {
                Some(Text::from(&*other.text))
            }
            _ => None,
        });
        let function = Function {
            schema: schema?,
            owned: owned(name.clone(), owner, place),
            arguments,
            definer: has(&rest, &["security", "definer"]),
            language: language.or(quoted).unwrap_or_else(|| "internal".into()),
            search_path: search_path(at.rest()),
            extension: None,
        };
        self.index
            .functions
            .entry(name)
            .or_default()
            .push(self.export.functions.len());
        self.export.functions.push(function);
        Some(())
    }

    fn policy(&mut self, at: &mut Cursor<'_>, place: Location) -> Option<()> {
        let name = at.name()?;
        at.eat(&["on"]).then_some(())?;
        let table = at.qualified()?;
        let relation = self.relation(&table)?;
        let mut policy = Policy {
            name,
            command: '*',
            permissive: true,
            roles: vec![None],
            at: Some(place),
            ..Policy::default()
        };
        if at.eat(&["as"]) {
            policy.permissive = at.word()? == "permissive";
        }
        if at.eat(&["for"]) {
            policy.command = match at.word()? {
                "all" => '*',
                "select" => 'r',
                "insert" => 'a',
                "update" => 'w',
                "delete" => 'd',
                _ => return None,
            };
        }
        if at.eat(&["to"]) {
            policy.roles = at.list(|at| {
                let name = at.name()?;
                Some((&*name != "public").then_some(name))
            })?;
        }
        if at.eat(&["using"]) {
            policy.using = Some(expression(at.parenthesized()?.rest()));
        }
        if at.eat(&["with", "check"]) {
            policy.check = Some(expression(at.parenthesized()?.rest()));
        }
        self.export.relations.get_mut(relation)?.policies.push(policy);
        at.is_over().then_some(())
    }

    /// A rule or trigger: on a view it says what writing does.
    fn scripted(&mut self, at: &mut Cursor<'_>) -> bool {
        let on = at
            .rest()
            .iter()
            .position(|token| token.kind == Kind::Word && matches!(&*token.text, "on" | "to"));
        let Some(mut on) = on else { return false };
        // `AS ON INSERT TO table`, and `ON table` of a trigger.
        let is_rule = at
            .rest()
            .get(on.wrapping_sub(1))
            .is_some_and(|token| &*token.text == "as");
        if is_rule {
            let Some(to) = at
                .rest()
                .iter()
                .position(|token| token.kind == Kind::Word && &*token.text == "to")
            else {
                return false;
            };
            on = to;
        }
        let mut table = Cursor::new(at.rest().get(on + 1..).unwrap_or_default());
        let place = table.qualified().and_then(|name| self.relation(&name));
        if let Some(view) = place
            .and_then(|at| self.export.relations.get_mut(at))
            .and_then(|one| one.view.as_mut())
        {
            view.scripted = true;
        }
        true
    }
}

/// The sequence that an identity column brings along.
pub(super) fn identity_column(contents: &mut Contents, table: usize, at: &Cursor<'_>) {
    let named = at.rest().windows(2).position(|two| match two {
        [one, other] => &*one.text == "sequence" && &*other.text == "name",
        _ => false,
    });
    let Some(named) = named else { return };
    let mut cursor = Cursor::new(at.rest().get(named + 2..).unwrap_or_default());
    if let Some(Qualified {
        schema: Some(schema),
        name,
    }) = cursor.qualified()
    {
        let location = contents
            .export
            .relations
            .get(table)
            .and_then(|one| one.owned.at.clone());
        let sequence = contents.add_relation(Relation {
            schema,
            owned: crate::object::Owned {
                name,
                at: location,
                ..crate::object::Owned::default()
            },
            kind: 'S',
            ..Relation::default()
        });
        contents.add_identity(sequence, table);
    }
}

fn column_names(mut inside: Cursor<'_>) -> Vec<Text> {
    let mut names = Vec::new();
    while let Some(first) = inside.peek() {
        let is_column = first.kind == Kind::Quoted || !NO_COLUMN.contains(&&*first.text);
        if is_column {
            names.push(Text::from(&*first.text));
        }
        let mut depth = 0usize;
        while let Some(token) = inside.next() {
            match (token.kind, &*token.text) {
                (Kind::Sign, "(") => depth += 1,
                (Kind::Sign, ")") => depth = depth.saturating_sub(1),
                (Kind::Sign, ",") if depth == 0 => break,
                _ => {}
            }
        }
    }
    names
}

/// Whether an option of a view is switched off.
fn says_no(tokens: &[Token]) -> bool {
    let at = tokens.iter().position(|token| &*token.text == "security_invoker");
    let value = at.and_then(|at| tokens.get(at + 2));
    value.is_some_and(|token| matches!(&*token.text, "false" | "off" | "no" | "0"))
}

/// Where a function looks for names, as the catalogs write it.
fn search_path(tokens: &[Token]) -> Option<Text> {
    let at = tokens.windows(2).position(|two| match two {
        [one, other] => one.kind == Kind::Word && &*one.text == "set" && &*other.text == "search_path",
        _ => false,
    })?;
    let mut names = Vec::new();
    for token in tokens.get(at + 3..)? {
        match token.kind {
            Kind::Text | Kind::Quoted => names.push(if token.text.is_empty() {
                "\"\"".to_owned()
            } else {
                token.text.to_string()
            }),
            Kind::Sign if &*token.text == "," => {}
            _ => break,
        }
    }
    Some(names.join(", ").into())
}

/// An expression as the catalogs would write it where it is nothing but a truth value.
fn expression(tokens: &[Token]) -> Text {
    let shown: Vec<&str> = tokens.iter().map(|token| &*token.text).collect();
    shown.join(" ").into()
}
