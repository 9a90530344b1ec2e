//! Renders a parsed text as HTML. Every text in the tree is escaped, and only the few tags below
//! are written. In addition, the page's policy forbids every script inside of it.

use super::{Block, Inline};
use crate::html_builder::escape;

/// A text as HTML.
pub fn html(blocks: &[Block]) -> String {
    let mut html = String::new();
    write_blocks(&mut html, blocks);
    html
}

fn write_blocks(html: &mut String, blocks: &[Block]) {
    for block in blocks {
        match block {
            Block::Paragraph(line) => {
                html.push_str("<p dir=\"auto\">");
                write_line(html, line);
                html.push_str("</p>");
            }
            Block::Code { language, text } => {
                // Wide code can be scrolled, with the keyboard, too.
                html.push_str("<pre tabindex=\"0\" data-language=\"");
                escape(html, language);
                html.push_str("\"><code>");
                // Browsers drop the first line break in a `pre`, so one more is written.
                if text.starts_with('\n') {
                    html.push('\n');
                }
                escape(html, text);
                html.push_str("</code></pre>");
            }
            Block::Quote(inside) => {
                html.push_str("<blockquote>");
                write_blocks(html, inside);
                html.push_str("</blockquote>");
            }
            Block::List { first, items } => {
                let tag = if first.is_some() { "ol" } else { "ul" };
                html.push('<');
                html.push_str(tag);
                if let Some(first) = first {
                    html.push_str(" start=\"");
                    html.push_str(&first.to_string());
                    html.push('"');
                }
                html.push('>');
                for item in items {
                    html.push_str("<li dir=\"auto\">");
                    write_blocks(html, item);
                    html.push_str("</li>");
                }
                html.push_str("</");
                html.push_str(tag);
                html.push('>');
            }
        }
    }
}

fn write_line(html: &mut String, line: &[Inline]) {
    for inline in line {
        let (tag, inside) = match inline {
            Inline::Text(text) => {
                escape(html, text);
                continue;
            }
            Inline::Break => {
                html.push_str("<br>");
                continue;
            }
            Inline::Link { to, shown } => {
                html.push_str("<a target=\"_blank\" rel=\"noopener noreferrer nofollow\" href=\"");
                escape(html, to);
                html.push_str("\" title=\"");
                escape(html, to);
                html.push_str("\">");
                write_line(html, shown);
                html.push_str("</a>");
                continue;
            }
            Inline::Code(text) => ("code", &[Inline::Text(text.clone())][..]),
            Inline::Mention(name) => ("mark", &[Inline::Text(name.clone())][..]),
            Inline::Emphasis(inside) => ("em", &inside[..]),
            Inline::Strong(inside) => ("strong", &inside[..]),
            Inline::Struck(inside) => ("s", &inside[..]),
        };
        html.push('<');
        html.push_str(tag);
        html.push('>');
        write_line(html, inside);
        html.push_str("</");
        html.push_str(tag);
        html.push('>');
    }
}
