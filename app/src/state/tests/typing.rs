//! Users who are typing, and bells.

use super::*;

fn typing(room: &str, names: &[&str]) -> ServerFrame {
    ServerFrame::Typing(frame::Typing {
        room: room.into(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    })
}

#[test]
fn typing_is_sent_at_most_every_few_seconds() {
    let (tea, cake) = (To::Room("tea".into()), To::Room("cake".into()));
    let mut chat = chat();
    assert_eq!(chat.user_typed(&tea, 0).len(), 1);
    assert_eq!(chat.user_typed(&tea, 2_999), []);
    assert_eq!(chat.user_typed(&cake, 2_999).len(), 1, "elsewhere");
    assert_eq!(chat.user_typed(&cake, 6_000).len(), 1);
    chat.send_message(cake.clone(), "x".into(), "hi".into(), 6_000);
    assert_eq!(chat.user_typed(&cake, 6_001).len(), 1, "the next message");
    assert_eq!(chat.user_typed(&To::User("Titi".into()), 0), []);
}

#[test]
fn a_typing_user_is_shown_until_the_message_comes_or_the_time_is_over() {
    let tea = To::Room("tea".into());
    let mut chat = chat();
    let first = chat.apply_frame(typing("tea", &["Tata", "Toto"]));
    let [Output::ExpireTyping(first)] = first[..] else {
        panic!("{first:?}: the user is not shown to themselves");
    };
    assert_eq!(chat.typing_in(&tea), ["Tata"]);
    chat.apply_frame(typing("tea", &["Tata"]));
    chat.expire_typing(first);
    assert_eq!(chat.typing_in(&tea), ["Tata"], "received again since");
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert!(chat.typing_in(&tea).is_empty());
    chat.apply_frame(typing("tea", &["Tata"]));
    chat.disconnected();
    assert!(chat.typing_in(&tea).is_empty());
}

#[test]
fn a_user_with_a_bell_is_shown_when_they_come_online() {
    let mut chat = chat();
    chat.toggle_bell("Titi");
    chat.toggle_bell("Tutu");
    chat.toggle_bell("Tutu");
    assert_eq!(chat.bells().pairs(), [("Titi".to_owned(), ())]);
    assert!(chat.apply_frame(came("tea", "Tutu")).is_empty());
    let rung = chat.apply_frame(came("tea", "Titi"));
    assert!(rung.contains(&Output::Notify("Titi".into())));
    let here = ToastKind::Here {
        name: "Titi".into(),
        room: "tea".into(),
    };
    assert_eq!(chat.toasts()[0].kind, here);
    let again = chat.apply_frame(came("tea", "Titi"));
    assert!(!again.contains(&Output::Notify("Titi".into())), "once");
}
