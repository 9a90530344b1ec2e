use protocol::games::{Act, Game, GameName, Played, Player, Stage};
use protocol::{EventBody, LogPosition};

use super::*;

const GAME: Seq = 4;

fn player(user: UserId) -> Player {
    let name = if user == ME { "Toto" } else { "Tata" };
    Player {
        user,
        name: name.into(),
    }
}

/// The events of a game in "tea". The fourth event of the room is the game's message.
fn event(seq: Seq, author: UserId, played: Played) -> Message {
    let is_hidden = played.of().is_some();
    Message {
        id: format!("g{seq}"),
        hidden: if is_hidden { seq - GAME } else { 0 },
        body: played.into(),
        ..message("tea", seq, author, "")
    }
}

/// Tata offers a game.
fn invitation() -> Message {
    let invitation = Played::Invited {
        game: GameName::ALL[0],
        with: None,
        clock: 60,
        again: None,
        first: None,
    };
    let mut invitation = event(GAME, OTHER, invitation);
    let state = Game::of(&invitation);
    set_state(&mut invitation, state);
    invitation
}

/// Sets the present state of a game message's game.
fn set_state(message: &mut Message, state: Option<Game>) {
    let EventBody::Game(body) = &mut message.body else {
        panic!("{message:?}");
    };
    body.state = state;
}

fn moved(seq: Seq, author: UserId, nth: usize, at: &str) -> Message {
    let at = at.to_owned();
    event(seq, author, Played::Moved { of: GAME, nth, at })
}

fn apply(chat: &mut ChatState, event: Message) -> Vec<Output> {
    chat.apply_frame(ServerFrame::Message(event))
}

/// Toto has accepted Tata's game, and moves first.
fn playing() -> ChatState {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.set_visible(true);
    apply(&mut chat, invitation());
    let first = ME;
    apply(
        &mut chat,
        event(5, ME, Played::Accepted { of: GAME, first }),
    );
    chat
}

fn frames(outputs: Vec<Output>) -> Vec<ClientFrame> {
    let frames = outputs.into_iter().filter_map(|output| match output {
        Output::Send(frame) => Some(frame),
        _ => None,
    });
    frames.collect()
}

fn go(at: &str) -> Act {
    let at = at.to_owned();
    Act::Move { of: GAME, at }
}

#[test]
fn moves_change_the_game_message_and_are_neither_unread_nor_items() {
    let mut chat = playing();
    chat.set_visible(false);
    let before = chat.items(&To::Room("tea".into()), Zone::Offset(0)).len();
    assert_eq!(chat.games_waiting(), 1);
    apply(&mut chat, moved(6, ME, 1, "b2"));
    apply(&mut chat, moved(7, OTHER, 2, "a1"));
    let known = chat.game("tea", GAME).expect("a game");
    assert_eq!(known.game.moves, ["b2", "a1"]);
    assert_eq!(chat.all_unread(), 0);
    assert_eq!(
        chat.items(&To::Room("tea".into()), Zone::Offset(0)).len(),
        before
    );
    assert_eq!(chat.games_waiting(), 1, "it is Toto's turn again");
    apply(&mut chat, message("tea", 8, OTHER, "m"));
    // It counts how many events are hidden.
    let mut late = message("tea", 8, OTHER, "m");
    late.hidden = 3;
    let mut chat = playing();
    chat.set_visible(false);
    apply(&mut chat, moved(6, ME, 1, "b2"));
    apply(&mut chat, moved(7, OTHER, 2, "a1"));
    apply(&mut chat, late);
    assert_eq!(chat.all_unread(), 1);
}

#[test]
fn an_action_is_shown_at_once_and_sent_until_it_is_confirmed() {
    let mut chat = playing();
    let sent = frames(chat.submit_action("tea".into(), go("b2"), "x".into()));
    let frame = ClientFrame::Game {
        to: "tea".into(),
        id: Some("x".into()),
        act: go("b2"),
    };
    assert_eq!(sent, std::slice::from_ref(&frame));
    assert_eq!(chat.pending_action("tea", GAME), Some(&go("b2")));
    let again = chat.submit_action("tea".into(), go("c3"), "y".into());
    assert_eq!(frames(again), [], "one at a time");
    chat.disconnected();
    let back = frames(chat.apply_frame(welcome(ME)));
    assert!(
        back.contains(&frame) && back.contains(&ClientFrame::Games),
        "{back:?}"
    );
    let mut echo = moved(6, ME, 1, "b2");
    echo.id = "x".into();
    apply(&mut chat, echo);
    assert_eq!(chat.pending_action("tea", GAME), None);
}

#[test]
fn a_refused_action_is_dropped_with_a_toast_and_a_postponed_one_is_sent_again() {
    let mut chat = playing();
    chat.submit_action("tea".into(), go("b2"), "x".into());
    chat.apply_frame(error(Code::NotYourTurn, Some("x"), None));
    assert_eq!(chat.pending_action("tea", GAME), None);
    assert_eq!(chat.toasts().len(), 1);
    chat.submit_action("tea".into(), go("b2"), "y".into());
    let wait = chat.apply_frame(error(Code::TooFast, Some("y"), Some(40)));
    assert!(wait.contains(&Output::ResumeSending(40)), "{wait:?}");
    assert_eq!(frames(chat.resume_sending()).len(), 1);
}

#[test]
fn a_game_with_a_missed_event_is_requested() {
    let mut chat = playing();
    let asked = frames(apply(&mut chat, moved(9, OTHER, 4, "a1")));
    let history = ClientFrame::History {
        room: "tea".into(),
        before: Some(GAME + 1),
        limit: Some(1),
        all: false,
    };
    assert!(asked.contains(&history), "{asked:?}");
    let mut now = invitation();
    let mut game = Game::of(&now).expect("a invitation");
    (game.seq, game.stage) = (9, Stage::Running);
    game.seats = vec![player(ME), player(OTHER)];
    game.moves = ["b2", "b1", "c3", "a1"].map(str::to_owned).to_vec();
    set_state(&mut now, Some(game));
    chat.apply_frame(ServerFrame::History(frame::History {
        room: "tea".into(),
        messages: vec![now],
        more: true,
    }));
    assert_eq!(
        chat.game("tea", GAME).map(|it| it.game.moves.len()),
        Some(4)
    );
}

#[test]
fn visible_games_are_watched() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    apply(&mut chat, invitation());
    let first = OTHER;
    let carl = UserId(3);
    let begun = event(5, carl, Played::Accepted { of: GAME, first });
    let begins = apply(&mut chat, begun);
    assert!(begins.contains(&Output::SyncWatchedSoon), "{begins:?}");
    let watch = |games: &[Seq]| ClientFrame::Watch {
        room: "tea".into(),
        games: games.to_vec(),
    };
    assert_eq!(frames(chat.sync_watched()), [watch(&[GAME])]);
    chat.set_visible(false);
    assert_eq!(frames(chat.sync_watched()), [watch(&[])], "out of sight");
    chat.set_visible(true);
    assert_eq!(frames(chat.sync_watched()), [watch(&[GAME])]);
    let over = event(6, OTHER, Played::Resigned { of: GAME });
    apply(&mut chat, over);
    assert_eq!(frames(chat.sync_watched()), [watch(&[])]);
    chat.apply_frame(ServerFrame::Watchers(frame::Watchers {
        room: "tea".into(),
        games: vec![[GAME, 3]],
    }));
    assert_eq!(chat.game("tea", GAME).map(|it| it.watchers), Some(3));
}

#[test]
fn a_game_clock_runs_by_the_clock_of_the_page() {
    let mut chat = playing();
    assert_eq!(chat.game("tea", GAME).and_then(|it| it.due), Some(60_000));
    assert!(chat.has_running_clocks());
    let frame = ServerFrame::Message(moved(6, ME, 1, "b2"));
    chat.apply_frames(vec![frame], 5_000);
    assert_eq!(chat.game("tea", GAME).and_then(|it| it.due), Some(65_000));
}

#[test]
fn read_markers_count_hidden_events() {
    let mut chat = playing();
    chat.set_visible(false);
    chat.apply_frame(ServerFrame::Read(frame::Read {
        room: "tea".into(),
        seq: 5,
        hidden: 1,
    }));
    let read = LogPosition { seq: 5, hidden: 1 };
    assert_eq!(read.nth(), GAME);
    assert_eq!(chat.all_unread(), 0);
}

#[test]
fn a_game_missing_from_the_users_games_is_requested() {
    let mut chat = playing();
    let games = ServerFrame::Games(frame::Games { games: vec![] });
    let asked = frames(chat.apply_frame(games));
    assert!(
        matches!(&asked[..], [ClientFrame::History { limit: Some(1), .. }]),
        "{asked:?}"
    );
    let mut chat = playing();
    let mut back = joined("tea", 900);
    if let ServerFrame::Joined(joined) = &mut back {
        joined.gap = true;
    }
    let asked = frames(chat.apply_frame(back));
    let is_requested_game_message = |frame: &ClientFrame| {
        matches!(
            frame,
            ClientFrame::History {
                before: Some(5),
                limit: Some(1),
                ..
            }
        )
    };
    assert!(asked.iter().any(is_requested_game_message), "{asked:?}");
}

#[test]
fn messages_of_the_server_itself_are_not_unread() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    let mut over = event(5, UserId::SERVER, Played::Lapsed { of: 4 });
    over.room = "@t".into();
    over.from = "Parlor".into();
    apply(&mut chat, over);
    assert_eq!(chat.with("@t"), Some("Titi"));
    assert_eq!(chat.all_unread(), 0);
}
