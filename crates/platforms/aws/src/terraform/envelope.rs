//! The two forms: what holds resources, and how they are addressed.

use std::collections::{BTreeMap, BTreeSet};

use leastwise_document::{Node, pointer_join};
use leastwise_model::Text;

use super::KINDS;
use crate::declared::{File, Form, Resource, without_indexes};
use crate::export::Spot;
use crate::lower::account_of;
use crate::policy::Place;

/// Modules inside modules that are followed.
const DEEP: u8 = 64;

/// The state or plan that a document is; `None` where it is none, or holds nothing of AWS; the reason where its form is not
/// known.
pub fn read(node: &Node, pointer: &str, spot: &Spot) -> Option<Result<File, String>> {
    let version = |key: &str| node.get(key).and_then(Node::scalar);
    let mut reading = Reading {
        spot,
        resources: Vec::new(),
        accounts: BTreeSet::new(),
        references: BTreeMap::new(),
    };
    let form = if let Some(planned) = node.get("planned_values") {
        let format = version("format_version")?;
        if !format.starts_with("1.") && !format.starts_with("0.") {
            return Some(Err(format!("`{format}` is no known format of a Terraform plan")));
        }
        let configured = node.get("configuration").and_then(|it| it.get("root_module"));
        reading.configuration(configured, "", DEEP);
        let before = node
            .get("prior_state")
            .and_then(|it| it.get("values")?.get("root_module"));
        reading.account_of_caller(before, DEEP);
        let pointer = format!("{pointer}/planned_values/root_module");
        reading.module(planned.get("root_module"), &pointer, DEEP);
        Form::Plan
    } else {
        let resources = node.get("resources").filter(|list| list.is_list())?;
        node.get("terraform_version")?;
        match version("version") {
            Some("4") => {}
            Some(other) => return Some(Err(format!("`{other}` is no known version of a Terraform state"))),
            None => return None,
        }
        reading.state(resources, &pointer_join(pointer, "resources"));
        Form::State
    };
    (!reading.resources.is_empty()).then(|| {
        Ok(File {
            form,
            resources: reading
                .resources
                .into_iter()
                .map(|one| Resource { form, ..one })
                .collect(),
            accounts: reading.accounts,
            partition: "aws".into(),
            assumptions: Vec::new(),
            spot: spot.clone(),
        })
    })
}

struct Reading<'s> {
    spot: &'s Spot,
    resources: Vec<Resource>,
    accounts: BTreeSet<Text>,
    /// What attributes refer to, by the address without index.
    references: BTreeMap<String, BTreeMap<Text, Vec<Text>>>,
}

impl Reading<'_> {
    fn state(&mut self, list: &Node, pointer: &str) {
        for (at, resource) in list.list().iter().enumerate() {
            let text = |key: &str| resource.get(key).and_then(Node::text);
            let (Some(kind), Some(name)) = (text("type"), text("name")) else {
                continue;
            };
            let module = text("module")
                .map(|module| format!("{module}."))
                .unwrap_or_default();
            let instances = resource.get("instances").map(Node::list).unwrap_or_default();
            for (number, instance) in instances.iter().enumerate() {
                let Some(values) = instance.get("attributes") else {
                    continue;
                };
                if text("mode") == Some("data") {
                    self.caller(kind, values);
                    continue;
                }
                let index = match instance.get("index_key") {
                    Some(key) if key.text().is_some() => format!("[\"{}\"]", key.text().unwrap_or_default()),
                    Some(key) => key.scalar().map(|key| format!("[{key}]")).unwrap_or_default(),
                    None => String::new(),
                };
                let address = format!("{module}{kind}.{name}{index}");
                let pointer = format!("{pointer}/{at}/instances/{number}/attributes");
                self.resource(&address, kind, values, &pointer);
            }
        }
    }

    fn module(&mut self, module: Option<&Node>, pointer: &str, depth: u8) {
        let Some(module) = module.filter(|_| depth > 0) else {
            return;
        };
        let list = |key: &str| module.get(key).map(Node::list).unwrap_or_default();
        for (at, resource) in list("resources").iter().enumerate() {
            let text = |key: &str| resource.get(key).and_then(Node::text);
            let (Some(kind), Some(address), Some(values)) =
                (text("type"), text("address"), resource.get("values"))
            else {
                continue;
            };
            match text("mode") {
                Some("data") => self.caller(kind, values),
                _ => self.resource(address, kind, values, &format!("{pointer}/resources/{at}/values")),
            }
        }
        for (at, child) in list("child_modules").iter().enumerate() {
            self.module(Some(child), &format!("{pointer}/child_modules/{at}"), depth - 1);
        }
    }

    fn account_of_caller(&mut self, module: Option<&Node>, depth: u8) {
        let Some(module) = module.filter(|_| depth > 0) else {
            return;
        };
        for resource in module.get("resources").map(Node::list).unwrap_or_default() {
            if let (Some(kind), Some(values)) =
                (resource.get("type").and_then(Node::text), resource.get("values"))
            {
                self.caller(kind, values);
            }
        }
        for child in module.get("child_modules").map(Node::list).unwrap_or_default() {
            self.account_of_caller(Some(child), depth - 1);
        }
    }

    /// The account that Terraform works in, and those of objects that exist.
    fn caller(&mut self, kind: &str, values: &Node) {
        let told = match kind {
            "aws_caller_identity" => values.get("account_id").and_then(Node::text),
            _ if KINDS.contains(&kind) => values.get("arn").and_then(Node::text).and_then(account_of),
            _ => None,
        };
        self.accounts.extend(told.map(Text::from));
    }

    fn resource(&mut self, address: &str, kind: &str, values: &Node, pointer: &str) {
        let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else {
            return;
        };
        self.caller(kind, values);
        self.resources.push(Resource {
            address: address.into(),
            kind,
            form: Form::State,
            written: &[],
            perhaps: None,
            references: self
                .references
                .get(&without_indexes(address))
                .cloned()
                .unwrap_or_default(),
            values: values.clone(),
            spot: Spot {
                file: self.spot.file,
                place: Place::of(values, pointer),
            },
        });
    }

    /// What the configuration of each attribute refers to.
    fn configuration(&mut self, module: Option<&Node>, prefix: &str, depth: u8) {
        let Some(module) = module.filter(|_| depth > 0) else {
            return;
        };
        for resource in module.get("resources").map(Node::list).unwrap_or_default() {
            let Some(address) = resource.get("address").and_then(Node::text) else {
                continue;
            };
            let expressions = resource.get("expressions").map(Node::entries).unwrap_or_default();
            let each = expressions.iter().filter_map(|(name, expression)| {
                let references = expression.get("references")?.list();
                let references = references.iter().filter_map(Node::text);
                let references: Vec<Text> = references.map(|to| format!("{prefix}{to}").into()).collect();
                Some((Text::from(&*name.text), references))
            });
            self.references
                .insert(format!("{prefix}{address}"), each.collect());
        }
        for (name, call) in module.get("module_calls").map(Node::entries).unwrap_or_default() {
            let prefix = format!("{prefix}module.{}.", name.text);
            self.configuration(call.get("module"), &prefix, depth - 1);
        }
    }
}
