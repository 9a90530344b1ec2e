//! Reads as much of Rust's grammar as the rules need: code without comments, texts and tests.

use crate::source::Source;

/// An identifier, a number, `::` or a single sign.
#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    /// Counted from 1.
    pub line: usize,
    pub text: &'a str,
}

/// The code of a file that is compiled outside of tests.
pub struct Code<'a> {
    pub tokens: Vec<Token<'a>>,
    /// The modules in other files that this file declares for tests alone.
    pub test_modules: Vec<&'a str>,
}

/// A name that a `use` brings into its module.
pub struct Import<'a> {
    pub line: usize,
    /// As written, without a `self` at its end.
    pub path: Vec<&'a str>,
    /// What it is called from then on; none for a `*`.
    pub name: Option<&'a str>,
}

/// Whether the path is that of a test: a folder `tests`, `tests.rs` or `…_tests.rs`.
pub fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.ends_with("_tests.rs")
}

/// The code of a source file, without its tests.
pub fn code(source: &Source) -> Code<'_> {
    let all = tokens(&source.text);
    let mut code = Code {
        tokens: Vec::new(),
        test_modules: Vec::new(),
    };
    let mut at = 0;
    while let Some(token) = all.get(at) {
        if let Some(after) = test_attribute(&all, at) {
            at = end_of_item(&all, after);
            if let [.., keyword, name, end] = &all[after..at]
                && (keyword.text, end.text) == ("mod", ";")
            {
                code.test_modules.push(name.text);
            }
        } else {
            code.tokens.push(*token);
            at += 1;
        }
    }
    code
}

/// All tokens of a text, without comments, string and character literals, and lifetimes.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let skipped = skipped(rest, first);
        let length = skipped.unwrap_or_else(|| token_length(rest, first));
        let (taken, after) = rest.split_at(length);
        if skipped.is_none() {
            found.push(Token { line, text: taken });
        }
        line += taken.matches('\n').count();
        rest = after;
    }
    found
}

/// What a `use` declaration imports, from the token after `use` on, and where it ends.
pub fn imports<'a>(tokens: &[Token<'a>], at: usize) -> (Vec<Import<'a>>, usize) {
    let mut found = Vec::new();
    let end = use_tree(tokens, at, &[], &mut found);
    (found, end)
}

/// The number of tokens of the path that begins at `at`: `a::b::c` has five.
pub fn path_length(tokens: &[Token<'_>], at: usize) -> usize {
    let mut length = 1;
    while let [colons, next, ..] = &tokens[at + length..]
        && colons.text == "::"
        && is_name(next.text)
    {
        length += 2;
    }
    length
}

/// Whether a token is a keyword or an identifier.
pub fn is_name(token: &str) -> bool {
    token.starts_with(|it: char| it.is_alphabetic() || it == '_')
}

fn use_tree<'a>(
    tokens: &[Token<'a>],
    mut at: usize,
    prefix: &[&'a str],
    found: &mut Vec<Import<'a>>,
) -> usize {
    let mut path = prefix.to_vec();
    let (mut name, mut is_list) = (None, false);
    let line = tokens.get(at).map_or(0, |token| token.line);
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text {
            "," | "}" | ";" => {
                at -= 1;
                break;
            }
            "{" => {
                is_list = true;
                while tokens
                    .get(at)
                    .is_some_and(|it| !["}", ";"].contains(&it.text))
                {
                    at = use_tree(tokens, at, &path, found);
                    at += usize::from(tokens.get(at).is_some_and(|token| token.text == ","));
                }
                at += 1;
            }
            "as" => {
                name = tokens.get(at).map(|token| token.text);
                at += 1;
            }
            "self" if !path.is_empty() => name = path.last().copied(),
            // A path that begins with `::` names another crate.
            "::" if path.is_empty() => path.push("::"),
            "::" => {}
            "*" => name = None,
            word => {
                path.push(word);
                name = Some(word);
            }
        }
    }
    if !is_list && !path.is_empty() {
        found.push(Import { line, path, name });
    }
    at
}

/// Where a `#[cfg(test)]` that begins at `at` ends, if there is one.
fn test_attribute(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let begins = ["#", "[", "cfg", "("];
    if !begins.iter().zip(at..).all(|(sign, at)| text(at) == *sign) {
        return None;
    }
    let length = tokens[at..].iter().position(|token| token.text == "]")?;
    let inside = &tokens[at..at + length];
    let has = |word| inside.iter().any(|token| token.text == word);
    (has("test") && !has("not") && !has("any")).then_some(at + length + 1)
}

/// Where the item that begins at `at` ends: after its `;` or its block.
fn end_of_item(tokens: &[Token<'_>], at: usize) -> usize {
    let mut open = 0_usize;
    let mut beginning = tokens[at..].iter().map_while(|token| match token.text {
        "{" | ";" => None,
        text => Some(text),
    });
    let is_use = beginning.any(|word| word == "use");
    for (offset, token) in tokens[at..].iter().enumerate() {
        match token.text {
            "(" | "[" | "{" => open += 1,
            ")" | "]" | "}" => open = open.saturating_sub(1),
            _ => {}
        }
        let is_end = token.text == ";" || token.text == "}" && !is_use;
        if open == 0 && is_end {
            return at + offset + 1;
        }
    }
    tokens.len()
}

/// The length of whitespace, a comment or a literal at the beginning of a text.
fn skipped(rest: &str, first: char) -> Option<usize> {
    match first {
        it if it.is_whitespace() => Some(it.len_utf8()),
        '/' if rest.starts_with("//") => Some(rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => Some(block_comment(rest)),
        '"' => Some(string(rest)),
        '\'' => Some(quoted(rest)),
        'r' | 'b' | 'c' => {
            let hashes = rest.trim_start_matches(['b', 'c']).strip_prefix('r')?;
            let text = hashes.trim_start_matches('#');
            let count = hashes.len() - text.len();
            let opening = rest.len() - text.len() + 1;
            let end = ["\"", &"#".repeat(count)].concat();
            text.starts_with('"').then(|| {
                let closing = rest[opening..].find(&end);
                closing.map_or(rest.len(), |at| opening + at + end.len())
            })
        }
        _ => None,
    }
}

fn token_length(rest: &str, first: char) -> usize {
    if rest.starts_with("::") {
        return 2;
    }
    let is_part = |it: char| it.is_alphanumeric() || it == '_';
    let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
    length.max(first.len_utf8())
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let Some(next) = rest[at..].find(['/', '*']) else {
            return rest.len();
        };
        at += next;
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
}

fn string(rest: &str) -> usize {
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices().skip(1) {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character literal or a lifetime.
fn quoted(rest: &str) -> usize {
    let mut letters = rest.char_indices().skip(1);
    let Some((_, letter)) = letters.next() else {
        return rest.len();
    };
    let next = letters.next();
    if letter == '\\' {
        // The one after the `\` may be a quote itself.
        let from = next.map_or(rest.len(), |(at, letter)| at + letter.len_utf8());
        return rest[from..]
            .find('\'')
            .map_or(rest.len(), |at| from + at + 1);
    }
    match next {
        Some((at, '\'')) => at + 1,
        _ => {
            let is_part = |it: char| it.is_alphanumeric() || it == '_';
            let name = rest[1..].find(|it| !is_part(it));
            name.map_or(rest.len(), |length| (1 + length).max(2))
        }
    }
}
