//! Rules for single files.

use crate::source::{Finding, Source, has_word};

const WRITTEN: &[&str] = &["rs", "css", "ts", "js", "mjs", "sh"];

/// A longer file is hard to understand as a whole.
const MOST_LINES: usize = 400;

/// This folder names what the rules look for.
const OURSELVES: &str = "xtask/tests/tidy/";

/// No file is longer than [`MOST_LINES`].
pub fn small_files(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if source.ends_with(WRITTEN) && lines > MOST_LINES {
        return vec![Finding::new(
            lines,
            format!("{lines} lines; at most {MOST_LINES} are allowed"),
        )];
    }
    Vec::new()
}

/// No file has a mark for unfinished work.
pub fn nothing_for_later(source: &Source) -> Vec<Finding> {
    let marks = ["TODO", "FIXME", "XXX", "unimplemented!", "todo!"];
    if !source.ends_with(WRITTEN) || source.path.starts_with(OURSELVES) {
        return Vec::new();
    }
    let found = |(number, line): (usize, &str)| {
        let mark = marks.iter().find(|mark| has_word(line, mark))?;
        Some(Finding::new(number, format!("`{mark}`")))
    };
    source.lines().filter_map(found).collect()
}

/// No `cfg` in app/src depends on a feature or a target.
pub fn no_build_variants(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("app/src/") {
        return Vec::new();
    }
    let found = |(number, line): (usize, &str)| {
        let is_cfg = ["cfg", "cfg_attr"].iter().any(|word| has_word(line, word));
        let asks = ["feature", "target_arch", "target_family", "ssr", "hydrate"];
        let asked = asks.iter().find(|word| has_word(line, word))?;
        is_cfg.then(|| Finding::new(number, format!("a `cfg` on `{asked}`")))
    };
    source.code().filter_map(found).collect()
}

/// The list of games.
const GAMES: &str = "protocol/src/games.rs";
/// Its line for the game, whose module is the only one that names it.
const LISTED: &str = "TicTacToe => tic_tac_toe,";
const MODULE: [&str; 2] = [
    "protocol/src/games/tic_tac_toe.rs",
    "protocol/src/games/tic_tac_toe/",
];

/// No code names a game except its own module, one line of the list, and tests.
pub fn games_are_unnamed(source: &Source) -> Vec<Finding> {
    let path = &source.path;
    let is_test = path.contains("/tests/") || path.ends_with("tests.rs");
    let is_module = MODULE.iter().any(|module| path.starts_with(module));
    if !source.ends_with(WRITTEN) || is_test || is_module || path.starts_with("end2end/") {
        return Vec::new();
    }
    let is_listing = |line: &str| path == GAMES && line.trim() == LISTED;
    let found = |(number, line): (usize, &str)| {
        let name = line.to_lowercase().replace(['-', '_', ' '], "");
        let is_named = name.contains("tictactoe") && !is_listing(line);
        is_named.then(|| Finding::new(number, "a game is named"))
    };
    source.code().filter_map(found).collect()
}

/// Every `#[allow(…)]` has a reason, also if it spans several lines.
pub fn reasoned_allows(source: &Source) -> Vec<Finding> {
    if !source.ends_with(&["rs"]) || source.path.starts_with(OURSELVES) {
        return Vec::new();
    }
    let found = |(at, opening): (usize, &str)| {
        let rest = &source.text[at + opening.len()..];
        let inside = rest.split(")]").next().unwrap_or(rest);
        let line = source.text[..at].matches('\n').count() + 1;
        (!inside.contains("reason =")).then(|| Finding::new(line, "an `allow` without a reason"))
    };
    ["#[allow(", "#![allow("]
        .into_iter()
        .flat_map(|opening| source.text.match_indices(opening))
        .filter_map(found)
        .collect()
}
