//! How the connection is, when it is not well, and what the server said that belongs to no message.

use leptos::either::Either;
use leptos::prelude::*;
use protocol::Close;

use crate::connection::machine::Status;
use crate::first_paint::base;
use crate::i18n::words;
use crate::tab::use_tab;

/// Stands above the conversation. Its frame is always there, so that screen readers notice what
/// comes into it.
#[component]
pub fn Banner() -> impl IntoView {
    let tab = use_tab();
    let words = words();
    let state = move || match tab.status.get() {
        Status::Fresh | Status::Online => None,
        Status::Lost => Some(Either::Left(words.connection_lost)),
        Status::Stopped(code) => {
            let home = [&base(tab.seat()), "/"].concat();
            let signing_in_helps = code != Close::TooManySockets.code();
            let sign_in = signing_in_helps.then(|| {
                view! {
                    <a href=home rel="external">
                        {words.sign_in_again}
                    </a>
                }
            });
            let ended = view! {
                {(words.connection_ended)(code)}
                " "
                {sign_in}
            };
            Some(Either::Right(ended))
        }
    };
    let notices = move || tab.house.with(|house| house.notices().to_vec());
    view! {
        <div class="banner" role="status">
            {state}
        </div>
        <div class="notices" role="alert">
            <For each=notices key=|notice| notice.nth let:notice>
                <p>
                    <span>{notice.sentence}</span>
                    <button
                        type="button"
                        on:click=move |_| tab.house.update(|house| house.dismiss(notice.nth))
                    >
                        {words.dismiss}
                    </button>
                </p>
            </For>
        </div>
    }
}
