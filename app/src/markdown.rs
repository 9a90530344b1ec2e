//! The text of a message: light Markdown, as it is common in chats, parsed into a small tree and
//! rendered as HTML in which everything that users type is text.
//!
//! It supports `*emphasis*`, `**strong**`, `~~struck~~`, `code`, fenced code, quotes, lists and
//! links, as CommonMark does (<https://spec.commonmark.org/0.31.2/>), except where chats differ: a
//! line break is kept, marks inside words are text, and numbers are shown as typed. Nothing is
//! lost: other syntax (headings, rules, images, HTML, links with other schemes) is shown as typed.
//!
//! A library would be less code, but the smallest good one for all of CommonMark makes the page a
//! quarter larger (56 kB as brotli, for tables of entities and rules that a chat does not need).

mod blocks;
mod html;
mod inlines;
mod words;

use self::blocks::blocks;
pub use self::html::html;
pub use self::words::{is_address, is_emoji_only, mentions};

/// The deepest nesting of containers; deeper ones are text. It protects the stack from hostile
/// texts.
const DEPTH: usize = 8;

/// A block of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// Code, in a language if one was named.
    Code {
        language: String,
        text: String,
    },
    Quote(Vec<Block>),
    /// A list. A numbered one begins at `first`.
    List {
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
}

/// A part of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Inline {
    Text(String),
    /// A line break.
    Break,
    Code(String),
    Emphasis(Vec<Inline>),
    Strong(Vec<Inline>),
    Struck(Vec<Inline>),
    /// `to` begins with `http:`, `https:` or `mailto:`.
    Link {
        to: String,
        shown: Vec<Inline>,
    },
    /// The user is mentioned, as in `@Toto`.
    Mention(String),
}

/// Parses a text; `reader` is the nickname whose mentions are highlighted.
pub fn parse(text: &str, reader: &str) -> Vec<Block> {
    let text = &*words::comparable(text);
    let lines: Vec<&str> = text.lines().collect();
    let blocks = blocks(&lines, reader, 0);
    match blocks.iter().all(is_empty) {
        // Nothing but marks, like `>`: shown as typed.
        true => vec![Block::Paragraph(vec![Inline::Text(text.to_owned())])],
        false => blocks,
    }
}

fn is_empty(block: &Block) -> bool {
    match block {
        Block::Paragraph(line) => line.is_empty(),
        Block::Code { text, .. } => text.trim().is_empty(),
        Block::Quote(inside) => inside.iter().all(is_empty),
        Block::List { items, .. } => items.iter().flatten().all(is_empty),
    }
}

#[cfg(test)]
mod tests;
