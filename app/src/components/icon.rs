//! Icons for buttons, 20 by 20, in the color of the text. They have no name of their own: the
//! button needs a label.

use leptos::prelude::*;

/// An icon.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum IconName {
    Bell,
    Close,
    Down,
    Find,
    Game,
    More,
    People,
    Rooms,
    Send,
    Up,
}

impl IconName {
    /// Its drawing, as the `d` of an SVG path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Bell => {
                "M10 3a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5-1.5 5h12s-1.5-1-1.5-5A4.5 4.5 0 0 0 10 3zM8.5 15.5a1.6 1.6 0 0 0 3 0"
            }
            Self::Close => "M5 5l10 10M15 5L5 15",
            Self::Down => "M10 4v12M5 11l5 5 5-5",
            Self::Find => "M8.5 14a5.5 5.5 0 1 1 0-11 5.5 5.5 0 0 1 0 11zM12.5 12.5L17 17",
            Self::Game => {
                "M5 3.5h10A1.5 1.5 0 0 1 16.5 5v10a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V5A1.5 1.5 0 0 1 5 3.5zM7.2 7.2h.01M12.8 7.2h.01M10 10h.01M7.2 12.8h.01M12.8 12.8h.01"
            }
            Self::More => "M5 10h.01M10 10h.01M15 10h.01",
            Self::People => {
                "M7.5 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.5 16.5c0-3 2-4.5 5-4.5s5 1.5 5 4.5M13 4a2.8 2.8 0 0 1 0 5.3M14.5 12.3c2 .5 3 2 3 4.2"
            }
            Self::Rooms => "M3 5.5h14M3 10h14M3 14.5h14",
            Self::Send => "M10 16V4M5 9l5-5 5 5",
            Self::Up => "M10 16V4M5 9l5-5 5 5",
        }
    }
}

/// Draws an icon.
#[component]
pub fn Icon(name: IconName) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
            <path d=name.path() />
        </svg>
    }
}
