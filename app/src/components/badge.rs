//! How much is unread: a number for the eye, a phrase for the ear.

use leptos::prelude::*;

use crate::i18n::words;
use crate::reactive::maybe;

/// Beyond this a number says no more than "many".
const MANY: u64 = 99;

/// Empty, and then not seen, when there is nothing unread.
#[component]
pub fn Badge(
    count: Signal<u64>,
    /// Some of it is for the reader above all.
    is_addressed: Signal<bool>,
) -> impl IntoView {
    let words = words();
    let number = maybe(move || match count.get() {
        0 => None,
        count if count > MANY => Some([&MANY.to_string(), "+"].concat()),
        count => Some(count.to_string()),
    });
    let phrase = maybe(move || match (count.get(), is_addressed.get()) {
        (0, _) => None,
        (count, true) => Some((words.unread_for_you)(count)),
        (count, false) => Some((words.unread)(count)),
    });
    view! {
        <span class="unread" class:addressed=is_addressed aria-hidden="true">
            {number}
        </span>
        <span class="unseen">{phrase}</span>
    }
}
