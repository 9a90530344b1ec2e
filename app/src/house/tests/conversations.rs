//! Private conversations.

use super::*;

#[test]
fn a_private_message_from_somebody_new_makes_an_unread_conversation() {
    let mut house = house();
    house.hear(ServerFrame::Message(message("@new", 1, OTHER, "m")));
    assert_eq!(house.direct_rooms(), ["@new", "@t"]);
    let entry = house.direct_entry("@new");
    assert_eq!((entry.with.as_str(), entry.unread), ("Tata", 1));
    assert_eq!(house.direct_with("Tata"), Some("@new"));
    assert_eq!(house.all_unread(), 1);
    house.open(Some("@new".into()));
    assert_eq!(house.direct_entry("@new").unread, 0);
}

#[test]
fn a_conversation_that_begins_takes_over_what_was_written_to_the_person() {
    let (to, begun) = (To::Person("Tata".into()), To::Room("@new".into()));
    let moved = Errand::Move {
        from: to.clone(),
        to: begun.clone(),
    };
    let mut house = house();
    house.hear(welcome(ME));
    house.say(to.clone(), "x".into(), "psst".into(), 0);
    house.say(to.clone(), "y".into(), "are you there?".into(), 0);
    assert_eq!(house.lines(&to, Zone::Ahead(0)).len(), 2);
    assert_eq!(house.outbox.persons(), ["Tata"]);
    let echo = ServerFrame::Message(message("@new", 1, ME, "x"));
    assert_eq!(house.hear(echo)[0], moved);
    assert_eq!(house.direct_entry("@new").with, "Tata");
    assert_eq!(house.direct_entry("@new").unread, 0, "one's own is not");
    assert_eq!(house.lines(&to, Zone::Ahead(0)).len(), 0);
    let shown = house.lines(&begun, Zone::Ahead(0)).len();
    assert_eq!(shown, 3, "a day, the first, and the second on its way");
    house.disconnected();
    let again = ClientFrame::Room {
        to: "@new".into(),
        id: Some("y".into()),
        text: "are you there?".into(),
    };
    assert!(house.hear(welcome(ME)).contains(&Errand::Send(again)));

    let mut house = self::house();
    let first = ServerFrame::Message(message("@new", 1, OTHER, "m"));
    assert_eq!(house.hear(first), [moved], "the other one was faster");
}

#[test]
fn who_took_over_a_nickname_is_not_who_one_wrote_to_before() {
    let mut house = house();
    let list = |with: &str, holds| {
        ServerFrame::Rooms(frame::Rooms {
            rooms: vec![],
            directs: vec![DirectLine {
                room: "@t".into(),
                with: with.into(),
                holds,
                seq: 4,
                quiet: 0,
                read: 4,
                read_quiet: 0,
            }],
        })
    };
    assert_eq!(house.direct_with("Titi"), Some("@t"));
    let asks = [Errand::Send(ClientFrame::Rooms)];
    assert_eq!(house.hear(came("tea", "Titi")), asks, "is that the same?");
    assert_eq!(house.hear(came("tea", "Ben")), []);
    house.hear(list("Titi", false));
    assert_eq!(house.direct_with("Titi"), None, "another Titi by now");
    assert_eq!(house.with("@t"), Some("Titi"));
    house.hear(list("Tito", true));
    assert_eq!(house.direct_with("Tito"), Some("@t"));
    assert_eq!(house.with("@t"), Some("Tito"));
}

#[test]
fn opening_an_old_conversation_does_not_move_it_up() {
    let mut house = house();
    house.hear(ServerFrame::Message(message("@new", 1, OTHER, "m")));
    house.hear(ServerFrame::Message(message("@t", 4, OTHER, "m")));
    assert_eq!(house.direct_rooms(), ["@new", "@t"]);
}

#[test]
fn a_conversation_that_was_opened_without_a_connection_is_fetched_with_it() {
    let mut house = house();
    house.open(Some("@t".into()));
    assert!(house.hear(welcome(ME)).contains(&join("@t", None)));
}
