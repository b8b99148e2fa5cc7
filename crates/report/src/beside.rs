//! What is held today beside what would do: native texts in two columns.

use serde_json::Value;

use crate::excess::ExcessView;
use crate::fit::FitView;
use crate::style::{QUIET, STRONG, paint};
use crate::text::{clean, grouped, width as columns, wrapped};

/// How many lines of a native text are shown for one of its own.
const LINES: usize = 8;

/// What an identity holds by color, in two lines, and its statements beside the role that would do.
#[must_use]
pub fn text(excess: &ExcessView<'_>, fit: &FitView<'_>, width: usize) -> String {
    let counts = &excess.counts;
    let mut out = format!(
        "  {} actions: {} needed, {}, {} that no log would have shown\n",
        grouped(excess.held),
        grouped(counts.needed),
        paint(STRONG, format!("{} excess", grouped(counts.excess))),
        grouped(counts.unobservable),
    );
    if counts.used > 0 {
        let names: Vec<&str> = excess.actions.used.iter().map(|name| &**name).collect();
        let said = format!(
            "{} used and not declared, its owner confirms or refuses: {}",
            grouped(counts.used),
            names.join(", ")
        );
        for line in wrapped(&said, width.saturating_sub(2), LINES) {
            out.push_str(&format!("  {line}\n"));
        }
    }
    let column = (width.saturating_sub(5) / 2).max(24);
    let mut left = Vec::new();
    for grant in &excess.grants {
        let Some(step) = grant.steps.last() else { continue };
        left.push(clean(&step.name).into_owned());
        left.extend(lines(&step.statement, column.saturating_sub(2)));
    }
    // What the one does not take, the other may.
    let column = left
        .iter()
        .map(|line| columns(line))
        .max()
        .unwrap_or(0)
        .min(column);
    let room = width.saturating_sub(column + 5).max(24);
    let right = lines(fit.native.as_deref().unwrap_or(&fit.role), room);
    out.push_str(&format!(
        "\n  {:column$} {}\n",
        "today", "the role that gives what is needed",
    ));
    for at in 0..left.len().max(right.len()) {
        let (one, other) = (left.get(at).map_or("", |line| line), right.get(at));
        let one: String = wrapped(one, column, 1).concat();
        let fill = column.saturating_sub(columns(&one));
        let line = format!(
            "  {one}{} {} {}",
            " ".repeat(fill),
            paint(QUIET, "│"),
            other.map_or("", |line| line)
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A native text in lines of at most so many columns: JSON as compact as they allow.
fn lines(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    match serde_json::from_str::<Value>(text) {
        Ok(value) => json(&value, "", "", width, &mut out),
        Err(_) => {
            for line in text.lines() {
                out.extend(wrapped(&clean(line), width, LINES));
            }
        }
    }
    out
}

/// A value behind `lead`, with `tail` behind it: on one line where it fits, else its parts a little further in.
fn json(value: &Value, lead: &str, tail: &str, width: usize, out: &mut Vec<String>) {
    let whole = format!("{lead}{}{tail}", flat(value));
    let inner = format!("{}  ", " ".repeat(lead.len() - lead.trim_start().len()));
    let (open, close, parts): (_, _, Vec<(String, &Value)>) = match value {
        Value::Array(all) if columns(&whole) > width => {
            ("[", "]", all.iter().map(|one| (inner.clone(), one)).collect())
        }
        Value::Object(all) if columns(&whole) > width => (
            "{",
            "}",
            all.iter()
                .map(|(key, one)| (format!("{inner}\"{key}\": "), one))
                .collect(),
        ),
        _ => {
            out.extend(wrapped(&whole, width, LINES));
            return;
        }
    };
    out.push(format!("{lead}{open}"));
    for (at, (lead, one)) in parts.iter().enumerate() {
        let tail = if at + 1 < parts.len() { "," } else { "" };
        json(one, lead, tail, width, out);
    }
    out.push(format!("{}{close}{tail}", inner.strip_suffix("  ").unwrap_or("")));
}

/// JSON on one line, with spaces as people write them.
fn flat(value: &Value) -> String {
    match value {
        Value::Array(all) => format!("[{}]", all.iter().map(flat).collect::<Vec<_>>().join(", ")),
        Value::Object(all) => {
            let parts = all.iter().map(|(key, one)| format!("\"{key}\": {}", flat(one)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn json_is_as_compact_as_the_column_allows() {
        let text = r#"{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["arn:aws:s3:::a-bucket/*"]}"#;
        assert_eq!(
            lines(text, 34),
            [
                "{",
                "  \"Effect\": \"Allow\",",
                "  \"Action\": [\"s3:GetObject\"],",
                "  \"Resource\": [",
                "    \"arn:aws:s3:::a-bucket/*\"",
                "  ]",
                "}"
            ]
        );
        assert_eq!(lines(text, 200).len(), 1);
    }

    #[test]
    fn no_json_is_folded() {
        assert_eq!(lines("path \"secret/*\" {\n}", 40), ["path \"secret/*\" {", "}"]);
    }
}
