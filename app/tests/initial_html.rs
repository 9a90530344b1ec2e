//! What a page shows before any script has run.

use app::initial_data::{
    Assets, Chat, Conversation, InitialData, Page, Preferences, SignIn, Theme,
};
use app::shell;
use leptos::prelude::*;
use protocol::{DirectLine, Message, RoomKind, RoomLine, UserId};

fn page(page: Page, preferences: Preferences) -> String {
    let assets = Assets {
        js: "/pkg/parlor.js".into(),
        wasm: "/pkg/parlor.wasm".into(),
        css: "/pkg/parlor.css".into(),
    };
    Owner::new().with(|| {
        provide_context(InitialData {
            preferences,
            now: 1_795_257_900_000,
            page,
        });
        provide_nonce();
        shell(assets).to_html()
    })
}

fn chat(text: &str, preferences: Preferences) -> String {
    let message = |seq, from: &str, author| Message {
        room: "tea & cake".into(),
        seq,
        from: from.into(),
        author: UserId(author),
        id: "x".into(),
        body: text.into(),
        at: 1_795_257_900_000,
        ..Message::default()
    };
    let conversation = Conversation {
        room: "tea & cake".into(),
        kind: RoomKind::Public,
        newest: 2.into(),
        messages: vec![message(1, "Tata", 2), message(2, "Titi", 3)],
        members: vec!["Tata".into(), "Toto".into()],
        users: vec![UserId(2), UserId(1)],
        online: 2,
        read: Some(1.into()),
    };
    let chat = Page::Chat(Chat {
        account_slot: 1,
        user: UserId(1),
        nickname: "Toto".into(),
        rooms: vec![RoomLine {
            room: "tea & cake".into(),
            online: 2,
        }],
        directs: vec![DirectLine {
            room: "@x7".into(),
            with: "Titi".into(),
            user: UserId(3),
            holds: true,
            seq: 3,
            hidden: 0,
            read: 1,
            read_hidden: 0,
        }],
        games: Vec::new(),
        room: Some(conversation),
        to: None,
    });
    page(chat, preferences)
}

fn sign_in() -> String {
    let form = Page::SignIn(SignIn {
        account_slot: 2,
        known: true,
        nickname: "To\"to".into(),
        room: "tea".into(),
        nickname_problem: Some("That nickname is already in use.".into()),
        room_problem: None,
        rooms: vec![RoomLine {
            room: "tea".into(),
            online: 1,
        }],
    });
    page(form, Preferences::default())
}

#[test]
fn messages_are_readable_and_their_text_is_escaped() {
    let html = chat(
        "<script>alert(1)</script>\nsee https://a.example/?b=1&c=2",
        Preferences::default(),
    );
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains(r#"href="https://a.example/?b=1&amp;c=2""#));
    assert!(html.contains(r#"rel="noopener noreferrer nofollow""#));
    assert!(html.contains("10:45"), "the time in UTC");
    assert!(html.contains(r#"datetime="2026-11-21T10:45Z""#));
    assert!(html.contains(r#"aria-label="tea &amp; cake""#));
    assert!(html.contains("/u/1/rooms/%40x7") || html.contains("/u/1/rooms/@x7"));
    assert!(html.contains("<title>tea &amp; cake · Parlor</title>"));
}

#[test]
fn a_page_follows_the_preferences_and_shows_what_is_unread() {
    let html = chat("hi", Preferences::default());
    assert!(!html.contains("data-theme"), "the system's");
    let html = chat(
        "hi",
        Preferences {
            theme: Some(Theme::Dark),
            is_compact: true,
            has_combined_keys_only: true,
            minutes_ahead: 60,
        },
    );
    assert!(html.contains(r#"data-theme="dark" data-density="compact""#));
    assert!(html.contains("11:45"), "the time in the reader's zone");
    assert!(html.contains("Today"));
    let unread = html.find("unread-line").expect("a line");
    assert!(html.find(r#"id="1""#).is_some_and(|first| first < unread));
    assert!(html.find(r#"id="2""#).is_some_and(|second| second > unread));
    assert!(html.contains("2 unread for you"), "in private");
}

#[test]
fn sign_in_keeps_what_was_typed_and_says_what_was_wrong_beside_it() {
    let html = sign_in();
    assert!(html.contains(r#"action="/u/2/""#) && html.contains(r#"method="post""#));
    assert!(html.contains(r#"value="To&quot;to""#));
    assert!(html.contains(r#"aria-describedby="nickname-problem nickname-hint""#));
    assert!(html.contains("That nickname is already in use."));
    assert!(!html.contains(r#"type="hidden""#));
}

#[test]
fn nothing_needs_what_the_content_security_policy_forbids() {
    for html in [chat("hi", Preferences::default()), sign_in()] {
        assert!(!html.contains("style="), "inline style");
        assert!(!html.contains("<style"), "inline style");
        let scripts = html.matches("<script").count();
        assert_eq!(
            scripts,
            html.matches(r#"<script type="module" nonce=""#).count()
        );
        for handler in [" onclick=", " onsubmit=", " oninput="] {
            assert!(!html.contains(handler), "{handler}");
        }
    }
}

#[test]
fn the_start_script_names_the_bundle_as_it_is_called() {
    let html = sign_in();
    let script = "import init, { hydrate } from \"/pkg/parlor.js\"; \
                  await init({ module_or_path: \"/pkg/parlor.wasm\" }); hydrate();";
    assert!(html.contains(script), "{html}");
}
