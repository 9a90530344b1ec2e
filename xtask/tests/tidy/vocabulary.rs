//! Words that the project no longer uses.

use crate::source::{Finding, Source};

/// Retired everywhere, also as a part of an identifier.
const WORDS: &[&str] = &[
    "house",
    "doorkeeper",
    "stranger",
    "courier",
    "errand",
    "mishap",
    "oneself",
    "attendance",
    "whereabouts",
    "hindrance",
    "newcomer",
    "lifeline",
    "apology",
    "typist",
];

/// Retired only as identifiers. As two words of a sentence they are plain English.
const PHRASES: &[[&str; 2]] = &[
    ["own", "up"],
    ["let", "wait"],
    ["carry", "out"],
    ["give", "back"],
    ["hand", "over"],
    ["say", "goodbye"],
];

/// Generated files, migrations, which never change once a database has run them, and this folder,
/// which names what the rules look for.
const EXEMPT: &[&str] = &[
    "docs/protocol.schema.json",
    "end2end/package-lock.json",
    "server/migrations/",
    "server/src/store/migrations/",
    "xtask/tests/tidy/",
];

/// No retired word is in a file's path, code, comments, texts or sentences.
pub fn words(source: &Source) -> Vec<Finding> {
    if EXEMPT.iter().any(|path| source.path.starts_with(path)) {
        return Vec::new();
    }
    let path = retired(&source.path).map(|(identifier, word)| {
        Finding::new(
            1,
            format!("the retired word `{word}` in the path's `{identifier}`"),
        )
    });
    let text = source.lines().flat_map(|(number, line)| {
        retired(line).map(move |(identifier, word)| {
            Finding::new(
                number,
                format!("the retired word `{word}` in `{identifier}`"),
            )
        })
    });
    path.chain(text).collect()
}

/// Each identifier of a text that has a retired word, and the word.
fn retired(text: &str) -> impl Iterator<Item = (&str, String)> {
    let is_part = |it: char| it.is_alphanumeric() || it == '_' || it == '-';
    text.split(move |it| !is_part(it)).filter_map(|identifier| {
        let parts = parts(identifier);
        let word = WORDS
            .iter()
            .find(|word| parts.iter().any(|part| is_form(part, word)))
            .map(|word| (*word).to_owned());
        let phrase = || {
            let is_phrase = |pair: &[String], phrase: &[&str; 2]| {
                is_form(&pair[0], phrase[0]) && is_form(&pair[1], phrase[1])
            };
            PHRASES
                .iter()
                .find(|phrase| parts.windows(2).any(|pair| is_phrase(pair, phrase)))
                .map(|phrase| phrase.join("_"))
        };
        Some((identifier, word.or_else(phrase)?))
    })
}

/// The words of an identifier in lower case, whatever its style: `anHTTPServer_2` has `an`, `http`,
/// `server` and `2`.
fn parts(identifier: &str) -> Vec<String> {
    let letters: Vec<char> = identifier.chars().collect();
    let mut parts = vec![String::new()];
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let begins = before.is_some_and(|before| {
            let is_next_word = before.is_uppercase() && after.is_some_and(|it| it.is_lowercase());
            letter.is_uppercase() && (before.is_lowercase() || is_next_word)
                || before.is_numeric() != letter.is_numeric()
        });
        if begins || !letter.is_alphanumeric() {
            parts.push(String::new());
        }
        if let (true, Some(part)) = (letter.is_alphanumeric(), parts.last_mut()) {
            part.extend(letter.to_lowercase());
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Whether this is the word, its plural or its third person.
fn is_form(part: &str, word: &str) -> bool {
    let Some(ending) = part.strip_prefix(word) else {
        let stem = word.strip_suffix('y');
        return stem.is_some_and(|stem| part.strip_prefix(stem) == Some("ies"));
    };
    ["", "s", "es"].contains(&ending)
}
