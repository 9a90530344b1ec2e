//! English.

mod games;

use protocol::Close;

use super::Words;
use crate::clock::Date;

pub static WORDS: Words = Words {
    tag: "en",
    product: "Parlor",
    description: "Real-time group chat: rooms to talk in, private messages, and games.",
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

    program: "program",
    you: "you",
    your_menu: "You and your settings",
    enter_as_someone_else: "Enter as someone else",
    sign_out: "Sign out",
    not_kept: "This browser has no room to keep what you write. Leave this page open until it is sent.",
    sign_out_loses: "Some of what you wrote is not sent. Sign out and lose it?",
    theme: "Colours",
    theme_system: "System",
    theme_light: "Light",
    theme_dark: "Dark",
    compact: "Compact",

    games: games::WORDS,

    conversations: "Conversations",
    rooms: "Rooms",
    other_rooms: "Other rooms",
    no_rooms: "You are in no room yet.",
    private_messages: "Private messages",
    has_left: "has left",
    no_private_messages: "Choose somebody among the people of a room to write in private.",
    find_or_make: "Find or make a room",
    make_room: |name| format!("Make the room “{name}”"),
    nothing_found: "Nothing is called that.",
    leave: "Leave this room",
    people: "People",
    people_here: |online| match online {
        1 => "1 person here".to_owned(),
        _ => format!("{online} people here"),
    },
    and_more_people: |more| format!("and {more} more"),
    in_private: "In private",
    unread: |count| format!("{count} unread"),
    unread_for_you: |count| format!("{count} unread, for you"),
    write_to: |nickname| format!("Write to {nickname} in private"),
    bell: |nickname| format!("Tell me when {nickname} comes in"),
    is_here: |nickname| format!("{nickname} is here"),
    is_in: |nickname, room| format!("{nickname} is here, in {room}."),
    close: "Close",

    start: "Where to?",
    start_lead: "Choose a room, or make a new one.",
    first_room_lead: "There is no room yet. Make the first one: type its name under “Find or make a room”.",
    loading: "Fetching messages…",
    beginning_of_room: |room| format!("This is the beginning of {room}."),
    beginning_with: |nickname| {
        format!("This is the beginning of your private conversation with {nickname}.")
    },
    beginning_to: |nickname| format!("Nobody but you and {nickname} will see what you write here."),
    say_hello: "Say hello!",
    share: "Whoever has this page's address can come in:",
    gone: "This conversation is not here any more",
    gone_lead: "Choose another one. What you were typing is still below, for you to copy.",
    date,
    day: |day, today| match today - day {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        _ => date(Date::new(day)),
    },
    new_begin: "New",
    new_below: |count| match count {
        1 => "1 new message".to_owned(),
        _ => format!("{count} new messages"),
    },
    to_the_end: "To the newest",
    to_unread: "To the first unread",
    whole: "Show all of it",
    less: "Show less",
    came: |names| format!("{} joined", list(names)),
    went: |names| format!("{} left", list(names)),

    message: "Message",
    message_to: |place| format!("Message to {place}"),
    private_message_to: |nickname| format!("Private message to {nickname}"),
    typing: |names| match names {
        [one] => format!("{one} is typing…"),
        [one, two] => format!("{one} and {two} are typing…"),
        [one, two, three] => format!("{one}, {two} and {three} are typing…"),
        _ => "Several people are typing…".to_owned(),
    },
    send: "Send",
    left: |characters| format!("{characters} left"),
    too_long: |over, most| {
        format!("Too long by {over}; a message has at most {most} characters. Shorten or split it.")
    },
    sending: "Sending…",
    not_sent: "Not sent",
    try_again: "Try again",
    discard: "Discard",

    palette: "Go to or do",
    palette_hint: "A room, somebody, or what to do",
    keys: "Keys",
    single_keys: "The key ? shows this list",
    all_keys: &[
        (&["Ctrl", "K"], "Go somewhere or do something"),
        (&["Alt", "↑"], "The conversation above"),
        (&["Alt", "↓"], "The conversation below"),
        (&["Esc"], "Mark as read, back to the end"),
        (&["Enter"], "Send"),
        (&["Shift", "Enter"], "A new line"),
        (&["↑"], "In an empty field: your last message again"),
        (
            &["←", "↑", "→", "↓"],
            "On a board: to another place; Enter plays there",
        ),
        (&["Page ↑"], "Read up"),
        (&["?"], "This list"),
    ],
    mark_read: "Mark as read",

    connection_lost: "Connection lost. Trying again…",
    restarting: "The server restarts and will be back in a moment.",
    offline: "You are offline. What you write is kept here, and goes out when you are back.",
    try_now: "Try now",
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

/// "Saturday, 21 November 2026".
fn date(date: Date) -> String {
    const WEEKDAYS: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let weekday = WEEKDAYS[usize::from(date.weekday % 7)];
    let month = MONTHS[usize::from((date.month.max(1) - 1) % 12)];
    format!("{weekday}, {} {month} {}", date.day, date.year)
}

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
    fn days_are_called_by_their_dates_except_the_last_two() {
        let day = |day| (WORDS.day)(day, 20_778);
        assert_eq!(day(20_778), "Today");
        assert_eq!(day(20_777), "Yesterday");
        assert_eq!(day(20_776), "Thursday, 19 November 2026");
        assert_eq!(day(20_779), "Sunday, 22 November 2026", "clocks differ");
    }

    #[test]
    fn a_title_begins_with_what_is_unread() {
        assert_eq!((WORDS.title)("tea", 0), "tea · Parlor");
        assert_eq!((WORDS.title)("tea", 3), "(3) tea · Parlor");
        assert_eq!((WORDS.title)("", 0), "Parlor");
    }
}
