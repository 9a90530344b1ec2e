//! The keys by which names are compared.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// ASCII is its own NFKC form (UAX 15, section 1.1).
pub fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Whether two names differ at most in case, width and normalization.
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
/// look alike as they are written, also across scripts.
pub fn skeleton_key(name: &str) -> String {
    caseless::default_case_fold_str(&skeleton(&nfkc(name)))
}

/// The skeletons (UTS 39, section 4) of the name as it is written, in lower case and in upper case.
/// Two names that have one in common look alike in one of these forms: `ADMlN`, with an L, looks
/// like `admin` in upper case.
///
/// They depend on the version of Unicode.
pub fn skeletons(name: &str) -> [String; 3] {
    let name = nfkc(name);
    [
        skeleton(&name),
        skeleton(&fold_key(&name)),
        skeleton(&name.to_uppercase()),
    ]
}

/// A skeleton that is equal for names that look alike if each letter may be written in either case:
/// `AdMlN`, with an L, has the same as `admin`. So have `Elia` and `Ella`.
pub fn caseless_skeleton(name: &str) -> String {
    let upper = skeleton(&skeleton(&nfkc(name)).to_uppercase());
    skeleton(&fold_key(&upper))
}

fn skeleton(text: &str) -> String {
    unicode_security::confusable_detection::skeleton(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_width_or_normalization_are_the_same() {
        assert_eq!(fold_key("Toto"), fold_key("tOTO"));
        assert_eq!(fold_key("Toto"), fold_key("Ｔｏｔｏ"));
        assert_eq!(fold_key("Straße"), fold_key("STRASSE"));
        assert_eq!(fold_key("Ǆ"), fold_key("dž"));
        assert_eq!(fold_key("Ťuťa"), fold_key("T\u{30c}ut\u{30c}a"));
        assert_eq!(fold_key("\u{1112}\u{1161}\u{11ab}"), fold_key("한"));
        assert_ne!(fold_key("Toto"), fold_key("T\u{43e}t\u{43e}"));
    }

    fn look_alike(name: &str, other: &str) -> bool {
        let others = skeletons(other);
        skeletons(name).iter().any(|one| others.contains(one))
    }

    #[test]
    fn names_look_alike_in_any_case_and_across_scripts() {
        for (name, other) in [
            ("admin", "ADMlN"),
            ("ADMIN", "ADMlN"),
            ("Admin", "ADM1N"),
            ("admin", "adm\u{131}n"),
            ("modern", "rnodern"),
            ("Toto", "T\u{43e}t\u{43e}"),
            ("toto", "T0TO"),
            ("Toto", "ТОТО"),
            ("Ian", "lan"),
            ("Straße", "STR\u{391}SSE"),
        ] {
            assert!(look_alike(name, other), "{name} and {other}");
            assert!(look_alike(other, name), "{other} and {name}");
        }
        for (name, other) in [
            ("Toto", "Tata"),
            ("Elia", "Ella"),
            ("Mia", "Mla"),
            ("Ана", "Ahab"),
        ] {
            assert!(!look_alike(name, other), "{name} and {other}");
        }
    }

    #[test]
    fn a_caseless_skeleton_is_equal_for_names_that_look_alike_in_any_mixture_of_cases() {
        let word = caseless_skeleton("admin");
        for name in ["AdMlN", "aDm1n", "ADMIN", "AdmlN", "adM\u{131}n", "aDrnlN"] {
            assert_eq!(caseless_skeleton(name), word, "{name}");
        }
        assert_ne!(caseless_skeleton("Adam"), word);
    }

    #[test]
    fn a_skeleton_key_is_equal_for_names_that_look_alike_as_written() {
        assert_eq!(skeleton_key("Toto"), skeleton_key("T\u{43e}t\u{43e}"));
        assert_eq!(skeleton_key("T0TO"), skeleton_key("toto"));
        assert_ne!(skeleton_key("Toto"), skeleton_key("Tata"));
    }
}
