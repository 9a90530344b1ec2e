//! A modal dialog of the browser's own.

use leptos::html;
use leptos::prelude::*;

use crate::chat_context::{Overlay, use_chat_context};
use crate::reactive::effect;

/// A dialog that is open as long as it is the context's overlay. Esc closes it.
#[component]
pub fn Dialog<C: IntoView + 'static>(
    overlay: Overlay,
    label: &'static str,
    children: TypedChildren<C>,
) -> impl IntoView {
    let children = children.into_inner();
    let ctx = use_chat_context();
    let dialog = NodeRef::<html::Dialog>::new();
    effect(move || {
        if let Some(dialog) = dialog.get() {
            // Fails only if it is open already.
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if ctx.overlay.get_untracked() == Some(overlay) {
            ctx.overlay.set(None);
        }
    };
    // A click beside the dialog has the dialog as its target: the content covers the rest.
    let beside = move |event: leptos::ev::MouseEvent| {
        let dialog = dialog.get_untracked().map(wasm_bindgen::JsValue::from);
        if event.target().map(wasm_bindgen::JsValue::from) == dialog {
            ctx.close_overlay();
        }
    };
    view! {
        <dialog node_ref=dialog aria-label=label on:close=close on:click=beside>
            <div class="dialog">{children()}</div>
        </dialog>
    }
}
