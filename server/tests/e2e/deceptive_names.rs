//! Names that deceive: those that look like another or like the server, that mix scripts, or that
//! are written over their neighbors. A name that was stored before a rule existed stays valid.

use protocol::{Code, ServerFrame};
use serde_json::json;

use crate::{
    api_client::ApiClient,
    browser::Browser,
    client::Client,
    incoming_webhooks::hook,
    server::{Server, parlor},
};

/// Names that nobody may choose, each with a part of the sentence that says why.
const REFUSED: [(&str, &str); 9] = [
    ("T\u{43e}t\u{43e}", "Latin and Cyrillic"),
    ("Z\u{335}\u{322}\u{31b}algo", "at most two"),
    ("\u{301}Anna", "only after a letter"),
    ("ADMlN", "like a part of this server"),
    ("AdMlN", "like a part of this server"),
    ("p.a.r.l.o.r", "like a part of this server"),
    ("System", "like a part of this server"),
    ("Chat.Example.org", "like a part of this server"),
    ("ᴀnna", "uncommon letter"),
];

#[tokio::test]
async fn a_deceptive_nickname_is_refused_wherever_somebody_chooses_one() {
    let server = Server::with(&["--public-url", "https://chat.example.org"]);
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let path = hook(&server, "alerts", "ops");
    let tool = ApiClient::new(&server, "");
    let mut socket = Client::connect(&server).await;
    let mut browser = Browser::new(&server);
    for (nickname, why) in REFUSED {
        socket
            .send(json!({"type": "login", "nickname": nickname}))
            .await;
        let ServerFrame::Error(refused) = socket.next().await else {
            panic!("{nickname} is accepted");
        };
        assert_eq!(refused.code, Code::BadNickname, "{nickname}");
        assert!(refused.message.contains(why), "{}", refused.message);
        let page = browser
            .post("/", &[("nickname", nickname), ("room", "ops")])
            .await;
        assert_eq!(page.status, 422, "{nickname}");
        assert!(page.body.contains(why), "{nickname}: {}", page.body);
        let message = json!({"text": "hi", "username": nickname}).to_string();
        tool.post_raw(&path, "application/json", message).await.ok();
        assert_eq!(anna.next_message().await.from, "alerts", "{nickname}");
    }
    // A token does not help: whoever signs in again under a new name chooses it, too.
    let token = anna.token.clone();
    drop(anna);
    let server = server.kill_and_restart_after(|db| {
        db.execute_batch("DELETE FROM nicknames; DELETE FROM nickname_skeletons")
    });
    let mut again = Client::connect(&server).await;
    for (nickname, _) in REFUSED {
        let login = json!({"type": "login", "token": token, "nickname": nickname});
        let refused = again.expect_refusal(login).await;
        assert_eq!(refused.0, Code::BadNickname, "{nickname}");
    }
}

#[tokio::test]
async fn the_operator_may_give_a_reserved_name_to_a_bot_and_nobody_looks_like_it() {
    let server = Server::start();
    let system = server.create_bot("System", "post");
    let message = json!({"text": "hi"});
    system
        .post("/api/v1/rooms/ops/messages", &message)
        .await
        .ok();
    let mixed = [
        "token",
        "create",
        "--name",
        "T\u{43e}t\u{43e}",
        "--may",
        "post",
    ];
    assert!(server.command_error(&mixed).contains("Latin and Cyrillic"));
    server.create_bot("ILLINOIS", "read");
    let mut late = Client::connect(&server).await;
    for nickname in ["Illinois", "lLLlNOlS", "ILL1NO1S"] {
        let login = json!({"type": "login", "nickname": nickname});
        let refused = late.expect_refusal(login).await;
        assert_eq!(refused.0, Code::NicknameTaken, "{nickname}");
    }
}

#[tokio::test]
async fn a_room_name_may_mix_scripts_only_between_its_words() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    assert_eq!(anna.join("Linux чат").await.room, "Linux чат");
    for room in ["te\u{430}", "tea\u{301}\u{302}\u{303}", "ops \u{301}"] {
        let join = json!({"type": "join", "room": room});
        assert_eq!(
            anna.expect_refusal(join).await.0,
            Code::BadRoomName,
            "{room}"
        );
        let page = Browser::new(&server)
            .post("/", &[("nickname", "Ben"), ("room", room)])
            .await;
        assert_eq!(page.status, 422, "{room}");
    }
}

/// "Ťuťa" in the two normal forms of Unicode.
const COMPOSED: &str = "Ťuťa";
const DECOMPOSED: &str = "T\u{30c}ut\u{30c}a";

#[tokio::test]
async fn composed_and_decomposed_letters_are_one_name_everywhere() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in(DECOMPOSED, "").await;
    let (mut user, nickname) = browser.socket(&server, "/ws").await;
    assert_eq!(nickname, COMPOSED, "stored in the composed form");
    let mut other = Client::connect(&server).await;
    for nickname in [COMPOSED, DECOMPOSED] {
        let login = json!({"type": "login", "nickname": nickname});
        assert_eq!(other.expect_refusal(login).await.0, Code::NicknameTaken);
    }
    let mut anna = other.sign_in_as("Anna").await;
    let first = anna.send_direct(COMPOSED, "1", "one").await;
    let second = anna.send_direct(DECOMPOSED, "2", "two").await;
    assert_eq!(first.room, second.room);
    let sent = parlor()
        .args(["send", "--url", &server.url(""), "--nick", "Ben"])
        .args(["--to", DECOMPOSED, "three"])
        .output()
        .expect("parlor runs");
    assert_eq!(sent.status.code(), Some(0), "{sent:?}");
    assert_eq!(user.until_text("three").await.from, "Ben");
    let mut annas = Browser::new(&server);
    annas.sign_in("Clara", "").await;
    for nickname in [COMPOSED, DECOMPOSED] {
        let path = format!("/to/{}", urlencoding(nickname));
        let page = annas.get(&path).await;
        assert!(page.body.contains(COMPOSED), "{path}: {}", page.body);
    }
    assert_eq!(anna.join(DECOMPOSED).await.room, COMPOSED, "a room's name");
    anna.post(COMPOSED, "3", "four").await;
    assert_eq!(server.texts(COMPOSED), ["four"]);
}

/// Every byte as in a URL's path.
fn urlencoding(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The browser with its cookies, after a restart on another port.
fn same_browser(before: Browser, server: &Server) -> Browser {
    let mut browser = Browser::new(server);
    browser.cookies = before.cookies;
    browser
}

#[tokio::test]
async fn a_nickname_from_before_a_rule_works_until_its_reservation_ends() {
    let old = "T\u{43e}t\u{43e}";
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Ben", "tea").await;
    let (mut ben, _) = browser.socket(&server, "/ws").await;
    ben.join("tea").await;
    ben.post("tea", "1", "an old message").await;
    let user = ben.user;
    drop(ben);
    // As a version without the rule has stored it.
    let server = server.kill_and_restart_after(|db| {
        db.execute_batch(&format!(
            "UPDATE users SET nickname = '{old}'; UPDATE events SET nickname = '{old}';
             UPDATE nicknames SET nickname = '{old}', fold_key = lower('{old}');
             INSERT INTO rooms (name, fold_key, skeleton_key, last_seq, last_at)
             VALUES ('{old}', lower('{old}'), 'toto', 0, 0)"
        ))
    });
    let mut browser = same_browser(browser, &server);
    let page = browser.get("/rooms/tea").await;
    assert!(page.body.contains("an old message"), "{}", page.body);
    let (mut ben, nickname) = browser.socket(&server, "/ws").await;
    assert_eq!((nickname.as_str(), ben.user), (old, user));
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    assert_eq!(anna.join(old).await.room, old, "an old room");
    anna.send_direct(old, "1", "psst").await;
    assert_eq!(ben.until_text("psst").await.from, "Anna");
    let login = json!({"type": "login", "nickname": "T0T0"});
    let refused = Client::connect(&server).await.expect_refusal(login).await;
    assert_eq!(refused.0, Code::NicknameTaken, "it looks like the old name");
    // Once nobody has it any more, nobody can have it again: its user is asked for another.
    let server = server.kill_and_restart_after(|db| {
        db.execute_batch(&format!("DELETE FROM nicknames WHERE nickname = '{old}'"))
    });
    let mut browser = same_browser(browser, &server);
    let cookies = browser.cookie_header();
    let socket = Client::connect_with(&server, "/ws", &[("Cookie", &cookies)]).await;
    let mut socket = socket.expect("a handshake");
    assert_eq!(socket.until_closed().await, Some(4102));
    let page = browser.get("/").await;
    assert!(page.body.contains("Latin and Cyrillic"), "{}", page.body);
    browser.sign_in("Benno", "tea").await;
    let (ben, nickname) = browser.socket(&server, "/ws").await;
    assert_eq!((nickname.as_str(), ben.user), ("Benno", user));
}

#[tokio::test]
async fn a_nickname_that_is_now_a_host_of_the_server_works_until_its_reservation_ends() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Nas", "tea").await;
    let server = server.restart_with(&["--public-url", "https://nas"]);
    let browser = same_browser(browser, &server);
    let (socket, nickname) = browser.socket(&server, "/ws").await;
    assert_eq!(nickname, "Nas");
    drop(socket);
    let server = server.kill_and_restart_after(|db| {
        db.execute_batch("DELETE FROM nicknames; DELETE FROM nickname_skeletons")
    });
    let mut browser = same_browser(browser, &server);
    let cookies = browser.cookie_header();
    let socket = Client::connect_with(&server, "/ws", &[("Cookie", &cookies)]).await;
    let closed = socket.expect("a handshake").until_closed().await;
    assert_eq!(closed, Some(4102));
    let page = browser.get("/").await;
    let why = "like a part of this server";
    assert!(page.body.contains(why), "{}", page.body);
}
