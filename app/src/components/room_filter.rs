//! One field to find a conversation in the lists, or to make a room that is not there.

use leptos::html::Input;
use leptos::prelude::*;
use protocol::limits::ROOM_CHARS;

use crate::chat_context::use_chat_context;
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::reactive::{attribute, effect, flag, maybe, memo};
use crate::state::ChatState;

/// What is looked for, at first nothing. Cheap to copy.
#[derive(Clone, Copy, Default)]
pub struct RoomFilter(RwSignal<String>);

impl RoomFilter {
    /// Is nothing looked for?
    pub fn is_empty(self) -> bool {
        self.0.with(|wanted| wanted.trim().is_empty())
    }

    /// The names in which what is looked for stands, in whatever case.
    pub fn left(self, mut names: Vec<String>) -> Vec<String> {
        names.retain(|name| self.takes(name));
        names
    }

    /// Does what is looked for stand in this name?
    pub fn takes(self, name: &str) -> bool {
        self.0.with(|wanted| stands_in(wanted, name))
    }
}

/// Does a text stand in a name, in whatever case?
pub fn stands_in(wanted: &str, name: &str) -> bool {
    let wanted = wanted.trim().to_lowercase();
    wanted.is_empty() || name.to_lowercase().contains(&wanted)
}

/// The field. Whether a name can be a room's name is for the server to say: the known of Unicode
/// that decide it would be heavier than the rest of the page.
#[component]
pub fn RoomFilterField(room_filter: RoomFilter) -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let wanted = room_filter.0;
    let input = NodeRef::<Input>::new();
    let asked = RwSignal::new(false);
    let problem = maybe(move || {
        let problem = ctx.with(|chat| chat.join_problem().map(str::to_owned));
        problem.filter(|_| asked.get())
    });
    let make = maybe(move || {
        let wanted = wanted.get();
        let name = wanted.trim();
        let is_new = !name.is_empty() && !ctx.with(|chat| chat.has_room(name));
        is_new.then(|| (words.make_room)(name))
    });
    let enter = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = wanted.with_untracked(|wanted| wanted.trim().to_owned());
        if name.is_empty() || !ctx.can_send() {
            if let Some(input) = input.get_untracked() {
                let _ = input.focus();
            }
            return;
        }
        asked.set(true);
        ctx.dispatch(|chat| chat.join_by_name(name));
    };
    let pending_join = memo(move || ctx.with(ChatState::is_join_pending));
    // Empty again once one is there.
    let mut was_entering = false;
    effect(move || {
        let now = pending_join.get();
        if std::mem::replace(&mut was_entering, now) && !now {
            wanted.set(String::new());
        }
    });
    // Who goes elsewhere need not be told any more, and wants to see all lists again.
    let mut has_come = false;
    effect(move || {
        ctx.current.track();
        asked.set(false);
        if std::mem::replace(&mut has_come, true) {
            wanted.set(String::new());
        }
    });
    view! {
        <form class="room-filter" on:submit=enter>
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
                    prop:value=wanted
                    on:input:target=move |event| {
                        asked.set(false);
                        wanted.set(event.target().value());
                    }
                />
            </div>
            <button type="submit" hidden=flag(move || make.get().is_none())>
                {make}
            </button>
            <p class="problem" id="room-filter-problem" role="status">
                {problem}
            </p>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::stands_in;

    #[test]
    fn a_name_is_found_by_any_part_of_it() {
        assert!(stands_in(" GARD", "Kitchen garden"));
        assert!(stands_in("", "tea"));
        assert!(!stands_in("teas", "tea"));
    }
}
