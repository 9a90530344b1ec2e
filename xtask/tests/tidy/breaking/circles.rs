//! Shows that circles between files are found, and how Rust code is read for that.

use crate::circles::circles;
use crate::rust::{code, tokens};
use crate::source::Source;

/// The circles in a made-up crate.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let source = |(path, text): &(&str, &str)| Source::new(&["server/src/", path].concat(), text);
    let sources: Vec<_> = files.iter().map(source).collect();
    circles(&sources)
}

fn count(files: &[(&str, &str)]) -> usize {
    found(files).len()
}

#[test]
fn two_files_that_import_each_other_are_found() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B;"),
        ("b.rs", "\nfn b() { crate::a::a() }"),
    ];
    assert_eq!(
        found(&files),
        [
            "server/src/a.rs:1: `a` imports `b`: a circle of a, b",
            "server/src/b.rs:2: `b` imports `a`: a circle of a, b",
        ]
    );
    assert_eq!(count(&files[..2]), 0);
    assert_eq!(count(&[files[1], ("b.rs", "use crate::c::C;")]), 0);
}

#[test]
fn a_circle_of_three_files_is_found() {
    let files = [
        ("a.rs", "use crate::{c, b::{self, X as Y}};"),
        ("b/mod.rs", "use crate::c::*;"),
        ("c.rs", "use super::a;"),
        ("d.rs", "use crate::a;"),
    ];
    assert_eq!(count(&files), 4);
    assert_eq!(count(&files[..2]), 0);
}

#[test]
fn siblings_that_import_each_other_are_found() {
    let parent = ("a.rs", "mod b; mod c;");
    let one = ("a/b.rs", "use super::c::C;");
    let back = [
        "use super::b;",
        "use crate::a::b::B;",
        "fn c() { super::b::b() }",
        "use super::{\n    b::{B, D},\n};",
        "mod within { use super::super::b; }",
    ];
    for text in back {
        assert_eq!(count(&[parent, one, ("a/c.rs", text)]), 2, "{text}");
    }
    let none = [
        "// use super::b;",
        "/* /* */ use super::b; */",
        "const C: &str = \"use super::b;\";",
        "const C: &str = r#\"\"use super::b;\"#;",
        "fn b<'a>(_: &'a u8) -> char { '\"' }",
        "use b::B;",
        "use ::b::B;",
        "mod b { struct B; } use self::b::B;",
        "fn b() -> impl Fn() + use<'_> {}",
    ];
    for text in none {
        assert_eq!(count(&[parent, one, ("a/c.rs", text)]), 0, "{text}");
    }
}

#[test]
fn a_parent_and_its_child_are_no_circle() {
    let files = [
        ("a.rs", "mod b; use self::b::c::C; pub struct A;"),
        ("a/b.rs", "pub mod c; use super::A; use self::c::C;"),
        ("a/b/c.rs", "use super::super::A; use crate::a::b::B;"),
    ];
    assert_eq!(count(&files), 0);
    // Two siblings that use their parent, which uses both, are none either.
    let files = [
        ("a.rs", "mod b; mod c; use b::B; use c::C; pub struct A;"),
        ("a/b.rs", "use super::A;"),
        ("a/c.rs", "use super::{A, b::B};"),
    ];
    assert_eq!(count(&files), 0);
}

#[test]
fn a_circle_through_a_reexport_is_found() {
    let one = ("a/b.rs", "use super::{C, other};");
    let other = ("a/c.rs", "use super::b::B;");
    let parents = [
        "mod b; mod c; pub use self::c::C;",
        "mod b; mod c; use c::{C, D};",
        "mod b; mod c; pub use c::D as C;",
    ];
    for parent in parents {
        assert_eq!(count(&[("a.rs", parent), one, other]), 2, "{parent}");
    }
    let defines = "mod b; mod c; struct C;";
    assert_eq!(count(&[("a.rs", defines), one, other]), 0);
    // A name that only leads to itself comes from nowhere.
    assert_eq!(count(&[("a.rs", "use C::C;"), one, other]), 0);
}

#[test]
fn what_only_tests_import_is_no_circle() {
    let one = ("a.rs", "use crate::b::B;");
    let tests = [
        "#[cfg(test)]\nmod tests {\n    use crate::a::A;\n    fn t() { { crate::a::x(); } }\n}",
        "#[cfg(test)]\nuse crate::a::{A, B};",
        "#[cfg(all(test, unix))]\n#[allow(unused)]\nfn t(_: [u8; 2]) { crate::a::A }",
    ];
    for text in tests {
        assert_eq!(count(&[one, ("b.rs", text)]), 0, "{text}");
    }
    let not_for_tests = [
        "#[cfg(not(test))]\nuse crate::a::A;",
        "#[cfg(test)]\nmod tests {}\nuse crate::a::A;",
        "#[cfg(test)]\nuse x::{y};\nuse crate::a::A;",
    ];
    for text in not_for_tests {
        assert_eq!(count(&[one, ("b.rs", text)]), 2, "{text}");
    }
    let import = "use crate::a::A;";
    for path in [
        "b/tests.rs",
        "b/tests/x.rs",
        "b/some_tests.rs",
        "b/plans.rs",
    ] {
        let parent = ("b.rs", "#[cfg(test)]\nmod plans;");
        let uses = ("a.rs", "use crate::b::{tests::x, some_tests, plans};");
        assert_eq!(count(&[uses, parent, (path, import)]), 0, "{path}");
    }
}

#[test]
fn crates_have_circles_of_their_own() {
    let sources = [
        Source::new("app/src/a.rs", "use crate::b;"),
        Source::new("client/src/b.rs", "use crate::a;"),
    ];
    assert!(circles(&sources).is_empty());
}

#[test]
fn code_is_read_without_comments_and_texts() {
    let text =
        "a::b // c\n/* /* d */ e */ 'f' '\\'' '\\u{2019}' &'static \"g \\\" h\" r##\"\"# i\"## j2";
    let words: Vec<_> = tokens(text).iter().map(|it| (it.line, it.text)).collect();
    let expected = [(1, "a"), (1, "::"), (1, "b"), (2, "&"), (2, "j2")];
    assert_eq!(words, expected);
    for unfinished in ["\"a", "r#\"a", "/* a", "'", "'\\", "'a"] {
        assert!(tokens(unfinished).is_empty(), "{unfinished}");
    }
    let source = Source::new("a.rs", "use {a::{;}\nuse a");
    assert_eq!(code(&source).tokens.len(), 9);
    assert_eq!(count(&[("a.rs", &source.text)]), 0);
}
