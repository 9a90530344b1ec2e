//! The rules of the house, held by tests rather than by manners.
//!
//! [`rules`] has one pure function a rule, over a file's path and text; [`layers`] says who may
//! import whom; [`breaking`] shows of each rule that it really can fail. The tests below put every
//! source file of the workspace to each rule.

mod breaking;
mod layers;
mod rules;
mod source;

use source::{Finding, Source, sources};

/// Fails with every place that breaks a rule, and what to do about it.
fn hold(rule: fn(&Source) -> Vec<Finding>, advice: &str) {
    let sources = sources();
    assert!(
        sources
            .iter()
            .any(|source| source.path == "xtask/src/main.rs"),
        "no sources were found"
    );
    let broken: Vec<String> = sources
        .iter()
        .flat_map(|source| rule(source).into_iter().map(|found| found.at(&source.path)))
        .collect();
    assert!(broken.is_empty(), "\n{}\n{advice}\n", broken.join("\n"));
}

#[test]
fn crates_depend_only_downwards() {
    hold(
        layers::crates,
        "The direction is frontend -> app -> protocol and server -> app, protocol: move what is \
         shared down into `protocol` or `app`. A new crate gets its row in tidy/layers.rs.",
    );
}

#[test]
fn modules_of_the_server_import_only_downwards() {
    hold(
        layers::modules,
        "The direction is web, session -> commands -> journal -> store, and journal -> hub: pass \
         the value in from above, or move it down to `protocol`.",
    );
}

#[test]
fn sql_lives_in_the_store() {
    hold(
        layers::sql,
        "Make it a function of `store/` with the product's nouns in its name, and call that.",
    );
}

#[test]
fn the_app_has_no_build_variants() {
    hold(
        rules::no_build_variants,
        "app/src is one program for server and browser: what only a browser can do goes into an \
         Effect, which does not run on the server.",
    );
}

#[test]
fn a_game_is_known_by_name_to_few() {
    hold(
        rules::games_are_strangers,
        "Ask `GameName` for what you need to know of a game: protocol/src/games.rs says who may know \
         one by its name.",
    );
}

#[test]
fn files_are_small_rooms() {
    hold(
        rules::small_files,
        "Past 400 lines a file wants to be two: split it by what it is about.",
    );
}

#[test]
fn nothing_is_left_for_later() {
    hold(
        rules::nothing_for_later,
        "Do it now, or write an issue and take the mark away.",
    );
}

#[test]
fn every_allowed_lint_has_a_reason() {
    hold(
        rules::reasoned_allows,
        "Write #[allow(the_lint, reason = \"why it does not apply here\")].",
    );
}
