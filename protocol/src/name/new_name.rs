//! Rules for new names, against names that deceive or disturb.
//!
//! - The letters are those that UTS 39 allows in identifiers (section 3.1), or of a script that is
//!   in limited use today.
//! - The scripts keep the restriction level *Moderately Restrictive* (section 5.2): one script, or
//!   Latin with one other that cannot be confused with it. So Latin is never mixed with Cyrillic or
//!   Greek, while Chinese, Japanese and Korean names may contain Latin letters.
//! - A mark follows a letter or digit, and no more than two are stacked on it.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::{
    GeneralSecurityProfile, MixedScript, RestrictionLevel, RestrictionLevelDetection,
    general_security_profile::IdentifierType,
};

use super::Problem;

/// The most marks on one letter. Vietnamese and Thai need two.
const STACKED_MARKS: usize = 2;

/// Whether the character separates the words of a name.
pub fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '_' | '.' | '\'')
}

/// Checks a name that [`super::parse`] accepts.
pub fn check(name: &str) -> Result<(), Problem> {
    if name.is_ascii() {
        return Ok(());
    }
    check_marks(name)?;
    check_letters(name)
}

fn check_marks(name: &str) -> Result<(), Problem> {
    let mut has_base = false;
    let mut stacked = 0;
    for c in name.chars() {
        if c.general_category_group() == GeneralCategoryGroup::Mark {
            if !has_base {
                return Err(Problem::LooseMark);
            }
            stacked += usize::from(is_stacked(c));
            if is_stacked(c) && stacked > STACKED_MARKS {
                return Err(Problem::StackedMarks);
            }
        } else {
            has_base = !is_separator(c);
            // A letter that exists as one character may have more marks, but then no further ones.
            stacked = std::iter::once(c)
                .nfd()
                .filter(|it| is_stacked(*it))
                .count();
        }
    }
    Ok(())
}

/// Whether the mark is drawn above or below its letter, and not beside it.
fn is_stacked(c: char) -> bool {
    matches!(
        c.general_category(),
        GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark
    )
}

fn check_letters(name: &str) -> Result<(), Problem> {
    let letters: String = name.chars().filter(|c| !is_separator(*c)).collect();
    if let Some(c) = letters.chars().find(|c| !is_common(*c)) {
        return Err(Problem::UncommonLetter(c));
    }
    let is_restricted = letters.is_single_script()
        || letters.check_restriction_level(RestrictionLevel::ModeratelyRestrictive);
    match is_restricted {
        true => Ok(()),
        false => Err(Problem::MixedScripts),
    }
}

fn is_common(c: char) -> bool {
    c.identifier_allowed() || c.identifier_type() == Some(IdentifierType::Limited_Use)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Code, Nickname, RoomName};

    #[test]
    fn names_of_living_languages_are_accepted() {
        for name in [
            "Toto",
            "Łukasz",
            "Anna-Lena O'Neil",
            "Nguyễn Thị Ngọc",
            "Анна",
            "Ελένη",
            "ᾧ",
            "李雷",
            "りんごリン",
            "りんごOne",
            "김철수 Kim",
            "ㄅㄆ李",
            "محمد علي",
            "Muhammad علي",
            "שלום",
            "श्री ज़ीनत",
            "ที่รัก",
            "မျိုး",
            "ទិត្យ",
            "ᏣᎳᎩ",
            "ᐃᓄᒃᑎᑐᑦ",
            "ⵜⵉⴼⵉⵏⴰⵖ",
            "Kaʻiulani",
            "ọ̀ṣun",
            "7",
        ] {
            let parsed = Nickname::parse_new(name);
            assert!(parsed.is_ok(), "{name}: {parsed:?}");
        }
    }

    #[test]
    fn names_that_mix_scripts_that_look_alike_are_refused() {
        for name in [
            "T\u{43e}t\u{43e}",
            "Анна Smith",
            "\u{3b1}nna",
            "Ελένη Анна",
            "Toto 李 Анна",
            "ᎪᏁna",
            "علي ทิ",
        ] {
            assert_eq!(check(name), Err(Problem::MixedScripts), "{name}");
        }
        assert_eq!(check("ᴀdmin"), Err(Problem::UncommonLetter('ᴀ')));
        assert_eq!(check("𐤀𐤁"), Err(Problem::UncommonLetter('𐤀')));
    }

    #[test]
    fn marks_follow_a_letter_and_are_at_most_two() {
        for name in ["\u{301}Anna", "Anna \u{301}", "a-\u{302}b"] {
            assert_eq!(check(name), Err(Problem::LooseMark), "{name}");
        }
        for name in ["Z\u{335}\u{322}\u{31b}algo", "ế\u{302}", "ก็็็"] {
            assert_eq!(check(name), Err(Problem::StackedMarks), "{name}");
        }
    }

    #[test]
    fn each_word_of_a_room_name_may_have_its_own_script() {
        let check = |name: &str| RoomName::parse(name).and_then(|name| name.check_new());
        for name in ["Linux чат", "tea-чай", "Кухня"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        let code = |name: &str| check(name).map_err(|refusal| refusal.code);
        assert_eq!(code("te\u{430}"), Err(Code::BadRoomName));
        assert_eq!(code("tea \u{301}"), Err(Code::BadRoomName));
    }
}
