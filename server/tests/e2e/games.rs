//! Users play games, and the server is the referee.

mod history;
mod time_limits;

use futures_util::future::join_all;
use protocol::{
    Code, ServerFrame, frame,
    games::{By, End, Stage},
};
use serde_json::{Value, json};

use crate::{
    client::Client,
    game_view::{GameView, play_moves, start_game},
    server::Server,
};

/// The first player gets the upper row.
const WIN: [&str; 5] = ["a1", "a2", "b1", "b2", "c1"];
/// A full board without a line.
const DRAW: [&str; 9] = ["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"];

async fn two_in_tea(server: &Server) -> (Client, Client) {
    let anna = Client::in_room(server, "Anna", "tea").await;
    let ben = Client::in_room(server, "Ben", "tea").await;
    (anna, ben)
}

#[tokio::test]
async fn players_watchers_and_later_clients_see_the_same_game() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let mut players = start_game(anna, ben, "tea", json!({})).await;
    let mut seen = GameView::of(&carl.next_invitation().await);
    assert_eq!((seen.game.stage, seen.game.clock), (Stage::Open, 60));
    play_moves(&mut players, &WIN).await;
    seen.until_stage(&mut carl, Stage::Over).await;
    let end = Some(End {
        winner: Some(0),
        by: By::Play,
    });
    assert_eq!(seen.game.end, end);
    for (_, view) in &players {
        assert_eq!(view.game, seen.game);
    }
    let mut late = Client::sign_in(&server, "Late").await;
    let page = late.join("tea").await;
    let [message] = &page.messages[..] else {
        panic!("one game message: {:?}", page.messages);
    };
    assert_eq!(message.game_state(), Some(&seen.game));
    assert_eq!(message.hidden, 0);
    assert_eq!(page.seq, 7, "the invitation, the acceptance and five moves");
}

#[tokio::test]
async fn invalid_acts_are_refused_and_change_nothing() {
    const ANNA: usize = 0;
    const BEN: usize = 1;
    const CARL: usize = 2;
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut people = [anna, ben, Client::in_room(&server, "Carl", "tea").await];
    let view = people[ANNA]
        .invite("tea", "i", json!({"with": "Ben"}))
        .await;
    let of = view.of;
    let move_to = |at: &str| json!({"move": {"of": of, "at": at}});
    let invite = |terms: Value| {
        let mut invite = json!({"game": "tic_tac_toe"});
        invite
            .as_object_mut()
            .expect("an object")
            .extend(terms.as_object().cloned().expect("terms"));
        json!({"invite": invite})
    };
    let accept = json!({"accept": {"of": of}});
    for (who, act, code) in [
        (ANNA, move_to("b2"), Code::NotBegun),
        (ANNA, accept.clone(), Code::ToYourself),
        (CARL, accept.clone(), Code::SeatTaken),
        (CARL, json!({"decline": {"of": of}}), Code::NotYourGame),
        (CARL, json!({"withdraw": {"of": of}}), Code::NotYourGame),
        (
            BEN,
            json!({"move": {"of": of + 1, "at": "b2"}}),
            Code::NoSuchGame,
        ),
        (BEN, invite(json!({"with": "Nobody"})), Code::NoSuchUser),
        (BEN, invite(json!({"with": "ben"})), Code::ToYourself),
        (BEN, invite(json!({"clock": 86_401})), Code::BadField),
        (
            BEN,
            invite(json!({"game": "hide_and_seek"})),
            Code::BadField,
        ),
        (BEN, json!({"dance": {"of": of}}), Code::BadField),
    ] {
        assert_eq!(
            people[who].expect_act_refusal("tea", act.clone()).await,
            code,
            "{act}"
        );
    }
    people[BEN].play("tea", "a", accept.clone()).await;
    let begun = GameView::of(&people[BEN].games().await.remove(0));
    let (first, second) = match begun.is_turn_of(&people[ANNA]) {
        true => (ANNA, BEN),
        false => (BEN, ANNA),
    };
    people[first].play("tea", "1", move_to("b2")).await;
    for (who, act, code) in [
        (first, move_to("a1"), Code::NotYourTurn),
        (second, move_to("b2"), Code::PlaceTaken),
        (second, move_to("d4"), Code::OutsideBoard),
        (second, move_to("1e"), Code::OutsideBoard),
        (CARL, move_to("a1"), Code::NotYourGame),
        (CARL, accept, Code::SeatTaken),
        (second, json!({"rematch": {"of": of}}), Code::NotBegun),
    ] {
        assert_eq!(
            people[who].expect_act_refusal("tea", act.clone()).await,
            code,
            "{act}"
        );
    }
    let draw = json!({"draw": {"of": of}});
    people[first].play("tea", "2", draw.clone()).await;
    assert_eq!(
        people[first].expect_act_refusal("tea", draw).await,
        Code::AlreadyOffered
    );
    // A user who has left the room or has not signed in cannot play.
    let second = &mut people[second];
    second.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(
        second.expect_act_refusal("tea", move_to("a1")).await,
        Code::NotInRoom
    );
    let mut pending = Client::connect(&server).await;
    assert_eq!(
        pending.expect_act_refusal("tea", move_to("a1")).await,
        Code::LoginFirst
    );
    let mut late = Client::sign_in(&server, "Late").await;
    let game = GameView::of(&late.join("tea").await.messages.remove(0)).game;
    assert_eq!((game.moves, game.offer), (vec!["b2".to_owned()], Some(0)));
    second.join("tea").await;
    second.play("tea", "3", json!({"resign": {"of": of}})).await;
    assert_eq!(
        second.expect_act_refusal("tea", move_to("a1")).await,
        Code::GameOver
    );
}

#[tokio::test]
async fn one_of_twenty_users_who_accept_at_once_becomes_the_player() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let view = anna.invite("tea", "i", json!({})).await;
    let act = &view.act("accept", "");
    let server = &server;
    let users = (0..20).map(|nth| async move {
        let mut user = Client::in_room(server, &format!("User {nth}"), "tea").await;
        user.send(json!({"type": "game", "to": "tea", "id": "a", "act": act}))
            .await;
        let me = user.user;
        user.until(|frame| match frame {
            ServerFrame::Message(it) if it.id == "a" && it.author.0 == me => Some(Ok(())),
            ServerFrame::Error(frame::Error { code, .. }) => Some(Err(*code)),
            _ => None,
        })
        .await
    });
    let answers = join_all(users).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(accepted.len(), 1);
    assert!(
        refused.iter().all(|it| *it == Err(Code::SeatTaken)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_act_sent_again_with_its_id_is_answered_with_the_first_event() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 0})).await;
    let (client, view) = &mut players[0];
    let move_to = |at| json!({"move": {"of": view.of, "at": at}});
    let first = client.play("tea", "m", move_to("b2")).await;
    assert_eq!(client.play("tea", "m", move_to("b2")).await, first);
    let server = server.kill_and_restart();
    let mut back = Client::sign_in_with_token(&server, &client.token).await;
    back.join("tea").await;
    assert_eq!(
        back.play("tea", "m", move_to("b2")).await,
        first,
        "after SIGKILL too"
    );
    let other = json!({"type": "game", "to": "tea", "id": "m", "act": move_to("a1")});
    assert_eq!(back.expect_refusal(other).await.0, Code::IdReused);
    let talk = json!({"type": "room", "to": "tea", "id": "m", "text": first.text()});
    assert_eq!(
        back.expect_refusal(talk).await.0,
        Code::IdReused,
        "a message is not a move"
    );
}

#[tokio::test]
async fn the_other_player_begins_a_rematch_and_asking_back_accepts_it() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 0})).await;
    play_moves(&mut players, &WIN).await;
    let [(mut first, view), (mut second, _)] = players;
    let again = view.act("rematch", "");
    let invitation = first.play("tea", "again", again.clone()).await;
    assert_eq!(
        first.expect_act_refusal("tea", again.clone()).await,
        Code::AlreadyOffered
    );
    second.play("tea", "again", again).await;
    let mut next = GameView::of(&invitation);
    next.until_stage(&mut first, Stage::Running).await;
    assert_eq!(next.game.again, Some(view.of));
    assert!(next.is_turn_of(&second), "the other player begins");
    let mut late = Client::sign_in(&server, "Late").await;
    let before = late.join("tea").await.messages.remove(0);
    assert_eq!(before.game_state().expect("its state").next, Some(next.of));
}

#[tokio::test]
async fn a_declined_or_withdrawn_invitation_is_over() {
    let server = Server::start();
    let (mut anna, mut ben) = two_in_tea(&server).await;
    let view = anna.invite("tea", "1", json!({"with": "Ben"})).await;
    assert_eq!(
        ben.games().await.len(),
        1,
        "the invited user has the game in the list"
    );
    ben.play("tea", "d", view.act("decline", "")).await;
    assert_eq!(
        anna.expect_act_refusal("tea", view.act("withdraw", ""))
            .await,
        Code::GameOver
    );
    let view = anna.invite("tea", "2", json!({})).await;
    anna.play("tea", "3", view.act("withdraw", "")).await;
    assert_eq!(
        ben.expect_act_refusal("tea", view.act("accept", "")).await,
        Code::GameOver
    );
    assert_eq!((anna.games().await.len(), ben.games().await.len()), (0, 0));
}

#[tokio::test]
async fn a_private_game_invites_the_other_user_and_is_hidden_from_everyone_else() {
    let server = Server::start();
    let (mut anna, mut ben) = two_in_tea(&server).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let room = anna.send_direct("Ben", "hi", "a game?").await.room;
    let view = anna.invite(&room, "i", json!({})).await;
    assert_eq!(view.game.with.as_ref().map(|it| it.user.0), Some(ben.user));
    let accept = view.act("accept", "");
    assert_eq!(
        carl.expect_act_refusal(&room, accept.clone()).await,
        Code::NotInRoom
    );
    ben.play(&room, "a", accept).await;
    let mut bens = GameView::of(&ben.games().await.remove(0));
    assert_eq!(bens.game.stage, Stage::Running);
    anna.play(&room, "r", view.act("resign", "")).await;
    bens.until_stage(&mut ben, Stage::Over).await;
    let frames = carl.frames_so_far().await;
    let is_message = |frame: &ServerFrame| matches!(frame, ServerFrame::Message(_));
    assert!(!frames.iter().any(is_message), "{frames:?}");
}

#[tokio::test]
async fn scores_are_counted_per_room_and_per_pair() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 0})).await;
    play_moves(&mut players, &WIN).await;
    let [(first, _), (second, _)] = players;
    let (winner, loser) = (first.user, second.user);
    let mut players = start_game(first, second, "tea", json!({"clock": 0})).await;
    play_moves(&mut players, &DRAW).await;
    let [(mut one, _), _] = players;
    one.send(json!({"type": "scores", "room": "tea"})).await;
    let scores = one
        .until(|frame| match frame {
            ServerFrame::Scores(it) => Some(it.scores.clone()),
            _ => None,
        })
        .await;
    let line = |it: &frame::Score| {
        let against = it.against.map(|against| against.0);
        (it.user.0, against, [it.won, it.drawn, it.lost])
    };
    let me = one.user;
    let (mine, other) = match me == winner {
        true => ([1, 1, 0], loser),
        false => ([0, 1, 1], winner),
    };
    let expected = [
        (winner, None, [1, 1, 0]),
        (loser, None, [0, 1, 1]),
        (me, Some(other), mine),
    ];
    assert_eq!(scores.iter().map(line).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn watcher_counts_are_sent_to_everyone_in_the_room() {
    let server = Server::start();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = start_game(anna, ben, "tea", json!({"clock": 0})).await;
    let (player, view) = &mut players[0];
    let watch = json!({"type": "watch", "room": "tea", "games": [view.of]});
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let mut dora = Client::in_room(&server, "Dora", "tea").await;
    let watchers = |frame: &ServerFrame| match frame {
        ServerFrame::Watchers(it) => Some(it.games.clone()),
        _ => None,
    };
    carl.send(watch.clone()).await;
    assert_eq!(carl.until(watchers).await, [[view.of, 1]]);
    assert_eq!(player.until(watchers).await, [[view.of, 1]]);
    dora.send(watch).await;
    assert_eq!(player.until(watchers).await, [[view.of, 2]]);
    drop(dora);
    assert_eq!(player.until(watchers).await, [[view.of, 1]]);
    carl.send(json!({"type": "watch", "room": "tea", "games": []}))
        .await;
    assert_eq!(player.until(watchers).await, [[view.of, 0]]);
    let many: Vec<u64> = (0..201).collect();
    let too_many = json!({"type": "watch", "room": "tea", "games": many});
    assert_eq!(carl.expect_refusal(too_many).await.0, Code::BadField);
}

#[tokio::test]
async fn a_refused_act_creates_no_room() {
    let server = Server::start();
    let mut mallory = Client::in_room(&server, "Mallory", "General").await;
    let accept = json!({"accept": {"of": 1}});
    assert_eq!(
        mallory.expect_act_refusal("General", accept).await,
        Code::NoSuchGame
    );
    let nobody = json!({"invite": {"game": "tic_tac_toe", "with": "Nobody"}});
    assert_eq!(
        mallory.expect_act_refusal("General", nobody).await,
        Code::NoSuchUser
    );
    mallory
        .send(json!({"type": "leave", "room": "General"}))
        .await;
    mallory.frames_so_far().await;
    let mut ben = Client::in_room(&server, "Ben", "general").await;
    assert_eq!(ben.post("general", "1", "hi").await.seq, 1);
}
