//! Private conversations.

use super::*;

#[test]
fn a_private_message_from_a_new_user_makes_an_unread_conversation() {
    let mut chat = chat();
    chat.apply_frame(ServerFrame::Message(message("@new", 1, OTHER, "m")));
    assert_eq!(chat.direct_rooms(), ["@new", "@t"]);
    let entry = chat.direct_entry("@new");
    assert_eq!((entry.with.as_str(), entry.unread), ("Tata", 1));
    assert_eq!(chat.direct_with("Tata"), Some("@new"));
    assert_eq!(chat.all_unread(), 1);
    chat.open(Some("@new".into()));
    assert_eq!(chat.direct_entry("@new").unread, 0);
}

#[test]
fn a_new_conversation_takes_over_what_was_typed_to_the_user() {
    let (to, begun) = (To::User("Tata".into()), To::Room("@new".into()));
    let moved = Output::MoveDraft {
        from: to.clone(),
        to: begun.clone(),
    };
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.send_message(to.clone(), "x".into(), "psst".into(), 0);
    chat.send_message(to.clone(), "y".into(), "are you there?".into(), 0);
    assert_eq!(chat.items(&to, Zone::Offset(0)).len(), 2);
    assert_eq!(chat.pending_messages.users(), ["Tata"]);
    let echo = ServerFrame::Message(message("@new", 1, ME, "x"));
    assert_eq!(chat.apply_frame(echo)[0], moved);
    assert_eq!(chat.direct_entry("@new").with, "Tata");
    assert_eq!(chat.direct_entry("@new").unread, 0, "one's own is not");
    assert_eq!(chat.items(&to, Zone::Offset(0)).len(), 0);
    let shown = chat.items(&begun, Zone::Offset(0)).len();
    assert_eq!(shown, 3, "a day, the first, and the second on its way");
    chat.disconnected();
    let again = ClientFrame::Room {
        to: "@new".into(),
        id: Some("y".into()),
        text: "are you there?".into(),
    };
    assert!(chat.apply_frame(welcome(ME)).contains(&Output::Send(again)));

    let mut chat = self::chat();
    let first = ServerFrame::Message(message("@new", 1, OTHER, "m"));
    assert_eq!(chat.apply_frame(first), [moved], "the other one was faster");
}

#[test]
fn a_new_owner_of_a_nickname_is_another_conversation() {
    let mut chat = chat();
    let list = |with: &str, holds| {
        ServerFrame::Rooms(frame::Rooms {
            rooms: vec![],
            directs: vec![DirectLine {
                room: "@t".into(),
                with: with.into(),
                user: OTHER,
                holds,
                seq: 4,
                hidden: 0,
                read: 4,
                read_hidden: 0,
            }],
        })
    };
    assert_eq!(chat.direct_with("Titi"), Some("@t"));
    let asks = [Output::Send(ClientFrame::Rooms)];
    assert_eq!(
        chat.apply_frame(came("tea", "Titi")),
        asks,
        "is that the same?"
    );
    assert_eq!(chat.apply_frame(came("tea", "Ben")), []);
    chat.apply_frame(list("Titi", false));
    assert_eq!(chat.direct_with("Titi"), None, "another Titi by now");
    assert_eq!(chat.with("@t"), Some("Titi"));
    chat.apply_frame(list("Tito", true));
    assert_eq!(chat.direct_with("Tito"), Some("@t"));
    assert_eq!(chat.with("@t"), Some("Tito"));
}

#[test]
fn opening_an_old_conversation_does_not_move_it_up() {
    let mut chat = chat();
    chat.apply_frame(ServerFrame::Message(message("@new", 1, OTHER, "m")));
    chat.apply_frame(ServerFrame::Message(message("@t", 4, OTHER, "m")));
    assert_eq!(chat.direct_rooms(), ["@new", "@t"]);
}

#[test]
fn a_conversation_opened_offline_is_loaded_after_connecting() {
    let mut chat = chat();
    chat.open(Some("@t".into()));
    assert!(chat.apply_frame(welcome(ME)).contains(&join("@t", None)));
}
