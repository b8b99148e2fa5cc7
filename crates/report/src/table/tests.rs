//! Tables in each of their forms.

use super::*;

fn table() -> Table {
    let mut table = Table::new(&[
        Column::long("identity"),
        Column::number("actions"),
        Column::text("note"),
    ]);
    table.push([
        "arn:aws:iam::111122223333:role/a-rather-long-name".into(),
        "7".into(),
        "".into(),
    ]);
    table.push(["=short,\tone".into(), "1,200".into(), "".into()]);
    table
}

/// Without colors.
fn bare(text: &str) -> String {
    let mut out = String::new();
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

#[test]
fn a_terminal_gets_aligned_columns_that_fit() {
    let text = bare(&table().terminal(40, "  "));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(
        lines[0].starts_with("  identity ") && lines[0].ends_with(" actions"),
        "{text}"
    );
    assert!(
        lines[1].contains('…') && lines[1].ends_with("a-rather-long-name        7"),
        "{text}"
    );
    assert!(
        lines[2].starts_with("  =short,\\tone ") && lines[2].ends_with("1,200"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.chars().count() <= 40));
}

#[test]
fn reasons_stand_below_where_they_do_not_fit_beside() {
    let mut table = Table::new(&[Column::long("identity"), Column::reason("condition")]);
    table.push([
        "role/a".into(),
        "the address of the caller is one of these".into(),
    ]);
    table.push(["role/b".into(), "".into()]);
    let wide = bare(&table.terminal(80, ""));
    assert_eq!(wide.lines().count(), 3, "{wide}");
    let narrow = bare(&table.terminal(40, ""));
    let lines: Vec<&str> = narrow.lines().collect();
    assert_eq!(
        lines,
        [
            "identity",
            "role/a",
            "      the address of the caller is one",
            "      of these",
            "role/b"
        ]
    );
}

#[test]
fn a_pipe_gets_whole_texts_between_tabs() {
    assert_eq!(
        table().plain(),
        "arn:aws:iam::111122223333:role/a-rather-long-name\t7\t\n=short,\\tone\t1,200\t\n"
    );
}

#[test]
fn a_spreadsheet_gets_no_formula() {
    let csv = table().csv();
    assert!(csv.starts_with("identity,actions,note\r\n"), "{csv}");
    assert!(csv.contains("\"'=short,\tone\",\"1,200\","), "{csv}");
}
