//! What libFuzzer found worth keeping, and what somebody thought of: each holds still.

use std::fs;
use std::path::Path;

/// Puts every file of a folder to the rules; says which one is at work, in case it breaks one.
fn hold(corpus: &str, rules: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder.join(corpus)).expect("the corpus is there");
    let mut held = 0;
    for file in files {
        let path = file.expect("the corpus can be listed").path();
        eprintln!("{}", path.display());
        rules(&fs::read(&path).expect("the corpus can be read"));
        held += 1;
    }
    assert!(held > 0, "no file is there");
}

#[test]
fn frames_that_were_kept_break_no_rule() {
    hold("frames", fuzz::frames);
}

#[test]
fn what_was_sent_to_the_writer_breaks_no_rule() {
    hold("writer", fuzz::writer);
}

#[test]
fn stories_that_were_kept_break_no_rule() {
    hold("timeline", fuzz::timeline);
}
