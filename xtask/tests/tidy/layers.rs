//! Which crate of the workspace and which module of the server may import which.

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

/// Each layer of the server, the crates that it must not name, and the modules that it must not
/// import.
const LAYERS: &[(&str, &[&str], &[&str])] = &[
    (
        "store",
        &["axum", "tungstenite"],
        &["hub", "journal", "session", "web", "commands"],
    ),
    (
        "hub",
        &["axum", "tungstenite"],
        &["store", "journal", "session", "web", "commands"],
    ),
    (
        "journal",
        &["axum", "tungstenite"],
        &["session", "web", "commands"],
    ),
    ("commands", &["axum"], &["web"]),
    (
        "outgoing",
        &["axum", "tungstenite"],
        &["session", "web", "commands"],
    ),
    ("control", &["axum", "tungstenite"], &["session", "web"]),
    (
        "rights",
        &["axum", "tungstenite"],
        &["hub", "journal", "store", "session", "web", "commands"],
    ),
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

/// A layer of the server imports nothing from above it.
pub fn modules(source: &Source) -> Vec<Finding> {
    let Some(&(layer, crates, modules)) = LAYERS.iter().find(|(layer, ..)| is_in(source, layer))
    else {
        return Vec::new();
    };
    let foreign = source.code().filter_map(|(number, line)| {
        let name = crates.iter().find(|name| has_word(line, name))?;
        Some(Finding::new(number, format!("`{layer}` mentions `{name}`")))
    });
    let above = imported(source)
        .into_iter()
        .filter(|(_, module)| modules.contains(&module.as_str()))
        .map(|(number, module)| {
            Finding::new(number, format!("`{layer}` imports `crate::{module}`"))
        });
    foreign.chain(above).collect()
}

/// Only `store` has SQL and uses SQLite.
pub fn sql(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("server/src/") || is_in(source, "store") {
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

fn is_in(source: &Source, layer: &str) -> bool {
    let within = source
        .path
        .strip_prefix("server/src/")
        .and_then(|path| path.strip_prefix(layer));
    within.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// The modules named as `crate::module` or in `crate::{module, …}`, with their lines.
fn imported(source: &Source) -> Vec<(usize, String)> {
    let code: Vec<_> = source.code().map(|(_, line)| line).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for (at, start) in code.match_indices("crate::") {
        let line = code[..at].matches('\n').count() + 1;
        for (offset, module) in named(&code[at + start.len()..]) {
            found.push((line + offset, module));
        }
    }
    found
}

/// The first word of a path or of each member of a `{…}` list, with its line, counted from 0.
fn named(rest: &str) -> Vec<(usize, String)> {
    let Some(list) = rest.strip_prefix('{') else {
        return vec![(0, first_word(rest))];
    };
    let mut found = Vec::new();
    let (mut depth, mut lines, mut begins) = (0_usize, 0, true);
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            '\n' => lines += 1,
            letter if begins && !letter.is_whitespace() => {
                found.push((lines, first_word(&list[at..])));
                begins = false;
            }
            _ => {}
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect()
}
