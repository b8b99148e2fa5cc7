//! What a gate says, as one comment on a pull request.
//!
//! The first line marks the comment, so that the next run can edit it in its place.

use leastwise_governance::gate::{Item, Verdict};

use super::text::word;
use super::{Told, accepted_words, excuse_words, title, verdict_words};
use crate::path;
use crate::text::{clean, cut};

/// What the comment begins with.
const MARK: &str = "<!-- leastwise check -->";
/// So many items of a sort are listed; the rest are counted.
const LISTED: usize = 20;
/// So many paths are shown.
const PATHS: usize = 1;
/// How long a line of text may be.
const LONG: usize = 400;
/// How wide paths are.
const WIDTH: usize = 100;

/// The verdict, what is new with its place, what cannot be told, what people have accepted and what ends soon. Short, whatever
/// the change: long lists are cut and the rest is counted.
#[must_use]
pub fn comment(told: &Told<'_>) -> String {
    let mark = match told.verdict() {
        Verdict::Passes if told.excused() > 0 => "⚠️",
        Verdict::Passes => "✅",
        Verdict::Fails(_) => "❌",
        Verdict::Unknown => "❓",
    };
    let mut out = format!("{MARK}\n### {mark} leastwise check {}\n", verdict_words(told));
    if let Some(base) = told.base {
        out.push_str(&format!("\nCompared with {}.\n", code(base)));
    }
    let excuses: Vec<String> = excuse_words(told)
        .iter()
        .map(|(line, said)| {
            let place = line.map_or_else(String::new, |line| {
                format!("{} ", code(&format!("{}:{line}", told.excuses.file)))
            });
            format!("{place}{}", escaped(said))
        })
        .collect();
    section(
        &mut out,
        "⚠️ What the change does to what is accepted",
        &excuses,
        &|line: &String| line.clone(),
    );
    let (failing, below): (Vec<&Item>, Vec<&Item>) = told.open().partition(|item| told.fails(item));
    section(&mut out, "To decide on", &failing, &|item| line(told, item));
    paths(told, &failing, &mut out);
    section(
        &mut out,
        &format!("Below `{}`", told.threshold),
        &below,
        &|item| line(told, item),
    );
    let unknown: Vec<String> = told
        .gate
        .unknown
        .iter()
        .map(|unknown| {
            let because: Vec<String> = unknown
                .because
                .iter()
                .map(|because| match &*because.settle {
                    "" => escaped(&because.gap),
                    settle => format!("{} → {}", escaped(&because.gap), escaped(settle)),
                })
                .collect();
            let place = unknown
                .place
                .as_ref()
                .map_or_else(String::new, |place| format!("{} ", code(&place.to_string())));
            format!("{place}{}: {}", escaped(&unknown.what), because.join("; "))
        })
        .collect();
    section(&mut out, "Cannot be told", &unknown, &|line: &String| {
        line.clone()
    });
    let accepted: Vec<&Item> = told.accepted().collect();
    section(&mut out, "Accepted", &accepted, &|item| {
        format!("{} ({})", line(told, item), escaped(&accepted_words(told, item)))
    });
    let lapsed: Vec<String> = told
        .lapsed
        .iter()
        .map(|lapsed| {
            let when = if lapsed.over { "ended" } else { "ends" };
            format!(
                "{} of {} {when} on {}",
                code(&lapsed.id),
                escaped(&lapsed.owner),
                lapsed.expires
            )
        })
        .collect();
    section(&mut out, "Exceptions", &lapsed, &|line: &String| line.clone());
    if told.gate.less > 0 {
        out.push_str(&format!("\nLess than before: {}.\n", told.gate.less));
    }
    out
}

fn section<T>(out: &mut String, heading: &str, all: &[T], line: &dyn Fn(&T) -> String) {
    if all.is_empty() {
        return;
    }
    out.push_str(&format!("\n**{heading}**\n\n"));
    for one in all.iter().take(LISTED) {
        out.push_str(&format!("- {}\n", cut(&line(one), LONG)));
    }
    if let Some(more) = all.len().checked_sub(LISTED).filter(|more| *more > 0) {
        out.push_str(&format!("- and {more} more\n"));
    }
}

fn line(told: &Told<'_>, item: &Item) -> String {
    let place = item
        .place
        .as_ref()
        .map_or_else(String::new, |place| format!("{} ", code(&place.to_string())));
    let standing = match item.standing.is_accepted() {
        true => String::new(),
        false => match accepted_words(told, item) {
            words if words.is_empty() => words,
            words => format!(" ({})", escaped(&words)),
        },
    };
    format!(
        "**{}** {}: {place}{}{standing}",
        item.severity,
        word(item),
        escaped(&title(item))
    )
}

/// The ways of the worst items, folded.
fn paths(told: &Told<'_>, failing: &[&Item], out: &mut String) {
    let with_path = failing.iter().filter(|item| !item.path.is_empty());
    for item in with_path.take(PATHS) {
        let text = path::text(told.world.snapshot(), &item.path, WIDTH);
        let plain = without_colors(&text);
        // A fence longer than any in the text.
        out.push_str(&format!(
            "\n<details><summary>path of {}</summary>\n\n`````text\n{}`````\n\n</details>\n",
            html(item.who.first().map_or("", |who| &*who.id)),
            plain.replace("`````", "` ` ` ` `"),
        ));
    }
}

fn without_colors(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c == 'm' {
                    break;
                }
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn code(text: &str) -> String {
    format!("`{}`", clean(text).replace('`', "'"))
}

/// Text from an estate as it stands, whatever it holds: no markup, no mention of anybody, no link.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in clean(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // No mention.
            '@' => out.push_str("@\u{200b}"),
            c => out.push(c),
        }
    }
    out
}

fn html(text: &str) -> String {
    clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{code, escaped};

    #[test]
    fn nothing_in_an_estate_is_markup() {
        assert_eq!(escaped("a*b_c @team <b>"), "a\\*b\\_c @\u{200b}team &lt;b&gt;");
        assert_eq!(code("a`b"), "`a'b`");
    }
}
