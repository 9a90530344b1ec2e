//! Rules for the language of documents and comments.

use std::collections::BTreeSet;

use crate::source::{Finding, Source};

/// The most columns of a line of a document. Code and tables may be wider: a frame is one line.
const MOST_COLUMNS: usize = 100;

/// No line of a Markdown document is wider than [`MOST_COLUMNS`].
pub fn narrow_documents(source: &Source) -> Vec<Finding> {
    if !source.ends_with(&["md"]) {
        return Vec::new();
    }
    let mut is_code = false;
    let found = |(number, line): (usize, &str)| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        let columns = line.chars().count();
        let is_wide = columns > MOST_COLUMNS && !is_code && !line.starts_with('|');
        is_wide.then(|| Finding::new(number, format!("{columns} columns")))
    };
    source.lines().filter_map(found).collect()
}

/// The endings of paths that documents name.
const FILES: &[&str] = &[
    ".rs", ".css", ".ts", ".md", ".sql", ".toml", ".json", ".py", ".sh",
];

/// Every file that a document of the repository's root or of `docs/` names by a path exists.
pub fn named_files_exist(sources: &[Source]) -> Vec<String> {
    let exists = |path: &str| {
        let is_it =
            |source: &Source| source.path == path || source.path.ends_with(&format!("/{path}"));
        sources.iter().any(is_it)
    };
    let is_path = |text: &str| {
        text.contains('/')
            && !text.starts_with('/')
            && !text.contains(['*', '{', '<', ' ', ':'])
            && FILES.iter().any(|ending| text.ends_with(ending))
    };
    let documents = sources.iter().filter(|it| it.ends_with(&["md"]));
    let found = |document: &Source| {
        let mut missing = Vec::new();
        for (number, line) in document.lines() {
            // Every second part is between two backticks.
            let quoted = line.split('`').skip(1).step_by(2);
            let absent = quoted.filter(|text| is_path(text) && !exists(text));
            missing.extend(absent.map(|path| {
                Finding::new(number, format!("there is no file {path}")).at(&document.path)
            }));
        }
        missing
    };
    documents.flat_map(found).collect()
}

/// The index of files in ARCHITECTURE.md lists every source file of a directory that it has a
/// heading for, and nothing else. Tests are not listed.
pub fn complete_index(sources: &[Source]) -> Vec<String> {
    let Some(document) = sources.iter().find(|it| it.path == "ARCHITECTURE.md") else {
        return vec!["there is no ARCHITECTURE.md".to_owned()];
    };
    let quoted = |line: &str| line.split('`').nth(1).unwrap_or_default().to_owned();
    let (mut directories, mut listed) = (Vec::new(), BTreeSet::new());
    let index = document.text.split("## File index").nth(1);
    for line in index.unwrap_or_default().lines() {
        if line.starts_with("### `") {
            directories.push(quoted(line));
        } else if let (true, Some(directory)) = (line.starts_with("- `"), directories.last()) {
            listed.insert(format!("{directory}{}", quoted(line)));
        }
    }
    let is_listed_kind =
        |source: &&Source| source.ends_with(&["rs", "css", "ts"]) && !is_test(&source.path);
    let roots: BTreeSet<_> = directories
        .iter()
        .filter_map(|it| it.split('/').next())
        .collect();
    let files: BTreeSet<String> = sources
        .iter()
        .filter(is_listed_kind)
        .filter(|it| it.path.contains("/src/") || it.path.starts_with("style/"))
        .filter(|it| {
            it.path
                .split('/')
                .next()
                .is_some_and(|root| roots.contains(root))
        })
        .map(|it| it.path.clone())
        .collect();
    let unlisted = files.difference(&listed);
    let unlisted = unlisted.map(|path| format!("ARCHITECTURE.md does not list {path}"));
    let gone = listed
        .iter()
        .filter(|path| !sources.iter().any(|it| it.path == **path));
    unlisted
        .chain(gone.map(|path| format!("ARCHITECTURE.md lists {path}, which is not there")))
        .collect()
}

/// Whether a file contains only tests.
fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || ["/tests.rs", "_tests.rs", "/properties.rs"]
            .iter()
            .any(|end| path.ends_with(end))
}

/// No sentence of a document or a comment begins with a relative "Who".
pub fn no_relative_who(source: &Source) -> Vec<Finding> {
    let is_document = source.ends_with(&["md"]);
    if !is_document && !source.ends_with(&["rs", "ts", "css", "sh", "py"]) {
        return Vec::new();
    }
    let found = |(number, line): (usize, &str)| {
        let text = if is_document { line } else { comment(line)? };
        let text = text.trim_start_matches(['/', '!', '*', '#', '-', ' ']);
        let begins = |sentence: &str| {
            ["Who ", "Whoever "]
                .iter()
                .any(|word| sentence.starts_with(word))
                && !sentence.contains('?')
        };
        let mut sentences = text.split(". ").map(str::trim_start);
        sentences
            .any(begins)
            .then(|| Finding::new(number, "a sentence that begins with “Who”"))
    };
    source.lines().filter_map(found).collect()
}

/// The part of a line of code that is a comment.
fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["//", "/*", "*", "#"]
        .iter()
        .any(|start| line.starts_with(start))
        .then_some(line)
}
