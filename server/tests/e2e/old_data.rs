//! A data directory from before the terms of the protocol and of the database changed still opens,
//! and everything in it is as it was.
//!
//! The fixture was made with the last commit that had the old terms (data version 6, protocol 1).
//! A script talked to that server over its public interfaces alone; nothing was written to the
//! database by hand, except that it was compacted with `VACUUM INTO` and that the URL of the
//! outgoing webhook `mirror` was replaced. It contains:
//!
//! - Users: Anna and Mira signed in with a browser, Ben and 小明 over a socket; Dora signed out;
//!   an earlier user called Mira lost the nickname when it expired.
//! - Rooms: `tea` (several scripts), `Кухня` (more than one page), `board games`, `ops` (bots and
//!   webhooks), `announcements`, and private conversations of Anna's with Ben, Dora and the
//!   earlier Mira. Read markers are in the middle of rooms and between hidden events.
//! - Games: won, drawn, agreed to be drawn, resigned, declined, withdrawn, open, and running, the
//!   last with a clock and a draw offer; a declined rematch; a resigned game in private.
//! - Bots: `build-bot` (only in `ops`), `crier`, `reader`; `old-bot` was revoked. Incoming
//!   webhooks: `alerts`; `removed` was removed. Outgoing webhooks: `mirror`, with two events that
//!   are still to be delivered; `deploys`, with a trigger word; the newest was removed.
//!
//! The tokens and cookies in [`expected`] open nothing but this fixture.

mod expected;
mod expiry;
mod fixture;

use protocol::{
    Code, Message, ServerFrame,
    games::{Played, Stage},
};
use serde_json::json;

use self::{
    expected::{Event, Expected, Line, Marker},
    fixture::{GAMES, connect, history, join, read_markers, scores, start, start_after},
};
use crate::{
    api_client::ApiClient, browser::Browser, client::Client, game_view::GameView,
    outgoing_webhooks::Receiver, private_conversations::directs, server::Server,
};

/// Users whose sessions are still valid under their own nickname.
const SIGNED_IN: [&str; 4] = ["Anna", "Ben", "小明", "Mira"];
/// `joined` brings so many events that are not hidden.
const PAGE: usize = 50;

/// Asserts everything that can be asked without changing anything.
async fn assert_as_it_was(server: &Server, expected: &Expected) {
    for (list, printed) in &expected.lists {
        let now = server.command_output(&[list, "list"]);
        assert_eq!(now.lines().count(), printed.lines().count(), "{list}");
        for (now, old) in now.lines().zip(printed.lines()) {
            // A newer version may add columns at the end.
            let columns = old.split('\t').count();
            let now: Vec<_> = now.split('\t').take(columns).collect();
            assert_eq!(now.join("\t"), old, "parlor {list} list");
        }
    }
    let mut anna = connect(server, expected, "Anna").await;
    for (room, log) in &expected.rooms {
        let joined = join(&mut anna, room).await;
        let shown: Vec<_> = log.iter().filter(|event| !event.is_hidden()).collect();
        let newest = &shown[shown.len().saturating_sub(PAGE)..];
        let page = Event::all(&joined.messages);
        assert_eq!(page.iter().collect::<Vec<_>>(), newest, "{room}");
        assert_eq!(&history(&mut anna, room).await, log, "{room}");
    }
    for nickname in SIGNED_IN {
        let mut client = connect(server, expected, nickname).await;
        let read = read_markers(&mut client).await;
        assert_eq!(read, expected.read[nickname], "read by {nickname}");
        let games = client.games().await.into_iter();
        let games: Vec<_> = games.map(|message| (message.room, message.seq)).collect();
        assert_eq!(games, expected.playing[nickname], "{nickname}'s games");
        if let Some(lines) = expected.scores.get(nickname) {
            let lines_now = scores(&mut client, GAMES).await;
            assert_eq!(&lines_now, lines, "sent to {nickname}");
        }
    }
}

#[tokio::test]
async fn old_data_is_the_same_after_the_first_start_and_after_every_other() {
    let (server, expected) = (start(), Expected::read());
    assert_as_it_was(&server, &expected).await;
    let server = server.stop_and_restart();
    assert_as_it_was(&server, &expected).await;
    let server = server.kill_and_restart();
    assert_as_it_was(&server, &expected).await;
}

#[tokio::test]
async fn old_sessions_are_valid_and_those_that_ended_stay_ended() {
    let (server, expected) = (start(), Expected::read());
    let mut browser = Browser::new(&server);
    let (cookie, value) = expected.users["Anna"]
        .cookie
        .split_once('=')
        .expect("name=value");
    browser.cookies.insert(cookie.to_owned(), value.to_owned());
    let page = browser.get("/rooms/tea").await;
    assert!(page.body.contains("你好，茶好了吗？"), "{}", page.body);
    // A private conversation is open to its two users and to nobody else.
    let private = &expected.private;
    let mut ben = connect(&server, &expected, "Ben").await;
    assert_eq!(history(&mut ben, private).await, expected.log(private));
    let mut mira = connect(&server, &expected, "Mira").await;
    let refused = mira
        .expect_refusal(json!({"type": "join", "room": private}))
        .await;
    assert_eq!(refused.0, Code::NoSuchRoom);
    // The earlier Mira comes back under another nickname, as the same user.
    let before = &expected.users["Mira before"];
    let mut earlier = Client::connect(&server).await;
    let login = json!({"type": "login", "token": before.token});
    assert_eq!(earlier.expect_refusal(login).await.0, Code::NicknameTaken);
    let login = json!({"type": "login", "token": before.token, "nickname": "Mira I"});
    earlier.send(login).await;
    assert_eq!(earlier.until_welcome().await, "Mira I");
    assert_eq!(earlier.user, before.id);
    let lines = directs(&mut earlier).await;
    let [line] = &lines[..] else {
        panic!("one conversation: {lines:?}");
    };
    let (with, seq, read) = (line.with.as_str(), line.seq, line.read);
    assert_eq!((with, seq, read), ("Anna", 2, 1));
    let events = history(&mut earlier, &line.room).await;
    assert_eq!(events, expected.log(&line.room));
    assert_eq!(events[0].text, "Keep this for me.");
    // Dora signed out: her cookie opens nothing, and whoever takes her nickname is a new user.
    let dora = &expected.users["Dora"];
    let headers = [("cookie", dora.cookie.as_str())];
    let socket = Client::connect_with(&server, "/ws", &headers).await;
    let mut socket = socket.expect("a handshake");
    assert_eq!(socket.until_closed().await, Some(4100));
    let another = Client::sign_in(&server, "Dora").await;
    let newest = expected.users.values().map(|user| user.id).max();
    assert!(Some(another.user) > newest, "ids are never used again");
}

#[tokio::test]
async fn resends_are_answered_with_the_old_events_after_another_start() {
    let (server, expected) = (start(), Expected::read());
    let server = server.stop_and_restart();
    let mut anna = connect(&server, &expected, "Anna").await;
    let mut ben = connect(&server, &expected, "Ben").await;
    for client in [&mut anna, &mut ben] {
        join(client, "tea").await;
        join(client, GAMES).await;
    }
    let (_, old) = expected.sent("Ben", "t2");
    assert_eq!(Event::of(&ben.post("tea", "t2", &old.text).await), *old);
    let (room, old) = expected.sent("Anna", "p1");
    let sent = anna.send_direct("Ben", "p1", &old.text).await;
    assert_eq!((sent.room.as_str(), Event::of(&sent)), (room, old.clone()));
    let other = json!({"type": "room", "to": "tea", "id": "t2", "text": "something else"});
    assert_eq!(ben.expect_refusal(other).await.0, Code::IdReused);
    // An invitation, which names a user, and a move.
    let won = expected.game("won");
    let (_, old) = expected.sent("Anna", "g1");
    let invite = json!({"invite": {"game": "tic_tac_toe", "with": "Ben", "clock": 0}});
    assert_eq!(old.seq, won);
    assert_eq!(Event::of(&anna.play(GAMES, "g1", invite).await), *old);
    let is_bens_move = |event: &&Event| {
        let is_move = matches!(&event.played, Some(Played::Moved { of, .. }) if *of == won);
        is_move && event.from == "Ben"
    };
    let old = expected.log(GAMES).iter().find(is_bens_move);
    let old = old.expect("Ben moved");
    let Some(Played::Moved { at, .. }) = &old.played else {
        panic!("{old:?}");
    };
    let again = json!({"move": {"of": won, "at": at}});
    assert_eq!(Event::of(&ben.play(GAMES, &old.id, again).await), *old);
    // The next message takes the next number.
    let next = ben.post("tea", "new", "And life goes on.").await;
    assert_eq!(next.seq, expected.log("tea").len() as u64 + 1);
}

#[tokio::test]
async fn old_bots_and_incoming_webhooks_keep_their_permissions() {
    let (server, expected) = (start(), Expected::read());
    let bot = |name: &str| ApiClient::new(&server, &expected.bots[name]);
    let (builder, reader) = (bot("build-bot"), bot("reader"));
    for room in ["tea", "ops", "announcements"] {
        let path = format!("/api/v1/rooms/{room}/messages");
        let page = reader.get(&path).await.ok();
        let messages = page["messages"].as_array().expect("messages");
        assert_eq!(messages.len(), expected.log(room).len());
        for (message, event) in messages.iter().zip(expected.log(room)) {
            let fields = [
                &message["seq"],
                &message["author"],
                &message["from"],
                &message["text"],
            ];
            assert_eq!(
                json!(fields),
                json!([event.seq, event.author, event.from, event.text])
            );
        }
    }
    let (ops, tea) = ("/api/v1/rooms/ops/messages", "/api/v1/rooms/tea/messages");
    let message = json!({"text": "It is built.", "id": "build-17"});
    let old = &expected.log("ops")[0];
    let stored = builder.post(ops, &message).await.ok();
    assert_eq!(stored, json!({"room": "ops", "seq": old.seq, "at": old.at}));
    let message = json!({"text": "hi"});
    for (bot, path) in [
        (&builder, tea),
        (&builder, "/api/v1/announce"),
        (&reader, ops),
    ] {
        assert_eq!(
            bot.post(path, &message).await.refusal(),
            (403, "not_allowed")
        );
    }
    let revoked = bot("old-bot").post(ops, &message).await;
    assert_eq!(revoked.refusal(), (401, "bad_token"));
    let announced = bot("crier").post("/api/v1/announce", &message).await.ok();
    assert_eq!(announced["seq"], expected.log("announcements").len() + 1);
    // What is posted to the old address has the next number, and the webhook's old author.
    let mut ben = connect(&server, &expected, "Ben").await;
    join(&mut ben, "ops").await;
    let tool = ApiClient::new(&server, "");
    let removed = tool.post_raw(&expected.incoming["removed"], "", "hi").await;
    assert_eq!(removed.refusal(), (404, "not_found"));
    let alerts = &expected.incoming["alerts"];
    assert_eq!(tool.post_raw(alerts, "", "disk is fine").await.ok(), "ok");
    let received = Event::of(&ben.until_text("disk is fine").await);
    let last = expected.log("ops").last().expect("not empty");
    let by_alerts = &expected.log("ops")[2];
    assert_eq!((received.seq, received.bot), (last.seq + 1, true));
    assert_eq!(
        (received.author, received.from),
        (by_alerts.author, by_alerts.from.clone())
    );
}

#[tokio::test]
async fn an_old_outgoing_webhook_continues_after_its_last_delivery() {
    let expected = Expected::read();
    let mut receiver = Receiver::open(&[]).await;
    let url = format!(
        "UPDATE outgoing SET url = '{}' WHERE name = 'mirror'",
        receiver.url
    );
    let server = start_after(&url);
    let mut ben = connect(&server, &expected, "Ben").await;
    join(&mut ben, "ops").await;
    ben.post("ops", "new", "a new one").await;
    for text in ["main is red", "Исправлено.", "a new one"] {
        let delivery = receiver.next().await;
        assert_eq!(delivery.text(), text);
        assert!(
            delivery.is_signed_with(&expected.outgoing["mirror"]),
            "{text}"
        );
    }
    // A new webhook gets a new id, because receivers use it to detect repeated deliveries.
    let mut receiver = Receiver::open(&[]).await;
    server.command_output(&[
        "outgoing",
        "create",
        "--name",
        "new",
        "--room",
        "ops",
        "--url",
        &receiver.url,
        "--allow-private",
    ]);
    ben.post("ops", "newest", "the newest").await;
    let delivery = receiver.next().await;
    let (row, _) = delivery
        .header("webhook-id")
        .split_once('_')
        .expect("row_seq");
    assert_ne!(row, expected.removed_outgoing);
}

#[tokio::test]
async fn old_read_markers_move_forward_from_where_they_were() {
    let (server, expected) = (start(), Expected::read());
    let mut anna = connect(&server, &expected, "Anna").await;
    let marker = Marker::of(&join(&mut anna, GAMES).await).expect("marked");
    let log = expected.log(GAMES);
    let unread = |seq: u64| {
        let after = log.iter().filter(|event| event.seq > seq);
        after.filter(|event| !event.is_hidden()).count() as u64
    };
    assert_eq!(marker.unread(), unread(marker.read));
    let last = log.last().expect("not empty").seq;
    for seq in [marker.read - 1, last - 1] {
        anna.send(json!({"type": "read", "room": GAMES, "seq": seq}))
            .await;
    }
    let read = anna.until(|frame| match frame {
        ServerFrame::Read(read) => Some((read.room.clone(), read.seq)),
        _ => None,
    });
    assert_eq!(read.await, (GAMES.to_owned(), last - 1), "never back");
    let marker = Marker::of(&join(&mut anna, GAMES).await).expect("marked");
    assert_eq!((marker.read, marker.unread()), (last - 1, 1));
}

/// The message that a game is shown on.
fn view_of(messages: &[Message], of: u64) -> GameView {
    let message = messages.iter().find(|message| message.seq == of);
    GameView::of(message.expect("the game is not over"))
}

#[tokio::test]
async fn old_games_continue_and_their_scores_keep_counting() {
    let (server, expected) = (start(), Expected::read());
    let mut anna = connect(&server, &expected, "Anna").await;
    let mut ben = connect(&server, &expected, "Ben").await;
    for client in [&mut anna, &mut ben] {
        join(client, GAMES).await;
    }
    let (running, open) = (expected.game("running"), expected.game("open"));
    let mut annas = view_of(&anna.games().await, running);
    let mut bens = view_of(&ben.games().await, running);
    assert_eq!(annas.game.moves, ["b2", "a1", "c3"]);
    assert_eq!((annas.game.clock, annas.game.offer), (86_400, Some(0)));
    // The clock stopped for the hour in which no server ran.
    let left = annas.game.left.expect("a clock");
    let tolerance = 10 * 60 * 1_000;
    assert!(
        (expected.left - tolerance..=expected.left).contains(&left),
        "{left}"
    );
    // The next move ends the offer of a draw.
    for at in ["a3", "a2", "c1", "b1"] {
        match annas.is_turn_of(&anna) {
            true => annas.play(&mut anna, at).await,
            false => bens.play(&mut ben, at).await,
        }
        while annas.game.moves.len() < bens.game.moves.len() {
            annas.next(&mut anna).await;
        }
        while bens.game.moves.len() < annas.game.moves.len() {
            bens.next(&mut ben).await;
        }
    }
    assert_eq!((annas.game.stage, annas.game.offer), (Stage::Running, None));
    anna.play(GAMES, "give up", annas.act("resign", "")).await;
    let before = &expected.scores["Anna"];
    let after = scores(&mut anna, GAMES).await;
    let line = |lines: &[Line], name: &str, against: &str| {
        let is_it = |line: &&Line| line.name == name && line.against == against;
        let line = lines.iter().find(is_it).expect("a line");
        [line.won, line.drawn, line.lost]
    };
    for (name, against, [won, lost]) in [
        ("Anna", "", [0, 1]),
        ("Ben", "", [1, 0]),
        ("Anna", "Ben", [0, 1]),
    ] {
        let [w, d, l] = line(before, name, against);
        assert_eq!(
            line(&after, name, against),
            [w + won, d, l + lost],
            "{name} {against}"
        );
    }
    // An open invitation is still for Anna only.
    let invitation = view_of(&anna.games().await, open);
    assert_eq!(invitation.game.stage, Stage::Open);
    let accept = invitation.act("accept", "");
    assert_eq!(
        ben.expect_act_refusal(GAMES, accept.clone()).await,
        Code::SeatTaken
    );
    anna.play(GAMES, "accept", accept).await;
    let accepted = view_of(&anna.games().await, open);
    assert_eq!(accepted.game.stage, Stage::Running);
    // A game that was over can have a rematch. A game that was declined cannot.
    let again = json!({"rematch": {"of": expected.game("won")}});
    let message = anna.play(GAMES, "again", again).await;
    assert_eq!(
        GameView::of(&message).game.again,
        Some(expected.game("won"))
    );
    let declined = json!({"rematch": {"of": expected.game("declined")}});
    assert_eq!(
        ben.expect_act_refusal(GAMES, declined).await,
        Code::NotYourGame
    );
}
