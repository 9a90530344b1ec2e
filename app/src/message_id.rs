//! The ids under which this browser sends: random UUIDs (RFC 9562, version 4).

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
    uuid(bytes)
}

fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (place, byte) in bytes.into_iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            uuid.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_that_the_protocol_accepts() {
        let id = uuid([0xff; 16]);
        assert_eq!(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert!(protocol::MessageId::parse(&id).is_ok());
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
