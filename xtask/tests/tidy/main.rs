//! The rules of this workspace, held by tests rather than by reviews.
//!
//! [`rules`] has one pure function for each rule, over a file's path and text. [`layers`] says
//! which crate may import which, [`modules`] says it of modules, and [`circles`] finds files that
//! import each other. [`vocabulary`] and [`types`] are about names, [`documents`] is about
//! sentences, [`supply_chain`] about the crates of others. [`breaking`] shows of each rule
//! that it can fail. The tests below apply each rule to every file of the workspace.

mod breaking;
mod circles;
mod documents;
mod layers;
mod modules;
mod paths;
mod rules;
mod rust;
mod source;
mod supply_chain;
mod types;
mod vocabulary;

use source::{Finding, Source, sources};

/// Fails with every place that breaks a rule, and with advice on what to do about it.
fn hold(rule: impl Fn(&[Source]) -> Vec<String>, advice: &str) {
    let sources = sources();
    assert!(
        sources
            .iter()
            .any(|source| source.path == "xtask/src/main.rs"),
        "no sources were found"
    );
    let broken = rule(&sources);
    assert!(broken.is_empty(), "\n{}\n{advice}\n", broken.join("\n"));
}

/// Applies a rule for one file to each file.
fn each(rule: fn(&Source) -> Vec<Finding>) -> impl Fn(&[Source]) -> Vec<String> {
    move |sources| {
        let found = |source: &Source| {
            let found = rule(source).into_iter();
            found.map(|it| it.at(&source.path)).collect::<Vec<_>>()
        };
        sources.iter().flat_map(found).collect()
    }
}

#[test]
fn crates_depend_only_downwards() {
    hold(
        each(layers::crates),
        "The direction is frontend -> app -> client -> protocol, cli and bench -> client, and \
         server -> app: move what is shared down into `protocol`, `client` or `app`. A new crate \
         gets its row in tidy/layers.rs.",
    );
}

#[test]
fn only_the_program_of_the_server_names_the_command_line() {
    hold(
        each(modules::command_line),
        "`cli` is a client and knows nothing of the server. Call it in server/src/main.rs, or move \
         what both need into `client` or `protocol`.",
    );
}

#[test]
fn modules_import_only_downwards() {
    hold(
        each(modules::imports),
        "In the server the direction is web, ws -> commands -> writer -> store, hub -> send_queue, and \
         in the app components -> state -> timeline, connection: pass the value in as an argument, or \
         move it down. A module above others gets its layer in tidy/modules.rs.",
    );
}

#[test]
fn modules_name_only_the_crates_that_they_may() {
    hold(
        each(modules::foreign),
        "HTTP and WebSocket types stay in `web` and `ws`: convert them there.",
    );
}

#[test]
fn sql_lives_in_the_store() {
    hold(
        each(layers::sql),
        "Make it a function of `store/` that is named after the product's nouns, and call that.",
    );
}

#[test]
fn the_app_has_no_build_variants() {
    hold(
        each(rules::no_build_variants),
        "app/src is the same code for the server and the browser. Put what only a browser can do \
         into an `Effect`, which does not run on the server.",
    );
}

#[test]
fn only_few_files_name_a_game() {
    hold(
        each(rules::games_are_unnamed),
        "Ask `GameName` for what you need to know about a game. protocol/src/games.rs says which \
         files may name one.",
    );
}

#[test]
fn no_files_import_each_other() {
    hold(
        circles::circles,
        "Move what both need into a third file, or into the lower one of the two, or pass it as an \
         argument.",
    );
}

#[test]
fn files_are_small() {
    hold(
        each(rules::small_files),
        "Split a file of more than 400 lines by its subjects.",
    );
}

#[test]
fn retired_words_are_gone() {
    hold(
        each(vocabulary::words),
        "Use the standard term: docs/GLOSSARY.md lists them.",
    );
}

#[test]
fn nothing_is_left_for_later() {
    hold(
        each(rules::nothing_for_later),
        "Do it now, or write an issue and remove the mark.",
    );
}

#[test]
fn types_of_a_crate_have_different_names() {
    hold(
        types::names,
        "Name each type after what it is for. A name that every module has by custom, such as \
         `Error`, gets its place in tidy/types.rs.",
    );
}

#[test]
fn every_allowed_lint_has_a_reason() {
    hold(
        each(rules::reasoned_allows),
        "Write #[allow(the_lint, reason = \"why it does not apply here\")].",
    );
}

#[test]
fn documents_are_at_most_100_columns_wide() {
    hold(
        each(documents::narrow_documents),
        "Wrap the paragraph. Code blocks and tables may be wider.",
    );
}

#[test]
fn no_sentence_begins_with_a_relative_who() {
    hold(
        each(documents::no_relative_who),
        "Make the component or the user the subject: \"A client that is too fast waits.\"",
    );
}

#[test]
fn documents_name_files_that_exist() {
    hold(
        documents::named_files_exist,
        "Correct the path, or remove the sentence.",
    );
}

#[test]
fn the_index_of_files_is_complete() {
    hold(
        documents::complete_index,
        "Add the file with one sentence to the index at the end of ARCHITECTURE.md.",
    );
}

#[test]
fn every_crate_comes_from_a_known_source_under_a_free_license() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).expect("Cargo.lock");
    let mut found = supply_chain::foreign_sources(&lock);
    found.extend(supply_chain::foreign_licenses());
    assert!(
        found.is_empty(),
        "\n{}\nUse another crate. A license that asks for as little as those in \
         tidy/supply_chain.rs may be added there.\n",
        found.join("\n")
    );
}
