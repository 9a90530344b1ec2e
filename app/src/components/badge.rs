//! How much is unread: a number for the eye, a phrase for the ear.

use leptos::prelude::*;

use crate::i18n::words;

/// Shows nothing when there is nothing unread.
#[component]
pub fn Badge(#[prop(into)] count: Signal<u64>) -> impl IntoView {
    move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <span class="unread" aria-hidden="true">
                    {count.to_string()}
                </span>
                <span class="unseen">{(words().unread)(count)}</span>
            }
        })
    }
}
