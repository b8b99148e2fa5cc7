//! What is wrong with technical roles.

use leastwise_findings::Severity;
use leastwise_roles::lints::{Lint, Sign};
use schemars::JsonSchema;
use serde::Serialize;

use crate::style::{ALARM, CARE, QUIET, STRONG, paint};
use crate::table::{Column, Table};
use crate::text::{clean, counted};

/// How bad a sign is: what gives more than it should is worse than what nobody answers for.
#[must_use]
pub fn severity(lint: Lint) -> Severity {
    match lint {
        Lint::Duties => Severity::High,
        Lint::StraightToPeople
        | Lint::ManyWorkloads
        | Lint::OtherEnvironment
        | Lint::Expired
        | Lint::Unneeded
        | Lint::OverQuota => Severity::Medium,
        Lint::JobTitle | Lint::SameAsAnother | Lint::SameName | Lint::Unanswered => Severity::Low,
    }
}

/// The worst of some signs.
#[must_use]
pub fn worst(signs: &[Sign]) -> Option<Severity> {
    signs.iter().map(|sign| severity(sign.lint)).max()
}

/// One thing that is wrong with one role.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SignView<'a> {
    /// What is wrong, as a name.
    pub lint: &'static str,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// The role's id.
    pub role: &'a str,
    /// Where it is said: file, line and column.
    pub place: String,
    /// What is wrong, in words.
    pub what: &'a str,
    /// What to do about it.
    pub fix: &'a str,
    /// A request that shows it, if one can: action and resource.
    pub witness: Option<[String; 2]>,
}

/// A lint that could not be looked at.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct UnseenView<'a> {
    /// Its name.
    pub lint: &'static str,
    /// Why not.
    pub because: &'a str,
}

/// What is wrong with roles.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct LintsView<'a> {
    /// By file and place.
    pub signs: Vec<SignView<'a>>,
    /// What could not be looked at.
    pub not_examined: Vec<UnseenView<'a>>,
}

fn one(sign: &Sign) -> SignView<'_> {
    SignView {
        lint: sign.lint.as_str(),
        severity: severity(sign.lint).as_str(),
        role: &sign.role,
        place: format!("{}:{}:{}", sign.file, sign.at.line, sign.at.column),
        what: &sign.what,
        fix: &sign.fix,
        witness: sign
            .witness
            .as_ref()
            .map(|request| [request.action.to_string(), request.resource.to_string()]),
    }
}

/// What programs read.
#[must_use]
pub fn view<'a>(signs: &'a [Sign], unseen: &'a [(Lint, &'a str)]) -> LintsView<'a> {
    let not_examined = unseen.iter().map(|(lint, because)| UnseenView {
        lint: lint.as_str(),
        because,
    });
    LintsView {
        signs: signs.iter().map(one).collect(),
        not_examined: not_examined.collect(),
    }
}

/// A line for each sign.
#[must_use]
pub fn table(signs: &[Sign]) -> Table {
    let mut table = Table::new(&[
        Column::text("severity"),
        Column::text("lint"),
        Column::text("role"),
        Column::text("place"),
        Column::sentence("what"),
    ]);
    for view in signs.iter().map(one) {
        table.push([
            view.severity.into(),
            view.lint.into(),
            view.role.into(),
            view.place.into(),
            clean(view.what).into_owned().into(),
        ]);
    }
    table
}

/// What people read.
#[must_use]
pub fn text(signs: &[Sign]) -> String {
    let mut out = String::new();
    for sign in signs {
        let view = one(sign);
        let style = if severity(sign.lint) >= Severity::High {
            ALARM
        } else {
            CARE
        };
        out.push_str(&format!(
            "{}: {} {}\n  {}\n  {} {}\n",
            view.place,
            paint(style, view.severity),
            paint(STRONG, view.lint),
            clean(view.what),
            paint(QUIET, "fix:"),
            view.fix
        ));
    }
    out
}

/// How much was found, and what was not looked at.
#[must_use]
pub fn summary(roles: usize, signs: &[Sign], unseen: &[(Lint, &str)]) -> String {
    let mut out = format!(
        "{} in {}",
        counted(signs.len(), "sign of misuse", "signs of misuse"),
        counted(roles, "role", "roles")
    );
    for (lint, because) in unseen {
        out.push_str(&format!("\nnot examined: {}, because {because}", lint.as_str()));
    }
    out
}
