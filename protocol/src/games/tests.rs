//! A game's life as its events make it, and what each user may do at each stage.

use super::*;
use crate::{Code, Message, Seq, UserId};

const ANNA: i64 = 1;
const BEN: i64 = 2;
const CARL: i64 = 3;

/// A game that its events have built up, and the number of the next event.
struct Fixture {
    game: Game,
    next: Seq,
}

fn event(seq: Seq, author: i64, played: Played) -> Message {
    let name = ["the server", "Anna", "Ben", "Carl"][author as usize];
    Message {
        seq,
        author: UserId(author),
        from: name.to_owned(),
        body: played.into(),
        ..Message::default()
    }
}

fn player(user: i64) -> Player {
    let message = event(1, user, Played::Declined { of: 1 });
    Player {
        user: message.author,
        name: message.from,
    }
}

fn accepted(first: i64) -> Played {
    Played::Accepted {
        of: 7,
        first: UserId(first),
    }
}

fn end(winner: Option<usize>, by: By) -> Option<End> {
    Some(End { winner, by })
}

impl Fixture {
    /// Anna has invited everybody, or one user.
    fn open(with: Option<i64>) -> Self {
        let invited = Played::Invited {
            game: GameName::TicTacToe,
            with: with.map(player),
            clock: 60,
            again: None,
            first: None,
        };
        let game = Game::of(&event(7, ANNA, invited)).expect("an invitation");
        Self { game, next: 8 }
    }

    /// Ben has accepted Anna's invitation, and Anna begins.
    fn running() -> Self {
        let mut fixture = Self::open(None);
        fixture.apply(BEN, accepted(ANNA));
        fixture
    }

    /// Applies an event, twice: the second time changes nothing.
    fn apply(&mut self, author: i64, played: Played) {
        let event = event(self.next, author, played.clone());
        assert!(self.game.apply(&event), "{played:?} is new");
        assert!(!self.game.apply(&event), "{played:?} is applied once");
        self.next += 1;
    }

    /// The players move in turn.
    fn play(&mut self, moves: &[&str]) {
        for at in moves {
            let turn = self.game.turn().expect("the game is running");
            let user = self.game.seats[turn].user;
            assert_eq!(self.game.check(user, &move_to(at)), Ok(()), "{at}");
            let nth = self.game.moves.len() + 1;
            let at = (*at).to_owned();
            self.apply(user.0, Played::Moved { of: 7, nth, at });
        }
    }

    fn refusal(&self, user: i64, act: Act) -> Option<Code> {
        let checked = self.game.check(UserId(user), &act);
        checked.err().map(|refusal| refusal.code)
    }
}

fn move_to(at: &str) -> Act {
    Act::Move {
        of: 7,
        at: at.to_owned(),
    }
}

#[test]
fn a_game_is_offered_accepted_and_won() {
    let mut fixture = Fixture::open(None);
    assert!(
        !fixture.game.waits_for(UserId(BEN)),
        "an invitation to everybody waits for nobody"
    );
    fixture.apply(BEN, accepted(BEN));
    assert_eq!(fixture.game.seats, [player(BEN), player(ANNA)]);
    assert!(fixture.game.waits_for(UserId(BEN)) && !fixture.game.waits_for(UserId(ANNA)));
    fixture.play(&["b2", "a1", "b1", "a2", "b3"]);
    assert_eq!(fixture.game.stage, Stage::Over);
    assert_eq!(fixture.game.end, end(Some(0), By::Play));
    assert_eq!(fixture.refusal(ANNA, move_to("c3")), Some(Code::GameOver));
    assert_eq!(
        fixture.refusal(BEN, Act::Resign { of: 7 }),
        Some(Code::GameOver)
    );
    assert_eq!(
        fixture.refusal(CARL, move_to("c3")),
        Some(Code::NotYourGame)
    );
}

#[test]
fn a_full_board_without_a_line_is_a_draw() {
    let mut fixture = Fixture::running();
    fixture.play(&["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"]);
    assert_eq!(fixture.game.end, end(None, By::Play));
}

#[test]
fn only_the_player_whose_turn_it_is_may_move_and_only_to_a_free_cell() {
    let mut fixture = Fixture::open(Some(BEN));
    assert!(
        fixture.game.waits_for(UserId(BEN)),
        "the invitation waits for Ben's answer"
    );
    for (user, act, code) in [
        (ANNA, move_to("b2"), Some(Code::NotBegun)),
        (CARL, move_to("b2"), Some(Code::NotYourGame)),
        (CARL, Act::Accept { of: 7 }, Some(Code::SeatTaken)),
        (CARL, Act::Decline { of: 7 }, Some(Code::NotYourGame)),
        (ANNA, Act::Accept { of: 7 }, Some(Code::ToYourself)),
        (BEN, Act::Withdraw { of: 7 }, Some(Code::NotYourGame)),
        (BEN, Act::Decline { of: 7 }, None),
    ] {
        assert_eq!(fixture.refusal(user, act.clone()), code, "{user} {act:?}");
    }
    fixture.apply(BEN, accepted(ANNA));
    fixture.play(&["b2"]);
    for (user, act, code) in [
        (ANNA, move_to("a1"), Code::NotYourTurn),
        (BEN, move_to("b2"), Code::PlaceTaken),
        (BEN, move_to("d4"), Code::OutsideBoard),
        (BEN, move_to(""), Code::OutsideBoard),
        (CARL, move_to("a1"), Code::NotYourGame),
        (CARL, Act::Accept { of: 7 }, Code::SeatTaken),
        (ANNA, Act::Withdraw { of: 7 }, Code::SeatTaken),
        (ANNA, Act::Rematch { of: 7 }, Code::NotBegun),
    ] {
        let refusal = fixture.refusal(user, act.clone());
        assert_eq!(refusal, Some(code), "{user} {act:?}");
    }
}

#[test]
fn a_draw_needs_both_players_and_an_offer_ends_when_the_opponent_moves() {
    let mut fixture = Fixture::running();
    fixture.apply(ANNA, Played::Draw { of: 7 });
    assert_eq!(
        fixture.refusal(ANNA, Act::Draw { of: 7 }),
        Some(Code::AlreadyOffered)
    );
    fixture.play(&["b2"]);
    assert_eq!(
        fixture.game.offer,
        Some(0),
        "the player who offered may move"
    );
    fixture.play(&["a1"]);
    assert_eq!(fixture.game.offer, None);
    fixture.apply(BEN, Played::Draw { of: 7 });
    fixture.apply(ANNA, Played::Draw { of: 7 });
    assert_eq!(fixture.game.end, end(None, By::Agreement));
}

#[test]
fn a_player_who_resigns_or_runs_out_of_time_loses() {
    let mut fixture = Fixture::running();
    fixture.apply(ANNA, Played::Resigned { of: 7 });
    assert_eq!(fixture.game.end, end(Some(1), By::Resignation));
    assert_eq!(fixture.refusal(ANNA, Act::Rematch { of: 7 }), None);
    assert_eq!(
        fixture.refusal(CARL, Act::Rematch { of: 7 }),
        Some(Code::NotYourGame)
    );
    let mut fixture = Fixture::running();
    fixture.play(&["b2"]);
    // The author is the server, and Ben is the one who loses.
    fixture.apply(0, Played::TimedOut { of: 7, nth: 2 });
    assert_eq!(fixture.game.end, end(Some(0), By::Time));
    assert_eq!(fixture.game.time(), None, "the clock has stopped");
}

#[test]
fn an_invitation_that_is_not_accepted_ends_the_game() {
    for (author, played, stage) in [
        (BEN, Played::Declined { of: 7 }, Stage::Declined),
        (ANNA, Played::Withdrawn { of: 7 }, Stage::Withdrawn),
        (0, Played::Lapsed { of: 7 }, Stage::Lapsed),
    ] {
        let mut fixture = Fixture::open(Some(BEN));
        fixture.apply(author, played);
        assert_eq!(fixture.game.stage, stage);
        assert!(!fixture.game.is_alive() && !fixture.game.waits_for(UserId(BEN)));
        assert_eq!(
            fixture.refusal(BEN, Act::Accept { of: 7 }),
            Some(Code::GameOver)
        );
        assert_eq!(fixture.refusal(ANNA, move_to("b2")), Some(Code::GameOver));
    }
}

#[test]
fn a_resent_act_is_recognized_by_its_event() {
    let moved = Played::Moved {
        of: 7,
        nth: 1,
        at: "b2".into(),
    };
    assert!(moved.results_from(&move_to("b2"), "tea"));
    assert!(!moved.results_from(&move_to("b3"), "tea"));
    let invited = |with: Option<i64>| Played::Invited {
        game: GameName::TicTacToe,
        with: with.map(player),
        clock: limits::CLOCK,
        again: None,
        first: None,
    };
    let invite = |with: Option<&str>, clock| Act::Invite {
        game: GameName::TicTacToe,
        with: with.map(str::to_owned),
        clock,
    };
    assert!(invited(Some(BEN)).results_from(&invite(Some("ben"), None), "tea"));
    assert!(!invited(Some(BEN)).results_from(&invite(Some("Carl"), None), "tea"));
    assert!(!invited(None).results_from(&invite(None, Some(0)), "tea"));
    assert!(!invited(Some(BEN)).results_from(&invite(None, None), "tea"));
    assert!(
        invited(Some(BEN)).results_from(&invite(None, None), "@1"),
        "in a private conversation it is always the other user"
    );
}

#[test]
fn as_str_returns_the_name_on_the_wire() {
    for game in GameName::ALL {
        let wire = serde_json::to_value(game).expect("a unit variant is serializable");
        assert_eq!(wire, game.as_str());
        assert_eq!(GameName::parse(game.as_str()), Some(*game));
    }
}
