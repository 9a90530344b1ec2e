//! The shape of every frame, as JSON Schema (draft 2020-12); [`fields`] lists what it can carry.

pub mod fields;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use crate::{ClientFrame, Message, ServerFrame, number};

/// What may travel, in either direction: `$defs` has `ClientFrame`, `ServerFrame`, and all that they
/// are made of.
pub fn frames() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let client = generator.subschema_for::<ClientFrame>();
    let server = generator.subschema_for::<ServerFrame>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Parlor",
        "description": "One line of a text frame of Parlor’s WebSocket: docs/PROTOCOL.md tells what it \
                        means. Fields and types that are not known are to be ignored.",
        "anyOf": [client, server],
        "$defs": definitions(&mut generator),
    })
}

/// A message and all that it is made of, to stand below this path of another document.
pub fn message(path: &str) -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = path.to_owned().into())
        .into_generator();
    generator.subschema_for::<Message>();
    definitions(&mut generator)
}

fn definitions(generator: &mut SchemaGenerator) -> Value {
    let mut definitions = Value::Object(generator.take_definitions(true));
    plain(&mut definitions);
    definitions
}

/// A schema's reader has no Rust documentation for links to lead to, and needs the bound of each
/// number.
fn plain(schema: &mut Value) {
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
            fields.values_mut().for_each(plain);
        }
        Value::Array(values) => values.iter_mut().for_each(plain),
        _ => {}
    }
}
