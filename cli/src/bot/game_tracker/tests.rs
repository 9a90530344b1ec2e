use protocol::EventBody;
use protocol::games::Player;

use super::*;
use crate::async_client::To;

const BOT: UserId = UserId(7);
const TOTO: UserId = UserId(8);

fn tracker() -> GameTracker {
    GameTracker::new(GameName::ALL[0], BOT)
}

fn event(seq: Seq, author: UserId, played: Played) -> Message {
    Message {
        room: "tea".into(),
        seq,
        from: if author == BOT { "Bot" } else { "Toto" }.into(),
        author,
        body: played.into(),
        ..Message::default()
    }
}

fn invited(with: Option<UserId>) -> Played {
    Played::Invited {
        game: GameName::ALL[0],
        with: with.map(|user| Player {
            user,
            name: String::new(),
        }),
        clock: 60,
        again: None,
        first: None,
    }
}

fn accepts(of: Seq) -> Vec<Step> {
    vec![Step::Play {
        room: "tea".into(),
        act: Act::Accept { of },
    }]
}

fn refused(tracker: &mut GameTracker, act: Act, code: Code) {
    let (to, act) = (To::Room("tea".into()), Content::Act(act));
    tracker.refused(&PendingMessage::new("1".into(), to, act, 0), code);
}

/// Game 4, which Toto offered and the bot accepted. Toto begins.
fn started() -> (GameTracker, Vec<Step>) {
    let mut tracker = tracker();
    tracker.apply(&event(4, TOTO, invited(None)));
    let accepted = Played::Accepted { of: 4, first: TOTO };
    let steps = tracker.apply(&event(5, BOT, accepted));
    (tracker, steps)
}

#[test]
fn it_accepts_invitations_for_everybody_and_for_itself_but_not_its_own() {
    for with in [None, Some(BOT)] {
        assert_eq!(tracker().apply(&event(4, TOTO, invited(with))), accepts(4));
    }
    assert_eq!(tracker().apply(&event(4, TOTO, invited(Some(TOTO)))), []);
    assert_eq!(tracker().apply(&event(4, BOT, invited(None))), []);
}

#[test]
fn it_plays_once_when_it_is_its_turn() {
    let (mut tracker, steps) = started();
    let line = "Game 4 in tea against Toto has started.".to_owned();
    assert_eq!(steps, [Step::Print(line)]);
    let moved = event(
        6,
        TOTO,
        Played::Moved {
            of: 4,
            nth: 1,
            at: "b2".into(),
        },
    );
    let steps = tracker.apply(&moved);
    assert!(
        matches!(
            &steps[..],
            [Step::Play {
                act: Act::Move { of: 4, .. },
                ..
            }]
        ),
        "{steps:?}"
    );
    assert_eq!(tracker.apply(&moved), []);
    let offered = tracker.apply(&event(7, TOTO, Played::Draw { of: 4 }));
    assert_eq!(offered, [], "its move is already sent");
}

#[test]
fn it_prints_how_a_game_ended_and_forgets_it() {
    let (mut tracker, _) = started();
    let steps = tracker.apply(&event(6, TOTO, Played::Resigned { of: 4 }));
    let line = "Game 4 in tea against Toto is over: won by resignation.".to_owned();
    assert_eq!(steps, [Step::Print(line)]);
    assert!(tracker.games.is_empty());
}

#[test]
fn it_asks_a_user_who_was_away_again_and_forgets_a_game_that_is_over() {
    let mut tracker = tracker();
    let invitation = event(4, TOTO, invited(None));
    assert_eq!(tracker.apply(&invitation), accepts(4));
    assert!(!tracker.has_deferred());
    refused(&mut tracker, Act::Accept { of: 4 }, Code::Away);
    assert!(tracker.has_deferred());
    assert_eq!(tracker.retry(), accepts(4));
    assert!(!tracker.has_deferred());
    refused(&mut tracker, Act::Accept { of: 4 }, Code::GameOver);
    assert_eq!(tracker.retry(), []);
    assert!(tracker.games.is_empty());
}

#[test]
fn after_a_gap_the_game_messages_replace_what_it_knew() {
    let (mut tracker, _) = started();
    tracker.mark_stale("tea");
    let mut invitation = event(4, TOTO, invited(None));
    let mut game = tracker.games[&("tea".to_owned(), 4)].game.clone();
    game.seq = 600;
    game.moves = vec!["b2".into()];
    let EventBody::Game(body) = &mut invitation.body else {
        panic!("{invitation:?}");
    };
    body.state = Some(game);
    let steps = tracker.replace_stale(std::slice::from_ref(&invitation));
    assert!(matches!(&steps[..], [Step::Play { .. }]), "{steps:?}");
    tracker.mark_stale("milk");
    assert_eq!(tracker.replace_stale(&[]), []);
    assert_eq!(tracker.games.len(), 1, "no event of tea is missing");
    tracker.mark_stale("tea");
    assert_eq!(tracker.replace_stale(&[]), []);
    assert!(tracker.games.is_empty(), "it ended in between");
}
