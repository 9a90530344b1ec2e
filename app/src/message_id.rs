//! Fresh ids for what this browser sends.

use client::message_id::from_random;

/// A fresh id. Only for the browser.
///
/// Not `crypto.randomUUID()`: it exists on https and localhost only, and a server in a home network
/// may be visited over plain http. `getRandomValues` exists everywhere.
pub fn fresh() -> String {
    let mut bytes = [0; 16];
    let filled = leptos::prelude::window()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        for byte in &mut bytes {
            // An id has to be unique, not secret.
            let random = (js_sys::Math::random() * 256.0) as u8;
            *byte = random;
        }
    }
    from_random(bytes)
}
