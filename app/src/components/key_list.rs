//! Which keys there are.

use leptos::prelude::*;

use crate::components::palette::Dialog;
use crate::i18n::words;
use crate::tab::Overlay;

/// A list before the page.
#[component]
pub fn KeyList() -> impl IntoView {
    let words = words();
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
            <form method="dialog">
                <button type="submit">{words.close}</button>
            </form>
        </Dialog>
    }
}
