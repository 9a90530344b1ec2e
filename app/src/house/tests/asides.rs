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
    let mut house = house();
    assert_eq!(house.types(&tea, 0).len(), 1);
    assert_eq!(house.types(&tea, 2_999), []);
    assert_eq!(house.types(&cake, 2_999).len(), 1, "elsewhere");
    assert_eq!(house.types(&cake, 6_000).len(), 1);
    house.say(cake.clone(), "x".into(), "hi".into(), 6_000);
    assert_eq!(house.types(&cake, 6_001).len(), 1, "the next message");
    assert_eq!(house.types(&To::Person("Titi".into()), 0), []);
}

#[test]
fn who_types_is_shown_until_it_is_said_or_nothing_more_is_heard() {
    let tea = To::Room("tea".into());
    let mut house = house();
    let first = house.hear(typing("tea", &["Tata", "Toto"]));
    let [Errand::ForgetTypist(first)] = first[..] else {
        panic!("{first:?}: oneself is no news");
    };
    assert_eq!(house.typing(&tea), ["Tata"]);
    house.hear(typing("tea", &["Tata"]));
    house.forget_typist(first);
    assert_eq!(house.typing(&tea), ["Tata"], "heard again since");
    house.hear(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert!(house.typing(&tea).is_empty());
    house.hear(typing("tea", &["Tata"]));
    house.disconnected();
    assert!(house.typing(&tea).is_empty());
}

#[test]
fn a_bell_rings_when_somebody_comes() {
    let mut house = house();
    house.turn_bell("Titi");
    house.turn_bell("Tutu");
    house.turn_bell("Tutu");
    assert_eq!(house.bells().pairs(), [("Titi".to_owned(), ())]);
    assert!(house.hear(came("tea", "Tutu")).is_empty());
    let rung = house.hear(came("tea", "Titi"));
    assert!(rung.contains(&Errand::Ring("Titi".into())));
    let here = What::Here {
        name: "Titi".into(),
        room: "tea".into(),
    };
    assert_eq!(house.notices()[0].what, here);
    let again = house.hear(came("tea", "Titi"));
    assert!(!again.contains(&Errand::Ring("Titi".into())), "once");
}
