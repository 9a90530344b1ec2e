//! The inputs in `corpus/`, which libFuzzer found or somebody wrote, break no rule.

use std::fs;
use std::path::Path;

/// Passes every file of a folder to the rules. Prints its path first, in case it breaks one.
fn check(corpus: &str, rules: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let files = fs::read_dir(folder.join(corpus)).expect("a folder of the corpus");
    let mut checked = 0;
    for file in files {
        let path = file.expect("a readable folder").path();
        eprintln!("{}", path.display());
        rules(&fs::read(&path).expect("a readable file"));
        checked += 1;
    }
    assert!(checked > 0, "the folder is empty");
}

#[test]
fn no_input_breaks_a_rule_of_frames() {
    check("frames", fuzz::frames);
}

#[test]
fn no_input_breaks_a_rule_of_the_writer() {
    check("writer", fuzz::writer);
}

#[test]
fn no_input_breaks_a_rule_of_the_timeline() {
    check("timeline", fuzz::timeline);
}
