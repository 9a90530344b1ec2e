//! English.

mod games;

use protocol::Close;

use super::Words;
use crate::datetime::Date;

pub static WORDS: Words = Words {
    tag: "en",
    product: "Parlor",
    description: "Real-time group chat: rooms, private messages, and games.",
    title: |place, unread| match (place, unread) {
        ("", 0) => "Parlor".to_owned(),
        ("", _) => format!("({unread}) Parlor"),
        (_, 0) => format!("{place} · Parlor"),
        _ => format!("({unread}) {place} · Parlor"),
    },

    nickname: "Nickname",
    nickname_hint: "How others will see you.",
    room: "Room",
    room_hint: "Join an existing room or create a new one.",
    sign_in: "Sign in",
    sign_in_lead: "Pick a name and a room to start chatting.",
    enter: "Join",

    bot: "bot",
    namesake: "Another user, who has the same name as one before",
    you: "you",
    your_menu: "User menu",
    enter_as_someone_else: "Use another name",
    sign_out: "Sign out",
    not_kept: "Your browser's storage is full. Keep this page open until your messages are sent.",
    sign_out_loses: "Some of your messages haven't been sent. Sign out and lose them?",
    theme: "Theme",
    theme_system: "System",
    theme_light: "Light",
    theme_dark: "Dark",
    compact: "Compact layout",

    games: games::WORDS,

    conversations: "Conversations",
    rooms: "Rooms",
    other_rooms: "Other rooms",
    no_rooms: "You haven't joined any rooms.",
    private_messages: "Private messages",
    has_left: "has left",
    no_private_messages: "Choose someone in a room to message them privately.",
    find_or_make: "Find or create a room",
    make_room: |name| format!("Create room “{name}”"),
    nothing_found: "No results.",
    leave: "Leave room",
    people: "People",
    people_here: |online| match online {
        1 => "1 person online".to_owned(),
        _ => format!("{online} people online"),
    },
    and_more_people: |more| format!("and {more} more"),
    in_private: "Private conversation",
    unread: |count| format!("{count} unread"),
    unread_for_you: |count| format!("{count} unread for you"),
    write_to: |nickname| format!("Message {nickname} privately"),
    bell: |nickname| format!("Notify me when {nickname} is online"),
    is_here: |nickname| format!("{nickname} is online"),
    is_in: |nickname, room| format!("{nickname} is online in {room}."),
    close: "Close",

    start: "Welcome",
    start_lead: "Join a room or create one.",
    first_room_lead: "There are no rooms yet. To create the first one, type its name in \
                      “Find or create a room”.",
    loading: "Loading messages…",
    beginning_of_room: |room| format!("This is the beginning of {room}."),
    beginning_with: |nickname| {
        format!("This is the beginning of your private conversation with {nickname}.")
    },
    beginning_to: |nickname| {
        format!(
            "Only you and {nickname} see this conversation; the server's operator can read \
             stored messages."
        )
    },
    say_hello: "Say hello!",
    share: "Anyone with this link can join:",
    gone: "This conversation is no longer available",
    gone_lead: "Choose another one. Your unsent text is still below, so you can copy it.",
    date,
    today: "Today",
    yesterday: "Yesterday",
    new_begin: "New",
    new_below: |count| match count {
        1 => "1 new message".to_owned(),
        _ => format!("{count} new messages"),
    },
    go_to_end: "Jump to latest",
    to_unread: "Jump to first unread",
    whole: "Show more",
    less: "Show less",
    deleted: "Message deleted",
    came: |names| format!("{} joined", list(names)),
    went: |names| format!("{} left", list(names)),

    message: "Message",
    message_to: |place| format!("Message {place}"),
    private_message_to: |nickname| format!("Private message to {nickname}"),
    typing: |names| match names {
        [one] => format!("{one} is typing…"),
        [one, two] => format!("{one} and {two} are typing…"),
        [one, two, three] => format!("{one}, {two}, and {three} are typing…"),
        _ => "Several people are typing…".to_owned(),
    },
    send: "Send",
    left: |characters| format!("{characters} left"),
    too_long: |over, most| {
        format!("Too long by {over}. Use {most} characters or fewer, or split the message.")
    },
    sending: "Sending…",
    not_sent: "Not sent",
    try_again: "Try again",
    discard: "Discard",

    quick_switcher: "Quick switcher",
    quick_switcher_hint: "Find a room, person, or command",
    keys: "Keyboard shortcuts",
    single_keys: "Press ? to show this list",
    all_keys: &[
        (&["Ctrl", "K"], "Open the quick switcher"),
        (&["Alt", "↑"], "Previous conversation"),
        (&["Alt", "↓"], "Next conversation"),
        (&["Esc"], "Mark as read and jump to latest"),
        (&["Enter"], "Send"),
        (&["Shift", "Enter"], "New line"),
        (&["↑"], "In an empty message: insert your last message"),
        (
            &["←", "↑", "→", "↓"],
            "On a board: move between squares; Enter to play",
        ),
        (&["Page ↑"], "Scroll up"),
        (&["?"], "Show this list"),
    ],
    mark_read: "Mark as read",

    connection_lost: "Connection lost. Reconnecting…",
    restarting: "The server is restarting. Reconnecting…",
    offline: "You are offline. Messages you write will be sent when you reconnect.",
    try_now: "Try now",
    connection_ended: |code| match code {
        _ if code == Close::SignedOut.code() => "You were signed out.",
        _ if code == Close::NicknameTaken.code() => {
            "Someone else is using your nickname. Sign in with another one. You'll keep your \
             private conversations."
        }
        _ if code == Close::TooManySockets.code() => {
            "You have too many tabs and devices connected. Close one, then reload this page."
        }
        _ => "The server closed the connection.",
    },
    sign_in_again: "Sign in",
    dismiss: "Dismiss",

    not_found: "Page not found",
    not_found_lead: "It doesn't exist, or you don't have access.",
    server_error: "Something went wrong",
    back_to_start: "Back to home page",
};

/// "Saturday, November 21, 2026".
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
    format!("{weekday}, {month} {}, {}", date.day, date.year)
}

/// "Tata", "Tata and Titi", "Tata, Titi, and 3 others".
fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} and {two}"),
        [one, two, three] => format!("{one}, {two}, and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two}, and {} others", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_of_names_are_shortened() {
        let names = ["Tata", "Titi", "Toto", "Tutu"].map(str::to_owned);
        assert_eq!((WORDS.came)(&names[..1]), "Tata joined");
        assert_eq!((WORDS.came)(&names[..2]), "Tata and Titi joined");
        assert_eq!((WORDS.went)(&names[..3]), "Tata, Titi, and Toto left");
        assert_eq!((WORDS.went)(&names), "Tata, Titi, and 2 others left");
    }

    #[test]
    fn a_date_has_its_weekday_and_its_month_in_words() {
        let date = |day| (WORDS.date)(Date::new(day));
        assert_eq!(date(20_776), "Thursday, November 19, 2026");
        assert_eq!(date(20_779), "Sunday, November 22, 2026");
    }

    #[test]
    fn a_title_begins_with_what_is_unread() {
        assert_eq!((WORDS.title)("tea", 0), "tea · Parlor");
        assert_eq!((WORDS.title)("tea", 3), "(3) tea · Parlor");
        assert_eq!((WORDS.title)("", 0), "Parlor");
    }
}
