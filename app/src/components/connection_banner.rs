//! The state of the connection when it is lost, and what the user can do about it.

use client::machine::Status;
use leptos::either::EitherOf3;
use leptos::prelude::*;
use protocol::Close;

use crate::chat_context::use_chat_context;
use crate::i18n::words;
use crate::initial_data::base;

/// Above the conversation. The element is always there, so that screen readers notice its content.
#[component]
pub fn ConnectionBanner() -> impl IntoView {
    let ctx = use_chat_context();
    let words = words();
    let state = move || match ctx.status.get() {
        Status::Fresh | Status::Online => None,
        Status::Lost(_) if !ctx.has_network.get() => {
            Some(EitherOf3::A(view! { <span>{words.offline}</span> }))
        }
        Status::Lost(code) => {
            let restarts = code == Close::Restart.code();
            let sentence = if restarts {
                words.restarting
            } else {
                words.connection_lost
            };
            let lost = view! {
                <span>{sentence}</span>
                <button type="button" on:click=move |_| ctx.connect_now()>
                    {words.try_now}
                </button>
            };
            Some(EitherOf3::B(lost))
        }
        Status::Stopped(code) => {
            let home = [&base(ctx.account_slot()), "/"].concat();
            let signing_in_helps = code != Close::TooManySockets.code();
            let sign_in =
                signing_in_helps.then(|| view! { <a href=home>{words.sign_in_again}</a> });
            let ended = view! {
                <span>{(words.connection_ended)(code)}</span>
                {sign_in}
            };
            Some(EitherOf3::C(ended))
        }
    };
    view! {
        <div class="connection-banner" role="status">
            {state}
        </div>
    }
}
