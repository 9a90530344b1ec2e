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

/// The files that may name a game; `protocol/src/games.rs` says what each of them is for.
const NAME_GAMES: &[&str] = &[
    "protocol/src/games.rs",
    "protocol/src/games/",
    "app/src/components/board.rs",
    "app/src/i18n/",
    "cli/src/bot.rs",
    "cli/src/bot/",
];

/// A game is named only where a second game would have to be added as well.
pub fn games_are_unnamed(source: &Source) -> Vec<Finding> {
    let is_test = source.path.contains("/tests/") || source.path.ends_with("tests.rs");
    let may_name = NAME_GAMES.iter().any(|path| source.path.starts_with(path));
    if !source.ends_with(&["rs"]) || is_test || may_name {
        return Vec::new();
    }
    let found = |(number, line): (usize, &str)| {
        let name = line.to_lowercase().replace(['-', '_', ' '], "");
        name.contains("tictactoe")
            .then(|| Finding::new(number, "a game is named"))
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
