//! The workspace's files, and the places in them that break a rule.

use std::path::Path;
use std::{env, fs};

/// A file: its path from the workspace's root, with `/` between folders, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

/// A place that breaks a rule.
#[derive(Debug)]
pub struct Finding {
    /// Counted from 1.
    pub line: usize,
    pub what: String,
}

impl Finding {
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }

    /// `path:line: what`, which editors show as a link.
    pub fn at(self, path: &str) -> String {
        format!("{path}:{}: {}", self.line, self.what)
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub fn ends_with(&self, endings: &[&str]) -> bool {
        self.path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| endings.contains(&ending))
    }

    /// The lines with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }

    /// The lines without their comments, which may mention anything.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines()
            .map(|(number, line)| (number, line.split("//").next().unwrap_or(line)))
    }
}

/// Whether a text has this word, and not only as a part of a longer one.
pub fn has_word(text: &str, word: &str) -> bool {
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Folders whose files are generated.
const SKIPPED: &[&str] = &[
    "target",
    "node_modules",
    "test-results",
    "playwright-report",
    "parlor-data",
];

/// Endings of files whose text is read. Of other files a rule sees only the path.
const READ: &[&str] = &[
    "c",
    "conf",
    "css",
    "html",
    "js",
    "json",
    "md",
    "mjs",
    "py",
    "rs",
    "sh",
    "sql",
    "svg",
    "toml",
    "ts",
    "txt",
    "webmanifest",
];

/// Every file of the workspace, committed or not.
pub fn sources() -> Vec<Source> {
    let here = env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where this crate is");
    let root = Path::new(&here)
        .parent()
        .expect("xtask lies in the workspace");
    let mut found = Vec::new();
    collect(root, "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the workspace's folders can be listed") {
        let entry = entry.expect("the workspace's folders can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), found);
            }
        } else {
            let mut source = Source::new(&path, "");
            if source.ends_with(READ) {
                // A file that disappears meanwhile (an editor's swap file) breaks no rule.
                source.text = fs::read_to_string(entry.path()).unwrap_or_default();
            }
            found.push(source);
        }
    }
}
