//! Shows of each rule for documents and comments that it fails where it should, and only there.

use super::{broken, nothing};
use crate::documents;
use crate::source::Source;

#[test]
fn a_wide_line_of_a_document_is_found() {
    let rule = documents::narrow_documents;
    let wide = "x".repeat(101);
    assert_eq!(broken(rule, "README.md", &wide), ["1: 101 columns"]);
    assert_eq!(broken(rule, "README.md", &wide[1..]), nothing());
    assert_eq!(
        broken(rule, "README.md", &"é".repeat(100)),
        nothing(),
        "columns are not bytes"
    );
    let code = format!("```\n{wide}\n```\n| {wide} |\n");
    assert_eq!(broken(rule, "README.md", &code), nothing());
    assert_eq!(broken(rule, "server/src/lib.rs", &wide), nothing());
}

#[test]
fn a_sentence_that_begins_with_a_relative_who_is_found() {
    let rule = documents::no_relative_who;
    let found = ["1: a sentence that begins with “Who”"];
    for text in ["Who is too fast waits.", "It waits. Whoever is late goes."] {
        assert_eq!(broken(rule, "README.md", text), found);
        let comment = format!("    /// {text}");
        assert_eq!(broken(rule, "server/src/hub.rs", &comment), found);
        let code = format!("let sentence = \"{text}\";");
        assert_eq!(broken(rule, "server/src/hub.rs", &code), nothing());
    }
    let question = "Who should get it?";
    assert_eq!(broken(rule, "README.md", question), nothing());
    assert_eq!(broken(rule, "README.md", "A user who waits."), nothing());
}

#[test]
fn a_path_that_does_not_exist_is_found() {
    let document = |text: &str| Source::new("ARCHITECTURE.md", text);
    let code = || Source::new("server/src/hub/room.rs", "");
    let find = |text: &str| documents::named_files_exist(&[document(text), code()]);
    assert_eq!(
        find("See `hub/rooms.rs`."),
        ["ARCHITECTURE.md:1: there is no file hub/rooms.rs"]
    );
    for text in [
        "`server/src/hub/room.rs`",
        "`hub/room.rs`",
        "`room.rs`",
        "`hub/*.rs`",
        "hub/rooms.rs",
    ] {
        assert_eq!(find(text), nothing());
    }
}

#[test]
fn a_file_that_the_index_lacks_is_found() {
    let index = "- `old.rs`\n## File index\n### `hub/src/`\n- `room.rs`: Rooms.\n";
    let source = |path: &str| Source::new(path, "");
    let find = |index: &str, paths: &[&str]| {
        let mut sources: Vec<_> = paths.iter().map(|path| source(path)).collect();
        sources.push(Source::new("ARCHITECTURE.md", index));
        documents::complete_index(&sources)
    };
    assert_eq!(
        find(index, &["hub/src/room.rs", "hub/src/room/tests.rs"]),
        nothing()
    );
    assert_eq!(
        find(index, &["hub/src/room.rs", "hub/src/user.rs"]),
        ["ARCHITECTURE.md does not list hub/src/user.rs"]
    );
    assert_eq!(
        find(index, &[]),
        ["ARCHITECTURE.md lists hub/src/room.rs, which is not there"]
    );
    assert_eq!(
        find(index, &["hub/src/room.rs", "other/src/lib.rs"]),
        nothing()
    );
}
