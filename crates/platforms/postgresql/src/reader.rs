//! Takes exports and keeps of them what answers need.

use std::collections::BTreeMap;

use leastwise_document::{Item, Node, pointer_join};
use leastwise_model::{FileIndex, Location, Reader, Remark, Settings, Snapshot, Taken, Text};

use crate::acl::{self, Acl};
use crate::dump::{self, Dump};
use crate::object::{
    Database, DefaultPrivileges, Export, Function, HbaRule, Membership, Owned, Policy, Relation, Role, Use,
    View,
};
use crate::{compile, hba, mint, server};

/// The value of `leastwise_export` that this reader knows.
const FORMAT: &str = "postgresql/v1";

/// Reads exports of servers.
#[derive(Debug, Default)]
pub(crate) struct ServerReader {
    settings: Settings,
    exports: Vec<(FileIndex, Export)>,
    /// By the folder in which they stand.
    dumps: BTreeMap<Text, Dump>,
    /// Files of `pg_hba.conf`: where they stand, their rules, and lines that are none.
    hba: Vec<(FileIndex, Text, Vec<HbaRule>)>,
    remarks: Vec<Remark>,
}

impl ServerReader {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            settings: settings.clone(),
            ..Self::default()
        }
    }
}

impl Reader for ServerReader {
    fn take(&mut self, file: FileIndex, _path: &str, item: Item) -> Taken {
        let format = item.node.get("leastwise_export").and_then(Node::text);
        if !format.is_some_and(|format| format.starts_with("postgresql/")) || item.from.is_some() {
            return Taken::No(Box::new(item));
        }
        let mut reading = Reading {
            file,
            remarks: &mut self.remarks,
        };
        if format != Some(FORMAT) {
            reading.odd(
                &item.node,
                "",
                "it was made by a query of another version of this program",
            );
            return Taken::Yes;
        }
        if let Some(export) = reading.export(&item.node, &item.pointer) {
            self.exports.push((file, export));
        }
        Taken::Yes
    }

    fn take_text(&mut self, file: FileIndex, path: &str, text: &str) -> bool {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if path.rsplit('/').next() == Some(hba::FILE_NAME) || hba::is_hba(text) {
            let (rules, odd) = hba::read(file, text);
            self.remarks.extend(odd.into_iter().map(|odd| Remark {
                location: Some(Location {
                    file,
                    line: odd.line,
                    column: 1,
                    pointer: Box::default(),
                }),
                what: format!("a line of pg_hba.conf is left out: {}", odd.what).into(),
                hint: "correct it; the server refuses the whole file".into(),
                loses: true,
            }));
            self.hba.push((file, folder.into(), rules));
            return true;
        }
        if !dump::is_dump(text) {
            return false;
        }
        self.dumps.entry(folder.into()).or_default().take(file, text);
        true
    }

    fn compile(mut self: Box<Self>, snapshot: &mut Snapshot) {
        for (folder, dump) in std::mem::take(&mut self.dumps) {
            let told = server::version(&folder, &self.settings);
            self.exports
                .extend(dump.exports(&folder, told, &mut self.remarks));
        }
        snapshot.remarks.append(&mut self.remarks);
        let mut servers = server::partition(self.exports, &self.settings, snapshot);
        server::admit(&mut servers, self.hba, snapshot);
        mint::add(&mut servers, snapshot);
        compile::compile(&servers, snapshot);
    }
}

struct Reading<'r> {
    file: FileIndex,
    remarks: &'r mut Vec<Remark>,
}

/// An element of a list, with its pointer.
#[derive(Clone, Copy)]
struct Place<'n> {
    node: &'n Node,
    pointer: &'n str,
}

fn text(node: &Node, key: &str) -> Option<Text> {
    node.get(key).and_then(Node::scalar).map(Text::from)
}

fn flag(node: &Node, key: &str) -> Option<bool> {
    node.get(key).and_then(Node::boolean)
}

fn truth(node: &Node, key: &str) -> bool {
    flag(node, key).unwrap_or(false)
}

fn number<N: std::str::FromStr>(node: &Node, key: &str) -> Option<N> {
    node.get(key).and_then(Node::scalar)?.parse().ok()
}

fn letter(node: &Node, key: &str) -> Option<char> {
    let text = node.get(key).and_then(Node::text)?;
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

fn texts(node: &Node, key: &str) -> Vec<Text> {
    let list = node.get(key).map(Node::list).unwrap_or_default();
    list.iter().filter_map(Node::scalar).map(Text::from).collect()
}

impl Reading<'_> {
    fn location(&self, node: &Node, pointer: &str) -> Location {
        Location {
            file: self.file,
            line: node.at.line,
            column: node.at.column,
            pointer: pointer.into(),
        }
    }

    fn odd(&mut self, node: &Node, pointer: &str, why: &str) {
        let place = if pointer.is_empty() {
            "the export"
        } else {
            "a part of the export"
        };
        self.remarks.push(Remark {
            location: Some(self.location(node, pointer)),
            what: format!("{place} is left out: {why}").into(),
            hint: "run the export query of this program again and keep its output as it is".into(),
            loses: true,
        });
    }

    /// The elements of one list, each read by `each`; what cannot be read is told.
    fn list<T>(
        &mut self,
        of: Place<'_>,
        key: &str,
        each: impl Fn(&mut Self, Place<'_>) -> Option<T>,
    ) -> Vec<T> {
        let pointer = pointer_join(of.pointer, key);
        let mut found = Vec::new();
        match of.node.get(key) {
            Some(list) if list.is_list() => {
                for (at, node) in list.list().iter().enumerate() {
                    let pointer = format!("{pointer}/{at}");
                    match each(
                        self,
                        Place {
                            node,
                            pointer: &pointer,
                        },
                    ) {
                        Some(one) => found.push(one),
                        None => self.odd(node, &pointer, "it lacks what every such element has"),
                    }
                }
            }
            Some(null) if null.is_null() => {}
            Some(other) => self.odd(other, &pointer, "it is no list"),
            None => self.odd(of.node, of.pointer, &format!("`{key}` is missing")),
        }
        found
    }

    fn export(&mut self, node: &Node, pointer: &str) -> Option<Export> {
        let all = Place { node, pointer };
        let server = node.get("server")?;
        let (Some(number), Some(system), Some(database)) = (
            number::<u32>(server, "version_num"),
            text(server, "system"),
            text(server, "database"),
        ) else {
            self.odd(
                server,
                pointer,
                "it does not say of which server and database it is",
            );
            return None;
        };
        let hba = match node.get("hba") {
            Some(list) if list.is_list() => Some(self.list(all, "hba", |reading, place| {
                Some(hba_rule(place.node, reading.location(place.node, place.pointer)))
            })),
            _ => None,
        };
        Some(Export {
            version: number / 10000,
            release: text(server, "version").unwrap_or_else(|| "".into()),
            system,
            name: text(server, "name"),
            database,
            roles: self.list(all, "roles", Self::role),
            memberships: self.list(all, "memberships", Self::membership),
            databases: self.list(all, "databases", Self::database),
            tablespaces: self.list(all, "tablespaces", Self::owned),
            parameters: self.list(all, "parameters", Self::parameter),
            hba,
            schemas: self.list(all, "schemas", Self::owned),
            relations: self.list(all, "relations", Self::relation),
            functions: self.list(all, "functions", Self::function),
            languages: self.list(all, "languages", Self::owned),
            wrappers: self.list(all, "wrappers", Self::owned),
            servers: self.list(all, "foreign_servers", Self::owned),
            mappings: self.list(all, "user_mappings", |_, place| {
                Some((text(place.node, "server")?, text(place.node, "role")))
            }),
            defaults: self.list(all, "default_privileges", Self::default),
            extensions: Vec::new(),
            dumped: false,
        })
    }

    fn acl(&mut self, of: Place<'_>) -> Option<Acl> {
        let list = of.node.get("acl")?;
        if list.is_null() {
            return Some(None);
        }
        let items = list.list().iter();
        let items: Option<Vec<_>> = items.map(|item| acl::parse(item.text()?)).collect();
        if !list.is_list() || items.is_none() {
            return None;
        }
        Some(items)
    }

    fn owned(&mut self, of: Place<'_>) -> Option<Owned> {
        Some(Owned {
            owner: text(of.node, "owner")?,
            ..self.parameter(of)?
        })
    }

    /// A parameter has no owner.
    fn parameter(&mut self, of: Place<'_>) -> Option<Owned> {
        Some(Owned {
            name: text(of.node, "name")?,
            owner: "".into(),
            acl: self.acl(of)?,
            at: Some(self.location(of.node, of.pointer)),
        })
    }

    fn role(&mut self, of: Place<'_>) -> Option<Role> {
        let node = of.node;
        Some(Role {
            name: text(node, "name")?,
            oid: number(node, "oid")?,
            superuser: flag(node, "superuser")?,
            inherit: flag(node, "inherit")?,
            createrole: flag(node, "createrole")?,
            createdb: flag(node, "createdb")?,
            login: flag(node, "login")?,
            replication: flag(node, "replication")?,
            bypassrls: flag(node, "bypassrls")?,
            connections: number(node, "connections").unwrap_or(-1),
            valid_until: text(node, "valid_until"),
            comment: text(node, "comment"),
            made_by: None,
            unread: None,
            at: Some(self.location(node, of.pointer)),
        })
    }

    fn membership(&mut self, of: Place<'_>) -> Option<Membership> {
        let node = of.node;
        Some(Membership {
            role: text(node, "role")?,
            member: text(node, "member")?,
            grantor: text(node, "grantor").unwrap_or_else(|| "".into()),
            admin: flag(node, "admin")?,
            inherit: flag(node, "inherit"),
            set: flag(node, "set"),
            at: Some(self.location(node, of.pointer)),
        })
    }

    fn database(&mut self, of: Place<'_>) -> Option<Database> {
        Some(Database {
            owned: self.owned(of)?,
            connectable: flag(of.node, "connectable")?,
            connections: number(of.node, "connections").unwrap_or(-1),
        })
    }

    fn relation(&mut self, of: Place<'_>) -> Option<Relation> {
        let node = of.node;
        let view = node.get("view").filter(|view| view.is_map()).map(view);
        Some(Relation {
            schema: text(node, "schema")?,
            owned: self.owned(of)?,
            kind: letter(node, "kind")?,
            columns: self.list(of, "columns", |reading, column| {
                Some((text(column.node, "name")?, reading.acl(column)?))
            }),
            partial: false,
            row_security: flag(node, "row_security")?,
            forced: truth(node, "forced"),
            policies: self.list(of, "policies", Self::policy),
            view,
            extension: text(node, "extension"),
        })
    }

    fn policy(&mut self, of: Place<'_>) -> Option<Policy> {
        let node = of.node;
        let roles = node.get("roles").map(Node::list).unwrap_or_default();
        Some(Policy {
            name: text(node, "name")?,
            command: letter(node, "command")?,
            permissive: flag(node, "permissive")?,
            roles: roles.iter().map(|role| role.scalar().map(Text::from)).collect(),
            using: text(node, "using"),
            check: text(node, "check"),
            at: Some(self.location(node, of.pointer)),
        })
    }

    fn function(&mut self, of: Place<'_>) -> Option<Function> {
        let node = of.node;
        Some(Function {
            schema: text(node, "schema")?,
            owned: self.owned(of)?,
            arguments: text(node, "arguments")?,
            definer: flag(node, "definer")?,
            language: text(node, "language")?,
            search_path: text(node, "search_path"),
            extension: text(node, "extension"),
        })
    }

    fn default(&mut self, of: Place<'_>) -> Option<DefaultPrivileges> {
        Some(DefaultPrivileges {
            role: text(of.node, "role")?,
            schema: text(of.node, "schema"),
            kind: letter(of.node, "type")?,
            acl: self.acl(of)?,
            at: Some(self.location(of.node, of.pointer)),
        })
    }
}

fn view(node: &Node) -> View {
    let uses = node.get("uses").map(Node::list).unwrap_or_default();
    View {
        invoker: truth(node, "invoker"),
        updatable: number(node, "updatable").unwrap_or(0),
        scripted: truth(node, "rules") || truth(node, "triggers"),
        unread: false,
        uses: uses
            .iter()
            .filter_map(|used| {
                Some(Use {
                    schema: text(used, "schema")?,
                    name: text(used, "name")?,
                    columns: texts(used, "columns"),
                })
            })
            .collect(),
    }
}

fn hba_rule(node: &Node, at: Location) -> HbaRule {
    let kind = text(node, "type").unwrap_or_else(|| "".into());
    let address = text(node, "address");
    let mask = text(node, "netmask");
    let any = |text: &str| matches!(text, "0.0.0.0" | "::" | "all");
    let speaks_of = |mark: char| {
        address
            .as_ref()
            .is_none_or(|address| address.contains(mark) || mask.is_none())
    };
    let method = text(node, "method").unwrap_or_else(|| "".into());
    HbaRule {
        databases: texts(node, "databases"),
        roles: texts(node, "roles"),
        rejects: &*method == "reject",
        everywhere: &*kind == "local"
            || address.as_ref().is_some_and(|address| &**address == "all")
            || mask.as_ref().is_some_and(|mask| any(mask)),
        four: speaks_of('.'),
        six: speaks_of(':'),
        kind,
        address: match (address, mask) {
            (Some(address), Some(mask)) => Some(format!("{address} {mask}").into()),
            (address, _) => address,
        },
        method,
        at: Some(at),
    }
}
