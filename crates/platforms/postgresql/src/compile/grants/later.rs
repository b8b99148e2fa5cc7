//! What objects get that are made later.

use leastwise_permset::{Case, Element, Pattern, PermissionSet, Region, Strings};

use super::super::parts::{Giver, Kind, Place, created_by, only_when, words};
use super::super::roles::quoted;
use crate::object::Export;
use crate::spell;

/// The privileges that objects get that are made later, by who makes them. What exists has what it has.
pub(super) fn later(giver: &mut Giver<'_, '_>, export: &Export) {
    if export.defaults.is_empty() {
        return;
    }
    let database = &export.database;
    let existing = existing(export);
    for default in &export.defaults {
        let (kind, word) = match default.kind {
            'r' => (Kind::Table, "TABLES"),
            'S' => (Kind::Sequence, "SEQUENCES"),
            'f' => (Kind::Function, "FUNCTIONS"),
            'n' => (Kind::Schema, "SCHEMAS"),
            _ => continue,
        };
        let any = || [Element::OneExcept('/'), Element::ManyExcept('/')];
        let text = |text: String| [Element::Text(text.into())];
        let mut elements: Vec<Element> = text(format!("{}/", spell::part(database))).to_vec();
        match (&default.schema, kind) {
            (_, Kind::Schema) => {}
            (Some(schema), _) => elements.extend(text(format!("{}/", spell::part(schema)))),
            (None, _) => elements.extend(any().into_iter().chain(text("/".to_owned()))),
        }
        elements.extend(any());
        let resources = Pattern::new(elements.clone(), Case::Exact);
        elements.extend(text("/".to_owned()).into_iter().chain(any()));
        let columns = Pattern::new(elements, Case::Exact);
        let place = default
            .schema
            .as_ref()
            .map_or_else(String::new, |schema| format!(" IN SCHEMA {}", quoted(schema)));
        for item in default.acl.iter().flatten() {
            let Some(holder) = giver.holder(item.grantee.as_deref(), Some(database)) else {
                continue;
            };
            let granted = super::super::parts::grant(item, None, word);
            let statement = format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {}{place} {granted}",
                quoted(&default.role)
            );
            let label = giver.step(
                "default privileges",
                &default.role,
                statement,
                default.at.clone(),
                false,
            );
            let place = Place {
                resources: Strings::one(resources.clone()),
                columns: Strings::one(columns.clone()),
            };
            let set = giver.wording.regions(kind, &words(&item.privileges), &place);
            let set = only_when(&set, [created_by(&default.role)]).difference(&existing);
            giver.parts.give(holder, label, set);
        }
    }
}

/// All that is in an export, whatever is done to it.
pub(super) fn existing(export: &Export) -> PermissionSet {
    let database = &export.database;
    let mut patterns = Vec::new();
    for schema in &export.schemas {
        patterns.push(Pattern::literal(&spell::path(&[database, &schema.name])));
    }
    for relation in &export.relations {
        let resource = spell::path(&[database, &relation.schema, &relation.owned.name]);
        patterns.push(Pattern::literal(&resource));
        patterns.push(spell::below(&resource));
    }
    for function in &export.functions {
        let name = format!("{}({})", function.owned.name, function.arguments);
        patterns.push(Pattern::literal(&spell::path(&[
            database,
            &function.schema,
            &name,
        ])));
    }
    Region::new(Strings::any(), Strings::any_of(patterns)).into()
}
