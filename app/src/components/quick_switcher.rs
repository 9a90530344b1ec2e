//! The quick switcher: go to a conversation or run a command, by typing. A combobox with a list
//! (WAI-ARIA Authoring Practices, "Combobox") in a modal dialog.

use client::normal_form::search_key;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::chat_context::{ChatContext, Overlay, use_chat_context};
use crate::components::dialog::Dialog;
use crate::components::icon::{Icon, IconName};
use crate::components::room_filter::matches;
use crate::i18n::words;
use crate::initial_data::Theme;
use crate::reactive::{effect, maybe, memo, state, text};
use crate::state::ChatState;

/// Results shown at once.
const SHOWN: usize = 12;

/// A result.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    name: String,
    /// The kind of result.
    kind: &'static str,
    action: Action,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    Go(String),
    Load(String),
    Enter(String),
    Leave,
    MarkRead,
    Play,
    Theme(Option<Theme>),
    Compact,
    Keys,
}

/// The quick switcher.
#[component]
pub fn QuickSwitcher() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let wanted = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let choices = memo(move || {
        let wanted = wanted.get();
        let mut choices = all(ctx);
        choices.retain(|choice| matches(&wanted, &choice.name));
        // Results that begin with the text come first; otherwise the order of the lists is kept.
        let begins = search_key(&wanted);
        let begins = |choice: &Choice| search_key(&choice.name).starts_with(&begins);
        let mut others = choices.clone();
        choices.retain(begins);
        others.retain(|choice| !begins(choice));
        choices.append(&mut others);
        choices.truncate(SHOWN);
        let name = wanted.trim();
        if !name.is_empty() && !ctx.with(|chat| chat.has_room(name)) {
            choices.push(Choice {
                name: (words.make_room)(name),
                kind: "",
                action: Action::Enter(name.to_owned()),
            });
        }
        choices
    });
    let choose = move |nth: usize| {
        let choice = choices.with_untracked(|choices| choices.get(nth).cloned());
        if let Some(choice) = choice {
            ctx.close_overlay();
            choice.action.run(ctx);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        let count = choices.with_untracked(Vec::len).max(1);
        match event.key().as_str() {
            "ArrowDown" => chosen.update(|nth| *nth = (*nth + 1) % count),
            "ArrowUp" => chosen.update(|nth| *nth = (*nth + count - 1) % count),
            "Enter" => choose(chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let id = |nth: usize| ["choice-", &nth.to_string()].concat();
    effect(move || {
        let chosen = document().get_element_by_id(&id(chosen.get()));
        if let Some(chosen) = chosen {
            let nearest = ScrollIntoViewOptions::new();
            nearest.set_block(ScrollLogicalPosition::Nearest);
            chosen.scroll_into_view_with_scroll_into_view_options(&nearest);
        }
    });
    let numbered = move || choices.get().into_iter().enumerate().collect::<Vec<_>>();
    view! {
        <Dialog overlay=Overlay::QuickSwitcher label=words.quick_switcher>
            <div class="field-with-icon">
                <Icon name=IconName::Find />
                <input
                    role="combobox"
                    aria-label=words.quick_switcher
                    aria-expanded="true"
                    aria-controls="choices"
                    aria-autocomplete="list"
                    aria-activedescendant=text(move || id(chosen.get()))
                    placeholder=words.quick_switcher_hint
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    autofocus
                    on:keydown=on_key
                    on:input:target=move |event| {
                        chosen.set(0);
                        wanted.set(event.target().value());
                    }
                />
            </div>
            <ul id="choices" role="listbox" aria-label=words.quick_switcher>
                <For
                    each=numbered
                    key=|(nth, choice)| [&nth.to_string(), " ", &choice.name].concat()
                    let((nth, choice))
                >
                    <li
                        id=id(nth)
                        role="option"
                        aria-selected=state(move || chosen.get() == nth)
                        // The field keeps the focus.
                        on:mousedown=|event| event.prevent_default()
                        on:click=move |_| choose(nth)
                    >
                        <span class="name">{choice.name}</span>
                        <span class="kind">{choice.kind}</span>
                    </li>
                </For>
            </ul>
            <p class="hint">
                {maybe(move || {
                    choices.get().is_empty().then(|| words.nothing_found.to_owned())
                })}
            </p>
        </Dialog>
    }
}

/// All results, in the order of the lists.
fn all(ctx: ChatContext) -> Vec<Choice> {
    let words = words();
    let (mine, directs, others) = ctx.with(|chat| {
        let with = |room: &String| (room.clone(), chat.with(room).unwrap_or_default().to_owned());
        let directs: Vec<_> = chat.direct_rooms().iter().map(with).collect();
        (chat.joined_room_names(), directs, chat.other_rooms())
    });
    let people = ctx.with(|chat| chat.known_people());
    let choice = |name: String, kind, action| Choice { name, kind, action };
    let room = |room: String| {
        let action = Action::Go(ctx.path(&room));
        choice(room, words.room, action)
    };
    let mut choices: Vec<Choice> = mine.into_iter().map(room).collect();
    choices.extend(directs.into_iter().map(|(room, with)| {
        let action = Action::Go(ctx.path(&room));
        choice(with, words.in_private, action)
    }));
    choices.extend(people.into_iter().map(|name| {
        let action = Action::Go(ctx.path_to(&name));
        choice(name, words.in_private, action)
    }));
    choices.extend(others.into_iter().map(room));
    let theme = |name: &str, theme| {
        let name = [words.theme, ": ", name].concat();
        choice(name, "", Action::Theme(theme))
    };
    if ctx.public_room().is_some() {
        choices.push(choice(words.leave.to_owned(), "", Action::Leave));
    }
    if ctx.current.with(Option::is_some) {
        choices.push(choice(words.mark_read.to_owned(), "", Action::MarkRead));
        choices.push(choice(words.games.play.to_owned(), "", Action::Play));
    }
    choices.extend([
        theme(words.theme_system, None),
        theme(words.theme_light, Some(Theme::Light)),
        theme(words.theme_dark, Some(Theme::Dark)),
        choice(words.compact.to_owned(), "", Action::Compact),
        choice(words.keys.to_owned(), "", Action::Keys),
        choice(
            words.enter_as_someone_else.to_owned(),
            "",
            Action::Load("/u/new".to_owned()),
        ),
    ]);
    choices
}

impl Action {
    fn run(self, ctx: ChatContext) {
        match self {
            Self::Go(path) => ctx.go(&path),
            Self::Load(path) => drop(window().location().set_href(&path)),
            Self::Enter(name) => ctx.dispatch(|chat| chat.join_from_switcher(name)),
            Self::Leave => {
                if let Some(room) = ctx.public_room() {
                    ctx.dispatch(|chat| chat.leave(&room));
                }
            }
            Self::MarkRead => ctx.dispatch(ChatState::mark_read),
            Self::Play => ctx.overlay.set(Some(Overlay::Games)),
            Self::Theme(theme) => ctx.choices.theme.set(theme),
            Self::Compact => ctx.choices.is_compact.update(|it| *it = !*it),
            Self::Keys => ctx.overlay.set(Some(Overlay::Shortcuts)),
        }
    }
}
