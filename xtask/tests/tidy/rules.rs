//! Rules for single files.

use crate::source::{Finding, Source, has_word};

const WRITTEN: &[&str] = &["rs", "css", "ts", "js", "mjs", "sh"];

/// Past this a file is hard to hold in one's head.
const MOST_LINES: usize = 400;

/// This folder spells out what it looks for.
const OURSELVES: &str = "xtask/tests/tidy/";

/// No file longer than [`MOST_LINES`].
pub fn small_files(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if source.ends_with(WRITTEN) && lines > MOST_LINES {
        return vec![Finding::new(
            lines,
            format!("{lines} lines, where {MOST_LINES} are the most"),
        )];
    }
    Vec::new()
}

/// No marks for work left undone.
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

/// No `cfg` in app/src that asks for a feature or a processor.
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

/// Who may know a game by its name; `protocol/src/games.rs` says what each of them is for.
const KNOW_GAMES: &[&str] = &[
    "protocol/src/games.rs",
    "protocol/src/games/",
    "app/src/components/board.rs",
    "app/src/i18n/",
    "server/src/bot.rs",
    "server/src/bot/",
];

/// A game's name stands only where a second one would have to be written as well.
pub fn games_are_strangers(source: &Source) -> Vec<Finding> {
    let is_test = source.path.contains("/tests/") || source.path.ends_with("tests.rs");
    let knows = KNOW_GAMES.iter().any(|path| source.path.starts_with(path));
    if !source.ends_with(&["rs"]) || is_test || knows {
        return Vec::new();
    }
    let found = |(number, line): (usize, &str)| {
        let name = line.to_lowercase().replace(['-', '_', ' '], "");
        name.contains("tictactoe")
            .then(|| Finding::new(number, "a game is known by name"))
    };
    source.code().filter_map(found).collect()
}

/// Every `#[allow(…)]` says why, however many lines it takes.
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
