//! Rules for the lines of a socket.
//!
//! Any text is a frame or is refused with a sentence. Encoding a frame and decoding it again gives
//! the same frame. A name that was accepted is accepted again unchanged.

use app::json::server_frame;
use parlor::game_text;
use protocol::games::{Act, Game};
use protocol::{ClientFrame, Message, MessageId, Nickname, RoomName, ServerFrame, name};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// The most characters of a refusal's sentence, which repeats only a part of the client's input.
const SENTENCE_CHARS: usize = 300;

/// Decodes the lines of a text frame as the server does, and as a client does.
///
/// # Panics
/// If a rule is broken.
pub fn frames(bytes: &[u8]) {
    // A frame that is not UTF-8 closes the socket before anybody decodes it.
    let text = String::from_utf8_lossy(bytes);
    for line in text.split('\n') {
        check_client_line(line);
        check_server_line(line);
    }
}

fn check_client_line(line: &str) {
    match ClientFrame::decode(line) {
        Ok(frame) => {
            let written = frame.encode();
            assert!(!written.contains('\n'), "one line: {written}");
            assert_eq!(ClientFrame::decode(&written).as_ref(), Ok(&frame));
            check_client_names(&frame);
        }
        Err(error) => {
            let length = error.message.chars().count();
            assert!((1..=SENTENCE_CHARS).contains(&length), "{}", error.message);
            // The refusal is a frame, too.
            check_server_frame(&ServerFrame::Error(error));
        }
    }
}

fn check_server_line(line: &str) {
    let frame = server_frame::decode(line).ok();
    if let Some(frame) = &frame {
        check_server_frame(frame);
    }
    // The page's own reader accepts everything that serde_json accepts, and reads it as the same.
    if let Ok(theirs) = serde_json::from_str::<ServerFrame>(line) {
        assert_eq!(frame.as_ref(), Some(&theirs), "{line}");
    }
}

fn check_server_frame(frame: &ServerFrame) {
    let written = frame.encode();
    assert!(!written.contains('\n'), "one line: {written}");
    let again = server_frame::decode(&written).map_err(|error| error.to_string());
    assert_eq!(again.as_ref(), Ok(frame));
    if let ServerFrame::Message(message) = frame {
        check_game(message);
    }
}

/// Whatever the message says, the game's state can be queried, its events can be applied, and they
/// have a text.
fn check_game(message: &Message) {
    let stored = message.game_state().cloned().or_else(|| Game::of(message));
    let Some(mut game) = stored else {
        return;
    };
    game.apply(&Message {
        seq: message.seq.saturating_add(1),
        ..message.clone()
    });
    game.waits_for(message.author);
    let most = *game.rules().players().end();
    assert!(
        game.turn().is_none_or(|turn| turn < most),
        "one of the players"
    );
    game.rules().board(game.played_moves());
    for act in [
        Act::Draw { of: 1 },
        Act::Rematch { of: 1 },
        Act::Accept { of: 1 },
    ] {
        // It may be allowed or refused, but not panic.
        let _ = game.check(message.author, &act);
    }
    if let Some(played) = message.played() {
        game_text::text(played, &message.from, &game);
    }
}

fn check_client_names(frame: &ClientFrame) {
    match frame {
        ClientFrame::Login { nickname, room, .. } => {
            for typed in [nickname, room].into_iter().flatten() {
                check_name(typed);
            }
        }
        ClientFrame::Room { to, id, .. }
        | ClientFrame::Private { to, id, .. }
        | ClientFrame::Game { to, id, .. } => {
            check_name(to);
            if let Some(id) = id {
                let parsed = MessageId::parse(id);
                assert!(parsed.is_err() || parsed.is_ok_and(|parsed| parsed.as_str() == id));
            }
        }
        ClientFrame::Join { room, .. }
        | ClientFrame::Leave { room }
        | ClientFrame::History { room, .. }
        | ClientFrame::Scores { room }
        | ClientFrame::Watch { room, .. }
        | ClientFrame::Read { room, .. }
        | ClientFrame::Typing { room } => check_name(room),
        ClientFrame::Rooms
        | ClientFrame::Games
        | ClientFrame::Logout
        | ClientFrame::Ping
        | ClientFrame::Pong => {}
    }
}

/// A name that was accepted is accepted again unchanged, also in its other normal forms, and no
/// public room's name is the id of a private conversation. A new name keeps all rules of any name,
/// and is the same in lower and in upper case and looks the same as itself.
fn check_name(typed: &str) {
    if let Ok(name) = Nickname::parse(typed) {
        let decomposed: String = name.as_str().nfd().collect();
        assert_eq!(Nickname::parse(&decomposed).as_ref(), Ok(&name));
        assert_eq!(Nickname::parse(name.as_str()).as_ref(), Ok(&name));
        check_keys(name.as_str());
    }
    if let Ok(name) = Nickname::parse_chosen(typed, []) {
        assert_eq!(Nickname::parse(typed).as_ref(), Ok(&name));
        assert_eq!(Nickname::parse_new(name.as_str()).as_ref(), Ok(&name));
        check_shape(name.as_str());
    }
    if let Ok(name) = RoomName::parse(typed) {
        assert!(
            !protocol::is_direct(name.as_str()),
            "{name} is the id of a private conversation"
        );
        check_keys(name.as_str());
        assert_eq!(RoomName::parse(name.as_str()), Ok(name));
    }
}

/// The keys of a name are those of its normal forms, and folding twice is folding once.
fn check_keys(name: &str) {
    let fold = name::fold_key(name);
    assert_eq!(name::fold_key(&fold), fold, "{name}");
    let decomposed: String = name.nfd().collect();
    assert!(name::is_same(name, &decomposed), "{name}");
    assert_eq!(
        name::skeletons(name),
        name::skeletons(&decomposed),
        "{name}"
    );
}

/// No more than two marks are written after a letter, and none at the beginning.
fn check_shape(name: &str) {
    let mut run = 0;
    for (at, c) in name.char_indices() {
        let is_mark = c.general_category_group() == GeneralCategoryGroup::Mark;
        assert!(at > 0 || !is_mark, "{name}");
        let is_stacked = c.general_category() == GeneralCategory::NonspacingMark;
        run = if is_stacked { run + 1 } else { 0 };
        assert!(run <= 2, "{name}");
    }
}
