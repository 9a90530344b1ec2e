//! Nothing that a server sends reaches the terminal as a command, in whichever field of a frame.

use protocol::{ServerFrame, UserId, schema::fields};
use ratatui::{Terminal, backend::TestBackend};
use serde_json::json;

use super::{state::State, view};
use crate::async_client::Event;

const COMMANDS: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{7f}\u{8}\r\n\u{202e}\u{2066}tea";

/// The event that the client makes of a frame.
fn event(frame: ServerFrame) -> Event {
    match frame {
        ServerFrame::Welcome(welcome) => Event::Welcome(welcome),
        ServerFrame::Joined(joined) => Event::Joined {
            joined,
            starts_over: false,
        },
        ServerFrame::Message(message) => Event::Message(message),
        other => Event::Other(other),
    }
}

#[test]
fn no_field_of_any_frame_of_a_server_sends_commands_to_the_terminal() {
    let mut shown = 0;
    for field in fields::of_server_frames() {
        let frame = match field.is_number {
            true => continue,
            false => field.with(json!(COMMANDS)),
        };
        // Not every field is free text.
        let Ok(frame) = serde_json::from_value::<ServerFrame>(frame) else {
            continue;
        };
        let mut state = State::new("Toto".into(), UserId(7));
        state.add_room("tea");
        let events = match frame {
            ServerFrame::Joined(mut joined) => {
                let messages = std::mem::take(&mut joined.messages).into_iter();
                let joined = event(ServerFrame::Joined(joined));
                [joined]
                    .into_iter()
                    .chain(messages.map(Event::Message))
                    .collect()
            }
            frame => vec![event(frame)],
        };
        for event in events {
            state.apply(event);
        }
        let mut terminal = Terminal::new(TestBackend::new(120, 30)).expect("a terminal");
        terminal
            .draw(|frame| view::draw(frame, &mut state))
            .expect("draws");
        let cells = &terminal.backend().buffer().content;
        let screen: String = cells.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(console::harmless(&screen), screen, "{}", field.pointer);
        shown += usize::from(screen.contains("owned"));
    }
    assert!(shown >= 8, "{shown} fields are shown");
}
