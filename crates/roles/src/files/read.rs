//! Files read strictly: first every field against the table, then the values.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leastwise_document::{Item, Limits, Node, Position, Value, read};
use leastwise_model::{RolePermission, Text, Written};

use super::fields::{BUSINESS_FILE, BUSINESS_ROLES, Field, ROLE, Shape};
use super::role::{Assignment, BusinessRole, Due, Evidence, Permission, Role, RoleFault, State};
use leastwise_model::nearest;

/// What one file says.
pub(super) enum Said {
    Role(Box<Role>),
    Business(Vec<BusinessRole>),
}

/// The one document of a file, or what is wrong with it.
pub(super) fn document(file: &Text, bytes: &[u8]) -> Result<Node, Vec<RoleFault>> {
    let limits = Limits {
        stream_keys: &[],
        ..Limits::default()
    };
    let mut items: Vec<Item> = Vec::new();
    let found = read(bytes, &limits, &mut |item| items.push(item));
    let mut faults: Vec<RoleFault> = found
        .iter()
        .map(|fault| RoleFault::new(file, fault.at, fault.to_string(), ""))
        .collect();
    if let Some(second) = items.get(1) {
        let what = "a second document begins: a role has a file of its own";
        faults.push(RoleFault::new(
            file,
            second.node.at,
            what,
            "move it to another file",
        ));
    }
    match items.into_iter().next() {
        Some(item) if faults.is_empty() && item.pointer.is_empty() => Ok(item.node),
        Some(item) if faults.is_empty() => Err(vec![RoleFault::new(
            file,
            item.node.at,
            "a list stands where a role is expected",
            "begin with `id:`",
        )]),
        None if faults.is_empty() => Err(vec![RoleFault {
            file: file.clone(),
            at: None,
            what: "says nothing".into(),
            hint: "begin with `id:`, or take the file away".into(),
        }]),
        _ => Err(faults),
    }
}

/// Which table a document is held against, and what people call what it holds.
pub(super) fn table(node: &Node) -> (&'static [Field], &'static str) {
    match node.get(BUSINESS_ROLES) {
        Some(_) => (BUSINESS_FILE, "a file of business roles"),
        None => (ROLE, "a role"),
    }
}

/// What a file says.
pub(super) fn file(file: &Text, bytes: &[u8]) -> Result<Said, Vec<RoleFault>> {
    let node = document(file, bytes)?;
    let (fields, title) = table(&node);
    let mut check = Check {
        file,
        faults: Vec::new(),
    };
    check.map(&node, fields, title);
    let business = node.get(BUSINESS_ROLES).is_some();
    if !business
        && check.faults.is_empty()
        && ["permissions", "includes"]
            .iter()
            .all(|key| node.get(key).is_none())
    {
        check.fault(
            node.at,
            "the role holds nothing".into(),
            "list `permissions`, or ids of roles under `includes`".into(),
        );
    }
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    let defect = || {
        vec![RoleFault::new(
            file,
            node.at,
            "a field was checked and cannot be read",
            "please report this",
        )]
    };
    if business {
        let list = node.get(BUSINESS_ROLES).map_or(&[][..], Node::list);
        let roles: Option<Vec<BusinessRole>> = list.iter().map(|node| business_role(file, node)).collect();
        return roles.map(Said::Business).ok_or_else(defect);
    }
    role(file, &node)
        .map(|role| Said::Role(Box::new(role)))
        .ok_or_else(defect)
}

/// Holds nodes against fields.
struct Check<'a> {
    file: &'a Text,
    faults: Vec<RoleFault>,
}

impl Check<'_> {
    fn fault(&mut self, at: Position, what: String, hint: String) {
        self.faults.push(RoleFault::new(self.file, at, what, hint));
    }

    fn map(&mut self, node: &Node, fields: &[Field], title: &str) {
        if !node.is_map() {
            let what = format!("{} stands where {title} is expected", node.kind_name());
            return self.fault(node.at, what, format!("it has the fields {}", names(fields)));
        }
        for (key, value) in node.entries() {
            match fields.iter().find(|field| field.name == &*key.text) {
                Some(field) => self.field(value, field),
                None => {
                    let meant = nearest(&key.text, fields.iter().map(|field| field.name))
                        .map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
                    let what = format!("`{}` is no field of {title}{meant}", key.text);
                    self.fault(key.at, what, format!("it has the fields {}", names(fields)));
                }
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if node.get(field.name).is_none() {
                self.fault(
                    node.at,
                    format!("{title} needs `{}`", field.name),
                    field.about.to_owned(),
                );
            }
        }
    }

    fn field(&mut self, node: &Node, field: &Field) {
        match &field.shape {
            Shape::Map(fields) => self.map(node, fields, &format!("`{}`", field.name)),
            Shape::Maps(fields) => {
                for element in self.list(node, field) {
                    self.map(element, fields, &format!("an element of `{}`", field.name));
                }
            }
            Shape::Texts => {
                for element in self.list(node, field) {
                    self.text(element, field);
                }
            }
            Shape::Ids => {
                for element in self.list(node, field) {
                    self.id(element, field);
                }
            }
            Shape::Text => {
                self.text(node, field);
            }
            Shape::Id => self.id(node, field),
            Shape::Word(words) => {
                if let Some(text) = self.text(node, field)
                    && !words.contains(&text)
                {
                    let what = format!("`{}` cannot be `{text}`", field.name);
                    self.fault(node.at, what, format!("it is one of {}", words.join(", ")));
                }
            }
            Shape::Day => {
                if let Some(text) = self.text(node, field)
                    && moment(text).is_none()
                {
                    let what = format!(
                        "`{}` cannot be `{text}`: there is no such day or instant",
                        field.name
                    );
                    self.fault(node.at, what, "write 2027-03-31, or 2027-03-31T12:00:00Z".into());
                }
            }
            Shape::Native => {
                if node.entries().is_empty() {
                    self.expected(node, field, "a map");
                }
            }
        }
    }

    fn expected(&mut self, node: &Node, field: &Field, kind: &str) {
        let is = match &node.value {
            Value::List(list) if list.is_empty() => "an empty list",
            Value::Map(map) if map.is_empty() => "an empty map",
            _ => node.kind_name(),
        };
        let what = format!("`{}` is {is}, where {kind} is expected", field.name);
        self.fault(node.at, what, field.about.to_owned());
    }

    fn list<'n>(&mut self, node: &'n Node, field: &Field) -> &'n [Node] {
        if node.list().is_empty() {
            self.expected(node, field, "a list with something in it");
        }
        node.list()
    }

    fn text<'n>(&mut self, node: &'n Node, field: &Field) -> Option<&'n str> {
        let Some(text) = node.text() else {
            if matches!(node.value, Value::Number(_) | Value::Bool(_)) {
                let what = format!(
                    "`{}` is {}, where a text is expected",
                    field.name,
                    node.kind_name()
                );
                self.fault(node.at, what, "write it in quotes".into());
            } else {
                self.expected(node, field, "a text");
            }
            return None;
        };
        if text.is_empty() {
            self.fault(
                node.at,
                format!("`{}` is empty", field.name),
                field.about.to_owned(),
            );
            return None;
        }
        if text.chars().any(char::is_control) {
            let what = format!("`{}` holds a line break or another control character", field.name);
            self.fault(node.at, what, "write it on one line, or fold it with `>-`".into());
            return None;
        }
        Some(text)
    }

    fn id(&mut self, node: &Node, field: &Field) {
        if let Some(text) = self.text(node, field)
            && !is_id(text)
        {
            let what = format!("`{text}` cannot be an id");
            let hint =
                "an id has up to 63 lower-case letters, digits and `-`, and neither begins nor ends with `-`";
            self.fault(node.at, what, hint.into());
        }
    }
}

fn names(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
    names.join(", ")
}

fn is_id(text: &str) -> bool {
    text.len() <= 63
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The instant, or the end of the day.
fn moment(text: &str) -> Option<Timestamp> {
    // One spelling of each moment, so that files can be compared as text.
    let spelled = |shape: &str| {
        text.len() == shape.len()
            && text
                .chars()
                .zip(shape.chars())
                .all(|(c, of)| if of == '0' { c.is_ascii_digit() } else { c == of })
    };
    if spelled("0000-00-00T00:00:00Z") {
        return text.parse().ok();
    }
    if !spelled("0000-00-00") {
        return None;
    }
    let next = text.parse::<Date>().ok()?.tomorrow().ok()?;
    Some(next.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn written(node: &Node, key: &str) -> Option<Written> {
    node.get(key).and_then(one)
}

fn one(node: &Node) -> Option<Written> {
    Some(Written {
        text: node.text()?.into(),
        at: node.at,
    })
}

fn several(node: Option<&Node>, key: &str) -> Vec<Written> {
    let list = node.and_then(|node| node.get(key)).map_or(&[][..], Node::list);
    list.iter().filter_map(one).collect()
}

fn due(node: &Node, key: &str) -> Option<Due> {
    let written = written(node, key)?;
    let end = moment(&written.text)?;
    Some(Due { written, end })
}

fn maps<T>(node: &Node, key: &str, read: impl Fn(&Node) -> Option<T>) -> Option<Vec<T>> {
    node.get(key)
        .map_or(&[][..], Node::list)
        .iter()
        .map(read)
        .collect()
}

fn role(file: &Text, node: &Node) -> Option<Role> {
    let sod = node.get("sod");
    let review = node.get("review");
    Some(Role {
        file: file.clone(),
        id: written(node, "id")?,
        name: written(node, "name")?,
        purpose: written(node, "purpose"),
        platform: written(node, "platform")?,
        environment: written(node, "environment")?,
        owner: written(node, "owner"),
        sponsor: written(node, "sponsor"),
        state: State::named(&written(node, "state")?.text)?,
        includes: several(Some(node), "includes"),
        permissions: maps(node, "permissions", permission)?,
        assigned_to: maps(node, "assigned_to", assignment)?,
        expires: due(node, "expires"),
        duties: several(sod, "duties"),
        exceptions: several(sod, "exceptions"),
        review_tier: review.and_then(|review| written(review, "tier")),
        review_last: review.and_then(|review| due(review, "last")),
        evidence: maps(node, "evidence", evidence)?,
    })
}

fn permission(node: &Node) -> Option<Permission> {
    Some(Permission {
        what: RolePermission {
            actions: several(Some(node), "actions"),
            resources: several(Some(node), "resources"),
            condition: node.get("condition").cloned(),
            at: node.at,
        },
        reason: written(node, "reason")?,
    })
}

fn assignment(node: &Node) -> Option<Assignment> {
    Some(Assignment {
        identity: written(node, "identity")?,
        workload: written(node, "workload"),
        expires: due(node, "expires"),
    })
}

fn evidence(node: &Node) -> Option<Evidence> {
    Some(Evidence {
        source: written(node, "source")?,
        window: written(node, "window"),
        granularity: written(node, "granularity"),
        digest: written(node, "digest"),
    })
}

fn business_role(file: &Text, node: &Node) -> Option<BusinessRole> {
    Some(BusinessRole {
        file: file.clone(),
        id: written(node, "id")?,
        name: written(node, "name"),
        owner: written(node, "owner"),
        why: written(node, "why")?,
        roles: several(Some(node), "roles"),
    })
}
