//! The page's icon in the browser's tab: a speech bubble, with a dot while there are unread
//! messages. The icon is a data URL, which saves a request.

use leptos::prelude::document;

/// The icon without the dot.
pub const PLAIN: &str = "data:image/svg+xml,\
    %3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E\
    %3Cpath fill='%230b6b5c' d='M6 3h20a5 5 0 0 1 5 5v11a5 5 0 0 1-5 5H15l-8 6v-6H6a5 5 0 0 1-5-5V8a5 5 0 0 1 5-5z'/%3E\
    %3C/svg%3E";

/// The end of the drawing.
const END: &str = "%3C/svg%3E";
/// The dot, which is inserted before the end.
const DOT: &str =
    "%3Ccircle cx='24.5' cy='7.5' r='7' fill='%23d9480f' stroke='white' stroke-width='1.5'/%3E";

/// The id of the icon's link.
pub const ID: &str = "icon";

/// Shows or hides the dot. Only for the browser.
pub fn show(unread: bool) {
    if let Some(link) = document().get_element_by_id(ID) {
        let open = PLAIN.strip_suffix(END).unwrap_or(PLAIN);
        // Does not fail for a valid attribute name.
        let _ = match unread {
            true => link.set_attribute("href", &[open, DOT, END].concat()),
            false => link.set_attribute("href", PLAIN),
        };
    }
}
