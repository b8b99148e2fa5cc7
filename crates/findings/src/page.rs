//! The manual page of a rule, read from the comment on top of its source file.
//!
//! That comment is the only place where a rule is described: `leastwise explain`, the manual, the help in SARIF and
//! the test of its examples are all made from it. It has a title, a text, and these sections: *Why it matters*,
//! *Example that triggers it*, *Example that does not*, *Severity*, *Fix*, *Standards*.

use std::fmt::Write as _;

use crate::standards::{Mapping, Strength, clause};

/// A file of an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its path.
    pub path: &'static str,
    /// Its text.
    pub text: String,
}

/// The manual page of a rule.
#[derive(Clone, Debug)]
pub struct Page {
    /// What is found, as a phrase after "finds:".
    pub title: String,
    /// The first paragraph, on one line.
    pub summary: String,
    /// Everything below the title, as Markdown.
    pub body: String,
    /// The *Fix* section.
    pub fix: String,
    /// The files of the example that triggers the rule.
    pub triggers: Vec<ExampleFile>,
    /// The files of the example that does not.
    pub silent: Vec<ExampleFile>,
    /// For which clauses a finding is evidence.
    pub standards: Vec<Mapping>,
    /// Lines of the *Standards* section that name no known clause; a test wants none.
    pub unknown_standards: Vec<String>,
}

impl Page {
    /// Reads the comment on top of `source`.
    pub(crate) fn read(source: &'static str) -> Self {
        let lines: Vec<&'static str> = source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        let title = lines
            .first()
            .and_then(|line| line.strip_prefix("# "))
            .unwrap_or_default()
            .to_string();
        let below = lines.get(1..).unwrap_or_default();
        let summary: Vec<&str> = below
            .iter()
            .skip_while(|line| line.is_empty())
            .take_while(|line| !line.is_empty())
            .copied()
            .collect();
        let (standards, unknown_standards) = standards(&section(below, "Standards"));
        Self {
            title,
            summary: summary.join(" "),
            body: below.join("\n").trim().to_string(),
            fix: section(below, "Fix").join("\n").trim().to_string(),
            triggers: files(&section(below, "Example that triggers it")),
            silent: files(&section(below, "Example that does not")),
            standards,
            unknown_standards,
        }
    }

    /// The page as Markdown, with the clauses of standards spelled out.
    pub(crate) fn markdown(&self, id: &str, name: &str) -> String {
        let mut text = format!("# {id} {name}: {}\n\n", self.title);
        let body = self
            .body
            .split("## Standards")
            .next()
            .unwrap_or_default()
            .trim_end();
        text.push_str(body);
        text.push_str("\n\n## Standards\n\nA finding of this rule is evidence for:\n\n");
        for mapping in &self.standards {
            let clause = &mapping.clause;
            let only = clause
                .platform
                .map_or(String::new(), |platform| format!(", on {platform}"));
            let _ = writeln!(
                text,
                "- {} {} ({}; {}{only}): {}",
                clause.framework.title,
                clause.id,
                clause.title,
                mapping.strength.as_str(),
                mapping.basis
            );
        }
        text
    }
}

/// The lines below a heading, up to the next one outside of a code block.
fn section(lines: &[&'static str], heading: &str) -> Vec<&'static str> {
    let mut inside = false;
    let mut fenced = false;
    let mut found = Vec::new();
    for line in lines {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        match line.strip_prefix("## ") {
            Some(name) if !fenced => inside = name == heading,
            _ if inside => found.push(*line),
            _ => {}
        }
    }
    found
}

fn files(lines: &[&'static str]) -> Vec<ExampleFile> {
    let mut files: Vec<ExampleFile> = Vec::new();
    let mut open = false;
    for line in lines {
        if let Some(info) = line.strip_prefix("```") {
            open = !open && info.contains(' ');
            if let (true, Some((_, path))) = (open, info.split_once(' ')) {
                files.push(ExampleFile {
                    path,
                    text: String::new(),
                });
            }
        } else if open && let Some(file) = files.last_mut() {
            file.text.push_str(line);
            file.text.push('\n');
        }
    }
    files
}

/// Items read `- framework id, strength: basis`; lines that go on are indented.
fn standards(lines: &[&'static str]) -> (Vec<Mapping>, Vec<String>) {
    let mut mappings = Vec::new();
    let mut unknown = Vec::new();
    for line in lines.iter().filter(|line| !line.is_empty()) {
        match mapping(line) {
            Some(mapping) => mappings.push(mapping),
            None => unknown.push((*line).to_string()),
        }
    }
    (mappings, unknown)
}

fn mapping(line: &'static str) -> Option<Mapping> {
    let (framework, rest) = line.strip_prefix("- ")?.split_once(' ')?;
    let (head, basis) = rest.split_once(": ")?;
    let (id, strength) = head.rsplit_once(", ")?;
    let strength = match strength {
        "direct" => Strength::Direct,
        "partial" => Strength::Partial,
        _ => return None,
    };
    Some(Mapping {
        clause: clause(framework, id)?,
        strength,
        basis,
    })
}
