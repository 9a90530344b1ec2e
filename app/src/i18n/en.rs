//! English.

use protocol::Close;

use super::Words;

pub static WORDS: Words = Words {
    tag: "en",
    product: "Parlor",
    description: "Real-time group chat: rooms to talk in, and private messages.",
    title: |place, unread| match (place, unread) {
        ("", 0) => "Parlor".to_owned(),
        ("", _) => format!("({unread}) Parlor"),
        (_, 0) => format!("{place} · Parlor"),
        _ => format!("({unread}) {place} · Parlor"),
    },

    nickname: "Nickname",
    nickname_hint: "How others will see you.",
    room: "Room",
    room_hint: "One that exists, or a new one.",
    sign_in: "Come in",
    sign_in_lead: "Choose a nickname and a room, and talk.",
    enter: "Enter",

    you_are: "You are",
    enter_as_someone_else: "Enter as someone else",
    sign_out: "Sign out",

    conversations: "Conversations",
    rooms: "Rooms",
    no_rooms: "There is no room yet. Make the first one.",
    private_messages: "Private messages",
    has_left: "has left",
    no_private_messages: "Choose somebody among the people of a room to write in private.",
    people: "People",
    room_name: "Join or make a room",
    join_room: "Join",
    leave: "Leave",
    people_here: |online| match online {
        1 => "1 person here".to_owned(),
        _ => format!("{online} people here"),
    },
    and_more_people: |more| format!("and {more} more"),
    unread: |count| format!("{count} unread"),
    you: "you",
    write_to: |nickname| format!("Write to {nickname} in private"),

    start: "Where to?",
    start_lead: "Choose a room, or make a new one.",
    loading: "Fetching messages…",
    beginning_of_room: |room| format!("This is the beginning of {room}."),
    beginning_with: |nickname| {
        format!("This is the beginning of your private conversation with {nickname}.")
    },
    beginning_to: |nickname| format!("Nobody but you and {nickname} will see what you write here."),
    say_hello: "Say hello!",
    older: "Older messages",
    came: |names| format!("{} joined", list(names)),
    went: |names| format!("{} left", list(names)),

    message: "Message",
    message_to: |place| format!("Message to {place}"),
    private_message_to: |nickname| format!("Private message to {nickname}"),
    send: "Send",
    too_long: |over, most| {
        format!("Too long by {over}; a message has at most {most} characters. Shorten or split it.")
    },
    sending: "Sending…",
    try_again: "Try again",
    discard: "Discard",

    connection_lost: "Connection lost. Trying again…",
    connection_ended: |code| match code {
        _ if code == Close::SignedOut.code() => "You were signed out.",
        _ if code == Close::NicknameTaken.code() => {
            "Somebody else has your nickname now. Sign in with another one; your private conversations stay yours."
        }
        _ if code == Close::TooManySockets.code() => {
            "You have too many tabs and devices connected. Close one and load this page again."
        }
        _ => "The server ended the connection.",
    },
    sign_in_again: "Sign in",
    dismiss: "Dismiss",

    not_found: "Nothing is here",
    not_found_lead: "There is no such page, or it is not for you.",
    trouble: "That did not work",
    back_to_start: "Back to the start",
};

/// "Tata", "Tata and Titi", "Tata, Titi and 3 others".
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} others", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_become_few_words() {
        let names = ["Tata", "Titi", "Toto", "Tutu"].map(str::to_owned);
        assert_eq!((WORDS.came)(&names[..1]), "Tata joined");
        assert_eq!((WORDS.came)(&names[..2]), "Tata and Titi joined");
        assert_eq!((WORDS.went)(&names[..3]), "Tata, Titi and Toto left");
        assert_eq!((WORDS.went)(&names), "Tata, Titi and 2 others left");
    }

    #[test]
    fn a_title_begins_with_what_is_unread() {
        assert_eq!((WORDS.title)("tea", 0), "tea · Parlor");
        assert_eq!((WORDS.title)("tea", 3), "(3) tea · Parlor");
        assert_eq!((WORDS.title)("", 0), "Parlor");
    }
}
