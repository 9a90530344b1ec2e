//! JSON Schema (draft 2020-12) of every frame. [`fields`] lists the fields that a schema describes.

pub mod fields;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{ClientFrame, Message, ServerFrame, number};

/// The schema of the frames of both directions: `$defs` has `ClientFrame`, `ServerFrame`, and the
/// types that they consist of.
pub fn frames() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let client = generator.subschema_for::<ClientFrame>();
    let server = generator.subschema_for::<ServerFrame>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parlor",
        "description": "One line of a text frame of Parlor’s WebSocket: docs/PROTOCOL.md describes it. \
                        Clients ignore fields and types that they do not know.",
        "anyOf": [client, server],
        "$defs": definitions(&mut generator),
    })
}

/// The definitions of a message and the types that it consists of, to be placed at this path of
/// another document.
pub fn message(path: &str) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = path.to_owned().into())
        .into_generator();
    generator.subschema_for::<Message>();
    definitions(&mut generator)
}

fn definitions(generator: &mut SchemaGenerator) -> Value {
    let mut definitions = Value::Object(generator.take_definitions(true));
    clean(&mut definitions);
    definitions
}

/// Removes the links to Rust documentation from descriptions, and adds the upper bound of each
/// number.
fn clean(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description") {
                *text = text
                    .replace("crate::", "")
                    .replace("[`", "`")
                    .replace("`]", "`")
                    .replace('\n', " ");
            }
            if fields.get("format").is_some_and(|it| it == "uint64") {
                fields.insert("maximum".to_owned(), number::MAX.into());
            }
            fields.values_mut().for_each(clean);
        }
        Value::Array(values) => values.iter_mut().for_each(clean),
        _ => {}
    }
}
