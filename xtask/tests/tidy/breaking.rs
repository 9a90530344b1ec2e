//! Shows of each rule that it fails where it should, and only there.

mod circles;
mod documents;
mod modules;
mod vocabulary;

use crate::source::{Finding, Source};
use crate::{layers, rules, supply_chain};

/// The places in a made-up file that break a rule, as `line: what`.
fn broken(rule: fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> Vec<String> {
    let found = rule(&Source::new(path, text));
    found
        .into_iter()
        .map(|found| format!("{}: {}", found.line, found.what))
        .collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

#[test]
fn a_crate_that_depends_upwards_is_found() {
    let upwards = "[dependencies]\nserde = \"1\"\napp.workspace = true\n";
    assert_eq!(
        broken(layers::crates, "protocol/Cargo.toml", upwards),
        ["3: `protocol` depends on `app`"]
    );
    assert_eq!(
        broken(layers::crates, "frontend/Cargo.toml", upwards),
        nothing()
    );
    let hidden =
        "[target.'cfg(unix)'.dev-dependencies]\nparlor = { package = \"server\", path = \"x\" }\n";
    assert_eq!(
        broken(layers::crates, "app/Cargo.toml", hidden),
        ["1: `app` depends on `server`"]
    );
    let coming = "[dependencies]\nclient.workspace = true\ncli.workspace = true\n";
    assert_eq!(
        broken(layers::crates, "app/Cargo.toml", coming),
        ["3: `app` depends on `cli`"]
    );
    assert_eq!(broken(layers::crates, "client/Cargo.toml", coming).len(), 2);
    assert_eq!(
        broken(layers::crates, "bench/Cargo.toml", coming),
        nothing()
    );
    assert_eq!(broken(layers::crates, "new/Cargo.toml", "").len(), 1);
}

#[test]
fn a_named_game_is_found() {
    let rule = rules::games_are_unnamed;
    let named = "fn play() {\n    GameName::TicTacToe\n}\n";
    let found = ["2: a game is named"];
    assert_eq!(broken(rule, "server/src/writer/games.rs", named), found);
    assert_eq!(
        broken(rule, "app/src/components/game.rs", "\"tic-tac-toe\"").len(),
        1
    );
    for path in ["app/src/i18n/en/games.rs", "protocol/src/games/game.rs"] {
        assert_eq!(broken(rule, path, named), found);
    }
    let listed = "games! {\n    TicTacToe => tic_tac_toe,\n}\n";
    let list = "protocol/src/games.rs";
    assert_eq!(broken(rule, list, listed), nothing());
    assert_eq!(broken(rule, list, named), found);
    for path in [
        "protocol/src/games/tic_tac_toe.rs",
        "protocol/src/games/tic_tac_toe/words.rs",
        "server/tests/e2e/games.rs",
    ] {
        assert_eq!(broken(rule, path, named), nothing());
    }
}

#[test]
fn sql_outside_of_the_store_is_found() {
    let line = "let rows = read(\"SELECT seq FROM events\");";
    assert_eq!(
        broken(layers::sql, "server/src/web/rooms.rs", line).len(),
        1
    );
    assert_eq!(
        broken(
            layers::sql,
            "server/src/journal.rs",
            "use rusqlite::Connection;"
        )
        .len(),
        1
    );
    assert_eq!(
        broken(layers::sql, "server/src/migrations/1.sql", "").len(),
        1
    );
    assert_eq!(
        broken(layers::sql, "server/src/store/rooms.rs", line),
        nothing()
    );
}

#[test]
fn a_build_variant_in_the_app_is_found() {
    let rule = rules::no_build_variants;
    for cfg in [
        "#[cfg(feature = \"ssr\")]",
        "if cfg!(feature = \"x\")",
        "#[cfg(not(target_arch = \"wasm32\"))]",
    ] {
        assert_eq!(broken(rule, "app/src/lib.rs", cfg).len(), 1, "{cfg}");
        assert_eq!(broken(rule, "server/src/main.rs", cfg), nothing());
    }
    assert_eq!(
        broken(rule, "app/src/lib.rs", "#[cfg(test)]\nmod tests {}"),
        nothing()
    );
}

#[test]
fn a_long_file_is_found() {
    let long = "x\n".repeat(401);
    assert_eq!(broken(rules::small_files, "style/main.css", &long).len(), 1);
    assert_eq!(
        broken(rules::small_files, "style/main.css", &long[2..]),
        nothing()
    );
    assert_eq!(broken(rules::small_files, "Cargo.toml", &long), nothing());
}

#[test]
fn a_mark_for_later_is_found() {
    for mark in [
        "// TODO: more",
        "/* FIXME */",
        "# XXX",
        "unimplemented!()",
        "todo!(\"x\")",
    ] {
        assert_eq!(
            broken(rules::nothing_for_later, "end2end/rooms.spec.ts", mark).len(),
            1,
            "{mark}"
        );
    }
    assert_eq!(
        broken(
            rules::nothing_for_later,
            "app/src/lib.rs",
            "TODOS, mastodon!"
        ),
        nothing()
    );
}

#[test]
fn an_allow_without_a_reason_is_found() {
    let rule = rules::reasoned_allows;
    assert_eq!(
        broken(rule, "app/src/lib.rs", "\n#[allow(dead_code)]"),
        ["2: an `allow` without a reason"]
    );
    assert_eq!(
        broken(rule, "app/src/lib.rs", "#![allow(\n    unused,\n)]").len(),
        1
    );
    assert_eq!(
        broken(
            rule,
            "app/src/lib.rs",
            "#[allow(\n    unused,\n    reason = \"x\"\n)]"
        ),
        nothing()
    );
}

#[test]
fn a_license_that_asks_for_more_is_found() {
    for allowed in [
        "MIT",
        "MIT/Apache-2.0",
        "LGPL-2.1-or-later OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 WITH LLVM-exception",
    ] {
        assert!(supply_chain::is_allowed(allowed), "{allowed}");
    }
    for foreign in [
        "",
        "GPL-3.0-only",
        "MIT AND GPL-3.0-only",
        "(MIT OR Apache-2.0) AND SSPL-1.0",
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "MIT Apache-2.0",
        "(MIT",
    ] {
        assert!(!supply_chain::is_allowed(foreign), "{foreign}");
    }
}

#[test]
fn a_crate_from_elsewhere_is_found() {
    let lock = |lines: &str| format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n{lines}");
    let crates_io = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    for (lines, found) in [
        (String::new(), 0),
        (format!("{crates_io}\nchecksum = \"00\""), 0),
        (crates_io.to_owned(), 1),
        ("source = \"git+https://github.com/a/a#1\"".to_owned(), 1),
    ] {
        let foreign = supply_chain::foreign_sources(&lock(&lines));
        assert_eq!(foreign.len(), found, "{lines}");
    }
}
