//! Tables: aligned for a terminal, tab-separated for a pipe, CSV for a spreadsheet. One set of rows, three forms.

use anstyle::Style;

use crate::style::{QUIET, paint};
use crate::text::{clean, cut, shortened, width, wrapped};

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    title: &'static str,
    right: bool,
    shrinks: bool,
    sentence: bool,
    below: bool,
}

impl Column {
    /// A column of texts that are shown whole.
    #[must_use]
    pub const fn text(title: &'static str) -> Self {
        Self {
            title,
            right: false,
            shrinks: false,
            sentence: false,
            below: false,
        }
    }

    /// A column of texts that give way on a narrow terminal.
    #[must_use]
    pub const fn long(title: &'static str) -> Self {
        Self {
            title,
            right: false,
            shrinks: true,
            sentence: false,
            below: false,
        }
    }

    /// A column of sentences, which lose their ends on a narrow terminal and not their middles.
    #[must_use]
    pub const fn sentence(title: &'static str) -> Self {
        Self {
            title,
            right: false,
            shrinks: true,
            sentence: true,
            below: false,
        }
    }

    /// A column of sentences that are told to their ends: they stand below their rows where a terminal is too narrow.
    #[must_use]
    pub const fn reason(title: &'static str) -> Self {
        Self {
            below: true,
            ..Self::sentence(title)
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn number(title: &'static str) -> Self {
        Self {
            title,
            right: true,
            shrinks: false,
            sentence: false,
            below: false,
        }
    }
}

/// One cell.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// In a style.
    #[must_use]
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Self {
            text: text.into(),
            style,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            style: Style::new(),
        }
    }
}

/// Columns and rows.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// Between two columns of a terminal.
const GUTTER: &str = "  ";
/// What a column that gives way keeps at least.
const LEAST: usize = 12;
/// What a sentence keeps before anything else gives way.
const SENTENCE_LEAST: usize = 28;

/// Before a sentence that stands below its row.
const BELOW: &str = "      ";
/// How many lines such a sentence has at most.
const LINES: usize = 3;

impl Table {
    /// Without rows yet.
    #[must_use]
    pub fn new(columns: &[Column]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: one cell for each column.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Aligned, at most `limit` columns wide where its texts can give way, each line behind `indent`. Columns
    /// that are empty all the way down are left out.
    #[must_use]
    pub fn terminal(&self, limit: usize, indent: &str) -> String {
        let shown: Vec<(usize, &Column)> = self
            .columns
            .iter()
            .enumerate()
            .filter(|(at, _)| {
                self.rows
                    .iter()
                    .any(|row| row.get(*at).is_some_and(|cell| !cell.text.is_empty()))
            })
            .collect();
        let widths: Vec<usize> = shown
            .iter()
            .map(|(at, column)| {
                let cells = self.rows.iter().filter_map(|row| row.get(*at));
                cells
                    .map(|cell| width(&clean(&cell.text)))
                    .max()
                    .unwrap_or(0)
                    .max(width(column.title))
            })
            .collect();
        let around = |columns: usize| width(indent) + GUTTER.len() * columns.saturating_sub(1);
        let too_wide = widths.iter().sum::<usize>() + around(shown.len()) > limit;
        let below: Vec<usize> = shown
            .iter()
            .filter(|(_, column)| column.below && too_wide)
            .map(|(at, _)| *at)
            .collect();
        let (shown, mut widths): (Vec<_>, Vec<_>) = shown
            .into_iter()
            .zip(widths)
            .filter(|((at, _), _)| !below.contains(at))
            .unzip();
        shrink(&shown, &mut widths, limit.saturating_sub(around(shown.len())));

        let mut out = String::new();
        let header: Vec<Cell> = shown
            .iter()
            .map(|(_, column)| Cell::styled(column.title, QUIET))
            .collect();
        line(
            &mut out,
            indent,
            &shown,
            &widths,
            &header.iter().collect::<Vec<_>>(),
        );
        let missing = Cell::default();
        for row in &self.rows {
            let cells: Vec<&Cell> = shown
                .iter()
                .map(|(at, _)| row.get(*at).unwrap_or(&missing))
                .collect();
            line(&mut out, indent, &shown, &widths, &cells);
            for cell in below.iter().filter_map(|at| row.get(*at)) {
                let text = clean(&cell.text);
                let room = limit.saturating_sub(width(indent) + BELOW.len()).max(LEAST);
                for piece in wrapped(&text, room, LINES)
                    .iter()
                    .filter(|piece| !piece.is_empty())
                {
                    out.push_str(&format!("{indent}{BELOW}{}\n", paint(QUIET, piece)));
                }
            }
        }
        out
    }

    /// One line a row, tabs between cells, no header, nothing shortened: for `cut` and `awk`.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let cells: Vec<_> = row.iter().map(|cell| clean(&cell.text)).collect();
            out.push_str(&cells.join("\t"));
            out.push('\n');
        }
        out
    }

    /// CSV as RFC 4180 has it, with a header. A cell that a spreadsheet would take for a formula is preceded by
    /// an apostrophe.
    #[must_use]
    pub fn csv(&self) -> String {
        let mut out = String::new();
        let titles: Vec<String> = self
            .columns
            .iter()
            .map(|column| column.title.replace(' ', "_"))
            .collect();
        out.push_str(&titles.join(","));
        out.push_str("\r\n");
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| csv_cell(&cell.text)).collect();
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
        out
    }
}

fn csv_cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.len() > 1 {
        "'"
    } else {
        ""
    };
    if guard.is_empty() && !text.contains(['"', ',', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Takes what is too much from the columns that give way: from sentences first, then from the widest.
fn shrink(shown: &[(usize, &Column)], widths: &mut [usize], limit: usize) {
    let mut excess = widths.iter().sum::<usize>().saturating_sub(limit);
    for (of, least) in [(true, SENTENCE_LEAST), (false, LEAST), (true, LEAST)] {
        while excess > 0 {
            let widest = widths
                .iter_mut()
                .zip(shown)
                .filter(|(width, (_, column))| column.shrinks && column.sentence == of && **width > least)
                .max_by_key(|(width, _)| **width);
            let Some((width, _)) = widest else { break };
            *width -= 1;
            excess -= 1;
        }
    }
    // Where that is not enough, what else is wide gives way too.
    while excess > 0 {
        let words = widths.iter_mut().zip(shown);
        let widest = words
            .filter(|(width, (_, column))| !column.right && **width > LEAST.max(column.title.len()))
            .max_by_key(|(width, _)| **width);
        let Some((width, _)) = widest else { break };
        *width -= 1;
        excess -= 1;
    }
}

fn line(out: &mut String, indent: &str, shown: &[(usize, &Column)], widths: &[usize], cells: &[&Cell]) {
    out.push_str(indent);
    let last = cells.len().saturating_sub(1);
    for (at, ((cell, (_, column)), wanted)) in cells.iter().zip(shown).zip(widths).enumerate() {
        let text = clean(&cell.text);
        let text = if column.sentence {
            cut(&text, *wanted)
        } else {
            shortened(&text, *wanted)
        };
        let fill = " ".repeat(wanted.saturating_sub(width(&text)));
        if column.right {
            out.push_str(&fill);
        }
        if cell.style == Style::new() {
            out.push_str(&text);
        } else {
            out.push_str(&paint(cell.style, &text).to_string());
        }
        if at < last {
            if !column.right {
                out.push_str(&fill);
            }
            out.push_str(GUTTER);
        }
    }
    while out.ends_with(' ') {
        out.pop();
    }
    out.push('\n');
}

#[cfg(test)]
mod tests;
