//! Notifications of the browser's own, beside the page. Only for the browser.

use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// Asks whether notifications are wanted, if that was never said. Call it when the reader has just
/// asked for one; at any other time browsers refuse without asking.
pub fn ask() {
    if permission() == Some(NotificationPermission::Default)
        && let Ok(asked) = Notification::request_permission()
    {
        leptos::task::spawn_local(async move {
            // Whatever the answer, the page shows the same by itself.
            let _ = JsFuture::from(asked).await;
        });
    }
}

/// Shows a sentence, if that is allowed and the page is not in view anyway.
pub fn show(sentence: &str) {
    let is_hidden = leptos::prelude::document().hidden();
    if is_hidden && permission() == Some(NotificationPermission::Granted) {
        // Phones take them only from service workers: then the page's own notice is all.
        let options = NotificationOptions::new();
        // Several tabs say the same: it is shown once.
        options.set_tag(sentence);
        let _ = Notification::new_with_options(sentence, &options);
    }
}

/// None where the browser has no notifications.
fn permission() -> Option<NotificationPermission> {
    let has = js_sys::Reflect::has(&leptos::prelude::window(), &"Notification".into());
    has.is_ok_and(|has| has).then(Notification::permission)
}
