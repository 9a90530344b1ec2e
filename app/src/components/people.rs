//! Who is in the room, oneself first. Choosing somebody else writes to them in private; the bell
//! beside them tells when they come in.

use client::To;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use crate::by_room::put_in_order;
use crate::components::avatar;
use crate::components::glyph::Glyph;
use crate::components::places::Lines;
use crate::i18n::words;
use crate::markup::Markup;
use crate::reactive::{flag, maybe, memo};
use crate::tab::{Tab, use_tab};
use crate::{notification, patch};

/// The people of what the reader looks at, and the way out of a public room.
#[component]
pub fn People() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let people = memo(move || {
        let place = tab.place.get();
        let me = tab.with(|chat| chat.nickname.clone());
        let mut people = match place {
            None => Vec::new(),
            Some(To::User(nickname)) => vec![me.clone(), nickname],
            Some(to) => tab.with(|chat| {
                let timeline = chat.timeline(&to);
                timeline.map_or_else(Vec::new, |timeline| timeline.members().to_vec())
            }),
        };
        put_in_order(&mut people);
        if let Some(place) = people.iter().position(|name| *name == me) {
            people[..=place].rotate_right(1);
        }
        people
    });
    let lines = memo(move || {
        let people = people.get();
        let lines = people.iter().map(|name| line(tab, name));
        lines.fold(Markup::default(), Markup::with).html()
    });
    let more = maybe(move || {
        let place = tab.place.get()?;
        let online = tab.with(|chat| chat.timeline(&place).map(|t| t.online()))?;
        let more = online.saturating_sub(people.with(Vec::len));
        (more > 0).then(|| (words.and_more_people)(more))
    });
    let leave = move |_| {
        if let Some(room) = tab.public_room() {
            tab.act(|chat| chat.leave(&room));
        }
    };
    view! {
        <h2 id="people-title">{words.people}</h2>
        <div class="people" on:click=move |event| press(tab, &event)>
            <Lines labelled_by="people-title" lines />
        </div>
        <p class="hint">{more}</p>
        <button
            type="button"
            class="leave"
            hidden=flag(move || tab.public_room().is_none())
            on:click=leave
        >
            {words.leave}
        </button>
    }
}

/// Somebody, with a bell; oneself without.
fn line(tab: Tab, name: &str) -> Markup {
    let words = words();
    let line = Markup::default()
        .tags("<li data-key=\"")
        .text(name)
        .tags("\"><a class=\"user\"");
    let is_me = tab.with(|chat| chat.nickname == name);
    let line = match is_me {
        true => line.tags(">"),
        false => line
            .tags(" href=\"")
            .text(&tab.path_to(name))
            .tags("\" title=\"")
            .text(&(words.write_to)(name))
            .tags("\">"),
    };
    let line = line
        .with(avatar::draw(name))
        .tags("<span class=\"name\">")
        .text(name)
        .tags("</span>");
    if is_me {
        let line = line.tags("<small>").text(words.you);
        return line.tags("</small></a></li>");
    }
    let bell = (words.bell)(name);
    line.tags("</a><button type=\"button\" class=\"quiet bell\" aria-label=\"")
        .text(&bell)
        .tags("\" title=\"")
        .text(&bell)
        .tags("\" aria-pressed=\"")
        .tags(match tab.with(|chat| chat.has_bell(name)) {
            true => "true",
            false => "false",
        })
        .tags("\"><svg class=\"glyph\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"")
        .tags(Glyph::Bell.path())
        .tags("\"/></svg></button></li>")
}

/// Turns the bell that was pressed.
fn press(tab: Tab, event: &Event) {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let bell = target.and_then(|target| target.closest(".bell").ok().flatten());
    let line = bell.and_then(|bell| bell.parent_element());
    if let Some(name) = line.and_then(|line| line.get_attribute(patch::KEY)) {
        tab.update(|chat| chat.turn_bell(&name));
        if tab.with_untracked(|chat| chat.has_bell(&name)) {
            notification::ask();
        }
    }
}
