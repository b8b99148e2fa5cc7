//! A rule: a stable id, a name, a page, and a function.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::estate::Estate;
use crate::found::Found;
use crate::page::Page;
use crate::rules::RULES;
use crate::standards::Mapping;

/// A rule about estates.
pub struct Rule {
    /// Stable, such as `LW003`; never used again for something else.
    pub id: &'static str,
    /// Stable and readable, such as `escalation`.
    pub name: &'static str,
    /// Its own source, whose first comment describes it.
    pub(crate) source: &'static str,
    /// Whether it asks who can become whom.
    pub(crate) follows: bool,
    pub(crate) check: fn(&Estate<'_>, &mut Found<'_, '_>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.id, self.name)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Rule {}

impl Rule {
    /// Its manual page.
    #[must_use]
    pub fn page(&self) -> &'static Page {
        static PAGES: OnceLock<BTreeMap<&'static str, Page>> = OnceLock::new();
        static NONE: OnceLock<Page> = OnceLock::new();
        let pages = PAGES.get_or_init(|| {
            RULES
                .iter()
                .map(|rule| (rule.id, Page::read(rule.source)))
                .collect()
        });
        match pages.get(self.id) {
            Some(page) => page,
            None => NONE.get_or_init(|| Page::read("")),
        }
    }

    /// Its manual page as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        self.page().markdown(self.id, self.name)
    }

    /// For which clauses of standards its findings can be evidence, on whatever platform.
    #[must_use]
    pub fn standards(&self) -> &'static [Mapping] {
        &self.page().standards
    }
}

/// All rules, in the order of their ids.
#[must_use]
pub fn rules() -> &'static [&'static Rule] {
    &RULES
}

/// The rule of this id or name, whatever the case of its letters.
#[must_use]
pub fn rule(id_or_name: &str) -> Option<&'static Rule> {
    let same = |text: &str| text.eq_ignore_ascii_case(id_or_name);
    RULES
        .iter()
        .copied()
        .find(|rule| same(rule.id) || same(rule.name))
}

/// The manual page of the rule of this id or name, as Markdown.
#[must_use]
pub fn explain(id_or_name: &str) -> Option<String> {
    rule(id_or_name).map(Rule::markdown)
}
