//! What one request of an action names: its resource types, alone or together.

use super::{ActionId, Catalogue, Record};

/// One type of resource an action can be limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceShape<'a> {
    /// The name the Service Authorization Reference gives the type, such as `object`.
    pub name: &'a str,
    /// Its ARN with placeholders, such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}`.
    pub arn_template: &'a str,
    /// Whether every request of the action names a resource of this type.
    pub required: bool,
}

/// The resources that one request of an action names.
///
/// A policy must allow the action on every resource the request names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Demand<'a> {
    /// One resource of each of these types is always named.
    pub required: Vec<ResourceShape<'a>>,
    /// Resources of these types may be named as well.
    pub optional: Vec<ResourceShape<'a>>,
}

impl Catalogue {
    /// The types of resource the action can be limited to, sorted by name. None means that only `*` ever matches.
    #[must_use]
    pub fn resource_shapes(&self, id: ActionId) -> Vec<ResourceShape<'_>> {
        let Some(record) = self.records.get(id.index()) else {
            return Vec::new();
        };
        let mut fields = self.slice(&record.fields).split('\t');
        self.shapes(record, fields.next().unwrap_or_default())
            .map(|(shape, _)| shape)
            .collect()
    }

    /// What one request of the action names, as alternatives: each request fits one of them.
    ///
    /// An action without resource types has one alternative that names nothing. Where the reference gives scenarios
    /// (`ec2:RunInstances`), each is an alternative. Where it marks no type as required (`s3:GetObject`: `object` or
    /// `accesspointobject`), a request names one of them. Else all required types are named, and any of the others.
    #[must_use]
    pub fn demands(&self, id: ActionId) -> Vec<Demand<'_>> {
        let Some(record) = self.records.get(id.index()) else {
            return Vec::new();
        };
        let mut fields = self.slice(&record.fields).split('\t');
        let shapes: Vec<_> = self
            .shapes(record, fields.next().unwrap_or_default())
            .map(|(shape, _)| shape)
            .collect();
        let scenarios = fields.nth(1).unwrap_or_default();
        if !scenarios.is_empty() {
            return self.scenarios(record, scenarios, &shapes);
        }
        if !shapes.is_empty() && shapes.iter().all(|shape| !shape.required) {
            let one = |shape| Demand {
                required: vec![shape],
                optional: Vec::new(),
            };
            return shapes
                .into_iter()
                .map(|shape| {
                    one(ResourceShape {
                        required: true,
                        ..shape
                    })
                })
                .collect();
        }
        let (required, optional) = shapes.into_iter().partition(|shape| shape.required);
        vec![Demand { required, optional }]
    }

    /// The resource types of a list such as `3!:17.20 5`, each with the text of its keys.
    fn shapes<'a>(
        &'a self,
        record: &Record,
        list: &'a str,
    ) -> impl Iterator<Item = (ResourceShape<'a>, &'a str)> + use<'a> {
        let service = self.services.get(usize::from(record.service));
        list.split(' ').filter_map(move |item| {
            let (number, required, keys) = split_shape(item)?;
            let mut fields = self.slice(service?.types.get(number)?).split('\t');
            let shape = ResourceShape {
                name: fields.next()?,
                arn_template: fields.next()?,
                required,
            };
            Some((shape, keys))
        })
    }

    /// The alternatives of an action with scenarios. A type that no scenario mentions may be named in any of them.
    fn scenarios<'a>(&'a self, record: &Record, text: &'a str, all: &[ResourceShape<'a>]) -> Vec<Demand<'a>> {
        let lists: Vec<Vec<ResourceShape<'a>>> = text
            .split('|')
            .map(|list| self.shapes(record, list).map(|(shape, _)| shape).collect())
            .collect();
        let mentioned = |name: &str| lists.iter().flatten().any(|shape| shape.name == name);
        let everywhere: Vec<ResourceShape<'a>> = all
            .iter()
            .filter(|shape| !mentioned(shape.name))
            .map(|shape| ResourceShape {
                required: false,
                ..shape.clone()
            })
            .collect();
        lists
            .iter()
            .map(|list| {
                let (required, mut optional): (Vec<_>, Vec<_>) =
                    list.iter().cloned().partition(|shape| shape.required);
                optional.extend(everywhere.iter().cloned());
                optional.sort_by(|a, b| a.name.cmp(b.name));
                Demand { required, optional }
            })
            .collect()
    }
}

/// The parts of an item such as `3!:17.20`: number of the resource type, whether it is required, its keys.
pub(super) fn split_shape(item: &str) -> Option<(usize, bool, &str)> {
    let (head, keys) = item.split_once(':').unwrap_or((item, ""));
    let number = head.strip_suffix('!');
    Some((number.unwrap_or(head).parse().ok()?, number.is_some(), keys))
}
