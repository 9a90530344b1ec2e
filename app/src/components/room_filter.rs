//! The field above the lists: it filters them by name, and creates a room that does not exist.

use client::normal_form::search_key;
use leptos::html::Input;
use leptos::prelude::*;
use protocol::limits::ROOM_CHARS;

use crate::chat_context::use_chat_context;
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::reactive::{attribute, effect, flag, maybe, memo};
use crate::state::ChatState;

/// What the lists are filtered by; at first nothing. Cheap to copy.
#[derive(Clone, Copy, Default)]
pub struct RoomFilter(RwSignal<String>);

impl RoomFilter {
    /// Is nothing typed?
    pub fn is_empty(self) -> bool {
        self.0.with(|query| query.trim().is_empty())
    }

    /// The names that match.
    pub fn retain(self, mut names: Vec<String>) -> Vec<String> {
        names.retain(|name| self.matches(name));
        names
    }

    /// Does this name match?
    pub fn matches(self, name: &str) -> bool {
        self.0.with(|query| matches(query, name))
    }
}

/// Does a name contain the query, ignoring case and normal form?
pub fn matches(query: &str, name: &str) -> bool {
    let query = search_key(query);
    let name = search_key(name);
    // `str::contains` would add a search in linear time to the page, for names of a few words.
    let mut parts = name.as_bytes().windows(query.len().max(1));
    query.is_empty() || parts.any(|part| part == query.as_bytes())
}

/// The field. Whether a name is allowed for a room is for the server to say: the Unicode tables
/// that decide it would be heavier than the rest of the page.
#[component]
pub fn RoomFilterField(filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let query = filter.0;
    let input = NodeRef::<Input>::new();
    let is_asked_here = RwSignal::new(false);
    let problem = maybe(move || {
        let problem = ctx.with(|chat| chat.join_problem().map(str::to_owned));
        problem.filter(|_| is_asked_here.get())
    });
    let create = maybe(move || {
        let query = query.get();
        let name = query.trim();
        let is_new = !name.is_empty() && !ctx.with(|chat| chat.has_room(name));
        is_new.then(|| (words.make_room)(name))
    });
    let join = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = query.with_untracked(|query| query.trim().to_owned());
        if name.is_empty() || !ctx.can_send() {
            if let Some(input) = input.get_untracked() {
                let _ = input.focus();
            }
            return;
        }
        is_asked_here.set(true);
        ctx.dispatch(|chat| chat.join_by_name(name));
    };
    let is_join_pending = memo(move || ctx.with(ChatState::is_join_pending));
    // The field is cleared when the room has opened.
    let mut was_pending = false;
    effect(move || {
        let now = is_join_pending.get();
        if std::mem::replace(&mut was_pending, now) && !now {
            query.set(String::new());
        }
    });
    // After the user has gone to another conversation, the problem is of no interest any more, and
    // all lists are shown again.
    let mut has_run = false;
    effect(move || {
        ctx.current.track();
        is_asked_here.set(false);
        if std::mem::replace(&mut has_run, true) {
            query.set(String::new());
        }
    });
    view! {
        <form class="room-filter" on:submit=join>
            <label class="visually-hidden" for="room-filter">
                {words.find_or_make}
            </label>
            <div class="field-with-icon">
                <Icon name=IconName::Find />
                <input
                    id="room-filter"
                    node_ref=input
                    placeholder=words.find_or_make
                    maxlength=(4 * ROOM_CHARS).to_string()
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    aria-describedby="room-filter-problem"
                    aria-invalid=attribute(move || problem.get().is_some().then_some("true"))
                    prop:value=query
                    on:input:target=move |event| {
                        is_asked_here.set(false);
                        query.set(event.target().value());
                    }
                />
            </div>
            <button type="submit" hidden=flag(move || create.get().is_none())>
                {create}
            </button>
            <p class="problem" id="room-filter-problem" role="status">
                {problem}
            </p>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_name_matches_any_part_of_it_in_any_case() {
        assert!(matches(" GARD", "Kitchen garden"));
        assert!(matches("", "tea"));
        assert!(!matches("teas", "tea"));
        assert!(matches("t\u{30c}a", "Ťuťa"));
    }
}
