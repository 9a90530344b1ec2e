//! A clock for each move, kept by the server.

use protocol::{
    Code, ServerFrame,
    games::{By, End, Stage},
};
use serde_json::json;

use super::two_in_tea;
use crate::{
    client::Client,
    game_view::{Table, sit_down},
    server::Server,
};

#[tokio::test]
async fn who_is_late_has_lost_and_is_so_once() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 1})).await;
    let (client, table) = &mut players[0];
    table.reaches(client, Stage::Over).await;
    let end = End {
        winner: Some(1),
        by: By::Time,
    };
    assert_eq!(table.game.end, Some(end));
    let act = table.act("move", "b2");
    assert_eq!(client.may_not("tea", act).await, Code::GameOver);
    let before = server.logs();
    let server = server.killed_and_reopened();
    Client::sign_in_with_token(&server, &client.token)
        .await
        .frames_so_far()
        .await;
    assert_eq!(server.logs(), before);
    let by_the_server = before["tea"].iter().filter(|event| event.author == 0);
    assert_eq!(by_the_server.count(), 1);
}

#[tokio::test]
async fn clocks_stand_still_while_the_server_is_closed() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 2})).await;
    let (client, table) = &mut players[0];
    let token = client.token.clone();
    let server = server.killed_and_reopened_after(|db| {
        // An hour goes by.
        db.execute_batch(
            "UPDATE server_state SET alive_at = alive_at - 3600000;
             UPDATE games SET due_at = due_at - 3600000",
        )
    });
    let mut back = Client::sign_in_with_token(&server, &token).await;
    back.join("tea").await;
    let card = back.games().await.remove(0);
    let game = card.game.as_deref().expect("its state");
    assert_eq!(game.stage, Stage::Running);
    assert!(
        game.left.is_some_and(|left| left <= 2_000),
        "{:?}",
        game.left
    );
    back.play("tea", "m", table.act("move", "b2")).await;
    let mut table = Table::at(&back.games().await.remove(0));
    table.reaches(&mut back, Stage::Over).await;
    assert_eq!(
        table.game.end.map(|end| (end.winner, end.by)),
        Some((Some(0), By::Time))
    );
}

#[tokio::test]
async fn who_has_gone_is_not_beaten_by_the_clock() {
    let server = Server::with(&["--presence-grace-seconds", "0"]);
    let (mut anna, mut ben) = two_in_tea(&server).await;
    let timed = anna.invite("tea", "1", json!({})).await;
    let untimed = anna.invite("tea", "2", json!({"clock": 0})).await;
    drop(anna);
    ben.until(|frame| match frame {
        ServerFrame::Presence(it) => it.left.contains(&"Anna".to_owned()).then_some(()),
        _ => None,
    })
    .await;
    assert_eq!(
        ben.may_not("tea", timed.act("accept", "")).await,
        Code::Away
    );
    ben.play("tea", "a", untimed.act("accept", "")).await;
}
