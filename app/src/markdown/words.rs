//! Addresses, mentions, emoji.

use std::borrow::Cow;

use client::normal_form::composed;

/// The most emoji that are still drawn large.
const LARGE: usize = 8;

/// May a link lead there? Anything else, above all `javascript:`, would act in the user's page.
pub fn is_address(to: &str) -> bool {
    let Some((scheme, rest)) = to.split_once(':') else {
        return false;
    };
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    // Without a host, the address would be one on this server.
    is("mailto") || ((is("http") || is("https")) && rest.starts_with("//"))
}

/// Does a text contain `@` and this nickname, ignoring case and normal form?
pub fn mentions(text: &str, nickname: &str) -> bool {
    let text = &*comparable(text);
    let mut signs = text.match_indices('@');
    signs.any(|(at, _)| mention(text, at, nickname).is_some())
}

/// The text in the normal form of nicknames, if it may contain one. It is drawn as before.
pub fn comparable(text: &str) -> Cow<'_, str> {
    match text.contains('@') {
        true => composed(text),
        false => Cow::Borrowed(text),
    }
}

/// The length of the `@nickname` at an index, unless it is a part of a longer word or of an
/// address.
pub fn mention(text: &str, at: usize, nickname: &str) -> Option<usize> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let name = text[at..].strip_prefix('@')?;
    let mut here = name.char_indices();
    let same = nickname.chars().all(|wanted| {
        let found = here.next().map(|(_, c)| c);
        found.is_some_and(|found| found.to_lowercase().eq(wanted.to_lowercase()))
    });
    let length = here.next().map_or(name.len(), |(place, _)| place);
    let begins = !text[..at].chars().next_back().is_some_and(is_word);
    let ends = !name[length..].chars().next().is_some_and(is_word);
    (same && begins && ends && !nickname.is_empty()).then_some(1 + length)
}

/// Is a text nothing but emoji, and few enough to be drawn large?
pub fn is_emoji_only(text: &str) -> bool {
    let mut seen = 0;
    let mut joined = false;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '\u{200d}' => joined = true,
            // Modifiers of the character before: presentation, skin tone, letters of a flag,
            // keycap.
            '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' => {}
            _ if !is_pictogram(c) => return false,
            _ if std::mem::take(&mut joined) => {}
            _ => seen += 1,
        }
    }
    (1..=LARGE).contains(&seen)
}

/// Is a character in one of Unicode's blocks of pictures and signs? Exact emoji (UTS 51) would take
/// a table; so a few more signs are drawn large.
fn is_pictogram(c: char) -> bool {
    matches!(c, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}
