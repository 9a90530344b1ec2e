//! A game of three players who take turns goes through the same functions as any other.

use crate::games::{Act, By, End, Game, GameName, Played, Stage};
use crate::{Code, Message, Seq, UserId};

const ANNA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CARL: UserId = UserId(3);
const DORA: UserId = UserId(4);

fn event(seq: Seq, author: UserId, played: Played) -> Message {
    Message {
        seq,
        author,
        body: played.into(),
        ..Message::default()
    }
}

fn refusal(game: &Game, user: UserId, act: &Act) -> Option<Code> {
    game.check(user, act).err().map(|refusal| refusal.code)
}

/// Anna has invited everybody in the room.
fn offered() -> Game {
    let invited = Played::Invited {
        game: GameName::Counting,
        with: None,
        clock: 60,
        again: None,
        first: None,
    };
    Game::of(&event(7, ANNA, invited)).expect("a game message")
}

fn accept(game: &mut Game, user: UserId, first: UserId) {
    assert_eq!(refusal(game, user, &Act::Accept { of: 7 }), None);
    let accepted = Played::Accepted { of: 7, first };
    assert!(game.apply(&event(game.seq + 1, user, accepted)));
}

fn users(game: &Game) -> Vec<UserId> {
    game.seats.iter().map(|player| player.user).collect()
}

#[test]
fn it_begins_when_the_third_player_accepts() {
    let mut game = offered();
    accept(&mut game, BEN, BEN);
    assert_eq!(game.stage, Stage::Open);
    assert_eq!(users(&game), [ANNA, BEN]);
    let one = Act::Move {
        of: 7,
        at: "1".into(),
    };
    assert_eq!(refusal(&game, BEN, &one), Some(Code::NotBegun));
    let accepted_already = refusal(&game, BEN, &Act::Accept { of: 7 });
    assert_eq!(accepted_already, Some(Code::SeatTaken));
    assert!(!game.is_invited(BEN) && !game.waits_for(BEN));
    accept(&mut game, CARL, BEN);
    assert_eq!(game.stage, Stage::Running);
    assert_eq!(users(&game), [BEN, ANNA, CARL], "Ben begins");
    let late = refusal(&game, DORA, &Act::Accept { of: 7 });
    assert_eq!(late, Some(Code::SeatTaken));
    assert_eq!(refusal(&game, DORA, &one), Some(Code::NotYourGame));
    assert_eq!(refusal(&game, CARL, &one), Some(Code::NotYourTurn));
    assert_eq!(refusal(&game, BEN, &one), None);
    assert_eq!(
        game.time(),
        Some(60_000),
        "there are turns, so there is a clock"
    );
}

#[test]
fn several_players_win_and_nobody_does_when_time_is_up() {
    let mut game = offered();
    accept(&mut game, BEN, ANNA);
    accept(&mut game, CARL, ANNA);
    let running = game.clone();
    for nth in 1..=5 {
        let turn = game.turn().expect("a turn");
        let (user, at) = (game.seats[turn].user, nth.to_string());
        assert!(game.waits_for(user));
        assert!(game.apply(&event(game.seq + 1, user, Played::Moved { of: 7, nth, at })));
    }
    let (winner, by) = (None, By::Play);
    assert_eq!(game.end, Some(End { winner, by }));
    let winners = game.winners().iter().collect::<Vec<_>>();
    assert_eq!(winners, [0, 2], "Ben had to say the last number");
    assert_eq!(game.results(), [], "scores are of two players");
    assert!(game.movers.is_empty(), "the turns say who moved");
    assert_eq!(game.opponent(ANNA), None);

    let mut game = running;
    assert_eq!(
        refusal(&game, ANNA, &Act::Draw { of: 7 }),
        Some(Code::BadField)
    );
    assert!(game.apply(&event(
        game.seq + 1,
        UserId(0),
        Played::TimedOut { of: 7, nth: 1 }
    )));
    let by = By::Time;
    assert_eq!(game.end, Some(End { winner, by }));
    assert!(game.winners().is_empty());
}
