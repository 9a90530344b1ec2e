//! Moves are hidden events: however many there are, pages and unread counts contain only messages.

use protocol::{ServerFrame, games::Stage};
use serde_json::json;

use super::{DRAW, two_in_tea};
use crate::{
    client::Client,
    game_view::{play_moves, start_game},
    server::Server,
};

#[tokio::test]
async fn moves_fill_no_page_and_are_not_unread() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let (mut anna, ben) = two_in_tea(&server).await;
    for n in 1..=60 {
        anna.post("tea", &format!("before {n}"), "hello").await;
    }
    let mut players = start_game(anna, ben, "tea", json!({"clock": 0})).await;
    play_moves(&mut players, &DRAW).await;
    let (player, _) = &mut players[0];
    let last = player.post("tea", "after", "well played").await;
    assert_eq!((last.seq, last.hidden, last.nth()), (72, 10, 62));
    let mut late = Client::sign_in(&server, "Late").await;
    let page = late.join("tea").await.messages;
    assert_eq!(page.len(), 50);
    assert_eq!(
        page.iter().map(|it| it.nth()).collect::<Vec<_>>(),
        (13..=62).collect::<Vec<_>>()
    );
    assert_eq!(
        page[48].game_state().map(|game| game.stage),
        Some(Stage::Over)
    );
    late.send(json!({"type": "history", "room": "tea", "limit": 200, "all": true}))
        .await;
    let all = late
        .until(|frame| match frame {
            ServerFrame::History(page) => Some(page.messages.clone()),
            _ => None,
        })
        .await;
    assert_eq!(
        all.iter().map(|it| it.seq).collect::<Vec<_>>(),
        (1..=72).collect::<Vec<_>>()
    );
    late.send(json!({"type": "read", "room": "tea", "seq": 70}))
        .await;
    let read = late
        .until(|frame| match frame {
            ServerFrame::Read(read) => Some((read.seq, read.hidden)),
            _ => None,
        })
        .await;
    assert_eq!(read, (70, 9), "61 messages are read, one is not");
}

#[tokio::test]
async fn a_client_far_behind_gets_a_page_without_moves() {
    let server = Server::with(&["--messages-per-second", "0"]);
    let (mut anna, ben) = two_in_tea(&server).await;
    let last = anna.post("tea", "1", "before").await.seq;
    let (mut one, mut other) = (anna, ben);
    // 61 games, each of which has a game message, an acceptance and 9 moves.
    for _ in 0..61 {
        let mut players = start_game(one, other, "tea", json!({"clock": 0})).await;
        play_moves(&mut players, &DRAW).await;
        [(one, _), (other, _)] = players;
    }
    let newest = one.post("tea", "2", "after").await;
    let mut back = Client::sign_in(&server, "Carl").await;
    back.send(json!({"type": "join", "room": "tea", "after": last + 500}))
        .await;
    let near = back.until_joined().await;
    assert!(!near.gap && near.messages.len() > 50);
    back.send(json!({"type": "join", "room": "tea", "after": last}))
        .await;
    let far = back.until_joined().await;
    assert!(far.gap);
    assert_eq!(far.seq, newest.seq);
    assert!(
        far.messages
            .iter()
            .all(|it| it.seq > last && !it.is_hidden())
    );
    let first = far.messages[0].seq;
    assert_eq!(far.missing, Some([last + 1, first - 1]));
}
