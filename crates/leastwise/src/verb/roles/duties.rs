//! `leastwise-duties.toml`: which duties one role must not join.
//!
//! ```toml
//! [[rule]]
//! id = "K3"
//! why = "who rotates a secret does not read what it opens"
//! platform = "aws"
//! one = { actions = ["secretsmanager:PutSecretValue"], resources = ["*"] }
//! other = { actions = ["secretsmanager:GetSecretValue"], resources = ["*"] }
//! ```

use std::path::{Path, PathBuf};

use leastwise_model::{Text, nearest};
use leastwise_roles::duties::{Duty, DutyRule};
use serde::Deserialize;
use toml::Spanned;

use crate::files::{self, shown};
use crate::platforms::PLATFORMS;
use crate::problem::Problem;
use crate::terminal::Terminal;

/// The name of the file.
pub const FILE_NAME: &str = "leastwise-duties.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    rule: Vec<WrittenRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    id: Spanned<Text>,
    why: Spanned<Text>,
    platform: Spanned<Text>,
    one: Spanned<WrittenDuty>,
    other: Spanned<WrittenDuty>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenDuty {
    actions: Vec<Text>,
    resources: Vec<Text>,
}

/// The rules of the file that was named, or of that beside or above the roles; `None` where there is none.
///
/// # Errors
/// Where it cannot be read, or says what makes no sense: the place and the cause.
pub fn read(
    named: Option<&Path>,
    roles: &Path,
    terminal: &Terminal,
) -> Result<Option<Vec<DutyRule>>, Problem> {
    let nearest = || files::nearest(roles, FILE_NAME);
    let Some(file) = named.map(PathBuf::from).or_else(nearest) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&file).map_err(|error| Problem::file(&file, &error))?;
    let wrong = |at: usize, what: String| {
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Problem::usage(format!("{}:{line}:{column}: {what}", shown(&file)))
            .hint("correct the rule, or take it out")
    };
    let written: Written = toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(at, error.message().to_owned())
    })?;
    let mut rules: Vec<DutyRule> = Vec::new();
    for rule in written.rule {
        let at = rule.id.span().start;
        if rules.iter().any(|known| known.id == *rule.id.get_ref()) {
            return Err(wrong(at, format!("two rules are called `{}`", rule.id.get_ref())));
        }
        let why = rule.why.span().start;
        if rule.why.get_ref().trim().is_empty() {
            return Err(wrong(
                why,
                "why the duties must stay apart is not said".to_owned(),
            ));
        }
        let platform =
            known(rule.platform.get_ref()).map_err(|what| wrong(rule.platform.span().start, what))?;
        let duty = |written: Spanned<WrittenDuty>| {
            let at = written.span().start;
            let written = written.into_inner();
            sound(&written, platform).map_err(|what| wrong(at, what))?;
            Ok(Duty {
                actions: written.actions,
                resources: written.resources,
            })
        };
        rules.push(DutyRule {
            platform: rule.platform.into_inner(),
            one: duty(rule.one)?,
            other: duty(rule.other)?,
            id: rule.id.into_inner(),
            why: rule.why.into_inner(),
        });
    }
    if rules.is_empty() {
        terminal.tell(&format!(
            "{}: holds no rule: no duties are kept apart (`[[rule]]`, docs/roles-as-code.md)",
            shown(&file)
        ));
    }
    Ok(Some(rules))
}

/// The platform of this name.
fn known(name: &str) -> Result<&'static dyn leastwise_model::Platform, String> {
    let found = PLATFORMS.iter().find(|platform| platform.name() == name);
    found.copied().ok_or_else(|| {
        let names = PLATFORMS.iter().map(|platform| platform.name());
        let meant = nearest(name, names).map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        format!("there is no platform `{name}`{meant}")
    })
}

/// Whether a duty can be met by any request at all.
fn sound(duty: &WrittenDuty, platform: &'static dyn leastwise_model::Platform) -> Result<(), String> {
    if duty.actions.is_empty() || duty.resources.is_empty() {
        return Err("a duty names actions and resources, at least one of each".to_owned());
    }
    for action in &duty.actions {
        for resource in &duty.resources {
            if let Some(what) = platform.objection(action, resource) {
                return Err(what.to_string());
            }
        }
    }
    Ok(())
}
