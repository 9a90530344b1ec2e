//! One word, one meaning: no two files of a crate define a type of the same name.

use std::collections::{BTreeMap, BTreeSet};

use crate::rust::{self, Token, is_name};
use crate::source::{Finding, Source};

/// Names that are commonly repeated: a module's own error is its `Error`.
const REPEATED: &[&str] = &["Error"];

/// Every definition of a type that another file of the same crate defines under the same name.
///
/// Tests are free in their names. A type that one file defines twice, once for each platform, is
/// one type.
pub fn names(sources: &[Source]) -> Vec<String> {
    let mut definitions: BTreeMap<_, Vec<(usize, &str)>> = BTreeMap::new();
    let code = sources.iter().filter(|source| source.ends_with(&["rs"]));
    for source in code.filter(|source| !rust::is_test(&source.path)) {
        if let Some((name, _)) = source.path.split_once("/src/") {
            let tokens = rust::code(source).tokens;
            let types = types(&tokens).into_iter();
            for token in types.filter(|token| !REPEATED.contains(&token.text)) {
                let all = definitions
                    .entry((name, token.text.to_owned()))
                    .or_default();
                all.push((token.line, &source.path));
            }
        }
    }
    let mut found = Vec::new();
    for ((_, name), places) in definitions {
        for (line, path) in &places {
            let others = places.iter().map(|(_, other)| *other);
            let others: BTreeSet<_> = others.filter(|other| other != path).collect();
            if !others.is_empty() {
                let others: Vec<_> = others.into_iter().collect();
                let what = format!("`{name}` is also a type in {}", others.join(", "));
                found.push(Finding::new(*line, what).at(path));
            }
        }
    }
    found
}

/// The names of the types that a file defines, without the associated types of traits.
fn types<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut found = Vec::new();
    // How deep the blocks of the open `impl` and `trait` lie.
    let (mut open, mut depth) = (Vec::new(), 0_usize);
    let mut opens_block = false;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map_or(";", |at| tokens[at].text);
        let begins_item = [";", "{", "}", "]", ")", "pub", "unsafe"].contains(&before);
        let is_type = ["struct", "enum", "union", "trait", "type"].contains(&token.text);
        match token.text {
            "{" => {
                if std::mem::take(&mut opens_block) {
                    open.push(depth);
                }
                depth += 1;
            }
            "}" => {
                depth = depth.saturating_sub(1);
                open.pop_if(|it| *it == depth);
            }
            "impl" | "trait" if begins_item => opens_block = true,
            _ => {}
        }
        let is_associated = token.text == "type" && open.last().is_some_and(|it| it + 1 == depth);
        if let Some(name) = tokens.get(at + 1)
            && (is_type && begins_item && !is_associated && is_name(name.text))
        {
            found.push(*name);
        }
    }
    found
}
