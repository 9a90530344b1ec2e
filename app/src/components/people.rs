//! Who is in the room, the user first. Choosing somebody else writes to them in private; the bell
//! beside them tells when they come in.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::avatar;
use crate::components::icon::IconName;
use crate::components::nav_list::Lines;
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::outbox::To;
use crate::reactive::{flag, maybe, memo};
use crate::sorted_map::put_in_order;
use crate::{notification, patch};

/// The people of what the reader looks at, and the way out of a public room.
#[component]
pub fn People() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let people = memo(move || {
        let place = ctx.current.get();
        let me = ctx.with(|chat| chat.nickname.clone());
        let mut people = match place {
            None => Vec::new(),
            Some(To::User(nickname)) => vec![me.clone(), nickname],
            Some(to) => ctx.with(|chat| {
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
        let lines = people.iter().map(|name| line(ctx, name));
        lines.fold(HtmlBuilder::default(), HtmlBuilder::with).html()
    });
    let more = maybe(move || {
        let place = ctx.current.get()?;
        let online = ctx.with(|chat| chat.timeline(&place).map(|t| t.online()))?;
        let more = online.saturating_sub(people.with(Vec::len));
        (more > 0).then(|| (words.and_more_people)(more))
    });
    let leave = move |_| {
        if let Some(room) = ctx.public_room() {
            ctx.dispatch(|chat| chat.leave(&room));
        }
    };
    view! {
        <h2 id="people-title">{words.people}</h2>
        <div class="people" on:click=move |event| press(ctx, &event)>
            <Lines labelled_by="people-title" lines />
        </div>
        <p class="hint">{more}</p>
        <button
            type="button"
            class="leave"
            hidden=flag(move || ctx.public_room().is_none())
            on:click=leave
        >
            {words.leave}
        </button>
    }
}

/// Somebody, with a bell; the user without.
fn line(ctx: ChatContext, name: &str) -> HtmlBuilder {
    let words = words();
    let line = HtmlBuilder::default()
        .tags("<li data-key=\"")
        .text(name)
        .tags("\"><a class=\"user\"");
    let is_me = ctx.with(|chat| chat.nickname == name);
    let line = match is_me {
        true => line.tags(">"),
        false => line
            .tags(" href=\"")
            .text(&ctx.path_to(name))
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
    line.tags("</a><button type=\"button\" class=\"subtle bell\" aria-label=\"")
        .text(&bell)
        .tags("\" title=\"")
        .text(&bell)
        .tags("\" aria-pressed=\"")
        .tags(match ctx.with(|chat| chat.has_bell(name)) {
            true => "true",
            false => "false",
        })
        .tags("\"><svg class=\"icon\" viewBox=\"0 0 20 20\" aria-hidden=\"true\"><path d=\"")
        .tags(IconName::Bell.path())
        .tags("\"/></svg></button></li>")
}

/// Turns the bell that was pressed.
fn press(ctx: ChatContext, event: &Event) {
    let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
    let bell = target.and_then(|target| target.closest(".bell").ok().flatten());
    let line = bell.and_then(|bell| bell.parent_element());
    if let Some(name) = line.and_then(|line| line.get_attribute(patch::KEY)) {
        ctx.update(|chat| chat.toggle_bell(&name));
        if ctx.with_untracked(|chat| chat.has_bell(&name)) {
            notification::ask();
        }
    }
}
