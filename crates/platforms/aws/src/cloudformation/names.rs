//! Names and ARNs of what a template makes.
//!
//! Rows of `data/cloudformation-types.tsv` say which property names a resource, what `Ref` gives, and how its ARN is formed.

use std::sync::OnceLock;

use leastwise_document::Node;

use super::scope::Scope;
use crate::policy::{is_settled, marked};

/// One type.
#[derive(Debug)]
struct Row {
    kind: &'static str,
    /// The property that names it; empty where AWS does.
    name: &'static str,
    /// What `Ref` gives.
    gives: &'static str,
    /// The attribute that is the ARN.
    attribute: &'static str,
    /// How the ARN is formed; empty where the name does not tell it.
    form: &'static str,
}

fn rows() -> &'static [Row] {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    ROWS.get_or_init(|| lines().filter_map(parse).collect())
}

fn lines() -> impl Iterator<Item = &'static str> {
    let text = include_str!("../../data/cloudformation-types.tsv");
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn parse(line: &'static str) -> Option<Row> {
    let fields: Vec<&str> = line.split('\t').collect();
    let [kind, name, gives, attribute, form, _source] = fields.as_slice() else {
        return None;
    };
    Some(Row {
        kind,
        name,
        gives,
        attribute,
        form,
    })
}

impl Scope<'_> {
    fn resource(&self, logical: &str) -> Option<(&Node, &'static Row)> {
        let node = self.section("Resources")?.get(logical)?;
        let kind = node.get("Type").and_then(Node::text)?;
        Some((node, rows().iter().find(|row| row.kind == kind)?))
    }

    fn physical(&self, logical: &str) -> Option<&str> {
        let known = self.stack?.physical.get(logical)?;
        Some(known)
    }

    /// The name of a resource: the one that a property gives it, the stack's, or a mark. Of what IAM holds, whose names
    /// are identities, one that CloudFormation makes up is told with `~` in the place of what is not known.
    pub fn name(&self, logical: &str) -> String {
        self.naming(logical, || self.name_found(logical))
    }

    fn name_found(&self, logical: &str) -> String {
        let Some((node, row)) = self.resource(logical) else {
            return marked(logical);
        };
        let given = node
            .get("Properties")
            .and_then(|properties| properties.get(row.name));
        if let Some(given) = given.and_then(|given| self.words(given, 0)) {
            return given;
        }
        if let Some(physical) = self.physical(logical) {
            return match row.gives {
                "name" => physical.to_owned(),
                _ => physical.rsplit(['/', ':']).next().unwrap_or(physical).to_owned(),
            };
        }
        if !row.kind.starts_with("AWS::IAM::") {
            return marked(logical);
        }
        self.made.borrow_mut().insert(logical.into());
        match self.stack {
            Some(stack) => format!("{}-{logical}-~", stack.name),
            None => format!("~{}-{logical}-~", self.template.file),
        }
    }

    /// The ARN of a resource, with marks where it is not known.
    pub fn arn(&self, logical: &str) -> String {
        let Some((node, row)) = self.resource(logical) else {
            return marked(logical);
        };
        if let Some(physical) = self.physical(logical).filter(|known| known.starts_with("arn:")) {
            return physical.to_owned();
        }
        if row.form.is_empty() {
            return marked(logical);
        }
        let path = node
            .get("Properties")
            .and_then(|properties| properties.get("Path"));
        let path = path.map_or_else(
            || "/".into(),
            |path| self.naming(logical, || self.words(path, 0).unwrap_or_else(|| "/".into())),
        );
        self.formed(row.form, &path, &self.name(logical))
    }

    /// An ARN of a form.
    fn formed(&self, form: &str, path: &str, name: &str) -> String {
        let region = self.region();
        let mut made = String::new();
        let mut letters = form.chars();
        while let Some(letter) = letters.next() {
            if letter != '$' {
                made.push(letter);
                continue;
            }
            made.push_str(match letters.next() {
                Some('p') => self.partition(),
                Some('r') => &region,
                Some('a') => self.account,
                Some('P') => path,
                _ => name,
            });
        }
        made
    }

    /// The ARN of something of a type that has this name, which may be an ARN already.
    pub fn arn_named(&self, kind: &str, name: &str) -> String {
        if name.starts_with("arn:") || !is_settled(name) {
            return name.to_owned();
        }
        let row = rows().iter().find(|row| row.kind == kind);
        row.map_or_else(|| marked(name), |row| self.formed(row.form, "/", name))
    }

    fn region(&self) -> String {
        match self.stack {
            Some(stack) => stack.region.to_string(),
            None => marked("AWS::Region"),
        }
    }

    /// What `Ref` gives of a resource.
    pub fn reference(&self, logical: &str) -> String {
        match self.resource(logical) {
            Some((_, row)) if row.gives == "name" => self.name(logical),
            Some((_, row)) if row.gives == "arn" => self.arn(logical),
            _ => self
                .physical(logical)
                .map_or_else(|| marked(logical), str::to_owned),
        }
    }

    /// What `Fn::GetAtt` gives of a resource.
    pub fn attribute(&self, logical: &str, attribute: &str) -> String {
        match self.resource(logical) {
            Some((_, row)) if row.attribute == attribute => self.arn(logical),
            _ => marked(&format!("{logical}.{attribute}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_well_formed() {
        for line in lines() {
            let row = parse(line).unwrap_or_else(|| panic!("malformed row: {line}"));
            assert!(matches!(row.gives, "name" | "arn" | "other"), "{line}");
            assert!(row.form.is_empty() || row.form.starts_with("arn:$p:"), "{line}");
        }
        assert_eq!(rows().len(), lines().count());
    }
}
