//! Finds the links in what somebody said. Only `http` and `https`: a `javascript:` link would run
//! in the reader's page.

use linkify::{LinkFinder, LinkKind};

/// A piece of a text, in order; together they are the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Piece<'a> {
    Plain(&'a str),
    Link(&'a str),
}

/// Cuts a text into links and what is between them.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url]);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut plain_from = 0;
    for link in finder.links(text).filter(|link| is_web(link.as_str())) {
        if link.start() > plain_from {
            pieces.push(Piece::Plain(&text[plain_from..link.start()]));
        }
        pieces.push(Piece::Link(link.as_str()));
        plain_from = link.end();
    }
    if plain_from < text.len() {
        pieces.push(Piece::Plain(&text[plain_from..]));
    }
    pieces
}

fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|s| s.eq_ignore_ascii_case("http") || s.eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::Piece::{Link, Plain};
    use super::*;

    #[test]
    fn links_end_where_a_reader_would_end_them() {
        assert_eq!(
            pieces("see https://a.example/x?y=1, (http://b.example/c_(d)) now"),
            [
                Plain("see "),
                Link("https://a.example/x?y=1"),
                Plain(", ("),
                Link("http://b.example/c_(d)"),
                Plain(") now"),
            ]
        );
    }

    #[test]
    fn nothing_but_http_and_https_is_a_link() {
        for text in [
            "javascript://x.example/%0aalert(1)",
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example",
            "file:///etc/passwd",
            "mail me@a.example",
            "no link",
        ] {
            assert_eq!(pieces(text), [Plain(text)]);
        }
        assert_eq!(pieces("HTTPS://A.example"), [Link("HTTPS://A.example")]);
        assert_eq!(pieces(""), []);
    }
}
