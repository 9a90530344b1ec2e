//! Read markers and scroll positions.

use super::*;

#[test]
fn a_read_marker_is_sent_once_and_again_if_it_was_lost() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    let news = chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert_eq!(news, [Output::SyncReadsSoon]);
    let more = chat.apply_frame(ServerFrame::Message(message("tea", 5, OTHER, "n")));
    assert_eq!(more, [], "it is told with the first");
    assert_eq!(chat.sync_reads(), [sync_reads("tea", 5)]);
    assert_eq!(chat.sync_reads(), []);
    assert_eq!(chat.apply_frame(read("tea", 5)), []);

    let mut rejoined = joined("tea", 5);
    if let ServerFrame::Joined(frame::Joined { read, .. }) = &mut rejoined {
        *read = Some(4);
    }
    assert!(chat.apply_frame(rejoined).contains(&Output::SyncReadsSoon));
    assert_eq!(chat.sync_reads(), [sync_reads("tea", 5)]);
}

#[test]
fn the_unread_mark_stays_until_the_user_removes_it() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    assert_eq!(chat.unread_from(), None);
    chat.set_visible(false);
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    chat.apply_frame(ServerFrame::Message(message("tea", 5, OTHER, "n")));
    assert_eq!(chat.unread_from(), Some(4));
    chat.set_visible(true);
    assert_eq!(chat.room_entry("tea").unread, 0);
    assert_eq!(chat.unread_from(), Some(4), "to be seen");
    chat.mark_read();
    assert_eq!(chat.unread_from(), None);
    chat.open(Some("@t".into()));
    chat.apply_frame(ServerFrame::Message(message("tea", 6, OTHER, "o")));
    chat.open(Some("tea".into()));
    assert_eq!(chat.unread_from(), Some(6));
    chat.send_message(To::Room("tea".into()), "x".into(), "hi".into(), 0);
    assert_eq!(chat.unread_from(), None, "who answers has read");
}

#[test]
fn messages_below_the_viewport_stay_unread() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.reads_at_end(false);
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert_eq!(chat.room_entry("tea").unread, 1);
    assert_eq!(lines(&chat, "tea"), 4, "a day and three messages");
    assert!(chat.mark_read().contains(&Output::SyncReadsSoon));
    assert_eq!(chat.room_entry("tea").unread, 0);
    assert_eq!(lines(&chat, "tea"), 5);
}

#[test]
fn a_mention_is_marked_until_it_is_read() {
    let mut chat = chat();
    chat.restore(&["cake".into()], &[]);
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("cake", 7));
    let mut mention = message("cake", 8, OTHER, "m");
    mention.body = "@toto, come!".into();
    chat.apply_frame(ServerFrame::Message(mention));
    chat.apply_frame(ServerFrame::Message(message("cake", 9, OTHER, "n")));
    assert!(chat.room_entry("cake").has_mention);
    assert!(chat.has_mention());
    chat.apply_frame(read("cake", 8));
    assert!(!chat.room_entry("cake").has_mention);
    assert_eq!(chat.room_entry("cake").unread, 1);
    chat.apply_frame(ServerFrame::Message(message("@t", 5, OTHER, "o")));
    assert!(chat.has_mention(), "whatever is said in private");
}

#[test]
fn the_users_last_text_can_be_inserted_again() {
    let mut chat = chat();
    let tea = To::Room("tea".into());
    assert_eq!(chat.last_own(&tea), None);
    chat.apply_frame(ServerFrame::Message(message("tea", 4, ME, "x")));
    chat.apply_frame(ServerFrame::Message(message("tea", 5, OTHER, "m")));
    assert_eq!(chat.last_own(&tea).as_deref(), Some("hello"));
    assert_eq!(chat.messages_from_others(3).len(), 1, "one's own is none");
}

#[test]
fn a_conversation_that_is_gone_says_so() {
    let mut chat = chat();
    chat.open(Some("@x".into()));
    chat.apply_frame(refused(Code::NoSuchRoom, "@x"));
    assert!(chat.is_gone());
    assert_eq!(chat.toasts(), []);
    chat.open(Some("tea".into()));
    assert!(!chat.is_gone());
}

#[test]
fn read_markers_are_sent_before_the_room_is_left() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    let outputs = chat.leave("tea");
    let leave = ClientFrame::Leave { room: "tea".into() };
    assert_eq!(outputs[..2], [sync_reads("tea", 4), Output::Send(leave)]);
    assert_eq!(chat.sync_reads(), []);
}

#[test]
fn a_room_that_is_removed_while_it_is_open_says_so_and_is_left() {
    let mut chat = chat();
    chat.restore(&["tea".into(), "cake".into()], &[]);
    let left = |room: &str, removed| {
        ServerFrame::Left(frame::Left {
            room: room.into(),
            removed,
        })
    };
    chat.apply_frame(left("cake", true));
    assert!(!chat.is_gone());
    chat.apply_frame(left("tea", true));
    assert!(chat.is_gone());
    assert!(chat.joined_room_names().is_empty());
    assert_eq!(lines(&chat, "tea"), 0);
}

#[test]
fn a_new_room_with_the_name_of_a_removed_one_is_unread_from_its_first_message() {
    let mut chat = chat();
    chat.restore(&["tea".into()], &[]);
    chat.open(None);
    // It was removed while the page was offline, and another one has two messages.
    let mut again = joined("tea", 2);
    if let ServerFrame::Joined(frame::Joined { gap, messages, .. }) = &mut again {
        *gap = true;
        messages.extend((1..=2).map(|seq| message("tea", seq, OTHER, "n")));
    }
    chat.apply_frame(welcome(ME));
    chat.apply_frame(again);
    // Two messages below the day, instead of three and two.
    assert_eq!(lines(&chat, "tea"), 3);
    chat.apply_frame(ServerFrame::Message(message("tea", 3, OTHER, "o")));
    assert_eq!(lines(&chat, "tea"), 4);
    assert!(chat.room_entry("tea").unread > 0);
}
