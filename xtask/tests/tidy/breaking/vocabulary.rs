//! Shows that retired words are found, and types that share a name.

use super::{broken, nothing};
use crate::source::Source;
use crate::{types, vocabulary};

/// The retired words in a line.
fn words(line: &str) -> Vec<String> {
    broken(vocabulary::words, "app/src/lib.rs", line)
}

#[test]
fn a_retired_word_is_found_in_every_style() {
    assert_eq!(
        broken(vocabulary::words, "README.md", "\nA house, not a home."),
        ["2: the retired word `house` in `house`"]
    );
    let lines = [
        "let house_keeper = 1;",
        "struct HouseState;",
        "fn openHouse() {}",
        "const HOUSE: u8 = 1;",
        "class=\"house-2\"",
        "// Two houses",
        "HTTPHouse",
        "House2",
        "the house's",
        "apologies",
        "`Typists`",
        "<'stranger>",
        "house–door",
    ];
    for line in lines {
        assert_eq!(words(line).len(), 1, "{line}");
    }
    assert_eq!(words("a courier on an errand, an Errand").len(), 3);
    for line in [
        "warehouse",
        "household",
        "strange",
        "housed",
        "typing",
        "mis-hap",
    ] {
        assert_eq!(words(line), nothing(), "{line}");
    }
}

#[test]
fn a_retired_phrase_is_found_in_identifiers_alone() {
    let lines = [
        "fn carry_out() {}",
        "self.carry_out_all()",
        "CarryOut",
        "handOver",
        "a hand-over",
        "HAND_OVERS",
        "says_goodbye",
        "carries_out",
        "#own-up",
    ];
    for line in lines {
        assert_eq!(words(line).len(), 1, "{line}");
    }
    let plain = [
        "To carry out a plan, hand over the text.",
        "carry(out)",
        "outcarry",
        "hand_moved_over",
        "let wait = 1;",
        "out_carry",
    ];
    for line in plain {
        assert_eq!(words(line), nothing(), "{line}");
    }
}

#[test]
fn a_retired_word_in_a_path_is_found() {
    let rule = vocabulary::words;
    assert_eq!(
        broken(rule, "app/src/house/lists.rs", ""),
        ["1: the retired word `house` in the path's `house`"]
    );
    for path in [
        "end2end/pictures/give-back.png",
        "server/src/errands.rs",
        "app/src/own_up/x.rs",
    ] {
        assert_eq!(broken(rule, path, "").len(), 1, "{path}");
    }
    for path in ["app/src/housekeeping.rs", "app/src/give/back.rs"] {
        assert_eq!(broken(rule, path, ""), nothing(), "{path}");
    }
}

#[test]
fn migrations_and_generated_files_keep_their_words() {
    for path in [
        "server/src/store/migrations/1.sql",
        "server/migrations/sqlite/7.sql",
        "end2end/package-lock.json",
        "docs/protocol.schema.json",
        "xtask/tests/tidy/vocabulary.rs",
    ] {
        assert_eq!(
            broken(vocabulary::words, path, "house"),
            nothing(),
            "{path}"
        );
    }
    let other = "server/src/store/schema.rs";
    assert_eq!(broken(vocabulary::words, other, "house").len(), 1);
}

/// The types of a made-up crate's two files that share a name.
fn shared(one: &str, other: &str) -> Vec<String> {
    types::names(&[
        Source::new("server/src/one.rs", one),
        Source::new("server/src/other.rs", other),
    ])
}

#[test]
fn a_name_that_two_types_share_is_found() {
    assert_eq!(
        shared("struct Line;", "\npub(crate) enum Line {}"),
        [
            "server/src/one.rs:1: `Line` is also a type in server/src/other.rs",
            "server/src/other.rs:2: `Line` is also a type in server/src/one.rs",
        ]
    );
    let definitions = [
        "pub type Line = u8;",
        "pub trait Line {}",
        "#[derive(Debug)]\nunion Line { a: u8 }",
        "fn f() { struct Line<'a>(&'a str); }",
        "mod inner { pub struct Line; }",
        "impl A { fn f() { type Line = u8; } }",
        "trait A { type B; }\ntype Line = u8;",
        "pub unsafe trait Line {}",
    ];
    for text in definitions {
        assert_eq!(shared("struct Line;", text).len(), 2, "{text}");
    }
}

#[test]
fn a_name_that_one_type_has_is_fine() {
    let none = [
        "struct Lines;",
        "use crate::one::Line;",
        "use crate::one::Other as Line;",
        "impl Iterator for A { type Line = u8; }",
        "trait A { type Line; fn f() {} type B; }",
        "// struct Line;",
        "const A: &str = \"struct Line;\";",
        "#[cfg(test)]\nmod tests { struct Line; }",
        "fn f() { let r#type = Line; }",
    ];
    for text in none {
        assert_eq!(shared("struct Line;", text), nothing(), "{text}");
    }
    assert_eq!(shared("enum Error {}", "struct Error;"), nothing());
    let platforms = "#[cfg(unix)]\nstruct Line;\n#[cfg(windows)]\nstruct Line;";
    assert_eq!(shared(platforms, ""), nothing());
    for path in [
        "app/src/one.rs",
        "server/tests/one.rs",
        "server/src/a/tests.rs",
    ] {
        let sources = ["server/src/one.rs", path].map(|path| Source::new(path, "struct Line;"));
        let expected = usize::from(path == "server/src/one.rs");
        assert_eq!(types::names(&sources).len(), expected, "{path}");
    }
}
