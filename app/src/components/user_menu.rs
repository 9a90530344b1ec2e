//! The user's name, with a menu: theme, density, shortcuts, sign out.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use crate::chat_context::{Overlay, use_chat_context};
use crate::components::avatar::avatar;
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::initial_data::{Theme, base};
use crate::reactive::{flag, text};

const MENU: &str = "your-menu";

/// Below the lists; the menu opens above it.
#[component]
pub fn UserMenu() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let name = text(move || ctx.with(|chat| chat.nickname.clone()));
    let forget = move |event: SubmitEvent| {
        if !ctx.forget() {
            event.prevent_default();
        }
    };
    view! {
        <div class="user-menu">
            <button type="button" class="subtle" popovertarget=MENU>
                {move || name.with(|name| avatar(name, ctx.with(|chat| chat.user)))}
                <span class="name">{name}</span>
                <span class="visually-hidden">{words.your_menu}</span>
                <Icon name=IconName::More />
            </button>
            <div id=MENU popover="auto" class="menu" role="group" aria-label=words.your_menu>
                <Themes />
                <label class="choice">
                    <input
                        type="checkbox"
                        prop:checked=flag(move || ctx.choices.is_compact.get())
                        on:change:target=move |event| {
                            ctx.choices.is_compact.set(event.target().checked());
                        }
                    />
                    {words.compact}
                </label>
                <button
                    type="button"
                    popovertarget=MENU
                    popovertargetaction="hide"
                    on:click=move |_| ctx.overlay.set(Some(Overlay::Shortcuts))
                >
                    {words.keys}
                </button>
                <a href="/u/new">{words.enter_as_someone_else}</a>
                // A plain form: it loads another page.
                <form
                    method="post"
                    action=[&base(ctx.account_slot()), "/sign-out"].concat()
                    on:submit=forget
                >
                    <button type="submit">{words.sign_out}</button>
                </form>
            </div>
        </div>
    }
}

#[component]
fn Themes() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let theme = ctx.choices.theme;
    let choices = [
        (None, words.theme_system),
        (Some(Theme::Light), words.theme_light),
        (Some(Theme::Dark), words.theme_dark),
    ];
    let choice = move |(value, label)| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="theme"
                    prop:checked=flag(move || theme.get() == value)
                    on:change=move |_| theme.set(value)
                />
                {label}
            </label>
        }
    };
    view! {
        <fieldset class="themes">
            <legend>{words.theme}</legend>
            {choices.map(choice).collect_view()}
        </fieldset>
    }
}
