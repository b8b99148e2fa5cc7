//! The file of exceptions, read strictly.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leastwise_model::{Text, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Exception, Exceptions, ExceptionsError, Scope};

/// The fields of an exception.
const FIELDS: [&str; 11] = [
    "id",
    "owner",
    "reason",
    "ticket",
    "expires",
    "identity",
    "actions",
    "resources",
    "becomes",
    "rule",
    "fingerprint",
];

type Read<T> = Result<T, ExceptionsError>;

/// Reads the whole file.
pub(super) fn read(text: &str) -> Read<Exceptions> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = File { text };
    let table = DeTable::parse(text).map_err(|error| {
        let what = error.message().trim().replace('\n', ", ");
        file.fault(error.span().map_or(0, |span| span.start), what)
    })?;
    let mut all = Vec::new();
    for (key, value) in table.get_ref() {
        if &**key.get_ref() != "exception" {
            let at = key.span().start;
            return Err(file.unknown(at, key.get_ref(), "a file of exceptions", &["exception"]));
        }
        let DeValue::Array(list) = value.get_ref() else {
            return Err(file.fault(key.span().start, "exceptions are written as `[[exception]]`"));
        };
        for one in list {
            let DeValue::Table(fields) = one.get_ref() else {
                return Err(file.fault(one.span().start, "an exception is a table: `[[exception]]`"));
            };
            all.push(file.exception(one.span().start, fields)?);
        }
    }
    let mut seen: BTreeMap<&Text, usize> = BTreeMap::new();
    for exception in &all {
        if let Some(first) = seen.insert(&exception.id, exception.line) {
            let what = format!("exception `{}` stands at line {first} as well", exception.id);
            return Err(ExceptionsError {
                line: exception.line,
                column: 1,
                what,
            });
        }
    }
    Ok(Exceptions { all })
}

struct File<'t> {
    text: &'t str,
}

impl File<'_> {
    fn fault(&self, at: usize, what: impl Into<String>) -> ExceptionsError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        ExceptionsError {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            what: what.into(),
        }
    }

    fn unknown(&self, at: usize, name: &str, of: &str, known: &[&'static str]) -> ExceptionsError {
        let meant = nearest(name, known.iter().copied()).map_or_else(
            || format!("; there are {}", known.join(", ")),
            |near| format!("; did you mean `{near}`?"),
        );
        self.fault(at, format!("`{name}` is no field of {of}{meant}"))
    }

    fn exception(&self, at: usize, fields: &DeTable<'_>) -> Read<Exception> {
        for key in fields.keys() {
            if !FIELDS.contains(&&**key.get_ref()) {
                return Err(self.unknown(key.span().start, key.get_ref(), "an exception", &FIELDS));
            }
        }
        let said = Said {
            file: self,
            at,
            fields,
        };
        let (expires, end) = said.day("expires")?;
        let scope = said.scope()?;
        let identity = match scope {
            Scope::Fingerprint(_) => said.text("identity")?,
            Scope::Access { .. } | Scope::Becoming(_) | Scope::Rule(_) => Some(said.must("identity")?),
        };
        Ok(Exception {
            id: said.must("id")?,
            owner: said.must("owner")?,
            reason: said.must("reason")?,
            ticket: said.text("ticket")?,
            expires,
            end,
            identity,
            scope,
            line: self.fault(at, "").line,
        })
    }
}

/// What one exception says.
struct Said<'a, 't> {
    file: &'a File<'t>,
    at: usize,
    fields: &'a DeTable<'a>,
}

impl<'a> Said<'a, '_> {
    fn get(&self, name: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        let mut fields = self.fields.iter();
        fields
            .find(|(key, _)| &**key.get_ref() == name)
            .map(|(_, value)| value)
    }

    fn string(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Read<Text> {
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok(Text::from(&**text)),
            _ => Err(self.file.fault(
                value.span().start,
                format!("`{name}` is a text that is not empty"),
            )),
        }
    }

    fn text(&self, name: &str) -> Read<Option<Text>> {
        self.get(name).map(|value| self.string(name, value)).transpose()
    }

    fn must(&self, name: &str) -> Read<Text> {
        let missing = || self.file.fault(self.at, format!("the exception has no `{name}`"));
        self.text(name)?.ok_or_else(missing)
    }

    fn texts(&self, name: &str) -> Read<Option<Vec<Text>>> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        match value.get_ref() {
            DeValue::Array(list) if !list.is_empty() => {
                let texts = list.iter().map(|one| self.string(name, one));
                texts.collect::<Read<Vec<Text>>>().map(Some)
            }
            _ => Err(self.file.fault(
                value.span().start,
                format!("`{name}` is a list of texts that is not empty"),
            )),
        }
    }

    /// A day, and the moment at which it is over in UTC.
    fn day(&self, name: &str) -> Read<(Text, Timestamp)> {
        let Some(value) = self.get(name) else {
            let what = format!("the exception has no `{name}`: an exception has a last day");
            return Err(self.file.fault(self.at, what));
        };
        let written = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(day) => day.to_string(),
            _ => String::new(),
        };
        let day: Option<Date> = written.parse().ok();
        let end = day
            .and_then(|day| day.tomorrow().ok())
            .and_then(|next| next.to_zoned(TimeZone::UTC).ok());
        match end {
            Some(end) => Ok((Text::from(written), end.timestamp())),
            None => Err(self.file.fault(
                value.span().start,
                format!("`{name}` is a day such as 2026-12-31"),
            )),
        }
    }

    fn scope(&self) -> Read<Scope> {
        let access = self.texts("actions")?;
        let resources = self.texts("resources")?;
        if let (None, Some(_)) = (&access, &resources) {
            return Err(self.file.fault(self.at, "`resources` needs `actions`"));
        }
        let access = access.map(|actions| Scope::Access {
            actions,
            resources: resources.unwrap_or_else(|| vec![Text::from("*")]),
        });
        let becoming = self.text("becomes")?.map(Scope::Becoming);
        let fingerprint = self.text("fingerprint")?.map(Scope::Fingerprint);
        let rule = self.text("rule")?.map(|name| self.rule(&name)).transpose()?;
        let mut said = [access, becoming, fingerprint, rule].into_iter().flatten();
        match (said.next(), said.next()) {
            (Some(one), None) => Ok(one),
            _ => Err(self.file.fault(
                self.at,
                "an exception has exactly one of `actions`, `becomes`, `rule` and `fingerprint`",
            )),
        }
    }

    fn rule(&self, name: &str) -> Read<Scope> {
        if let Some(rule) = leastwise_findings::rule(name) {
            return Ok(Scope::Rule(rule.id));
        }
        let names = leastwise_findings::rules().iter().map(|rule| rule.name);
        let meant = nearest(name, names).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let at = self.get("rule").map_or(self.at, |value| value.span().start);
        Err(self.file.fault(at, format!("no rule is called `{name}`{meant}")))
    }
}
