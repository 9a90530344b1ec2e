//! Nicknames: each belongs to one user at a time.

use protocol::{Code, ServerFrame, frame};
use serde_json::json;

use crate::{browser::Browser, client::Client, server::Server};

#[tokio::test]
async fn one_of_fifty_sockets_that_request_a_nickname_at_once_gets_it() {
    let server = Server::start();
    let mut clients = Vec::new();
    for _ in 0..50 {
        clients.push(Client::connect(&server).await);
    }
    let attempts = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            client
                .send(json!({"type": "login", "nickname": "Toto"}))
                .await;
            let answer = client.next().await;
            (client, answer)
        })
    });
    let attempts: Vec<_> = attempts.collect();
    let (mut welcomed, mut refused) = (Vec::new(), 0);
    for attempt in attempts {
        match attempt.await.expect("no panic") {
            (client, ServerFrame::Welcome(frame::Welcome { .. })) => welcomed.push(client),
            (
                _,
                ServerFrame::Error(frame::Error {
                    code: Code::NicknameTaken,
                    ..
                }),
            ) => refused += 1,
            (_, other) => panic!("{other:?}"),
        }
    }
    assert_eq!((welcomed.len(), refused), (1, 49));
}

#[tokio::test]
async fn one_of_fifty_browsers_and_sockets_gets_the_nickname() {
    let server = Server::start();
    let mut attempts = Vec::new();
    for n in 0..50 {
        let nickname = ["Toto", "tOTO", "T0T0"][n % 3];
        if n % 2 == 0 {
            let mut client = Client::connect(&server).await;
            attempts.push(tokio::spawn(async move {
                client
                    .send(json!({"type": "login", "nickname": nickname}))
                    .await;
                let is_signed_in = matches!(
                    client.next().await,
                    ServerFrame::Welcome(frame::Welcome { .. })
                );
                (is_signed_in, Some(client))
            }));
        } else {
            let mut browser = Browser::new(&server);
            attempts.push(tokio::spawn(async move {
                let page = browser
                    .post("/", &[("nickname", nickname), ("room", "tea")])
                    .await;
                (page.status == 303, None)
            }));
        }
    }
    let mut winners = 0;
    let mut open = Vec::new();
    for attempt in attempts {
        let (is_signed_in, client) = attempt.await.expect("no panic");
        winners += usize::from(is_signed_in);
        open.push(client);
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn lookalikes_of_a_nickname_in_use_are_refused_and_the_socket_can_try_another() {
    let server = Server::start();
    let _toto = Client::sign_in(&server, "Toto").await;
    let mut late = Client::connect(&server).await;
    for nickname in [
        "Toto",
        "toto",
        " TOTO ",
        "T\u{43e}t\u{43e}",
        "\u{422}\u{41e}\u{422}\u{41e}",
        "Ｔｏｔｏ",
        "T0t0",
    ] {
        let refused = late
            .expect_refusal(json!({"type": "login", "nickname": nickname}))
            .await;
        assert_eq!(refused.0, Code::NicknameTaken, "{nickname}");
    }
    late.send(json!({"type": "login", "nickname": "Titi"}))
        .await;
    assert_eq!(late.until_welcome().await, "Titi");
}

#[tokio::test]
async fn a_room_name_that_looks_like_another_is_refused() {
    let server = Server::start();
    let _anna = Client::in_room(&server, "Anna", "tea").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let refused = ben
        .expect_refusal(json!({"type": "join", "room": "\u{422}\u{415}\u{410}"}))
        .await;
    assert_eq!(refused.0, Code::RoomNameTaken);
    let refused = ben
        .expect_refusal(json!({"type": "join", "room": "te\u{430}"}))
        .await;
    assert_eq!(refused.0, Code::RoomNameTaken);
    let refused = ben
        .expect_refusal(json!({"type": "join", "room": "coff\u{435}e"}))
        .await;
    assert_eq!(refused.0, Code::BadRoomName);
}

#[tokio::test]
async fn a_token_signs_in_the_same_user_even_while_the_old_socket_is_open() {
    let server = Server::start();
    let anna = Client::in_room(&server, "Anna", "tea").await;
    let second = Client::sign_in_with_token(&server, &anna.token).await;
    assert_eq!(second.user, anna.user);
    assert_eq!(second.token, anna.token, "using a token does not change it");
    let mut other = Client::connect(&server).await;
    let renamed = json!({"type": "login", "token": anna.token, "nickname": "Other"});
    assert_eq!(other.expect_refusal(renamed).await.0, Code::AlreadySignedIn);
}

#[tokio::test]
async fn a_nickname_stays_reserved_after_its_users_socket_closes() {
    let server = Server::start();
    let anna = Client::sign_in(&server, "Anna").await;
    let (token, user) = (anna.token.clone(), anna.user);
    drop(anna);
    let mut other = Client::connect(&server).await;
    let refused = other
        .expect_refusal(json!({"type": "login", "nickname": "Anna"}))
        .await;
    assert_eq!(refused.0, Code::NicknameTaken);
    let anna = Client::sign_in_with_token(&server, &token).await;
    assert_eq!(anna.user, user);
}

#[tokio::test]
async fn a_server_without_guests_refuses_new_users() {
    let server = Server::with(&["--guests", "false"]);
    let mut anna = Client::connect(&server).await;
    let refused = anna
        .expect_refusal(json!({"type": "login", "nickname": "Anna"}))
        .await;
    assert_eq!(refused.0, Code::GuestsOff);
    let mut browser = Browser::new(&server);
    let page = browser
        .post("/", &[("nickname", "Anna"), ("room", "tea")])
        .await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("join this server"));
}

#[tokio::test]
async fn welcome_is_the_first_frame_even_while_messages_arrive() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let token = anna.token.clone();
    let sending = tokio::spawn(async move {
        for n in 0..1_000 {
            ben.send_direct("Anna", &n.to_string(), "psst").await;
        }
    });
    for _ in 0..15 {
        let mut again = Client::connect(&server).await;
        again.send(json!({"type": "login", "token": token})).await;
        let first = again.next().await;
        assert!(
            matches!(first, ServerFrame::Welcome(frame::Welcome { .. })),
            "{first:?}"
        );
    }
    sending.await.expect("no panic");
}

#[tokio::test]
async fn a_sign_in_whose_response_was_lost_reserves_the_nickname_for_a_minute_only() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    let reserved_seconds = || {
        let database = rusqlite::Connection::open(server.data().join("parlor.db"));
        let expires_at: Option<i64> = database
            .expect("a database")
            .query_row("SELECT expires_at FROM nicknames", [], |row| row.get(0))
            .expect("one reservation");
        let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970");
        expires_at.map(|at| at / 1_000 - now.as_secs() as i64)
    };
    let place = browser.sign_in("Anna", "tea").await;
    let is_short = |seconds: Option<i64>| seconds.is_some_and(|it| (0..=60).contains(&it));
    assert!(is_short(reserved_seconds()));
    browser.get(&place).await;
    assert!(
        is_short(reserved_seconds()),
        "a page writes nothing by itself"
    );
    let _socket = browser.socket(&server, "/ws").await;
    assert_eq!(reserved_seconds(), None, "reserved while a socket is open");
}
