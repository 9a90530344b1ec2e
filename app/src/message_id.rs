//! Fresh ids for what this browser sends.

use client::message_id::from_random;

use js_sys::Reflect;
use web_sys::Crypto;

/// A fresh id. Only for the browser.
///
/// `crypto.randomUUID` exists in secure contexts only (W3C Web Cryptography, 10.1.2): on https and
/// localhost. In a home network the page may be visited over plain http; `crypto.getRandomValues`
/// exists there, too.
pub fn fresh() -> String {
    let crypto = leptos::prelude::window().crypto();
    let has_uuids = |crypto: &Crypto| Reflect::has(crypto, &"randomUUID".into()) == Ok(true);
    if let Some(crypto) = crypto.as_ref().ok().filter(|crypto| has_uuids(crypto)) {
        return crypto.random_uuid();
    }
    let mut bytes = [0; 16];
    let filled = crypto.and_then(|it| it.get_random_values_with_u8_array(&mut bytes));
    if filled.is_err() {
        for byte in &mut bytes {
            // An id must be unique; it need not be secret.
            let random = (js_sys::Math::random() * 256.0) as u8;
            *byte = random;
        }
    }
    from_random(bytes)
}
