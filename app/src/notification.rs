//! Notifications of the browser, outside of the page. Only for the browser.

use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

/// Asks for permission to show notifications, if it was never decided. Call it right after the user
/// asked for a notification; at any other time, browsers refuse without asking.
pub fn ask() {
    if permission() == Some(NotificationPermission::Default)
        && let Ok(asked) = Notification::request_permission()
    {
        leptos::task::spawn_local(async move {
            // Whatever the answer, the page itself shows the same.
            let _ = JsFuture::from(asked).await;
        });
    }
}

/// Shows a sentence, if that is allowed and the page is not visible anyway.
pub fn show(sentence: &str) {
    let is_hidden = leptos::prelude::document().hidden();
    if is_hidden && permission() == Some(NotificationPermission::Granted) {
        // Phones accept notifications from service workers only. There, the page's toast is all.
        let options = NotificationOptions::new();
        // Several tabs show the same notification; the tag makes them one.
        options.set_tag(sentence);
        let _ = Notification::new_with_options(sentence, &options);
    }
}

/// None if the browser has no notifications.
fn permission() -> Option<NotificationPermission> {
    let has = js_sys::Reflect::has(&leptos::prelude::window(), &"Notification".into());
    has.is_ok_and(|has| has).then(Notification::permission)
}
