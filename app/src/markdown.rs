//! What a message's text means: light Markdown, as people type it in a chat, as a small tree, and as
//! HTML in which whatever people typed is text.
//!
//! It knows `*emphasis*`, `**strong**`, `~~struck~~`, `code`, fenced code, quotes, lists and links,
//! after CommonMark (<https://spec.commonmark.org/0.31.2/>) where a chat does not differ: a line ends
//! where it was ended, marks within words are none, numbers are what was typed. Nothing typed is lost:
//! what is none of these (headings, rules, pictures, HTML, links to odd places) stands as it is.
//!
//! A library would be better kept, but the smallest good one for all of CommonMark makes the page a
//! quarter heavier (56 kB as brotli, for tables of entities and rules that a chat has no use for).

mod blocks;
mod html;
mod inlines;
mod words;

use self::blocks::blocks;
pub use self::html::html;
pub use self::words::{is_address, is_emoji_only, mentions};

/// Containers inside each other; deeper ones are text. Keeps a hostile text from filling the reader's
/// stack.
const DEPTH: usize = 8;

/// A part of a text that stands by itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Block {
    Paragraph(Vec<Inline>),
    /// Lines of code, in a language if one was named.
    Code {
        language: String,
        text: String,
    },
    Quote(Vec<Block>),
    /// A list; one with a number begins at it.
    List {
        first: Option<u64>,
        items: Vec<Vec<Block>>,
    },
}

/// A part of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Inline {
    Text(String),
    /// A new line begins.
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
    /// The reader is mentioned, as in `@Toto`.
    Mention(String),
}

/// Reads a text; `reader` is the nickname whose mentions stand out.
pub fn parse(text: &str, reader: &str) -> Vec<Block> {
    let lines: Vec<&str> = text.lines().collect();
    let blocks = blocks(&lines, reader, 0);
    match blocks.iter().all(is_empty) {
        // Nothing but marks, like `>`: shown as what it is.
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
