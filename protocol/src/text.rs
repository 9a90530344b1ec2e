//! What may be said.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::{Code, Refusal, limits, name::is_default_ignorable};

/// Checks a message's text, which is kept exactly as it was typed.
///
/// # Errors
/// [`Code::Blank`] if there is nothing to see, [`Code::TooLong`] beyond [`limits::TEXT_CHARS`].
pub fn check(text: &str) -> Result<(), Refusal> {
    // Bytes bound characters from above, so short texts are not counted.
    if text.len() > limits::TEXT_CHARS {
        let chars = text.chars().count();
        if chars > limits::TEXT_CHARS {
            return Err(Refusal::new(
                Code::TooLong,
                format!(
                    "That is {chars} characters; a message has at most {}. Shorten or split it.",
                    limits::TEXT_CHARS
                ),
            ));
        }
    }
    if text.chars().all(is_unseen) {
        return Err(Code::Blank.into());
    }
    Ok(())
}

/// White space, controls, format characters (zero-width ones among them), fillers, and the braille
/// cell without a dot.
fn is_unseen(c: char) -> bool {
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
    fn blank_is_whatever_shows_nothing() {
        for blank in ["", "  \n\t", "\u{200b}\u{feff}", "\0", "\u{3164}\u{2800}"] {
            assert_eq!(code(blank), Some(Code::Blank), "{blank:?}");
        }
        assert_eq!(code("\u{200b}x"), None);
    }

    #[test]
    fn the_limit_counts_characters_and_not_bytes() {
        assert_eq!(code(&"é".repeat(limits::TEXT_CHARS)), None);
        assert_eq!(
            code(&"é".repeat(limits::TEXT_CHARS + 1)),
            Some(Code::TooLong)
        );
    }
}
