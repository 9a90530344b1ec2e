//! Pages that say why there is nothing to see.

use leptos::prelude::*;

use crate::i18n::words;
use crate::initial_data::base;

/// Nothing is at this address.
#[component]
pub fn NotFound(account_slot: u8) -> impl IntoView {
    let words = words();
    view! { <ErrorPage account_slot title=words.not_found sentence=words.not_found_lead.to_owned() /> }
}

/// Another error.
#[component]
pub fn ServerError(account_slot: u8, sentence: String) -> impl IntoView {
    view! { <ErrorPage account_slot title=words().server_error sentence /> }
}

#[component]
fn ErrorPage(account_slot: u8, title: &'static str, sentence: String) -> impl IntoView {
    view! {
        <main class="error-page">
            <h1>{title}</h1>
            <p>{sentence}</p>
            <p>
                <a href=[&base(account_slot), "/"].concat()>{words().back_to_start}</a>
            </p>
        </main>
    }
}
