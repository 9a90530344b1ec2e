//! The list of keyboard shortcuts.

use leptos::prelude::*;

use crate::chat_context::{Overlay, use_chat_context};
use crate::components::dialog::Dialog;
use crate::i18n::words;
use crate::reactive::flag;

/// A dialog with the list.
#[component]
pub fn ShortcutList() -> impl IntoView {
    let words = words();
    let combined_only = use_chat_context().choices.has_combined_keys_only;
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
        <Dialog overlay=Overlay::Shortcuts label=words.keys>
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
