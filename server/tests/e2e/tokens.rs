//! Tokens of bots: created and revoked on the command line, with or without a running server; their
//! scopes and rooms; the bots' nicknames.

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
async fn a_token_is_printed_once_and_only_its_hash_is_stored() {
    let server = Server::start();
    let bot = server.create_bot("build-bot", "post,read");
    assert_eq!(bot.token.len(), 64);
    assert_eq!(
        server.command_output(&["token", "list"]),
        "build-bot\tpost,read\teverywhere"
    );
    for file in ["parlor.db", "parlor.db-wal"] {
        let bytes = std::fs::read(server.data().join(file)).expect("readable");
        let is_there = bytes.windows(64).any(|text| text == bot.token.as_bytes());
        assert!(!is_there, "not in {file}");
    }
    let control = std::fs::metadata(server.data().join("control.sock")).expect("a socket");
    assert_eq!(control.permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn a_token_grants_its_scopes_in_its_room_and_nothing_else() {
    let server = Server::start();
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
    let ops = ApiClient::new(&server, &server.command_output(&create));
    let message = json!({"text": "hi"});
    let stored = ops.post("/api/v1/rooms/ops/messages", &message).await.ok();
    assert_eq!(stored["room"], "ops");
    for (path, why) in [
        ("/api/v1/rooms/tea/messages", "another room"),
        ("/api/v1/people/Anna/messages", "in private"),
        ("/api/v1/announce", "to everybody"),
    ] {
        let answer = ops.post(path, &message).await;
        assert_eq!(answer.refusal(), (403, "not_allowed"), "{why}");
    }
    for path in ["/api/v1/rooms/tea/messages", "/api/v1/people"] {
        assert_eq!(
            ops.get(path).await.refusal(),
            (403, "not_allowed"),
            "{path}"
        );
    }
    let writer = server.create_bot("writer", "post");
    let past = writer.get("/api/v1/rooms/ops/messages").await;
    assert_eq!(
        past.refusal(),
        (403, "not_allowed"),
        "the token has no read scope"
    );
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
async fn a_tokens_scopes_and_room_also_apply_to_its_sockets() {
    let server = Server::start();
    let create = [
        "token", "create", "--name", "ops-bot", "--room", "ops", "--may", "read",
    ];
    let token = server.command_output(&create);
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    let mut bot = socket.expect("a socket");
    assert_eq!(bot.until_welcome().await, "ops-bot");
    bot.join("ops").await;
    let join = json!({"type": "join", "room": "tea"});
    assert_eq!(bot.expect_refusal(join).await.0, Code::NotAllowed);
    let message = json!({"type": "room", "to": "ops", "id": "x", "text": "hi"});
    assert_eq!(
        bot.expect_refusal(message).await,
        (Code::NotAllowed, Some("x".to_owned()))
    );
    let whisper = json!({"type": "private", "to": "Anna", "text": "hi"});
    assert_eq!(bot.expect_refusal(whisper).await.0, Code::NotAllowed);
    let game = json!({"type": "game", "to": "ops", "act": {"invite": {"game": "tic_tac_toe"}}});
    assert_eq!(bot.expect_refusal(game).await.0, Code::NotAllowed);
}

#[tokio::test]
async fn a_bots_messages_are_marked_and_its_nickname_is_protected() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let bot = server.create_bot("build-bot", "post,read");
    bot.post(
        "/api/v1/rooms/tea/messages",
        &json!({"text": "It is built."}),
    )
    .await
    .ok();
    let received = anna.next_message().await;
    assert_eq!((received.from.as_str(), received.bot), ("build-bot", true));
    let own = anna.post("tea", "a", "Thank you").await;
    assert!(!own.bot);
    // The mark is in the history too, and lookalike nicknames are refused.
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
    assert!(server.command_error(&taken).contains("is already in use"));
    let server = server.stop_and_restart();
    let mut impostor = Client::connect(&server).await;
    let login = json!({"type": "login", "nickname": "build-bot"});
    assert_eq!(
        impostor.expect_refusal(login).await.0,
        Code::NicknameTaken,
        "after a restart"
    );
}

#[tokio::test]
async fn revoking_a_token_closes_its_sockets_at_once_and_refuses_it() {
    let server = Server::start();
    let bot = server.create_bot("build-bot", "post,read");
    let mut socket = Client::sign_in_with_token(&server, &bot.token).await;
    socket.join("tea").await;
    server.command_output(&["token", "revoke", "--name", "Build-bot"]);
    let closed = tokio::time::timeout(TIMEOUT, socket.until_closed()).await;
    assert_eq!(closed.expect("at once"), Some(4100));
    let answer = bot.get("/api/v1/rooms").await;
    assert_eq!(answer.refusal(), (401, "bad_token"));
    let mut again = Client::connect(&server).await;
    let login = json!({"type": "login", "token": bot.token});
    assert_eq!(again.expect_refusal(login).await.0, Code::BadToken);
    assert_eq!(server.command_output(&["token", "list"]), "");
    assert!(
        server
            .command_error(&["token", "revoke", "--name", "build-bot"])
            .contains("none named")
    );
    // The nickname is free again.
    Client::sign_in(&server, "build-bot").await;
}

#[tokio::test]
async fn commands_work_on_the_database_while_the_server_is_stopped() {
    let mut server = Server::start();
    server.stop("TERM");
    let bot = server.create_bot("build-bot", "post,read");
    server.command_output(&["token", "create", "--name", "other", "--may", "post"]);
    server.command_output(&["token", "revoke", "--name", "other"]);
    assert_eq!(
        server.command_output(&["token", "list"]),
        "build-bot\tpost,read\teverywhere"
    );
    let server = server.start_again();
    let rooms = ApiClient::new(&server, &bot.token)
        .get("/api/v1/rooms")
        .await;
    assert_eq!(rooms.ok(), json!({"rooms": []}));
}

#[tokio::test]
async fn a_users_own_token_works_for_sockets_only() {
    let server = Server::start();
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
async fn a_bots_token_in_a_browser_cookie_opens_no_page_and_is_not_revoked_by_signing_out() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "board").await;
    anna.post("board", "a", "a secret of the board").await;
    let create = [
        "token", "create", "--name", "bot", "--room", "ops", "--may", "read",
    ];
    let token = server.command_output(&create);
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
        "the token is still valid"
    );
    let mut socket = Client::sign_in_with_token(&server, &token).await;
    socket.send(json!({"type": "rooms"})).await;
    let rooms = socket.until(|frame| match frame {
        ServerFrame::Rooms(rooms) => Some(rooms.rooms.len()),
        _ => None,
    });
    assert_eq!(rooms.await, 0, "other rooms are not listed");
}
