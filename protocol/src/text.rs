//! Which texts a message may have.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::{Code, Refusal, limits, name::is_default_ignorable};

/// Checks a message's text against the limit of this version. The text is stored exactly as it was
/// typed.
///
/// # Errors
/// Those of [`check_up_to`], with [`limits::TEXT_CHARS`].
pub fn check(text: &str) -> Result<(), Refusal> {
    check_up_to(text, limits::TEXT_CHARS)
}

/// Checks a message's text against a limit in characters. A client passes the limit that `welcome`
/// announced.
///
/// # Errors
/// [`Code::Blank`] if nothing is visible, [`Code::TooLong`] beyond `limit` characters,
/// [`Code::BadField`] for U+0000.
pub fn check_up_to(text: &str, limit: usize) -> Result<(), Refusal> {
    // A text has at most as many characters as bytes, so the characters of a short one need no
    // counting.
    if text.len() > limit {
        let chars = text.chars().count();
        if chars > limit {
            return Err(Refusal::new(
                Code::TooLong,
                format!(
                    "That message has {chars} characters; the limit is {limit}. Shorten or split it.",
                ),
            ));
        }
    }
    if text.contains('\0') {
        return Err(nul());
    }
    if text.chars().all(is_invisible) {
        return Err(Code::Blank.into());
    }
    Ok(())
}

/// The refusal of U+0000: PostgreSQL cannot store it in a text (section 8.3 of its manual), and no
/// terminal or browser shows it.
pub fn nul() -> Refusal {
    let sentence = "The character U+0000 can't be stored. Remove it.";
    Refusal::new(Code::BadField, sentence)
}

/// Whether a string in this JSON contains U+0000. It is escaped as `\u0000`; `\\u0000` is a
/// backslash and five characters.
pub fn has_escaped_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes()[..at].iter().rev();
        before.take_while(|byte| **byte == b'\\').count() % 2 == 0
    })
}

/// White space, control characters, format characters (such as zero-width ones), fillers, and the
/// braille pattern without dots.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || c == '\u{2800}'
        || is_default_ignorable(c)
        || (!c.is_ascii() && c.general_category() == GeneralCategory::Format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<Code> {
        check(text).err().map(|refusal| refusal.code)
    }

    #[test]
    fn a_text_without_visible_characters_is_blank() {
        for blank in [
            "",
            "  \n\t",
            "\u{200b}\u{feff}",
            "\u{1}",
            "\u{3164}\u{2800}",
        ] {
            assert_eq!(code(blank), Some(Code::Blank), "{blank:?}");
        }
        assert_eq!(code("\u{200b}x"), None);
    }

    #[test]
    fn u_0000_is_refused_and_an_escaped_backslash_is_not_mistaken_for_it() {
        assert_eq!(code("a\0b"), Some(Code::BadField));
        assert_eq!(code("\0"), Some(Code::BadField), "not reported as blank");
        assert_eq!(code("a\u{1}b"), None);
        for (json, has_nul) in [
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"a":"x\\\u0000"}"#, true),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":"\u00001 \u0001"}"#, true),
            (r#"{"a":"u0000"}"#, false),
        ] {
            assert_eq!(has_escaped_nul(json), has_nul, "{json}");
        }
    }

    #[test]
    fn the_limit_is_in_characters_not_in_bytes() {
        assert_eq!(code(&"é".repeat(limits::TEXT_CHARS)), None);
        assert_eq!(
            code(&"é".repeat(limits::TEXT_CHARS + 1)),
            Some(Code::TooLong)
        );
    }
}
