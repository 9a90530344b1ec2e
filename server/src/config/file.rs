//! The TOML file: the settings under their long names.

use std::path::Path;

/// Each setting of the file, in alphabetical order, with its values as text.
pub type Settings = Vec<(String, Vec<String>)>;

/// Reads the file. An error is a sentence that names what is wrong.
pub fn read(path: &Path) -> Result<Settings, String> {
    let file = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read the configuration file {file}: {error}\n"))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error| format!("the configuration file {file} is not valid TOML: {error}\n"))?;
    let values = |value| match value {
        toml::Value::Array(values) => values.into_iter().map(as_text).collect(),
        value => vec![as_text(value)],
    };
    let settings = table.into_iter();
    Ok(settings
        .map(|(name, value)| (name, values(value)))
        .collect())
}

fn as_text(value: toml::Value) -> String {
    match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }
}
