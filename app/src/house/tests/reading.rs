//! What is read, and where the reader is.

use super::*;

#[test]
fn what_was_read_is_told_once_and_again_if_that_was_lost() {
    let mut house = house();
    house.hear(welcome(ME));
    let news = house.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert_eq!(news, [Errand::TellRead]);
    let more = house.hear(ServerFrame::Message(message("tea", 5, OTHER, "n")));
    assert_eq!(more, [], "it is told with the first");
    assert_eq!(house.tell_read(), [tell_read("tea", 5)]);
    assert_eq!(house.tell_read(), []);
    assert_eq!(house.hear(read("tea", 5)), []);

    let mut rejoined = joined("tea", 5);
    if let ServerFrame::Joined(frame::Joined { read, .. }) = &mut rejoined {
        *read = Some(4);
    }
    assert!(house.hear(rejoined).contains(&Errand::TellRead));
    assert_eq!(house.tell_read(), [tell_read("tea", 5)]);
}

#[test]
fn a_line_stands_where_the_unread_began_until_the_reader_has_had_enough() {
    let mut house = house();
    house.hear(welcome(ME));
    assert_eq!(house.unread_from(), None);
    house.look(false);
    house.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    house.hear(ServerFrame::Message(message("tea", 5, OTHER, "n")));
    assert_eq!(house.unread_from(), Some(4));
    house.look(true);
    assert_eq!(house.room_entry("tea").unread, 0);
    assert_eq!(house.unread_from(), Some(4), "to be seen");
    house.mark_read();
    assert_eq!(house.unread_from(), None);
    house.open(Some("@t".into()));
    house.hear(ServerFrame::Message(message("tea", 6, OTHER, "o")));
    house.open(Some("tea".into()));
    assert_eq!(house.unread_from(), Some(6));
    house.say(To::Room("tea".into()), "x".into(), "hi".into(), 0);
    assert_eq!(house.unread_from(), None, "who answers has read");
}

#[test]
fn who_reads_above_the_end_has_not_read_what_comes() {
    let mut house = house();
    house.hear(welcome(ME));
    house.reads_at_end(false);
    house.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert_eq!(house.room_entry("tea").unread, 1);
    assert_eq!(lines(&house, "tea"), 4, "a day and three messages");
    assert!(house.mark_read().contains(&Errand::TellRead));
    assert_eq!(house.room_entry("tea").unread, 0);
    assert_eq!(lines(&house, "tea"), 5);
}

#[test]
fn a_mention_is_told_apart_until_it_is_read() {
    let mut house = house();
    house.remember(&["cake".into()], &[]);
    house.hear(welcome(ME));
    house.hear(joined("cake", 7));
    let mut mention = message("cake", 8, OTHER, "m");
    mention.text = "@toto, come!".into();
    house.hear(ServerFrame::Message(mention));
    house.hear(ServerFrame::Message(message("cake", 9, OTHER, "n")));
    assert!(house.room_entry("cake").is_addressed);
    assert!(house.is_addressed());
    house.hear(read("cake", 8));
    assert!(!house.room_entry("cake").is_addressed);
    assert_eq!(house.room_entry("cake").unread, 1);
    house.hear(ServerFrame::Message(message("@t", 5, OTHER, "o")));
    assert!(house.is_addressed(), "whatever is said in private");
}

#[test]
fn ones_last_words_can_be_had_again() {
    let mut house = house();
    let tea = To::Room("tea".into());
    assert_eq!(house.last_own(&tea), None);
    house.hear(ServerFrame::Message(message("tea", 4, ME, "x")));
    house.hear(ServerFrame::Message(message("tea", 5, OTHER, "m")));
    assert_eq!(house.last_own(&tea).as_deref(), Some("hello"));
    assert_eq!(house.news(3).len(), 1, "one's own is none");
}

#[test]
fn a_conversation_that_is_gone_is_told_in_its_place() {
    let mut house = house();
    house.open(Some("@x".into()));
    house.hear(refused(Code::NoSuchRoom, "@x"));
    assert!(house.is_gone());
    assert_eq!(house.notices(), []);
    house.open(Some("tea".into()));
    assert!(!house.is_gone());
}

#[test]
fn what_was_read_is_told_before_the_room_is_left() {
    let mut house = house();
    house.hear(welcome(ME));
    house.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    let errands = house.leave("tea");
    let leave = ClientFrame::Leave { room: "tea".into() };
    assert_eq!(errands[..2], [tell_read("tea", 4), Errand::Send(leave)]);
    assert_eq!(house.tell_read(), []);
}
