//! Which names users and rooms may have, and when two names are the same.
//!
//! A name is trimmed and normalized to NFKC (UAX 15), so a name in NFC and in NFD is one name. It
//! may then contain letters, marks, decimal digits, single inner spaces and `-_.'`, with at least
//! one letter or digit. That is all that is asked of a name that is looked up. A *new* name has to
//! keep further [rules](new_name) against names that deceive, which may become stricter: a name
//! that is stored stays valid.
//!
//! Two names are the same if their [`fold_key`]s are equal: `Toto` and `toto`. They look alike if
//! they have one of their [`skeletons`] in common: `Toto` and `T0TO`.

mod keys;
mod new_name;
mod reserved;

use std::fmt;

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use self::keys::nfkc;
pub use self::keys::{fold_key, is_same, skeleton_key, skeletons};
use crate::{Code, Refusal, limits};

/// A valid nickname: 1 to [`limits::NICKNAME_CHARS`] characters, in NFKC.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Nickname(String);

/// A valid name of a public room: 1 to [`limits::ROOM_CHARS`] characters, in NFKC.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct RoomName(String);

impl Nickname {
    /// Reads a nickname that somebody may have. For one that nobody has yet, see
    /// [`Nickname::parse_new`].
    ///
    /// # Errors
    /// [`Code::BadNickname`] with a sentence that says which rule is broken.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        parse(typed, limits::NICKNAME_CHARS)
            .map(Self)
            .map_err(bad_nickname)
    }

    /// Reads a nickname for a user who has none yet, as the operator may give it to a bot.
    ///
    /// # Errors
    /// [`Code::BadNickname`] with a sentence that says which rule is broken.
    pub fn parse_new(typed: &str) -> Result<Self, Refusal> {
        let name = Self::parse(typed)?;
        new_name::check(&name.0).map_err(bad_nickname)?;
        Ok(name)
    }

    /// Reads a nickname that a user or a program chooses. It must not look like a part of the
    /// server: like one of the reserved words, or one of `hosts`, the server's own names.
    ///
    /// # Errors
    /// [`Code::BadNickname`] with a sentence that says which rule is broken.
    pub fn parse_chosen<'a>(
        typed: &str,
        hosts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Refusal> {
        let name = Self::parse_new(typed)?;
        match reserved::is_reserved(&name.0, hosts) {
            true => Err(bad_nickname(Problem::Reserved(name.0))),
            false => Ok(name),
        }
    }

    /// The nickname as it is displayed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RoomName {
    /// Reads the name of a room that may exist. Before a room is created, see
    /// [`RoomName::check_new`].
    ///
    /// # Errors
    /// [`Code::BadRoomName`] with a sentence that says which rule is broken.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        parse(typed, limits::ROOM_CHARS)
            .map(Self)
            .map_err(bad_room_name)
    }

    /// Checks that a room with this name may be created. A room's name may be a phrase, so each of
    /// its words may be written in a script of its own.
    ///
    /// # Errors
    /// [`Code::BadRoomName`] with a sentence that says which rule is broken.
    pub fn check_new(&self) -> Result<(), Refusal> {
        let mut words = self.0.split(new_name::is_separator);
        words.try_for_each(new_name::check).map_err(bad_room_name)
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

fn bad_nickname(problem: Problem) -> Refusal {
    Refusal::new(Code::BadNickname, problem.sentence("A nickname"))
}

fn bad_room_name(problem: Problem) -> Refusal {
    Refusal::new(Code::BadRoomName, problem.sentence("A room name"))
}

/// The rule that a name breaks.
#[derive(Debug, Eq, PartialEq)]
enum Problem {
    Empty,
    TooLong(usize),
    Spaces,
    Invisible,
    Character(char),
    NoLetter,
    LooseMark,
    StackedMarks,
    UncommonLetter(char),
    MixedScripts,
    Reserved(String),
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
            Self::LooseMark => format!("{what} can have an accent or mark only after a letter."),
            Self::StackedMarks => {
                format!("{what} can have at most two accents or marks on a letter.")
            }
            Self::UncommonLetter(c) => {
                format!("{what} can't contain the uncommon letter “{c}”. Use another.")
            }
            Self::MixedScripts => {
                format!("{what} can't mix letters that look alike, such as Latin and Cyrillic.")
            }
            Self::Reserved(name) => {
                format!("“{name}” looks like a part of this server. Choose another nickname.")
            }
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
}
