//! Every word of the page, one file per language. A language that lacks a word does not compile.

mod en;
mod games;

pub use self::games::GameWords;
use crate::datetime::Date;

/// The words of the page. A function is a sentence with parameters.
pub struct Words {
    /// The language's tag (BCP 47), for `lang`.
    pub tag: &'static str,
    pub product: &'static str,
    pub description: &'static str,
    pub title: fn(place: &str, unread: u64) -> String,

    pub nickname: &'static str,
    pub nickname_hint: &'static str,
    pub room: &'static str,
    pub room_hint: &'static str,
    pub sign_in: &'static str,
    pub sign_in_lead: &'static str,
    pub enter: &'static str,

    pub bot: &'static str,
    /// What the number after a name means.
    pub namesake: &'static str,
    pub you: &'static str,
    pub your_menu: &'static str,
    pub enter_as_someone_else: &'static str,
    pub sign_out: &'static str,
    pub sign_out_loses: &'static str,
    pub not_kept: &'static str,
    pub theme: &'static str,
    pub theme_system: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub compact: &'static str,

    pub games: GameWords,

    pub conversations: &'static str,
    pub rooms: &'static str,
    pub other_rooms: &'static str,
    pub no_rooms: &'static str,
    pub private_messages: &'static str,
    /// After the nickname of a user who no longer has it.
    pub has_left: &'static str,
    pub no_private_messages: &'static str,
    pub find_or_make: &'static str,
    pub make_room: fn(name: &str) -> String,
    pub nothing_found: &'static str,
    pub leave: &'static str,
    pub people: &'static str,
    pub people_here: fn(online: usize) -> String,
    pub and_more_people: fn(more: usize) -> String,
    pub in_private: &'static str,
    pub unread: fn(count: u64) -> String,
    pub unread_for_you: fn(count: u64) -> String,
    pub write_to: fn(nickname: &str) -> String,
    pub bell: fn(nickname: &str) -> String,
    pub is_here: fn(nickname: &str) -> String,
    pub is_in: fn(nickname: &str, room: &str) -> String,
    pub close: &'static str,

    pub start: &'static str,
    pub start_lead: &'static str,
    pub first_room_lead: &'static str,
    pub loading: &'static str,
    pub beginning_of_room: fn(room: &str) -> String,
    pub beginning_with: fn(nickname: &str) -> String,
    pub beginning_to: fn(nickname: &str) -> String,
    pub say_hello: &'static str,
    pub share: &'static str,
    pub gone: &'static str,
    pub gone_lead: &'static str,
    /// A date of the first HTML. In the browser, [`crate::intl`] writes it in the same way.
    pub date: fn(date: Date) -> String,
    pub today: &'static str,
    pub yesterday: &'static str,
    pub new_begin: &'static str,
    pub new_below: fn(count: u64) -> String,
    pub go_to_end: &'static str,
    pub to_unread: &'static str,
    pub whole: &'static str,
    pub less: &'static str,
    pub deleted: &'static str,
    pub came: fn(names: &[String]) -> String,
    pub went: fn(names: &[String]) -> String,

    pub message: &'static str,
    pub message_to: fn(place: &str) -> String,
    pub private_message_to: fn(nickname: &str) -> String,
    pub typing: fn(names: &[String]) -> String,
    pub send: &'static str,
    pub left: fn(characters: usize) -> String,
    pub too_long: fn(over: usize, most: usize) -> String,
    pub sending: &'static str,
    pub not_sent: &'static str,
    pub try_again: &'static str,
    pub discard: &'static str,

    pub quick_switcher: &'static str,
    pub quick_switcher_hint: &'static str,
    pub keys: &'static str,
    pub single_keys: &'static str,
    /// What each shortcut does: its keys, then a description.
    pub all_keys: &'static [(&'static [&'static str], &'static str)],
    pub mark_read: &'static str,

    pub connection_lost: &'static str,
    pub restarting: &'static str,
    pub offline: &'static str,
    pub try_now: &'static str,
    pub connection_ended: fn(code: u16) -> &'static str,
    pub sign_in_again: &'static str,
    pub dismiss: &'static str,

    pub not_found: &'static str,
    pub not_found_lead: &'static str,
    pub server_error: &'static str,
    pub back_to_start: &'static str,
}

/// The words of the page's language.
pub fn words() -> &'static Words {
    &en::WORDS
}
