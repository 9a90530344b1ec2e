//! What the reader looks at: the log of a place with the composer under it, or the start page.

use leptos::either::Either;
use leptos::html::Div;
use leptos::prelude::*;

use crate::components::composer::Composer;
use crate::components::log::Log;
use crate::i18n::words;
use crate::outbox::To;

/// One place; another place is another `Conversation`.
#[component]
pub fn Conversation(to: Option<To>) -> impl IntoView {
    let Some(to) = to else {
        return Either::Left(view! { <p class="start-lead">{words().start_lead}</p> });
    };
    let scroller = NodeRef::<Div>::new();
    // The log is drawn from its end, so its end is at 0.
    let to_the_end = move || {
        if let Some(scroller) = scroller.get_untracked() {
            scroller.set_scroll_top(0);
        }
    };
    Either::Right(view! {
        <Log to=to.clone() scroller />
        <Composer to said=to_the_end />
    })
}
