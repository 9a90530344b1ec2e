//! Which keys there are.

use leptos::prelude::*;

use crate::components::palette::Dialog;
use crate::i18n::words;
use crate::reactive::flag;
use crate::tab::{Overlay, use_tab};

/// A list before the page.
#[component]
pub fn KeyList() -> impl IntoView {
    let words = words();
    let combined_only = use_tab().choices.has_combined_keys_only;
    let keys = words.all_keys.iter().map(|(keys, what)| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> });
        view! {
            <div>
                <dt>{keys.collect_view()}</dt>
                <dd>{*what}</dd>
            </div>
        }
    });
    view! {
        <Dialog overlay=Overlay::Keys label=words.keys>
            <h2>{words.keys}</h2>
            <dl class="keys">{keys.collect_view()}</dl>
            <label class="choice">
                <input
                    type="checkbox"
                    prop:checked=flag(move || !combined_only.get())
                    on:change:target=move |event| combined_only.set(!event.target().checked())
                />
                {words.single_keys}
            </label>
            <form method="dialog">
                <button type="submit" autofocus>{words.close}</button>
            </form>
        </Dialog>
    }
}
