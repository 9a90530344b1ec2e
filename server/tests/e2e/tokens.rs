//! Tokens: made and revoked on the command line while the server is open and while it is closed; what
//! each may do, and where; whose names they bear.

use std::os::unix::fs::PermissionsExt;

use protocol::{Code, ServerFrame};
use serde_json::json;

use crate::{
    api_client::ApiClient,
    browser::Browser,
    client::{Client, TIMEOUT},
    server::Server,
};

#[tokio::test]
async fn a_token_is_told_once_and_only_its_hash_is_kept() {
    let server = Server::open();
    let bot = server.bot("build-bot", "post,read");
    assert_eq!(bot.token.len(), 64);
    assert_eq!(
        server.told(&["token", "list"]),
        "build-bot\tpost,read\teverywhere"
    );
    for file in ["parlor.db", "parlor.db-wal"] {
        let bytes = std::fs::read(server.data().join(file)).expect("readable");
        let is_there = bytes.windows(64).any(|text| text == bot.token.as_bytes());
        assert!(!is_there, "not in {file}");
    }
    let control = std::fs::metadata(server.data().join("control.sock")).expect("there");
    assert_eq!(control.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_token_may_do_what_it_says_where_it_says_and_nothing_else() {
    let server = Server::open();
    let create = [
        "token",
        "create",
        "--name",
        "ops-bot",
        "--room",
        "Ops",
        "--may",
        "post,read",
    ];
    let ops = ApiClient::new(&server, &server.told(&create));
    let say = json!({"text": "hi"});
    let stored = ops.post("/api/v1/rooms/ops/messages", &say).await.ok();
    assert_eq!(stored["room"], "ops");
    for (path, why) in [
        ("/api/v1/rooms/tea/messages", "another room"),
        ("/api/v1/people/Anna/messages", "in private"),
        ("/api/v1/announce", "to everybody"),
    ] {
        let answer = ops.post(path, &say).await;
        assert_eq!(answer.refusal(), (403, "not_allowed"), "{why}");
    }
    for path in ["/api/v1/rooms/tea/messages", "/api/v1/people"] {
        assert_eq!(
            ops.get(path).await.refusal(),
            (403, "not_allowed"),
            "{path}"
        );
    }
    let writer = server.bot("writer", "post");
    let past = writer.get("/api/v1/rooms/ops/messages").await;
    assert_eq!(past.refusal(), (403, "not_allowed"), "it may not read");
    let token = writer.token.as_str();
    let mut socket = Client::connect(&server).await;
    let login = json!({"type": "login", "token": token});
    assert_eq!(
        socket.expect_refusal(login).await.0,
        Code::NotAllowed,
        "a socket reads"
    );
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    let mut socket = socket.expect("a socket");
    assert_eq!(socket.next_refusal().await.0, Code::NotAllowed);
    assert_eq!(socket.until_closed().await, Some(4100));
}

#[tokio::test]
async fn a_socket_with_a_token_is_bound_by_it_as_well() {
    let server = Server::open();
    let create = [
        "token", "create", "--name", "ops-bot", "--room", "ops", "--may", "read",
    ];
    let token = server.told(&create);
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    let mut bot = socket.expect("a socket");
    assert_eq!(bot.until_welcome().await, "ops-bot");
    bot.join("ops").await;
    let join = json!({"type": "join", "room": "tea"});
    assert_eq!(bot.expect_refusal(join).await.0, Code::NotAllowed);
    let say = json!({"type": "room", "to": "ops", "id": "x", "text": "hi"});
    assert_eq!(
        bot.expect_refusal(say).await,
        (Code::NotAllowed, Some("x".to_owned()))
    );
    let whisper = json!({"type": "private", "to": "Anna", "text": "hi"});
    assert_eq!(bot.expect_refusal(whisper).await.0, Code::NotAllowed);
    let game = json!({"type": "game", "to": "ops", "act": {"invite": {"game": "tic_tac_toe"}}});
    assert_eq!(bot.expect_refusal(game).await.0, Code::NotAllowed);
}

#[tokio::test]
async fn a_bot_is_marked_and_its_name_is_its_own() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let bot = server.bot("build-bot", "post,read");
    bot.post(
        "/api/v1/rooms/tea/messages",
        &json!({"text": "It is built."}),
    )
    .await
    .ok();
    let heard = anna.next_message().await;
    assert_eq!((heard.from.as_str(), heard.bot), ("build-bot", true));
    let own = anna.post("tea", "a", "Thank you").await;
    assert!(!own.bot);
    // In history as well, and whoever looks like it is refused.
    let past = bot.get("/api/v1/rooms/tea/messages").await.ok();
    assert_eq!(past["messages"][0]["bot"], true);
    assert_eq!(past["messages"][1]["bot"], serde_json::Value::Null);
    let mut impostor = Client::connect(&server).await;
    for name in ["build-bot", "Build-Bot", "bui1d-bot"] {
        let login = json!({"type": "login", "nickname": name});
        assert_eq!(
            impostor.expect_refusal(login).await.0,
            Code::NicknameTaken,
            "{name}"
        );
    }
    let taken = ["token", "create", "--name", "anna", "--may", "post"];
    assert!(server.not_told(&taken).contains("is already in use"));
    let server = server.stopped_and_reopened();
    let mut impostor = Client::connect(&server).await;
    let login = json!({"type": "login", "nickname": "build-bot"});
    assert_eq!(
        impostor.expect_refusal(login).await.0,
        Code::NicknameTaken,
        "after a restart"
    );
}

#[tokio::test]
async fn a_revoked_token_ends_its_sockets_at_once_and_opens_nothing_more() {
    let server = Server::open();
    let bot = server.bot("build-bot", "post,read");
    let mut socket = Client::sign_in_with_token(&server, &bot.token).await;
    socket.join("tea").await;
    server.told(&["token", "revoke", "--name", "Build-bot"]);
    let closed = tokio::time::timeout(TIMEOUT, socket.until_closed()).await;
    assert_eq!(closed.expect("at once"), Some(4100));
    let answer = bot.get("/api/v1/rooms").await;
    assert_eq!(answer.refusal(), (401, "bad_token"));
    let mut again = Client::connect(&server).await;
    let login = json!({"type": "login", "token": bot.token});
    assert_eq!(again.expect_refusal(login).await.0, Code::BadToken);
    assert_eq!(server.told(&["token", "list"]), "");
    assert!(
        server
            .not_told(&["token", "revoke", "--name", "build-bot"])
            .contains("none named")
    );
    // The name is free again.
    Client::sign_in(&server, "build-bot").await;
}

#[tokio::test]
async fn while_the_server_is_closed_the_command_line_opens_the_database_itself() {
    let mut server = Server::open();
    server.stop("TERM");
    let bot = server.bot("build-bot", "post,read");
    server.told(&["token", "create", "--name", "other", "--may", "post"]);
    server.told(&["token", "revoke", "--name", "other"]);
    assert_eq!(
        server.told(&["token", "list"]),
        "build-bot\tpost,read\teverywhere"
    );
    let server = server.stopped_long_ago_and_reopened();
    let rooms = ApiClient::new(&server, &bot.token)
        .get("/api/v1/rooms")
        .await;
    assert_eq!(rooms.ok(), json!({"rooms": []}));
}

#[tokio::test]
async fn a_users_own_token_is_for_sockets_alone() {
    let server = Server::open();
    let anna = Client::sign_in(&server, "Anna").await;
    let bot = ApiClient::new(&server, &anna.token);
    assert_eq!(bot.get("/api/v1/rooms").await.refusal(), (401, "bad_token"));
    let bearer = format!("Bearer {}", anna.token);
    let headers = [("authorization", bearer.as_str())];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    let mut socket = socket.expect("a socket");
    let welcome = socket.until(|frame| match frame {
        ServerFrame::Welcome(welcome) => Some(welcome.nickname.clone()),
        _ => None,
    });
    assert_eq!(welcome.await, "Anna");
}

#[tokio::test]
async fn a_token_in_a_browsers_cookie_shows_no_page_and_ends_nothing() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "board").await;
    anna.post("board", "a", "a secret of the board").await;
    let create = [
        "token", "create", "--name", "bot", "--room", "ops", "--may", "read",
    ];
    let token = server.told(&create);
    let mut browser = Browser::new(&server);
    browser.cookies.insert("parlor_0".to_owned(), token.clone());
    let page = browser.get("/rooms/board").await;
    assert!(
        !page.body.contains("a secret of the board"),
        "{}",
        page.body
    );
    browser.post("/sign-out", &[]).await;
    let bot = ApiClient::new(&server, &token);
    assert_eq!(
        bot.get("/api/v1/rooms").await.ok(),
        json!({"rooms": []}),
        "it stands"
    );
    let mut socket = Client::sign_in_with_token(&server, &token).await;
    socket.send(json!({"type": "rooms"})).await;
    let rooms = socket.until(|frame| match frame {
        ServerFrame::Rooms(rooms) => Some(rooms.rooms.len()),
        _ => None,
    });
    assert_eq!(rooms.await, 0, "nor does it hear which others there are");
}
