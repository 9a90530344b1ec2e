use super::*;
use crate::{Code, Message, Seq, UserId};

const ANNA: i64 = 1;
const BEN: i64 = 2;
const CARL: i64 = 3;

/// A game as its events make it, and the next event's number.
struct Table {
    game: Game,
    next: Seq,
}

fn event(seq: Seq, author: i64, played: Played) -> Message {
    let name = ["the server", "Anna", "Ben", "Carl"][author as usize];
    Message {
        seq,
        author: UserId(author),
        from: name.to_owned(),
        played: Some(Box::new(played)),
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

impl Table {
    /// Anna invites: everybody, or one.
    fn open(with: Option<i64>) -> Self {
        let card = Played::Invited {
            game: GameName::TicTacToe,
            with: with.map(player),
            clock: 60,
            again: None,
            first: None,
        };
        let game = Game::of(&event(7, ANNA, card)).expect("a card");
        Self { game, next: 8 }
    }

    /// Anna and Ben play, and Anna begins.
    fn running() -> Self {
        let mut table = Self::open(None);
        let first = UserId(ANNA);
        table.tell(BEN, Played::Accepted { of: 7, first });
        table
    }

    fn tell(&mut self, author: i64, played: Played) -> String {
        let event = event(self.next, author, played.clone());
        assert!(self.game.hear(&event), "{played:?} is news");
        assert!(!self.game.hear(&event), "but only once");
        self.next += 1;
        text(&played, &event.from, &self.game)
    }

    fn play(&mut self, moves: &[&str]) -> String {
        let mut told = String::new();
        for at in moves {
            let turn = self.game.turn().expect("it runs");
            let user = self.game.seats[turn].user;
            let at = (*at).to_owned();
            let act = Act::Move {
                of: 7,
                at: at.clone(),
            };
            assert_eq!(self.game.check(user, &act), Ok(()), "{at}");
            let nth = self.game.moves.len() + 1;
            told = self.tell(user.0, Played::Moved { of: 7, nth, at });
        }
        told
    }

    fn refuses(&self, user: i64, act: Act) -> Option<Code> {
        let checked = self.game.check(UserId(user), &act);
        checked.err().map(|refusal| refusal.code)
    }
}

fn go(at: &str) -> Act {
    Act::Move {
        of: 7,
        at: at.to_owned(),
    }
}

#[test]
fn a_game_is_offered_accepted_and_played_to_a_win() {
    let mut table = Table::open(None);
    assert!(
        !table.game.waits_for(UserId(BEN)),
        "of everybody nobody is waited for"
    );
    let told = table.tell(
        BEN,
        Played::Accepted {
            of: 7,
            first: UserId(BEN),
        },
    );
    assert_eq!(told, "Ben accepts. Ben goes first.");
    assert_eq!(table.game.seats, [player(BEN), player(ANNA)]);
    assert!(table.game.waits_for(UserId(BEN)) && !table.game.waits_for(UserId(ANNA)));
    assert_eq!(table.play(&["b2"]), "Ben plays b2");
    assert_eq!(
        table.play(&["a1", "b1", "a2", "b3"]),
        "Ben plays b3 and wins."
    );
    let end = End {
        winner: Some(0),
        by: By::Play,
    };
    assert_eq!((table.game.stage, table.game.end), (Stage::Over, Some(end)));
    assert_eq!(table.refuses(ANNA, go("c3")), Some(Code::GameOver));
    assert_eq!(
        table.refuses(BEN, Act::Resign { of: 7 }),
        Some(Code::GameOver)
    );
    assert_eq!(table.refuses(CARL, go("c3")), Some(Code::NotYourGame));
}

#[test]
fn a_full_board_without_a_line_is_a_draw() {
    let mut table = Table::running();
    let told = table.play(&["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"]);
    assert_eq!(told, "Anna plays c1. It is a draw.");
    assert_eq!(table.game.end.map(|end| end.winner), Some(None));
}

#[test]
fn only_whose_turn_it_is_may_play_and_only_where_it_is_free() {
    let mut table = Table::open(Some(BEN));
    assert!(table.game.waits_for(UserId(BEN)), "for an answer");
    assert_eq!(table.refuses(ANNA, go("b2")), Some(Code::NotBegun));
    assert_eq!(table.refuses(CARL, go("b2")), Some(Code::NotYourGame));
    assert_eq!(
        table.refuses(CARL, Act::Accept { of: 7 }),
        Some(Code::SeatTaken)
    );
    assert_eq!(
        table.refuses(CARL, Act::Decline { of: 7 }),
        Some(Code::NotYourGame)
    );
    assert_eq!(
        table.refuses(ANNA, Act::Accept { of: 7 }),
        Some(Code::ToYourself)
    );
    assert_eq!(
        table.refuses(BEN, Act::Withdraw { of: 7 }),
        Some(Code::NotYourGame)
    );
    assert_eq!(table.refuses(BEN, Act::Decline { of: 7 }), None);
    table.tell(
        BEN,
        Played::Accepted {
            of: 7,
            first: UserId(ANNA),
        },
    );
    table.play(&["b2"]);
    for (user, at, code) in [
        (ANNA, "a1", Code::NotYourTurn),
        (BEN, "b2", Code::PlaceTaken),
        (BEN, "d4", Code::OutsideBoard),
        (BEN, "", Code::OutsideBoard),
        (CARL, "a1", Code::NotYourGame),
    ] {
        assert_eq!(table.refuses(user, go(at)), Some(code), "{user} {at}");
    }
    assert_eq!(
        table.refuses(CARL, Act::Accept { of: 7 }),
        Some(Code::SeatTaken)
    );
    assert_eq!(
        table.refuses(ANNA, Act::Withdraw { of: 7 }),
        Some(Code::SeatTaken)
    );
    assert_eq!(
        table.refuses(ANNA, Act::Rematch { of: 7 }),
        Some(Code::NotBegun)
    );
}

#[test]
fn a_draw_needs_two_and_lapses_when_the_other_one_plays_on() {
    let mut table = Table::running();
    assert_eq!(
        table.tell(ANNA, Played::Draw { of: 7 }),
        "Anna offers a draw."
    );
    assert_eq!(
        table.refuses(ANNA, Act::Draw { of: 7 }),
        Some(Code::AlreadyOffered)
    );
    table.play(&["b2"]);
    assert_eq!(table.game.offer, Some(0), "who offered may play meanwhile");
    table.play(&["a1"]);
    assert_eq!(table.game.offer, None);
    table.tell(BEN, Played::Draw { of: 7 });
    assert_eq!(
        table.tell(ANNA, Played::Draw { of: 7 }),
        "Anna agrees. It is a draw."
    );
    assert_eq!(
        table.game.end,
        Some(End {
            winner: None,
            by: By::Agreement
        })
    );
}

#[test]
fn who_gives_up_or_is_late_loses_whoever_is_told_as_the_author() {
    let mut table = Table::running();
    assert_eq!(
        table.tell(ANNA, Played::Resigned { of: 7 }),
        "Anna resigns. Ben wins."
    );
    assert_eq!(
        table.game.end,
        Some(End {
            winner: Some(1),
            by: By::Resignation
        })
    );
    assert_eq!(table.refuses(ANNA, Act::Rematch { of: 7 }), None);
    assert_eq!(
        table.refuses(CARL, Act::Rematch { of: 7 }),
        Some(Code::NotYourGame)
    );
    let mut table = Table::running();
    table.play(&["b2"]);
    let told = table.tell(0, Played::TimedOut { of: 7, nth: 2 });
    assert_eq!(told, "Ben ran out of time. Anna wins.");
    assert_eq!(
        table.game.end,
        Some(End {
            winner: Some(0),
            by: By::Time
        })
    );
    assert_eq!(table.game.time(), None, "the clock stands");
}

#[test]
fn an_invitation_that_comes_to_nothing_is_over() {
    for (who, played, stage) in [
        (BEN, Played::Declined { of: 7 }, Stage::Declined),
        (ANNA, Played::Withdrawn { of: 7 }, Stage::Withdrawn),
        (0, Played::Lapsed { of: 7 }, Stage::Lapsed),
    ] {
        let mut table = Table::open(Some(BEN));
        table.tell(who, played);
        assert_eq!(table.game.stage, stage);
        assert!(!table.game.is_alive() && !table.game.waits_for(UserId(BEN)));
        assert_eq!(
            table.refuses(BEN, Act::Accept { of: 7 }),
            Some(Code::GameOver)
        );
        assert_eq!(table.refuses(ANNA, go("b2")), Some(Code::GameOver));
    }
}

#[test]
fn what_was_sent_before_is_known_by_what_came_of_it() {
    let moved = Played::Moved {
        of: 7,
        nth: 1,
        at: "b2".into(),
    };
    assert!(moved.came_of(&go("b2"), "tea"));
    assert!(!moved.came_of(&go("b3"), "tea"));
    let invited = |with: Option<i64>| Played::Invited {
        game: GameName::TicTacToe,
        with: with.map(player),
        clock: crate::limits::CLOCK,
        again: None,
        first: None,
    };
    let invite = |with: Option<&str>, clock| Act::Invite {
        game: GameName::TicTacToe,
        with: with.map(str::to_owned),
        clock,
    };
    assert!(invited(Some(BEN)).came_of(&invite(Some("ben"), None), "tea"));
    assert!(!invited(Some(BEN)).came_of(&invite(Some("Carl"), None), "tea"));
    assert!(!invited(None).came_of(&invite(None, Some(0)), "tea"));
    assert!(!invited(Some(BEN)).came_of(&invite(None, None), "tea"));
    assert!(
        invited(Some(BEN)).came_of(&invite(None, None), "@1"),
        "in private it is Ben"
    );
}

#[test]
fn a_name_travels_as_one_asks_for_it() {
    for game in GameName::ALL {
        let wire = serde_json::to_value(game).expect("a unit variant always serialises");
        assert_eq!(wire, game.as_str());
    }
}
