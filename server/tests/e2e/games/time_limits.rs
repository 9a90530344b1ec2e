//! The time limit of each move, which the server enforces.

use protocol::{
    Code, ServerFrame,
    games::{By, End, Stage},
};
use serde_json::json;

use super::two_in_tea;
use crate::{
    client::Client,
    game_view::{GameView, start_game},
    server::Server,
};

#[tokio::test]
async fn a_player_who_runs_out_of_time_loses_exactly_once() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 1})).await;
    let (client, view) = &mut players[0];
    view.until_stage(client, Stage::Over).await;
    let end = End {
        winner: Some(1),
        by: By::Time,
    };
    assert_eq!(view.game.end, Some(end));
    let act = view.act("move", "b2");
    assert_eq!(client.expect_act_refusal("tea", act).await, Code::GameOver);
    let before = server.logs();
    let server = server.kill_and_restart();
    Client::sign_in_with_token(&server, &client.token)
        .await
        .frames_so_far()
        .await;
    assert_eq!(server.logs(), before);
    let by_the_server = before["tea"].iter().filter(|event| event.author == 0);
    assert_eq!(by_the_server.count(), 1);
}

#[tokio::test]
async fn move_timers_stop_while_the_server_is_down() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 2})).await;
    let (client, view) = &mut players[0];
    let token = client.token.clone();
    let server = server.kill_and_restart_after(|db| {
        // An hour passes.
        db.execute_batch(
            "UPDATE server_state SET alive_at = alive_at - 3600000;
             UPDATE games SET due_at = due_at - 3600000",
        )
    });
    let mut back = Client::sign_in_with_token(&server, &token).await;
    back.join("tea").await;
    let message = back.games().await.remove(0);
    let game = message.game_state().expect("its state");
    assert_eq!(game.stage, Stage::Running);
    assert!(
        game.left.is_some_and(|left| left <= 2_000),
        "{:?}",
        game.left
    );
    back.play("tea", "m", view.act("move", "b2")).await;
    let mut view = GameView::of(&back.games().await.remove(0));
    view.until_stage(&mut back, Stage::Over).await;
    assert_eq!(
        view.game.end.map(|end| (end.winner, end.by)),
        Some((Some(0), By::Time))
    );
}

#[tokio::test]
async fn a_timed_invitation_of_an_offline_user_cannot_be_accepted() {
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
        ben.expect_act_refusal("tea", timed.act("accept", "")).await,
        Code::Away
    );
    ben.play("tea", "a", untimed.act("accept", "")).await;
}
