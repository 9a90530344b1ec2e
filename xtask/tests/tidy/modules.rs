//! In which direction the modules of a crate import each other.

use std::collections::BTreeSet;

use crate::paths::{module_of, paths};
use crate::rust::{self, Code};
use crate::source::{Finding, Source, has_word};

/// The layers of a crate, from the top down.
struct Layers {
    crate_name: &'static str,
    layers: &'static [Layer],
}

/// Modules that may import those of the layers below, and each other only if they are neighbors.
///
/// A module that is in no layer is at the bottom: every module may import it, and it may import
/// only others that are in no layer.
struct Layer {
    modules: &'static [&'static str],
    are_neighbors: bool,
}

const fn neighbors(modules: &'static [&'static str]) -> Layer {
    Layer {
        modules,
        are_neighbors: true,
    }
}

const fn apart(modules: &'static [&'static str]) -> Layer {
    Layer {
        modules,
        are_neighbors: false,
    }
}

const LAYERS: &[Layers] = &[
    Layers {
        crate_name: "server",
        layers: &[
            apart(&["command_line"]),
            apart(&["serve"]),
            apart(&["router"]),
            neighbors(&["web", "ws"]),
            apart(&["control"]),
            apart(&["commands"]),
            apart(&["state"]),
            apart(&["webhooks", "room_expiry"]),
            apart(&["writer"]),
            apart(&["policy"]),
            apart(&["config", "error"]),
            apart(&["store", "hub"]),
        ],
    },
    Layers {
        crate_name: "app",
        layers: &[
            apart(&["pages"]),
            neighbors(&["components", "shortcuts"]),
            apart(&["chat_context"]),
            apart(&["state"]),
        ],
    },
];

/// The crates that a module of the server must not name.
const FOREIGN: &[(&str, &[&str])] = &[
    ("control", &["axum", "tungstenite"]),
    ("commands", &["axum"]),
    ("config", &["axum", "tungstenite"]),
    ("webhooks", &["axum", "tungstenite"]),
    ("policy", &["axum", "tungstenite"]),
    ("writer", &["axum", "tungstenite"]),
    ("store", &["axum", "tungstenite"]),
    ("hub", &["axum", "tungstenite"]),
    ("permissions", &["axum", "tungstenite"]),
];

/// A module imports nothing from above it.
pub fn imports(source: &Source) -> Vec<Finding> {
    let Some((layers, module)) = LAYERS.iter().find_map(|layers| {
        let module = top_module(source, layers.crate_name)?;
        Some((layers.layers, module))
    }) else {
        return Vec::new();
    };
    let rank = |module: &str| {
        let mut ranks = layers.iter();
        ranks.position(|layer| layer.modules.contains(&module))
    };
    let mut seen = BTreeSet::new();
    imported(source)
        .into_iter()
        .filter(|(_, other)| other != module)
        .filter(|(_, other)| match (rank(module), rank(other)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(own), Some(theirs)) if own == theirs => !layers[own].are_neighbors,
            (Some(own), Some(theirs)) => theirs < own,
        })
        .filter(|found| seen.insert(found.clone()))
        .map(|(line, other)| {
            let place = match rank(module) {
                Some(_) => "",
                None => ", which is in no layer,",
            };
            Finding::new(line, format!("`{module}`{place} imports `{other}`"))
        })
        .collect()
}

/// Only the program of the server, `main.rs`, names the crate `cli`.
pub fn command_line(source: &Source) -> Vec<Finding> {
    let path = source.path.strip_prefix("server/src/");
    if path.is_none_or(|path| path == "main.rs" || !path.ends_with(".rs")) {
        return Vec::new();
    }
    let all = Code {
        tokens: rust::tokens(&source.text),
        test_modules: Vec::new(),
    };
    let named = paths(&all, Vec::new()).named.into_iter();
    named
        .filter(|named| named.path.iter().find(|word| **word != "::") == Some(&"cli"))
        .map(|named| Finding::new(named.line, "`cli` outside of `main.rs`"))
        .collect()
}

/// The modules right below the crate's root that a file names outside of its tests.
fn imported(source: &Source) -> Vec<(usize, String)> {
    let path = source.path.split_once("/src/");
    let module = path.map_or_else(Vec::new, |(_, path)| module_of(path));
    let named = paths(&rust::code(source), module).named.into_iter();
    let top = named.filter_map(|named| Some((named.line, named.absolute()?.into_iter().next()?)));
    top.collect()
}

/// A module of the server names none of the crates that [`FOREIGN`] lists for it.
pub fn foreign(source: &Source) -> Vec<Finding> {
    let module = top_module(source, "server");
    let Some((module, crates)) = FOREIGN.iter().find(|(it, _)| module == Some(it)) else {
        return Vec::new();
    };
    let found = |(number, line): (usize, &str)| {
        let name = crates.iter().find(|name| has_word(line, name))?;
        Some(Finding::new(
            number,
            format!("`{module}` mentions `{name}`"),
        ))
    };
    source.code().filter_map(found).collect()
}

/// The module right below the crate's root to which a file belongs. The root belongs to none, nor
/// do tests.
fn top_module<'a>(source: &'a Source, crate_name: &str) -> Option<&'a str> {
    let path = source
        .path
        .strip_prefix(crate_name)?
        .strip_prefix("/src/")?;
    let module = path.strip_suffix(".rs")?.split('/').next()?;
    let is_root = ["lib", "main"].contains(&module);
    (!is_root && !rust::is_test(&source.path)).then_some(module)
}
