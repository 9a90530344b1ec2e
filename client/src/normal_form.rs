//! The composed normal form of a text (UAX 15, NFC), in which names are stored. The browser
//! composes texts by itself; with the tables for it, the page would be a quarter larger.

use std::borrow::Cow;

/// The first character that composing may change or join to another.
const FIRST_COMBINING: char = '\u{300}';

/// The text in its composed normal form.
pub fn composed(text: &str) -> Cow<'_, str> {
    match text.chars().all(|c| c < FIRST_COMBINING) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(compose(text)),
    }
}

/// What two spellings of a name have in common for a reader who searches: neither case nor normal
/// form. Whether two names are the same is for the server to say.
pub fn search_key(name: &str) -> String {
    composed(name.trim()).to_lowercase()
}

#[cfg(not(target_arch = "wasm32"))]
fn compose(text: &str) -> String {
    unicode_normalization::UnicodeNormalization::nfc(text).collect()
}

#[cfg(target_arch = "wasm32")]
fn compose(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_normal_forms_have_one_composed_form_and_one_key() {
        for text in ["Ťuťa", "T\u{30c}ut\u{30c}a"] {
            assert_eq!(composed(text), "Ťuťa");
            assert_eq!(search_key(text), "ťuťa");
        }
        assert_eq!(search_key(" TEA"), "tea");
    }
}
