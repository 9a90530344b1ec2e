//! The text of each event of a game.

use protocol::UserId;
use protocol::games::{GameEvent, GameName, Player};

use super::*;

/// The names of the users 0 (the server), 1 and 2.
const NAMES: [&str; 3] = ["Parlor", "Anna", "Ben"];
const ANNA: UserId = UserId(1);
const BEN: UserId = UserId(2);

fn event(seq: u64, author: UserId, played: &Played) -> GameEvent<'_> {
    GameEvent {
        seq,
        author,
        from: NAMES[author.0 as usize],
        played: Some(played),
    }
}

fn invited(with: Option<UserId>, again: Option<u64>) -> Played {
    let player = |user: UserId| Player {
        user,
        name: NAMES[user.0 as usize].to_owned(),
    };
    Played::Invited {
        game: GameName::ALL[0],
        with: with.map(player),
        clock: 60,
        again,
        first: None,
    }
}

fn moved(at: &str) -> Played {
    Played::Moved {
        of: 7,
        nth: 1,
        at: at.to_owned(),
    }
}

fn invitation(invited: &Played) -> Game {
    Game::of(event(7, ANNA, invited)).expect("an invitation")
}

/// The text of the last of these events, in a game to which Anna has invited everybody.
fn text_of_last(events: &[(UserId, Played)]) -> String {
    let mut game = invitation(&invited(None, None));
    let mut last_text = String::new();
    for (seq, (author, played)) in (8..).zip(events) {
        let event = event(seq, *author, played);
        game.apply(event);
        last_text = text(played, event.from, &game);
    }
    last_text
}

fn accepted(first: UserId) -> (UserId, Played) {
    (BEN, Played::Accepted { of: 7, first })
}

#[test]
fn an_invitation_says_to_whom_and_whether_it_is_a_rematch() {
    for (invited, expected) in [
        (
            invited(None, None),
            "Anna invites everyone to play tic-tac-toe.",
        ),
        (
            invited(Some(BEN), None),
            "Anna invites Ben to play tic-tac-toe.",
        ),
        (
            invited(Some(BEN), Some(3)),
            "Anna invites Ben to play tic-tac-toe again.",
        ),
    ] {
        assert_eq!(text(&invited, "Anna", &invitation(&invited)), expected);
    }
}

#[test]
fn answers_to_an_invitation() {
    let last_text = text_of_last(&[accepted(BEN)]);
    assert_eq!(last_text, "Ben accepts. Ben goes first.");
    let last_text = text_of_last(&[(BEN, Played::Declined { of: 7 })]);
    assert_eq!(last_text, "Ben declines.");
    let last_text = text_of_last(&[(ANNA, Played::Withdrawn { of: 7 })]);
    assert_eq!(last_text, "Anna cancels the invitation.");
    let last_text = text_of_last(&[(UserId::SERVER, Played::Lapsed { of: 7 })]);
    assert_eq!(last_text, "Anna's invitation expired.");
}

#[test]
fn the_last_move_says_how_the_game_ended() {
    let game = |moves: &[&str]| {
        let players = [ANNA, BEN].into_iter().cycle();
        let moves = players.zip(moves).map(|(user, at)| (user, moved(at)));
        let events: Vec<_> = [accepted(ANNA)].into_iter().chain(moves).collect();
        text_of_last(&events)
    };
    assert_eq!(game(&["b2"]), "Anna plays b2");
    let won = ["b2", "a1", "b1", "a2", "b3"];
    assert_eq!(game(&won), "Anna plays b3 and wins.");
    let drawn = ["b2", "a1", "c3", "a3", "a2", "c2", "b1", "b3", "c1"];
    assert_eq!(game(&drawn), "Anna plays c1. It is a draw.");
}

#[test]
fn other_ends_of_a_game() {
    let offer = |user| (user, Played::Draw { of: 7 });
    let last_text = text_of_last(&[accepted(ANNA), offer(ANNA)]);
    assert_eq!(last_text, "Anna offers a draw.");
    let last_text = text_of_last(&[accepted(ANNA), offer(BEN), offer(ANNA)]);
    assert_eq!(last_text, "Anna agrees. It is a draw.");
    let last_text = text_of_last(&[accepted(ANNA), (ANNA, Played::Resigned { of: 7 })]);
    assert_eq!(last_text, "Anna resigns. Ben wins.");
    let late = Played::TimedOut { of: 7, nth: 2 };
    let last_text = text_of_last(&[accepted(ANNA), (ANNA, moved("b2")), (UserId::SERVER, late)]);
    assert_eq!(last_text, "Ben ran out of time. Anna wins.");
}
