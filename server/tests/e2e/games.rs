//! People play, and the server is the referee.

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
    game_view::{Table, play_out, sit_down},
    server::Server,
};

/// Who begins has the upper row.
const WIN: [&str; 5] = ["a1", "a2", "b1", "b2", "c1"];
/// A full board without a line.
const DRAW: [&str; 9] = ["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"];

async fn two_in_tea(server: &Server) -> (Client, Client) {
    let anna = Client::in_room(server, "Anna", "tea").await;
    let ben = Client::in_room(server, "Ben", "tea").await;
    (anna, ben)
}

#[tokio::test]
async fn two_play_to_a_win_and_who_watches_and_who_comes_late_see_the_same() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let mut players = sit_down(anna, ben, "tea", json!({})).await;
    let mut seen = Table::at(&carl.card().await);
    assert_eq!((seen.game.stage, seen.game.clock), (Stage::Open, 60));
    play_out(&mut players, &WIN).await;
    seen.reaches(&mut carl, Stage::Over).await;
    let end = Some(End {
        winner: Some(0),
        by: By::Play,
    });
    assert_eq!(seen.game.end, end);
    for (_, table) in &players {
        assert_eq!(table.game, seen.game);
    }
    let mut late = Client::sign_in(&server, "Late").await;
    let page = late.join("tea").await;
    let [card] = &page.messages[..] else {
        panic!("one card: {:?}", page.messages);
    };
    assert_eq!(card.game.as_deref(), Some(&seen.game));
    assert_eq!(card.hidden, 0);
    assert_eq!(page.seq, 7, "the card, one who accepts, five moves");
}

#[tokio::test]
async fn whatever_may_not_be_is_refused_and_changes_nothing() {
    const ANNA: usize = 0;
    const BEN: usize = 1;
    const CARL: usize = 2;
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut people = [anna, ben, Client::in_room(&server, "Carl", "tea").await];
    let table = people[ANNA]
        .invite("tea", "i", json!({"with": "Ben"}))
        .await;
    let of = table.of;
    let go = |at: &str| json!({"move": {"of": of, "at": at}});
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
        (ANNA, go("b2"), Code::NotBegun),
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
        assert_eq!(people[who].may_not("tea", act.clone()).await, code, "{act}");
    }
    people[BEN].play("tea", "a", accept.clone()).await;
    let begun = Table::at(&people[BEN].games().await.remove(0));
    let (first, second) = match begun.is_turn_of(&people[ANNA]) {
        true => (ANNA, BEN),
        false => (BEN, ANNA),
    };
    people[first].play("tea", "1", go("b2")).await;
    for (who, act, code) in [
        (first, go("a1"), Code::NotYourTurn),
        (second, go("b2"), Code::PlaceTaken),
        (second, go("d4"), Code::OutsideBoard),
        (second, go("1e"), Code::OutsideBoard),
        (CARL, go("a1"), Code::NotYourGame),
        (CARL, accept, Code::SeatTaken),
        (second, json!({"rematch": {"of": of}}), Code::NotBegun),
    ] {
        assert_eq!(people[who].may_not("tea", act.clone()).await, code, "{act}");
    }
    let draw = json!({"draw": {"of": of}});
    people[first].play("tea", "2", draw.clone()).await;
    assert_eq!(
        people[first].may_not("tea", draw).await,
        Code::AlreadyOffered
    );
    // Out of the room, or of the server, nobody plays.
    let second = &mut people[second];
    second.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(second.may_not("tea", go("a1")).await, Code::NotInRoom);
    let mut pending = Client::connect(&server).await;
    assert_eq!(pending.may_not("tea", go("a1")).await, Code::LoginFirst);
    let mut late = Client::sign_in(&server, "Late").await;
    let game = Table::at(&late.join("tea").await.messages.remove(0)).game;
    assert_eq!((game.moves, game.offer), (vec!["b2".to_owned()], Some(0)));
    second.join("tea").await;
    second.play("tea", "3", json!({"resign": {"of": of}})).await;
    assert_eq!(second.may_not("tea", go("a1")).await, Code::GameOver);
}

#[tokio::test]
async fn of_twenty_who_accept_at_once_one_has_the_seat() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let table = anna.invite("tea", "i", json!({})).await;
    let act = &table.act("accept", "");
    let server = &server;
    let takers = (0..20).map(|nth| async move {
        let mut taker = Client::in_room(server, &format!("Taker {nth}"), "tea").await;
        taker
            .send(json!({"type": "game", "to": "tea", "id": "a", "act": act}))
            .await;
        let me = taker.user;
        taker
            .until(|frame| match frame {
                ServerFrame::Message(it) if it.id == "a" && it.author.0 == me => Some(Ok(())),
                ServerFrame::Error(frame::Error { code, .. }) => Some(Err(*code)),
                _ => None,
            })
            .await
    });
    let answers = join_all(takers).await;
    let (seated, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    assert_eq!(seated.len(), 1);
    assert!(
        refused.iter().all(|it| *it == Err(Code::SeatTaken)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_is_sent_again_under_its_id_is_answered_with_what_came_of_it_first() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 0})).await;
    let (client, table) = &mut players[0];
    let go = |at| json!({"move": {"of": table.of, "at": at}});
    let first = client.play("tea", "m", go("b2")).await;
    assert_eq!(client.play("tea", "m", go("b2")).await, first);
    let server = server.killed_and_reopened();
    let mut back = Client::sign_in_with_token(&server, &client.token).await;
    back.join("tea").await;
    assert_eq!(
        back.play("tea", "m", go("b2")).await,
        first,
        "also after a kill -9"
    );
    let other = json!({"type": "game", "to": "tea", "id": "m", "act": go("a1")});
    assert_eq!(back.expect_refusal(other).await.0, Code::IdReused);
    let talk = json!({"type": "room", "to": "tea", "id": "m", "text": first.text});
    assert_eq!(
        back.expect_refusal(talk).await.0,
        Code::IdReused,
        "a text is no move"
    );
}

#[tokio::test]
async fn a_rematch_begins_with_the_other_one_and_two_who_ask_for_it_agree() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 0})).await;
    play_out(&mut players, &WIN).await;
    let [(mut first, table), (mut second, _)] = players;
    let again = table.act("rematch", "");
    let card = first.play("tea", "again", again.clone()).await;
    assert_eq!(
        first.may_not("tea", again.clone()).await,
        Code::AlreadyOffered
    );
    second.play("tea", "again", again).await;
    let mut next = Table::at(&card);
    next.reaches(&mut first, Stage::Running).await;
    assert_eq!(next.game.again, Some(table.of));
    assert!(next.is_turn_of(&second), "who did not begin before");
    let mut late = Client::sign_in(&server, "Late").await;
    let before = late.join("tea").await.messages.remove(0);
    assert_eq!(before.game.expect("its state").next, Some(next.of));
}

#[tokio::test]
async fn an_invitation_is_declined_or_withdrawn_and_then_over() {
    let server = Server::open();
    let (mut anna, mut ben) = two_in_tea(&server).await;
    let table = anna.invite("tea", "1", json!({"with": "Ben"})).await;
    assert_eq!(
        ben.games().await.len(),
        1,
        "it is on the shelf of whom it is to"
    );
    ben.play("tea", "d", table.act("decline", "")).await;
    assert_eq!(
        anna.may_not("tea", table.act("withdraw", "")).await,
        Code::GameOver
    );
    let table = anna.invite("tea", "2", json!({})).await;
    anna.play("tea", "3", table.act("withdraw", "")).await;
    assert_eq!(
        ben.may_not("tea", table.act("accept", "")).await,
        Code::GameOver
    );
    assert_eq!((anna.games().await.len(), ben.games().await.len()), (0, 0));
}

#[tokio::test]
async fn in_private_the_other_one_is_invited_and_nobody_else_knows() {
    let server = Server::open();
    let (mut anna, mut ben) = two_in_tea(&server).await;
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let room = anna.send_direct("Ben", "hi", "a game?").await.room;
    let table = anna.invite(&room, "i", json!({})).await;
    assert_eq!(table.game.with.as_ref().map(|it| it.user.0), Some(ben.user));
    let accept = table.act("accept", "");
    assert_eq!(carl.may_not(&room, accept.clone()).await, Code::NotInRoom);
    ben.play(&room, "a", accept).await;
    let mut bens = Table::at(&ben.games().await.remove(0));
    assert_eq!(bens.game.stage, Stage::Running);
    anna.play(&room, "r", table.act("resign", "")).await;
    bens.reaches(&mut ben, Stage::Over).await;
    let told = carl.frames_so_far().await;
    let is_message = |frame: &ServerFrame| matches!(frame, ServerFrame::Message(_));
    assert!(!told.iter().any(is_message), "{told:?}");
}

#[tokio::test]
async fn who_won_how_often_is_counted_by_room_and_by_pair() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 0})).await;
    play_out(&mut players, &WIN).await;
    let [(first, _), (second, _)] = players;
    let (winner, loser) = (first.user, second.user);
    let mut players = sit_down(first, second, "tea", json!({"clock": 0})).await;
    play_out(&mut players, &DRAW).await;
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
async fn how_many_watch_is_told_to_all_in_the_room() {
    let server = Server::open();
    let (anna, ben) = two_in_tea(&server).await;
    let mut players = sit_down(anna, ben, "tea", json!({"clock": 0})).await;
    let (player, table) = &mut players[0];
    let watch = json!({"type": "watch", "room": "tea", "games": [table.of]});
    let mut carl = Client::in_room(&server, "Carl", "tea").await;
    let mut dora = Client::in_room(&server, "Dora", "tea").await;
    let told = |frame: &ServerFrame| match frame {
        ServerFrame::Watchers(it) => Some(it.games.clone()),
        _ => None,
    };
    carl.send(watch.clone()).await;
    assert_eq!(carl.until(told).await, [[table.of, 1]]);
    assert_eq!(player.until(told).await, [[table.of, 1]]);
    dora.send(watch).await;
    assert_eq!(player.until(told).await, [[table.of, 2]]);
    drop(dora);
    assert_eq!(player.until(told).await, [[table.of, 1]]);
    carl.send(json!({"type": "watch", "room": "tea", "games": []}))
        .await;
    assert_eq!(player.until(told).await, [[table.of, 0]]);
    let many: Vec<u64> = (0..201).collect();
    let too_many = json!({"type": "watch", "room": "tea", "games": many});
    assert_eq!(carl.expect_refusal(too_many).await.0, Code::BadField);
}

#[tokio::test]
async fn what_is_refused_makes_no_room() {
    let server = Server::open();
    let mut mallory = Client::in_room(&server, "Mallory", "General").await;
    let accept = json!({"accept": {"of": 1}});
    assert_eq!(mallory.may_not("General", accept).await, Code::NoSuchGame);
    let nobody = json!({"invite": {"game": "tic_tac_toe", "with": "Nobody"}});
    assert_eq!(mallory.may_not("General", nobody).await, Code::NoSuchUser);
    mallory
        .send(json!({"type": "leave", "room": "General"}))
        .await;
    mallory.frames_so_far().await;
    let mut ben = Client::in_room(&server, "Ben", "general").await;
    assert_eq!(ben.post("general", "1", "hi").await.seq, 1);
}
