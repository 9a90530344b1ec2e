//! What comes over a socket. Any text is a frame or is refused with a sentence; what is a frame can
//! be written and read again; what is a name stays that name.

use app::json::server_frame;
use parlor::game_text;
use protocol::games::{Act, Game};
use protocol::{ClientFrame, Message, MessageId, Nickname, RoomName, ServerFrame};

/// Characters of a refusal's sentence, at most: whatever a client sent is repeated only so far.
const SENTENCE: usize = 300;

/// Reads the bytes as a text frame, line by line, as each side would.
///
/// # Panics
/// If a rule is broken.
pub fn frames(bytes: &[u8]) {
    // What is not UTF-8 closes the socket before anybody reads it.
    let text = String::from_utf8_lossy(bytes);
    for line in text.split('\n') {
        client(line);
        server(line);
    }
}

fn client(line: &str) {
    match ClientFrame::decode(line) {
        Ok(frame) => {
            let written = frame.encode();
            assert!(!written.contains('\n'), "one line: {written}");
            assert_eq!(ClientFrame::decode(&written).as_ref(), Ok(&frame));
            client_names(&frame);
        }
        Err(error) => {
            let length = error.message.chars().count();
            assert!((1..=SENTENCE).contains(&length), "{}", error.message);
            // An answer is a frame as well.
            check_server_frame(&ServerFrame::Error(error));
        }
    }
}

fn server(line: &str) {
    let frame = server_frame::decode(line).ok();
    if let Some(frame) = &frame {
        check_server_frame(frame);
    }
    // The page's own reader takes whatever serde_json takes, and takes it for the same.
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
        game(message);
    }
}

/// Whatever a card says, the game can be looked at, and what has happened in it be heard and told.
fn game(message: &Message) {
    let card = message
        .game
        .as_deref()
        .cloned()
        .or_else(|| Game::of(message));
    let Some(mut game) = card else {
        return;
    };
    game.apply(&Message {
        seq: message.seq.saturating_add(1),
        ..message.clone()
    });
    game.waits_for(message.author);
    assert!(game.turn().is_none_or(|turn| turn < 2), "of two seats");
    for act in [
        Act::Draw { of: 1 },
        Act::Rematch { of: 1 },
        Act::Accept { of: 1 },
    ] {
        // Any answer will do.
        let _ = game.check(message.author, &act);
    }
    if let Some(played) = &message.played {
        game_text::text(played, &message.from, &game);
    }
}

fn client_names(frame: &ClientFrame) {
    match frame {
        ClientFrame::Login { nickname, room, .. } => {
            for typed in [nickname, room].into_iter().flatten() {
                names(typed);
            }
        }
        ClientFrame::Room { to, id, .. }
        | ClientFrame::Private { to, id, .. }
        | ClientFrame::Game { to, id, .. } => {
            names(to);
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
        | ClientFrame::Typing { room } => names(room),
        ClientFrame::Rooms | ClientFrame::Games | ClientFrame::Ping | ClientFrame::Pong => {}
    }
}

/// A name that was accepted is accepted again as it is, and no room's name is that of a private
/// conversation.
fn names(typed: &str) {
    if let Ok(name) = Nickname::parse(typed) {
        assert_eq!(Nickname::parse(name.as_str()), Ok(name));
    }
    if let Ok(name) = RoomName::parse(typed) {
        assert!(!protocol::is_direct(name.as_str()), "{name} is private");
        assert_eq!(RoomName::parse(name.as_str()), Ok(name));
    }
}
