//! The fields of the documents that a JSON Schema describes.
//!
//! A test puts a wrong value into each of them, so it also covers fields that are added later.

use serde_json::{Map, Value, json};

/// A field, and a valid document that contains it.
#[derive(Clone, Debug)]
pub struct Field {
    pub document: Value,
    /// Where the field is in the document (JSON Pointer, RFC 6901).
    pub pointer: String,
    pub is_number: bool,
}

impl Field {
    /// The document with another value in this field.
    pub fn with(&self, value: Value) -> Value {
        let mut document = self.document.clone();
        if let Some(field) = document.pointer_mut(&self.pointer) {
            *field = value;
        }
        document
    }
}

/// Each field of each frame that a client sends, except `type`.
pub fn of_client_frames() -> Vec<Field> {
    let root = super::frames();
    let frames = of(&root, &root["$defs"]["ClientFrame"]);
    frames
        .into_iter()
        .filter(|it| it.pointer != "/type")
        .collect()
}

/// Each field of each frame that a server sends, except `type`.
pub fn of_server_frames() -> Vec<Field> {
    let root = super::frames();
    let frames = of(&root, &root["$defs"]["ServerFrame"]);
    frames
        .into_iter()
        .filter(|it| it.pointer != "/type")
        .collect()
}

/// Each number and each string in the documents of this schema. References are resolved in `root`.
pub fn of(root: &Value, schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    for document in documents(root, schema) {
        collect(&document, &document, "", &mut fields);
    }
    fields
}

/// Valid documents that together have every branch and every property of the schema.
fn documents(root: &Value, schema: &Value) -> Vec<Value> {
    if let Some(reference) = schema["$ref"].as_str() {
        let referred = root.pointer(reference.trim_start_matches('#'));
        let mut referred = referred.map_or_else(Vec::new, |schema| documents(root, schema));
        // Such as the `type` of a frame, beside the fields that the reference describes.
        if schema.get("properties").is_some() {
            for document in &mut referred {
                for own in objects(root, schema) {
                    merge(document, own);
                }
            }
        }
        return referred;
    }
    let only = schema.get("const");
    if let Some(value) = only.or_else(|| schema["enum"].as_array()?.first()) {
        return vec![value.clone()];
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(branches) = schema[choice].as_array() {
            let branches = branches.iter().filter(|it| it["type"] != "null");
            return branches.flat_map(|it| documents(root, it)).collect();
        }
    }
    match kind(schema) {
        "object" => objects(root, schema),
        "array" => {
            let length = schema["minItems"].as_u64().unwrap_or(1).max(1);
            let items = documents(root, &schema["items"]).into_iter();
            let repeat = |item| (0..length).map(|_| Value::clone(&item)).collect();
            items.map(repeat).collect()
        }
        "integer" => vec![json!(1)],
        "boolean" => vec![json!(true)],
        _ => vec![json!("tea")],
    }
}

/// Adds the fields of an object to another.
fn merge(document: &mut Value, own: Value) {
    if let (Some(document), Value::Object(own)) = (document.as_object_mut(), own) {
        document.extend(own);
    }
}

/// The type that the schema names first; an optional field has `null` as a second one.
fn kind(schema: &Value) -> &str {
    let first = schema["type"].as_array().and_then(|kinds| kinds.first());
    first
        .unwrap_or(&schema["type"])
        .as_str()
        .unwrap_or_default()
}

/// One object with all properties, and one more for each further branch of a property.
fn objects(root: &Value, schema: &Value) -> Vec<Value> {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    let mut objects = vec![Map::new()];
    for (name, schema) in properties {
        let mut values = documents(root, schema).into_iter();
        let first = values.next().unwrap_or_default();
        for object in &mut objects {
            object.insert(name.clone(), first.clone());
        }
        for value in values {
            let mut object = objects[0].clone();
            object.insert(name.clone(), value);
            objects.push(object);
        }
    }
    objects.into_iter().map(Value::Object).collect()
}

fn collect(document: &Value, value: &Value, pointer: &str, fields: &mut Vec<Field>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(document, member, &format!("{pointer}/{name}"), fields);
            }
        }
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                collect(document, item, &format!("{pointer}/{nth}"), fields);
            }
        }
        Value::Number(_) | Value::String(_) => fields.push(Field {
            document: document.clone(),
            pointer: pointer.to_owned(),
            is_number: value.is_number(),
        }),
        Value::Null | Value::Bool(_) => {}
    }
}
