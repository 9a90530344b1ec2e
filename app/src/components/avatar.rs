//! The initial of a user on a color that is the user's own: whoever takes the nickname later has
//! another one.

use leptos::prelude::*;
use protocol::UserId;

/// How many colors there are, in `style/avatar.css`.
const HUES: i64 = 10;

/// Hidden from screen readers: the name is beside it.
pub fn avatar(name: &str, user: UserId) -> impl IntoView + use<> {
    view! {
        <span class="avatar" data-hue=hue(user) aria-hidden="true">
            {initial(name)}
        </span>
    }
}

/// The number of a user's color. It is the same for every reader, and users who came one after the
/// other have different ones.
pub fn hue(user: UserId) -> String {
    user.0.rem_euclid(HUES).to_string()
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
    fn a_user_has_one_color_and_an_initial() {
        assert_eq!(hue(UserId(7)), hue(UserId(7)));
        assert_ne!(hue(UserId(7)), hue(UserId(8)));
        assert_eq!(initial("'čaj"), "č");
        assert_eq!(initial(""), "");
    }
}
