//! A game that has neither two players nor turns goes through the same functions as any other.

use super::VOTERS;
use crate::games::{Act, By, End, Game, GameName, Played, Player, Stage};
use crate::{Code, Message, Seq, UserId};

const GAME: GameName = GameName::ShowOfHands;
const ANNA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const CARL: UserId = UserId(3);
const DORA: UserId = UserId(4);

/// A room with a show of hands: the log and the state that the room's members see.
struct Room {
    log: Vec<Message>,
    game: Game,
}

fn event(seq: Seq, author: UserId, played: Played) -> Message {
    Message {
        room: "tea".to_owned(),
        seq,
        author,
        from: ["", "Anna", "Ben", "Carl", "Dora"][author.0 as usize].to_owned(),
        body: played.into(),
        ..Message::default()
    }
}

fn act(at: &str) -> Act {
    let at = at.to_owned();
    Act::Move { of: 7, at }
}

impl Room {
    /// Anna asks.
    fn new() -> Self {
        let invite = Act::Invite {
            game: GAME,
            with: None,
            clock: Some(60),
        };
        assert_eq!(invite.check(), Ok(()));
        let invited = Played::Invited {
            game: GAME,
            with: None,
            clock: GAME.clock(Some(60)),
            again: None,
            first: None,
        };
        let log = vec![event(7, ANNA, invited)];
        let game = Game::of(&log[0]).expect("a game message");
        Self { log, game }
    }

    /// A user answers, if the rules allow it.
    fn answer(&mut self, user: UserId, at: &str) -> Result<(), Code> {
        let checked = self.game.check(user, &act(at));
        checked.map_err(|refusal| refusal.code)?;
        let nth = self.game.moves.len() + 1;
        let at = at.to_owned();
        let moved = event(7 + nth as Seq, user, Played::Moved { of: 7, nth, at });
        assert!(self.game.apply(&moved));
        self.log.push(moved);
        Ok(())
    }

    fn voters(&self) -> Vec<&str> {
        let seats = self.game.seats.iter();
        seats.map(|player| player.name.as_str()).collect()
    }
}

#[test]
fn it_begins_when_it_is_asked_and_anybody_answers_once_in_any_order() {
    let mut room = Room::new();
    assert_eq!(room.game.stage, Stage::Running);
    assert_eq!(room.game.turn(), None);
    assert_eq!(room.answer(CARL, "no"), Ok(()));
    assert_eq!(room.answer(BEN, "yes"), Ok(()));
    assert_eq!(room.answer(BEN, "no"), Err(Code::PlaceTaken));
    assert_eq!(room.answer(BEN, "maybe"), Err(Code::OutsideBoard));
    assert_eq!(room.voters(), ["Anna", "Carl", "Ben"]);
    assert!(room.game.waits_for(ANNA), "who has not voted");
    assert!(!room.game.waits_for(BEN), "who has");
    assert!(!room.game.waits_for(DORA), "who has not joined");
    assert_eq!(
        room.answer(DORA, "yes"),
        Err(Code::NotYourGame),
        "it is full"
    );
    assert_eq!(room.answer(ANNA, "yes"), Ok(()));
    assert_eq!(room.game.moves.len(), VOTERS);
    let (winner, by) = (None, By::Play);
    assert_eq!(room.game.end, Some(End { winner, by }));
    assert!(room.game.winners().is_empty());
    assert_eq!(room.game.results(), [], "it counts for no score");
    assert_eq!(room.answer(ANNA, "no"), Err(Code::GameOver));
}

#[test]
fn only_the_user_who_asked_can_close_it() {
    let mut room = Room::new();
    assert_eq!(room.answer(ANNA, "yes"), Ok(()));
    assert_eq!(room.answer(BEN, "close"), Err(Code::NotYourGame));
    assert_eq!(room.answer(ANNA, "close"), Ok(()));
    assert_eq!(room.game.stage, Stage::Over);
    assert_eq!(room.answer(BEN, "yes"), Err(Code::GameOver));
    assert!(!room.game.is_to_move(0) && !room.game.is_to_move(1));
}

#[test]
fn what_belongs_to_two_players_and_turns_is_refused() {
    let mut room = Room::new();
    assert_eq!(room.answer(BEN, "yes"), Ok(()));
    assert_eq!((room.game.clock, room.game.time()), (0, None));
    let refusal = |room: &Room, user, act: Act| {
        let checked = room.game.check(user, &act);
        checked.map_err(|refusal| refusal.code)
    };
    for (user, act, code) in [
        (BEN, Act::Resign { of: 7 }, Code::BadField),
        (BEN, Act::Draw { of: 7 }, Code::BadField),
        (CARL, Act::Accept { of: 7 }, Code::SeatTaken),
        (CARL, Act::Resign { of: 7 }, Code::NotYourGame),
    ] {
        assert_eq!(refusal(&room, user, act.clone()), Err(code), "{act:?}");
    }
    assert_eq!(room.answer(ANNA, "close"), Ok(()));
    let again = Act::Rematch { of: 7 };
    assert_eq!(refusal(&room, ANNA, again), Err(Code::BadField));
    let to_one = Act::Invite {
        game: GAME,
        with: Some("Ben".to_owned()),
        clock: None,
    };
    let checked = to_one.check().map_err(|refusal| refusal.code);
    assert_eq!(checked, Err(Code::BadField));
}

#[test]
fn its_state_is_read_back_from_json_and_from_the_log() {
    let mut room = Room::new();
    assert_eq!(room.answer(BEN, "no"), Ok(()));
    assert_eq!(room.answer(ANNA, "yes"), Ok(()));
    let json = serde_json::to_value(&room.game).expect("a state is serializable");
    assert_eq!(json["game"], "show_of_hands");
    assert_eq!(json["moves"], serde_json::json!(["no", "yes"]));
    let movers = serde_json::json!([{"user": 2, "name": "Ben"}, {"user": 1, "name": "Anna"}]);
    assert_eq!(json["movers"], movers);
    let read: Game = serde_json::from_value(json).expect("a state");
    assert_eq!(read, room.game);
    let log = serde_json::to_string(&room.log).expect("a log is serializable");
    let log: Vec<Message> = serde_json::from_str(&log).expect("a log");
    let mut replayed = Game::of(&log[0]).expect("a game message");
    for event in &log[1..] {
        replayed.apply(event);
    }
    assert_eq!(replayed, room.game);
    let asked = Player {
        user: ANNA,
        name: "Anna".to_owned(),
    };
    assert_eq!(replayed.by, asked);
}
