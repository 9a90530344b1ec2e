use super::Inline::{Break, Code, Emphasis, Mention, Strong, Struck, Text};
use super::*;

fn text(text: &str) -> Inline {
    Text(text.to_owned())
}

fn link(to: &str) -> Inline {
    Inline::Link {
        to: to.to_owned(),
        shown: vec![text(to)],
    }
}

fn line(inlines: impl Into<Vec<Inline>>) -> Block {
    Block::Paragraph(inlines.into())
}

fn parsed(text: &str) -> Vec<Block> {
    parse(text, "Toto")
}

/// Shown as typed.
fn stands(typed: &str) {
    assert_eq!(parsed(typed), [line([text(typed)])], "{typed}");
}

#[test]
fn emphasis_code_and_line_breaks_are_parsed() {
    assert_eq!(
        parsed("*so* **very** ~~not~~ `<b>`\nnew line"),
        [line([
            Emphasis(vec![text("so")]),
            text(" "),
            Strong(vec![text("very")]),
            text(" "),
            Struck(vec![text("not")]),
            text(" "),
            Code("<b>".into()),
            Break,
            text("new line"),
        ])]
    );
    for typed in [
        "snake_case_name and 2 * 3 * 4 or 2*3*4",
        "~/notes, a_, _ and ** and `",
        r"¯\_(ツ)_/¯ \*so\* \`so\` \[so]",
        "*not closed, _neither",
    ] {
        stands(typed);
    }
    assert_eq!(
        parsed("***both*** and *a **b** c*"),
        [line([
            Strong(vec![Emphasis(vec![text("both")])]),
            text(" and "),
            Emphasis(vec![text("a "), Strong(vec![text("b")]), text(" c")]),
        ])]
    );
    assert_eq!(
        parsed("``a`b`` (_x_)"),
        [line([
            Code("a`b".into()),
            text(" ("),
            Emphasis(vec![text("x")]),
            text(")"),
        ])]
    );
}

#[test]
fn quotes_lists_and_code_are_blocks() {
    assert_eq!(
        parsed("> he said\n\n3. three\n4. four\n\n```rust\nlet x = \"<&>\";\n```\n- dot"),
        [
            Block::Quote(vec![line([text("he said")])]),
            Block::List {
                first: Some(3),
                items: vec![vec![line([text("three")])], vec![line([text("four")])]],
            },
            Block::Code {
                language: "rust".into(),
                text: "let x = \"<&>\";".into(),
            },
            Block::List {
                first: None,
                items: vec![vec![line([text("dot")])]],
            },
        ]
    );
}

#[test]
fn a_list_item_can_contain_a_list() {
    let inner = Block::List {
        first: None,
        items: vec![vec![line([text("b")])]],
    };
    assert_eq!(
        parsed("- a *x*\n  - b"),
        [Block::List {
            first: None,
            items: vec![vec![line([text("a "), Emphasis(vec![text("x")])]), inner]],
        }]
    );
}

#[test]
fn links_lead_to_the_web_or_to_mail_and_nowhere_else() {
    assert_eq!(
        parsed("[here](https://a.example/x)"),
        [line([Inline::Link {
            to: "https://a.example/x".into(),
            shown: vec![text("here")],
        }])]
    );
    assert_eq!(
        parsed("[me](mailto:me@a.example)"),
        [line([Inline::Link {
            to: "mailto:me@a.example".into(),
            shown: vec![text("me")],
        }])]
    );
    for typed in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:msgbox)",
        "[x](/sign-out)",
        "[x](http:/sign-out)",
        "<javascript:alert(1)>",
        "[x][y]",
        "javascript://x.example/%0aalert(1)",
        "data:text/html,x ftp://a.example file:///etc/passwd",
    ] {
        stands(typed);
    }
}

#[test]
fn an_image_is_not_loaded_but_is_a_link() {
    assert_eq!(
        parsed("![x](https://a.example/pixel.png)"),
        [line([
            text("!"),
            Inline::Link {
                to: "https://a.example/pixel.png".into(),
                shown: vec![text("x")],
            },
        ])]
    );
}

#[test]
fn bare_addresses_end_before_punctuation() {
    assert_eq!(
        parsed("see https://a.example/x_y_z?y=1&amp=2, (http://b.example/c_(d)) now"),
        [line([
            text("see "),
            link("https://a.example/x_y_z?y=1&amp=2"),
            text(", ("),
            link("http://b.example/c_(d)"),
            text(") now"),
        ])]
    );
    assert_eq!(
        parsed("HTTPS://A.example"),
        [line([link("HTTPS://A.example")])]
    );
}

#[test]
fn html_headings_rules_and_entities_are_shown_as_typed() {
    for typed in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)> hello",
        "a <b>c</b> d",
        "# not a title",
        "### three ###",
        "&lt;b&gt; &amp; &#60; &copy;",
        "---",
        "***",
        ">",
        "-",
        "```",
        "<!-- x -->",
    ] {
        stands(typed);
    }
    assert_eq!(
        parsed("a\n---"),
        [line([text("a"), Break, text("---")])],
        "nobody means a title by that"
    );
    assert_eq!(
        parsed("# *a* b #"),
        [line([text("# "), Emphasis(vec![text("a")]), text(" b #")])]
    );
}

#[test]
fn in_html_every_text_is_escaped() {
    let shown = |typed| html(&parsed(typed));
    assert_eq!(
        shown("*a* <b>\"'&"),
        "<p dir=\"auto\"><em>a</em> &lt;b&gt;&quot;&#39;&amp;</p>"
    );
    assert_eq!(
        shown("> `<i>`\n\n2. x\n- y"),
        "<blockquote><p dir=\"auto\"><code>&lt;i&gt;</code></p></blockquote>\
         <ol start=\"2\"><li dir=\"auto\"><p dir=\"auto\">x</p></li></ol>\
         <ul><li dir=\"auto\"><p dir=\"auto\">y</p></li></ul>"
    );
    let quoted = shown("[x](https://a.example/\"onclick=alert(1)//)");
    assert!(!quoted.contains("\"onclick"), "{quoted}");
    let code = shown("```\"><script>\n</code></pre>\n```");
    assert!(
        !code.contains("<script") && code.matches("</pre>").count() == 1,
        "{code}"
    );
}

#[test]
fn mentions_of_the_user_are_marked() {
    assert_eq!(
        parsed("hey @toto, mail x@toto.example or @totoro"),
        [line([
            text("hey "),
            Mention("@toto".into()),
            text(", mail x@toto.example or @totoro"),
        ])]
    );
    assert!(mentions("(@Jean-Luc P.)", "jean-luc p."));
    assert!(!mentions("@Jean", "Jean-Luc"));
    assert!(!mentions("@", ""));
    assert!(
        mentions("hey @t\u{30c}ut\u{30c}a!", "Ťuťa"),
        "in any normal form"
    );
    assert_eq!(
        parsed("@@toto"),
        [line([text("@"), Mention("@toto".into())])]
    );
}

#[test]
fn a_few_emoji_alone_are_large() {
    for large in ["🎉", "👍🏽 👩‍👩‍👧", "🇨🇿", "❤️", "🎉🎉\n🎉"] {
        assert!(is_emoji_only(large), "{large}");
    }
    for text in ["", " ", "12", "ok 🎉", "©a", "🎉🎉🎉🎉🎉🎉🎉🎉🎉", "*"] {
        assert!(!is_emoji_only(text), "{text}");
    }
}

#[test]
fn numbers_are_shown_as_typed() {
    let firsts = |typed| {
        let blocks = parsed(typed).into_iter();
        let firsts = blocks.map(|block| match block {
            Block::List { first, items } => (first, items.len()),
            other => panic!("{other:?}"),
        });
        firsts.collect::<Vec<_>>()
    };
    assert_eq!(firsts("1. a\n2. b\n4. d"), [(Some(1), 2), (Some(4), 1)]);
    assert_eq!(firsts("1. a\n- b"), [(Some(1), 1), (None, 1)]);
    stands("1) a");
    stands("12345678901. a");
}

#[test]
fn a_hostile_text_does_not_overflow_the_stack() {
    fn depth(blocks: &[Block]) -> usize {
        let inside = blocks.iter().map(|block| match block {
            Block::Quote(blocks) => 1 + depth(blocks),
            Block::List { items, .. } => {
                1 + items.iter().map(|item| depth(item)).max().unwrap_or(0)
            }
            Block::Paragraph(_) | Block::Code { .. } => 1,
        });
        inside.max().unwrap_or(0)
    }
    for bomb in [
        ">".repeat(8_000),
        "- ".repeat(4_000),
        "1. ".repeat(2_600),
        "*a **b ".repeat(1_000),
        "[".repeat(8_000),
        "![](".repeat(2_000),
        "`".repeat(8_000),
        "~~a ".repeat(2_000),
        "<".repeat(8_000),
        ["[a".repeat(3_990), "](".into()].concat(),
        "[a](".repeat(2_000),
        "[a](b ".repeat(1_300),
        [">".repeat(3_000), " x".into()].concat(),
        ["- ".repeat(3_000), " x".into()].concat(),
    ] {
        assert!(depth(&parsed(&bomb)) <= DEPTH + 1);
    }
    let deep = [">".repeat(50), " still here".into()].concat();
    assert!(format!("{:?}", parsed(&deep)).contains("still here"));
}
