//! The browser's entry point: everything that is drawn is in `app`.
#![cfg(target_arch = "wasm32")]

/// Called by the page's start-up script once the module is loaded.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
