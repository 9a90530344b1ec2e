//! A user's initial on a colour that is always theirs.

use crate::html_builder::HtmlBuilder;

/// How many colours there are, in `style/avatar.css`.
const HUES: u32 = 10;

/// For the eye only: the name stands beside it.
pub fn draw(name: &str) -> HtmlBuilder {
    HtmlBuilder::default()
        .tags("<span class=\"avatar\" data-hue=\"")
        .text(&hue(name))
        .tags("\" aria-hidden=\"true\">")
        .text(&initial(name))
        .tags("</span>")
}

/// The number of a nickname's colour: the same for everybody (FNV-1a,
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>).
pub fn hue(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash % HUES).to_string()
}

/// The first letter or digit, which the style makes large.
pub fn initial(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphanumeric());
    first.map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_colour_and_an_initial() {
        assert_eq!(hue("Toto"), hue("Toto"));
        assert_ne!(hue("Anna"), hue("Ben"));
        assert_eq!(initial("'čaj"), "č");
        assert_eq!(initial(""), "");
    }
}
