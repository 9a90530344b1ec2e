//! Which names users and rooms may have, and when two names are the same.
//!
//! A name is trimmed and normalized to NFKC (UAX 15). It may then contain letters, marks, decimal
//! digits, single inner spaces and `-_.'`, with at least one letter or digit. Two names are the
//! same if one of their two keys is equal: [`fold_key`] makes `Toto` and `toto` the same, and
//! [`skeleton_key`] makes `Toto` and `Toto` with a Cyrillic о the same.

use std::{borrow::Cow, fmt};

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::{Code, Refusal, limits};

/// A valid nickname: 1 to [`limits::NICKNAME_CHARS`] characters, in NFKC.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Nickname(String);

/// A valid name of a public room: 1 to [`limits::ROOM_CHARS`] characters, in NFKC.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RoomName(String);

impl Nickname {
    /// # Errors
    /// [`Code::BadNickname`] with a sentence that says which rule is broken.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        parse(typed, limits::NICKNAME_CHARS)
            .map(Self)
            .map_err(|problem| Refusal::new(Code::BadNickname, problem.sentence("A nickname")))
    }

    /// The nickname as it is displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoomName {
    /// # Errors
    /// [`Code::BadRoomName`] with a sentence that says which rule is broken.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        parse(typed, limits::ROOM_CHARS)
            .map(Self)
            .map_err(|problem| Refusal::new(Code::BadRoomName, problem.sentence("A room name")))
    }

    /// The name as it is displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the room of announcements.
    pub fn is_announcements(&self) -> bool {
        is_same(&self.0, limits::ANNOUNCEMENTS)
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Eq, PartialEq)]
enum Problem {
    Empty,
    TooLong(usize),
    Spaces,
    Invisible,
    Character(char),
    NoLetter,
}

impl Problem {
    fn sentence(&self, what: &str) -> String {
        match self {
            Self::Empty => format!("{what} needs at least one letter or digit."),
            Self::TooLong(limit) => format!("Use {limit} characters or fewer."),
            Self::Spaces => format!("{what} can't have two spaces in a row."),
            Self::Invisible => format!("{what} can't contain invisible characters."),
            Self::Character(c) => {
                format!("{what} can contain letters, digits, spaces, and - _ . ' but not “{c}”.")
            }
            Self::NoLetter => format!("{what} needs at least one letter or digit."),
        }
    }
}

fn parse(typed: &str, limit: usize) -> Result<String, Problem> {
    let typed = typed.trim();
    // NFKC does not shorten a text below a third of its length (U+0344 and similar), so a text that
    // is far too long need not be normalized.
    if typed.chars().count() > 4 * limit {
        return Err(Problem::TooLong(limit));
    }
    let name = nfkc(typed);
    let name = name.trim();
    if name.is_empty() {
        return Err(Problem::Empty);
    }
    if name.chars().count() > limit {
        return Err(Problem::TooLong(limit));
    }
    if name.contains("  ") {
        return Err(Problem::Spaces);
    }
    let mut has_letter = false;
    for c in name.chars() {
        // Most names consist of these characters, which need no lookup in tables.
        if c.is_ascii_alphanumeric() {
            has_letter = true;
            continue;
        }
        if is_default_ignorable(c) {
            return Err(Problem::Invisible);
        }
        match c.general_category_group() {
            GeneralCategoryGroup::Letter => has_letter = true,
            GeneralCategoryGroup::Mark => {}
            GeneralCategoryGroup::Number if is_decimal(c) => has_letter = true,
            _ if matches!(c, ' ' | '-' | '_' | '.' | '\'') => {}
            _ if c.general_category() == unicode_properties::GeneralCategory::Format
                || c.is_control() =>
            {
                return Err(Problem::Invisible);
            }
            _ => return Err(Problem::Character(c)),
        }
    }
    if !has_letter {
        return Err(Problem::NoLetter);
    }
    Ok(name.to_owned())
}

/// ASCII is its own NFKC form (UAX 15, section 1.1).
fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

fn is_decimal(c: char) -> bool {
    c.general_category() == unicode_properties::GeneralCategory::DecimalNumber
}

/// Whether the character is a letter or a mark and yet invisible: the letters and marks among the
/// `Default_Ignorable_Code_Point`s (DerivedCoreProperties.txt).
pub(crate) fn is_default_ignorable(c: char) -> bool {
    matches!(c,
        '\u{034f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180d}'
        | '\u{180f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Whether two names differ at most in case and width.
pub fn is_same(name: &str, other: &str) -> bool {
    fold_key(name) == fold_key(other)
}

/// The name's `NFKC_Casefold` (Unicode Standard, section 3.13.3, D146). Names contain no default
/// ignorable code points, so none are removed. Folding and normalizing are repeated until neither
/// changes anything.
pub fn fold_key(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let mut key: String = name.nfkc().collect();
    loop {
        let next: String = caseless::default_case_fold_str(&key).nfkc().collect();
        if next == key {
            return key;
        }
        key = next;
    }
}

/// The case-folded skeleton of the name's NFKC form (UTS 39, section 4). It is equal for names that
/// look alike, also across scripts.
pub fn skeleton_key(name: &str) -> String {
    let skeleton: String = unicode_security::confusable_detection::skeleton(&nfkc(name)).collect();
    caseless::default_case_fold_str(&skeleton)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_scripts_are_accepted() {
        for name in [
            "Toto",
            "Ťuťa",
            "señor.Ñ",
            "小明",
            "O'Neil",
            "Ana María",
            "नमस्ते",
            "7",
        ] {
            assert_eq!(Nickname::parse(name).map(|n| n.0), Ok(name.to_owned()));
        }
    }

    #[test]
    fn a_name_is_trimmed_and_normalized_before_it_is_checked() {
        let parsed = |typed| Nickname::parse(typed).map(|n| n.0);
        assert_eq!(parsed("  Toto\n"), Ok("Toto".to_owned()));
        assert_eq!(parsed("Ｔｏｔｏ"), Ok("Toto".to_owned()));
        assert_eq!(parsed("ﬁ"), Ok("fi".to_owned()));
        assert_eq!(parsed("a\u{a0}b"), Ok("a b".to_owned()));
    }

    #[test]
    fn each_broken_rule_is_reported() {
        let problem = |typed: &str| parse(typed, limits::NICKNAME_CHARS);
        assert_eq!(problem(" "), Err(Problem::Empty));
        assert_eq!(problem("a  b"), Err(Problem::Spaces));
        assert_eq!(problem("<b>"), Err(Problem::Character('<')));
        assert_eq!(problem("@toto"), Err(Problem::Character('@')));
        assert_eq!(problem("a\u{200b}b"), Err(Problem::Invisible));
        assert_eq!(problem("a\u{202e}b"), Err(Problem::Invisible));
        assert_eq!(problem("\u{3164}"), Err(Problem::Invisible));
        assert_eq!(problem("-_.'"), Err(Problem::NoLetter));
        assert_eq!(problem(&"x".repeat(33)), Err(Problem::TooLong(32)));
        assert_eq!(problem(&"x".repeat(32)), Ok("x".repeat(32)));
        assert_eq!(problem(&"ﷺ".repeat(3)), Err(Problem::TooLong(32)));
    }

    #[test]
    fn a_room_name_may_have_64_characters() {
        assert!(RoomName::parse(&"é".repeat(64)).is_ok());
        assert!(RoomName::parse(&"é".repeat(65)).is_err());
    }

    #[test]
    fn names_that_differ_in_case_width_or_script_have_the_same_key() {
        assert_eq!(fold_key("Toto"), fold_key("tOTO"));
        assert_eq!(fold_key("Straße"), fold_key("STRASSE"));
        assert_eq!(fold_key("Ǆ"), fold_key("dž"));
        assert_ne!(fold_key("Toto"), fold_key("T\u{43e}t\u{43e}"));
        assert_eq!(skeleton_key("Toto"), skeleton_key("T\u{43e}t\u{43e}"));
        assert_eq!(skeleton_key("T0TO"), skeleton_key("toto"));
        assert_ne!(skeleton_key("Toto"), skeleton_key("Tata"));
    }
}
