//! What is asked beside users, roles and the organization: `data/collect.tsv`.

use leastwise_document::Node;

const ASKED: &str = include_str!("../../data/collect.tsv");

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub regional: bool,
    pub list: &'static str,
    pub at: &'static str,
    pub follow: &'static str,
    pub of: &'static str,
    pub needs: &'static str,
}

/// The rows of the table.
pub(super) fn rows() -> impl Iterator<Item = Row> {
    let lines = ASKED.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Row {
            regional: fields.next()? == "region",
            list: fields.next()?,
            at: fields.next()?,
            follow: fields.next()?,
            of: fields.next()?,
            needs: fields.next()?,
        })
    })
}

/// The different commands that list.
pub(super) fn lists(regional: bool) -> Vec<&'static str> {
    let mut found: Vec<&str> = Vec::new();
    for row in rows().filter(|row| row.regional == regional) {
        if !found.contains(&row.list) {
            found.push(row.list);
        }
    }
    found
}

/// A text with fields of an element in its braces; `None` where the element lacks one.
pub(super) fn filled(text: &str, element: &Node, account: &str, region: &str) -> Option<String> {
    let mut made = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('{') {
        let (name, tail) = tail.split_once('}')?;
        made.push_str(head);
        made.push_str(match name {
            "" => element.text()?,
            "account" => account,
            "region" => region,
            field => element.get(field)?.text()?,
        });
        rest = tail;
    }
    made.push_str(rest);
    Some(made)
}
