//! Pages that say why there is nothing to see.

use leptos::prelude::*;

use crate::first_paint::base;
use crate::i18n::words;

/// Nothing is at this address.
#[component]
pub fn NotFound(seat: u8) -> impl IntoView {
    let words = words();
    view! { <Apology seat title=words.not_found sentence=words.not_found_lead.to_owned() /> }
}

/// Something else went wrong.
#[component]
pub fn Trouble(seat: u8, sentence: String) -> impl IntoView {
    view! { <Apology seat title=words().trouble sentence /> }
}

#[component]
fn Apology(seat: u8, title: &'static str, sentence: String) -> impl IntoView {
    view! {
        <main class="apology">
            <h1>{title}</h1>
            <p>{sentence}</p>
            <p>
                <a href=[&base(seat), "/"].concat()>{words().back_to_start}</a>
            </p>
        </main>
    }
}
