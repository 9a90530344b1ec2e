//! Marks within a line. They count only at the edges of words, so that `snake_case`, `2*3*4` and
//! `~/notes` stay as they are. There is one pass: once a mark has no partner, no later one of its
//! kind is looked for, so the time is linear in the length of the text.

use linkify::{LinkFinder, LinkKind};

use super::words::{is_address, mention};
use super::{DEPTH, Inline};

/// What a pair of marks makes of the text between them.
type Make = fn(Vec<Inline>) -> Inline;

/// The marks, the longer before the shorter.
const MARKS: [(&str, Make); 5] = [
    ("**", Inline::Strong),
    ("__", Inline::Strong),
    ("~~", Inline::Struck),
    ("*", Inline::Emphasis),
    ("_", Inline::Emphasis),
];

/// Parses a text of one or more lines; `depth` counts the marks around it.
pub fn inlines(text: &str, reader: &str, depth: usize) -> Vec<Inline> {
    let mut room_filter = LinkFinder::new();
    room_filter.kinds(&[LinkKind::Url]);
    let has_unread_mention = room_filter
        .links(text)
        .map(|link| (link.start(), link.end()));
    let mut scanner = Scanner {
        text,
        reader,
        depth,
        has_unread_mention: has_unread_mention
            .filter(|(start, end)| is_address(&text[*start..*end]))
            .collect(),
        line: Vec::new(),
        plain_from: 0,
        lonely: Vec::new(),
    };
    let mut at = 0;
    while at < text.len() {
        at = scanner.step(at);
    }
    scanner.plain(text.len());
    scanner.line
}

struct Scanner<'a> {
    text: &'a str,
    reader: &'a str,
    depth: usize,
    /// The bare addresses, in order.
    has_unread_mention: Vec<(usize, usize)>,
    line: Vec<Inline>,
    /// From here on, there was only plain text so far.
    plain_from: usize,
    /// Marks, numbers of backticks and brackets that have no partner in the rest of the text.
    lonely: Vec<(&'static str, usize)>,
}

impl Scanner<'_> {
    /// Parses what is at an index; returns where to continue.
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let Some(c) = rest.chars().next() else {
            return self.text.len();
        };
        let found = match c {
            '\n' => Some((Inline::Break, at + 1)),
            '`' => self.code(at),
            '[' => self.link(at),
            '@' => self.mention(at),
            '*' | '_' | '~' => self.marked(at),
            // A mark after a backslash is a character like any other; both are shown.
            '\\' if rest[1..].starts_with(['*', '_', '~', '`', '[']) => return at + 2,
            _ => self.address(at),
        };
        match found {
            Some((inline, end)) => {
                self.plain(at);
                self.line.push(inline);
                self.plain_from = end;
                end
            }
            // A run of marks without a meaning is skipped as a whole.
            None if matches!(c, '`' | '*' | '_' | '~') => {
                at + rest.len() - rest.trim_start_matches(c).len()
            }
            None => at + c.len_utf8(),
        }
    }

    fn plain(&mut self, to: usize) {
        if self.plain_from < to {
            let text = self.text[self.plain_from..to].to_owned();
            self.line.push(Inline::Text(text));
        }
    }

    fn address(&self, at: usize) -> Option<(Inline, usize)> {
        let (_, end) = self.address_at(at).filter(|(start, _)| *start == at)?;
        let to = self.text[at..end].to_owned();
        let shown = vec![Inline::Text(to.clone())];
        Some((Inline::Link { to, shown }, end))
    }

    /// The address that contains an index.
    fn address_at(&self, at: usize) -> Option<(usize, usize)> {
        let next = self
            .has_unread_mention
            .partition_point(|(_, end)| *end <= at);
        let address = self.has_unread_mention.get(next).copied();
        address.filter(|(start, _)| *start <= at)
    }

    fn mention(&self, at: usize) -> Option<(Inline, usize)> {
        let length = mention(self.text, at, self.reader)?;
        let name = self.text[at..at + length].to_owned();
        Some((Inline::Mention(name), at + length))
    }

    fn code(&mut self, at: usize) -> Option<(Inline, usize)> {
        let rest = &self.text[at..];
        let inside = rest.trim_start_matches('`');
        let length = rest.len() - inside.len();
        if self.lonely.contains(&("`", length)) {
            return None;
        }
        let close = runs(inside, '`').find(|(_, run)| *run == length);
        let Some((close, _)) = close else {
            self.lonely.push(("`", length));
            return None;
        };
        let code = &inside[..close];
        // A space on both sides separates backticks that belong to the code.
        let bare = code.strip_prefix(' ').and_then(|c| c.strip_suffix(' '));
        let code = bare.filter(|bare| !bare.trim().is_empty()).unwrap_or(code);
        let end = at + length + close + length;
        Some((Inline::Code(code.to_owned()), end))
    }

    /// `[shown](to)`.
    fn link(&mut self, at: usize) -> Option<(Inline, usize)> {
        let inside = &self.text[at + 1..];
        // The innermost bracket belongs to the link.
        let middle = inside.find(['[', ']', '\n'])?;
        let shown = &inside[..middle];
        if shown.trim().is_empty() || !inside[middle..].starts_with("](") {
            return None;
        }
        if self.lonely.contains(&("(", 0)) {
            return None;
        }
        let target = &inside[middle + 2..];
        let mut open = 1;
        let close = target.find(|c: char| {
            open += match c {
                '(' => 1,
                ')' => -1,
                _ => 0,
            };
            open == 0 || c.is_whitespace()
        });
        let Some(close) = close else {
            self.lonely.push(("(", 0));
            return None;
        };
        let to = &target[..close];
        if open != 0 || !is_address(to) {
            return None;
        }
        let link = Inline::Link {
            to: to.to_owned(),
            shown: vec![Inline::Text(shown.to_owned())],
        };
        Some((link, at + 1 + middle + 2 + close + 1))
    }

    fn marked(&mut self, at: usize) -> Option<(Inline, usize)> {
        if self.depth >= DEPTH || !is_edge(self.text[..at].chars().next_back()) {
            return None;
        }
        let rest = &self.text[at..];
        let (mark, make) = MARKS.iter().find(|(mark, _)| rest.starts_with(mark))?;
        let inside = &rest[mark.len()..];
        let begins = inside.chars().next().is_some_and(|c| !c.is_whitespace());
        if !begins || self.lonely.contains(&(mark, 0)) {
            return None;
        }
        let Some(close) = self.close(mark, at + mark.len()) else {
            self.lonely.push((mark, 0));
            return None;
        };
        let inside = inlines(
            &self.text[at + mark.len()..close],
            self.reader,
            self.depth + 1,
        );
        Some((make(inside), close + mark.len()))
    }

    /// Where a mark closes what was opened before `from`.
    fn close(&self, mark: &str, from: usize) -> Option<usize> {
        let c = mark.chars().next()?;
        let text = &self.text[from..];
        runs(text, c).find_map(|(start, run)| {
            // If there are more marks than needed, the others belong to the text inside.
            let spare = run.checked_sub(mark.len())?;
            let (start, end) = (from + start + spare, from + start + run);
            let fits = match mark.len() {
                1 => run != 2,
                _ => true,
            };
            let before = self.text[..start - spare].chars().next_back();
            let ends = start - spare > from && before.is_some_and(|c| !c.is_whitespace());
            let is_free = self.address_at(start).is_none();
            let after = self.text[end..].chars().next();
            (fits && ends && is_free && is_edge(after)).then_some(start)
        })
    }
}

/// Is this not a part of a word? Marks may be next to each other.
fn is_edge(c: Option<char>) -> bool {
    !c.is_some_and(char::is_alphanumeric)
}

/// Where a character is repeated, and how often.
fn runs(text: &str, c: char) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(c)?;
        let rest = &text[start..];
        let length = rest.len() - rest.trim_start_matches(c).len();
        at = start + length;
        Some((start, length))
    })
}
