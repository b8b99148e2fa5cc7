//! The fields as JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::fields::{BUSINESS_FILE, Field, ROLE, Shape};

/// One line of text: no control characters.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]+$";
/// An id.
const ID: &str = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
/// A day or an instant.
const DAY: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$";

/// The JSON Schema of a file of one technical role.
#[must_use]
pub fn role() -> Value {
    let mut schema = whole("A technical role", ROLE);
    if let Value::Object(schema) = &mut schema {
        let holds = json!([{ "required": ["permissions"] }, { "required": ["includes"] }]);
        schema.insert("anyOf".to_owned(), holds);
    }
    schema
}

/// The JSON Schema of a file of business roles.
#[must_use]
pub fn business_roles() -> Value {
    whole("Business roles", BUSINESS_FILE)
}

fn whole(title: &str, fields: &[Field]) -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
    });
    if let (Value::Object(schema), Value::Object(body)) = (&mut schema, map(fields)) {
        schema.extend(body);
    }
    schema
}

fn map(fields: &[Field]) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| {
            let mut schema = json!({ "description": field.about });
            if let (Value::Object(schema), Value::Object(shape)) = (&mut schema, shape(&field.shape)) {
                schema.extend(shape);
            }
            (field.name.to_owned(), schema)
        })
        .collect();
    let required: Vec<&str> = fields
        .iter()
        .filter(|field| field.required)
        .map(|field| field.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn shape(shape: &Shape) -> Value {
    let line = json!({ "type": "string", "pattern": LINE });
    let id = json!({ "type": "string", "pattern": ID });
    match shape {
        Shape::Text => line,
        Shape::Id => id,
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Day => json!({ "type": "string", "pattern": DAY }),
        Shape::Texts => json!({ "type": "array", "minItems": 1, "items": line }),
        Shape::Ids => json!({ "type": "array", "minItems": 1, "items": id }),
        Shape::Map(fields) => map(fields),
        Shape::Maps(fields) => json!({ "type": "array", "minItems": 1, "items": map(fields) }),
        Shape::Native => json!({ "type": "object", "minProperties": 1 }),
    }
}
