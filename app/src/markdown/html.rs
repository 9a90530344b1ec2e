//! The one place where HTML is made of what people type. It is made of a tree in which every text
//! is known to be text, and everything that is not one of the few tags below is escaped; a page's
//! policy, besides, runs no script that stands in it. As views of their own, the elements of a
//! message would be the larger half of the bundle, and of the work when a hundred come at once.

use super::{Block, Inline};
use crate::html_builder::escape;

/// A text as HTML.
pub fn html(blocks: &[Block]) -> String {
    let mut html = String::new();
    write_blocks(&mut html, blocks);
    html
}

/// A line of a log.
pub struct Said<'a> {
    /// The author's nickname.
    pub name: &'a str,
    /// Where a group begins: the number of the author's colour, and the initial.
    pub leads: Option<[String; 2]>,
    /// What marks the author as a program, or nothing.
    pub mark: &'a str,
    pub when: When<'a>,
    /// Nothing but emoji.
    pub is_large: bool,
    /// What the button says that shows all of a text that is too long.
    pub unfold: Option<&'a str>,
    /// Made by [`html`].
    pub text: String,
    /// Why it was refused, and what the buttons say that try it again and throw it away.
    pub refused: Option<[&'a str; 3]>,
}

/// When something was said.
pub enum When<'a> {
    /// The way to the message, the moment in full, for machines, and as time of day.
    At([&'a str; 4]),
    /// It is on its way still.
    Not(&'a str),
}

/// A line as HTML.
pub fn line(said: &Said) -> String {
    let mut html = String::new();
    let mut put = |html_builder: &str, text: &str| {
        html.push_str(html_builder);
        escape(&mut html, text);
    };
    match &said.leads {
        Some([hue, initial]) => {
            put(
                "<span class=\"avatar\" aria-hidden=\"true\" data-hue=\"",
                hue,
            );
            put("\">", initial);
            put("</span><bdi class=\"author\" data-hue=\"", hue);
            put("\">", said.name);
        }
        None => put("<bdi class=\"author visually-hidden\">", said.name),
    }
    if !said.mark.is_empty() {
        put("<small>", said.mark);
        put("</small>", "");
    }
    put("</bdi>", "");
    match said.when {
        When::At([way, exact, machine, time]) => {
            put("<a class=\"time\" tabindex=\"-1\" href=\"", way);
            put("\" title=\"", exact);
            put("\"><time datetime=\"", machine);
            put("\">", time);
            put("</time></a>", "");
        }
        When::Not(state) => {
            put("<span class=\"time\">", state);
            put("</span>", "");
        }
    }
    put("<div class=\"text", "");
    if said.is_large {
        put(" large", "");
    }
    if said.unfold.is_some() {
        put(" folded", "");
    }
    put("\">", "");
    html.push_str(&said.text);
    html.push_str("</div>");
    let mut put = |html_builder: &str, text: &str| {
        html.push_str(html_builder);
        escape(&mut html, text);
    };
    if let Some(unfold) = said.unfold {
        put(
            "<button type=\"button\" class=\"fold\" aria-expanded=\"false\">",
            unfold,
        );
        put("</button>", "");
    }
    if let Some([why, again, discard]) = said.refused {
        put(
            "<div class=\"message-actions\"><p class=\"problem\" role=\"alert\">",
            why,
        );
        put("</p><button type=\"button\" class=\"again\">", again);
        put(
            "</button><button type=\"button\" class=\"discard\">",
            discard,
        );
        put("</button></div>", "");
    }
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
                // Wide code is scrolled, by keyboard too.
                html.push_str("<pre tabindex=\"0\" data-language=\"");
                escape(html, language);
                html.push_str("\"><code>");
                // The first line break in a `pre` is not shown, so one more is written.
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
