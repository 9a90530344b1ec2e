//! Which crate of the workspace may depend on which, and which part of the server uses SQL.

use crate::source::{Finding, Source, has_word};

/// Each crate, and the crates of the workspace that it may depend on.
const CRATES: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("client", &["protocol"]),
    ("console", &[]),
    ("app", &["client", "protocol"]),
    ("frontend", &["app"]),
    ("cli", &["client", "console", "protocol"]),
    ("server", &["app", "cli", "client", "console", "protocol"]),
    ("fuzz", &["app", "cli", "client", "protocol", "server"]),
    ("bench", &["app", "cli", "client", "protocol", "server"]),
    ("xtask", &[]),
];

/// Words that appear only in SQL.
const SQL: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
];

/// A crate depends only on the crates of the workspace that its row of [`CRATES`] names.
pub fn crates(source: &Source) -> Vec<Finding> {
    let Some(folder) = source.path.strip_suffix("/Cargo.toml") else {
        return Vec::new();
    };
    let Some((_, allowed)) = CRATES.iter().find(|(name, _)| *name == folder) else {
        return vec![Finding::new(
            1,
            format!("nothing says what the crate `{folder}` may depend on"),
        )];
    };
    let manifest: toml::Table = match source.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![Finding::new(1, format!("invalid TOML: {error}"))],
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let tables = targets
        .into_iter()
        .flat_map(|targets| targets.values().filter_map(toml::Value::as_table));
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let named = |table: &toml::Table| -> Vec<String> {
        let lists = kinds.iter().filter_map(|kind| table.get(*kind)?.as_table());
        let name = |(key, value): (&String, &toml::Value)| {
            value
                .get("package")
                .and_then(toml::Value::as_str)
                .unwrap_or(key)
                .to_owned()
        };
        lists.flat_map(|list| list.iter().map(name)).collect()
    };
    std::iter::once(&manifest)
        .chain(tables)
        .flat_map(named)
        .filter(|name| {
            CRATES.iter().any(|(ours, _)| ours == name) && !allowed.contains(&name.as_str())
        })
        .map(|name| {
            let line = source
                .lines()
                .find(|(_, line)| first_word(line.trim_start()) == name);
            Finding::new(
                line.map_or(1, |(number, _)| number),
                format!("`{folder}` depends on `{name}`"),
            )
        })
        .collect()
}

/// Only `store` has SQL and uses SQLite.
pub fn sql(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("server/src/") || is_in_store(source) {
        return Vec::new();
    }
    if source.ends_with(&["sql"]) {
        return vec![Finding::new(1, "an SQL file outside of `store`")];
    }
    let found = |(number, line): (usize, &str)| {
        if has_word(line, "rusqlite") {
            return Some(Finding::new(number, "`rusqlite` outside of `store`"));
        }
        let word = SQL.iter().find(|word| line.contains(**word))?;
        Some(Finding::new(
            number,
            format!("`{word}…` outside of `store`"),
        ))
    };
    source.code().filter_map(found).collect()
}

fn is_in_store(source: &Source) -> bool {
    let path = source.path.strip_prefix("server/src/store");
    path.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}
