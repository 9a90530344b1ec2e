//! Who is typing, and whose coming is told.

use super::*;

fn typing(room: &str, names: &[&str]) -> ServerFrame {
    ServerFrame::Typing(frame::Typing {
        room: room.into(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    })
}

#[test]
fn typing_is_said_now_and_then() {
    let (tea, cake) = (To::Room("tea".into()), To::Room("cake".into()));
    let mut chat = chat();
    assert_eq!(chat.types(&tea, 0).len(), 1);
    assert_eq!(chat.types(&tea, 2_999), []);
    assert_eq!(chat.types(&cake, 2_999).len(), 1, "elsewhere");
    assert_eq!(chat.types(&cake, 6_000).len(), 1);
    chat.say(cake.clone(), "x".into(), "hi".into(), 6_000);
    assert_eq!(chat.types(&cake, 6_001).len(), 1, "the next message");
    assert_eq!(chat.types(&To::User("Titi".into()), 0), []);
}

#[test]
fn who_types_is_shown_until_it_is_said_or_nothing_more_is_heard() {
    let tea = To::Room("tea".into());
    let mut chat = chat();
    let first = chat.hear(typing("tea", &["Tata", "Toto"]));
    let [Errand::ForgetTypist(first)] = first[..] else {
        panic!("{first:?}: oneself is no news");
    };
    assert_eq!(chat.typing(&tea), ["Tata"]);
    chat.hear(typing("tea", &["Tata"]));
    chat.forget_typist(first);
    assert_eq!(chat.typing(&tea), ["Tata"], "heard again since");
    chat.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert!(chat.typing(&tea).is_empty());
    chat.hear(typing("tea", &["Tata"]));
    chat.disconnected();
    assert!(chat.typing(&tea).is_empty());
}

#[test]
fn a_bell_rings_when_somebody_comes() {
    let mut chat = chat();
    chat.turn_bell("Titi");
    chat.turn_bell("Tutu");
    chat.turn_bell("Tutu");
    assert_eq!(chat.bells().pairs(), [("Titi".to_owned(), ())]);
    assert!(chat.hear(came("tea", "Tutu")).is_empty());
    let rung = chat.hear(came("tea", "Titi"));
    assert!(rung.contains(&Errand::Ring("Titi".into())));
    let here = What::Here {
        name: "Titi".into(),
        room: "tea".into(),
    };
    assert_eq!(chat.notices()[0].what, here);
    let again = chat.hear(came("tea", "Titi"));
    assert!(!again.contains(&Errand::Ring("Titi".into())), "once");
}
