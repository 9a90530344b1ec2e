//! A user's initial on a color that is always the same.

use leptos::prelude::*;

/// How many colors there are, in `style/avatar.css`.
const HUES: u32 = 10;

/// Hidden from screen readers: the name is beside it.
pub fn avatar(name: &str) -> impl IntoView + use<> {
    view! {
        <span class="avatar" data-hue=hue(name) aria-hidden="true">
            {initial(name)}
        </span>
    }
}

/// The number of a nickname's color. It is the same for every reader (FNV-1a,
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>).
pub fn hue(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    (hash % HUES).to_string()
}

/// The first letter or digit of a name. The style enlarges it.
pub fn initial(name: &str) -> String {
    let first = name.chars().find(|c| c.is_alphanumeric());
    first.map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_color_and_an_initial() {
        assert_eq!(hue("Toto"), hue("Toto"));
        assert_ne!(hue("Anna"), hue("Ben"));
        assert_eq!(initial("'čaj"), "č");
        assert_eq!(initial(""), "");
    }
}
