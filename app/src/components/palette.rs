//! The command palette: where to go and what to do, by typing. A combobox with a list (WAI-ARIA
//! Authoring Practices, "Combobox"), in a dialog of the browser's own.

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::components::finder::stands_in;
use crate::components::glyph::{Glyph, Icon};
use crate::first_paint::Theme;
use crate::i18n::words;
use crate::reactive::{effect, maybe, memo, state, text};
use crate::state::ChatState;
use crate::tab::{Overlay, Tab, use_tab};

/// Results shown at once.
const SHOWN: usize = 12;

/// Something before the page, as long as it is the tab's overlay. Esc closes it.
#[component]
pub fn Dialog<C: IntoView + 'static>(
    overlay: Overlay,
    label: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView {
    let children = children.into_inner();
    let tab = use_tab();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            // Refused only if it is open, and then all is well.
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if tab.overlay.get_untracked() == Some(overlay) {
            tab.overlay.set(None);
        }
    };
    // A click beside it is a click on the dialog itself: its content covers the rest.
    let beside = move |event: leptos::ev::MouseEvent| {
        let dialog = dialog.get_untracked().map(wasm_bindgen::JsValue::from);
        if event.target().map(wasm_bindgen::JsValue::from) == dialog {
            tab.close_overlay();
        }
    };
    view! {
        <dialog node_ref=dialog aria-label=label on:close=close on:click=beside>
            <div class="dialog">{children()}</div>
        </dialog>
    }
}

/// Something to choose.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    name: String,
    /// What kind of thing it is.
    kind: &'static str,
    deed: Deed,
}

#[derive(Clone, Debug, PartialEq)]
enum Deed {
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

/// The palette itself.
#[component]
pub fn Palette() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let wanted = RwSignal::new(String::new());
    let chosen = RwSignal::new(0_usize);
    let choices = memo(move || {
        let wanted = wanted.get();
        let mut choices = all(tab);
        choices.retain(|choice| stands_in(&wanted, &choice.name));
        // What begins with it first; else in the order of the lists.
        let begins = wanted.trim().to_lowercase();
        let begins = |choice: &Choice| choice.name.to_lowercase().starts_with(&begins);
        let mut others = choices.clone();
        choices.retain(begins);
        others.retain(|choice| !begins(choice));
        choices.append(&mut others);
        choices.truncate(SHOWN);
        let name = wanted.trim();
        if !name.is_empty() && !tab.with(|chat| chat.has_room(name)) {
            choices.push(Choice {
                name: (words.make_room)(name),
                kind: "",
                deed: Deed::Enter(name.to_owned()),
            });
        }
        choices
    });
    let choose = move |nth: usize| {
        let choice = choices.with_untracked(|choices| choices.get(nth).cloned());
        if let Some(choice) = choice {
            tab.close_overlay();
            choice.deed.carry_out(tab);
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
        <Dialog overlay=Overlay::Palette label=words.palette>
            <div class="field-with-glyph">
                <Icon glyph=Glyph::Find />
                <input
                    role="combobox"
                    aria-label=words.palette
                    aria-expanded="true"
                    aria-controls="choices"
                    aria-autocomplete="list"
                    aria-activedescendant=text(move || id(chosen.get()))
                    placeholder=words.palette_hint
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
            <ul id="choices" role="listbox" aria-label=words.palette>
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

/// Everything there is to choose from, in the order of the lists.
fn all(tab: Tab) -> Vec<Choice> {
    let words = words();
    let (mine, directs, others) = tab.with(|chat| {
        let with = |room: &String| (room.clone(), chat.with(room).unwrap_or_default().to_owned());
        let directs: Vec<_> = chat.direct_rooms().iter().map(with).collect();
        (chat.my_rooms(), directs, chat.other_rooms())
    });
    let people = tab.with(|chat| chat.known_people());
    let choice = |name: String, kind, deed| Choice { name, kind, deed };
    let room = |room: String| {
        let deed = Deed::Go(tab.path(&room));
        choice(room, words.room, deed)
    };
    let mut choices: Vec<Choice> = mine.into_iter().map(room).collect();
    choices.extend(directs.into_iter().map(|(room, with)| {
        let deed = Deed::Go(tab.path(&room));
        choice(with, words.in_private, deed)
    }));
    choices.extend(people.into_iter().map(|name| {
        let deed = Deed::Go(tab.path_to(&name));
        choice(name, words.in_private, deed)
    }));
    choices.extend(others.into_iter().map(room));
    let theme = |name: &str, theme| {
        let name = [words.theme, ": ", name].concat();
        choice(name, "", Deed::Theme(theme))
    };
    if tab.public_room().is_some() {
        choices.push(choice(words.leave.to_owned(), "", Deed::Leave));
    }
    if tab.place.with(Option::is_some) {
        choices.push(choice(words.mark_read.to_owned(), "", Deed::MarkRead));
        choices.push(choice(words.games.play.to_owned(), "", Deed::Play));
    }
    choices.extend([
        theme(words.theme_system, None),
        theme(words.theme_light, Some(Theme::Light)),
        theme(words.theme_dark, Some(Theme::Dark)),
        choice(words.compact.to_owned(), "", Deed::Compact),
        choice(words.keys.to_owned(), "", Deed::Keys),
        choice(
            words.enter_as_someone_else.to_owned(),
            "",
            Deed::Load("/u/new".to_owned()),
        ),
    ]);
    choices
}

impl Deed {
    fn carry_out(self, tab: Tab) {
        match self {
            Self::Go(path) => tab.go(&path),
            Self::Load(path) => drop(window().location().set_href(&path)),
            Self::Enter(name) => tab.act(|chat| chat.enter_from_afar(name)),
            Self::Leave => {
                if let Some(room) = tab.public_room() {
                    tab.act(|chat| chat.leave(&room));
                }
            }
            Self::MarkRead => tab.act(ChatState::mark_read),
            Self::Play => tab.overlay.set(Some(Overlay::Play)),
            Self::Theme(theme) => tab.choices.theme.set(theme),
            Self::Compact => tab.choices.is_compact.update(|it| *it = !*it),
            Self::Keys => tab.overlay.set(Some(Overlay::Keys)),
        }
    }
}
