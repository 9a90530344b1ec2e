//! Addresses, mentions, emoji.

/// The most emoji that are still drawn large.
const LARGE: usize = 8;

/// May a link lead there? Anything else, above all `javascript:`, would act in the reader's page.
pub fn is_address(to: &str) -> bool {
    let Some((scheme, rest)) = to.split_once(':') else {
        return false;
    };
    let is = |known: &str| scheme.eq_ignore_ascii_case(known);
    // Without a host it would lead elsewhere on this very server.
    is("mailto") || ((is("http") || is("https")) && rest.starts_with("//"))
}

/// Is somebody mentioned by `@` and their nickname, in whatever case?
pub fn mentions(text: &str, nickname: &str) -> bool {
    let mut signs = text.match_indices('@');
    signs.any(|(at, _)| mention(text, at, nickname).is_some())
}

/// How long the `@nickname` at a place is, if it stands there and is neither part of a longer word
/// nor of an address.
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

/// Nothing but emoji, and few enough to be drawn large?
pub fn is_emoji_only(text: &str) -> bool {
    let mut seen = 0;
    let mut joined = false;
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        match c {
            '\u{200d}' => joined = true,
            // How the one before is drawn, its skin, a flag's letters, the frame of a key.
            '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}' => {}
            _ if !is_pictogram(c) => return false,
            _ if std::mem::take(&mut joined) => {}
            _ => seen += 1,
        }
    }
    (1..=LARGE).contains(&seen)
}

/// Does a character stand in one of Unicode's blocks of pictures and signs? Which of them are emoji
/// (UTS 51) would take a table; a few signs more are drawn large for that.
fn is_pictogram(c: char) -> bool {
    matches!(c, '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}'
        | '\u{1f000}'..='\u{1faff}')
}
