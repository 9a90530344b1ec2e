//! The preferences of this device. They are stored in cookies, so that the server draws the first
//! HTML accordingly.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

use crate::datetime;
use crate::initial_data::{Preferences, Theme};
use crate::reactive::effect;

/// The cookies are valid for a year.
const COOKIE_ATTRIBUTES: &str = "; Path=/; Max-Age=31536000; SameSite=Lax";

/// The preferences as signals. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct PreferenceSignals {
    pub theme: RwSignal<Option<Theme>>,
    pub is_compact: RwSignal<bool>,
    pub has_combined_keys_only: RwSignal<bool>,
}

impl PreferenceSignals {
    pub fn new(preferences: Preferences) -> Self {
        let choices = Self {
            theme: RwSignal::new(preferences.theme),
            is_compact: RwSignal::new(preferences.is_compact),
            has_combined_keys_only: RwSignal::new(preferences.has_combined_keys_only),
        };
        choices.store_changes();
        choices
    }

    /// Applies a change at once, and stores it.
    fn store_changes(self) {
        let mut is_chosen = false;
        effect(move || {
            let theme = theme_name(self.theme.get());
            let density = density_name(self.is_compact.get());
            let keys = self.has_combined_keys_only.get().then_some("combined");
            if std::mem::replace(&mut is_chosen, true) {
                show("data-theme", theme);
                show("data-density", density);
                set_cookie("theme", theme);
                set_cookie("density", density);
                set_cookie("keys", keys);
            }
        });
    }
}

/// The value of `data-theme`; none follows the system.
pub fn theme_name(theme: Option<Theme>) -> Option<&'static str> {
    theme.map(|theme| match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    })
}

/// The value of `data-density`.
pub fn density_name(is_compact: bool) -> Option<&'static str> {
    is_compact.then_some("compact")
}

/// Stores how many minutes the browser's clock is ahead of UTC, for the server's next page. Only
/// for the browser.
pub fn store_zone() {
    let ahead = datetime::minutes_ahead(datetime::now()).to_string();
    set_cookie("tz", Some(&ahead));
}

/// Can the user type without a keyboard on the screen? Only for the browser.
pub fn has_keyboard() -> bool {
    let fine = window().match_media("(hover: hover) and (pointer: fine)");
    fine.ok().flatten().is_some_and(|query| query.matches())
}

/// Keeps the page as high as its visible part. Where an on-screen keyboard covers the page instead
/// of shrinking it, it would otherwise hide the composer. Only for the browser.
pub fn follow_keyboard() {
    let Some(seen) = window().visual_viewport() else {
        return;
    };
    let fit = {
        let seen = seen.clone();
        move || {
            if let Some(page) = page() {
                // While the page is magnified, its visible part says nothing about the keyboard.
                let height = match seen.scale() > 1.01 {
                    true => String::new(),
                    // Whole pixels: code that formats fractions would be larger than all of this.
                    false => [&(seen.height() as i32).to_string(), "px"].concat(),
                };
                let _ = page.style().set_property("--seen", &height);
            }
        }
    };
    let listener = wasm_bindgen::closure::Closure::<dyn FnMut()>::new(fit);
    seen.set_onresize(Some(listener.as_ref().unchecked_ref()));
    // It is used until the page is closed.
    listener.forget();
}

/// Shows the number of unread messages on the app icon, if the page is installed as an app. Only
/// for the browser.
pub fn badge(unread: u64) {
    let navigator = JsValue::from(window().navigator());
    let (name, count) = match unread {
        0 => ("clearAppBadge", JsValue::UNDEFINED),
        _ => ("setAppBadge", JsValue::from_f64(unread as f64)),
    };
    // Not every browser has it (W3C Badging API).
    let set = js_sys::Reflect::get(&navigator, &JsValue::from_str(name));
    if let Some(set) = set
        .ok()
        .and_then(|set| set.dyn_into::<js_sys::Function>().ok())
        && let Ok(promise) = set.call1(&navigator, &count)
        && let Ok(promise) = promise.dyn_into::<js_sys::Promise>()
    {
        leptos::task::spawn_local(async move {
            // If it is not allowed, there is no badge.
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        });
    }
}

fn show(attribute: &str, value: Option<&str>) {
    if let Some(page) = page() {
        let _ = match value {
            Some(value) => page.set_attribute(attribute, value),
            None => page.remove_attribute(attribute),
        };
    }
}

fn set_cookie(name: &str, value: Option<&str>) {
    let cookie = match value {
        Some(value) => [name, "=", value, COOKIE_ATTRIBUTES].concat(),
        None => [name, "=; Path=/; Max-Age=0"].concat(),
    };
    if let Ok(document) = document().dyn_into::<web_sys::HtmlDocument>() {
        // Where cookies are disabled, the next page follows the system.
        let _ = document.set_cookie(&cookie);
    }
}

fn page() -> Option<web_sys::HtmlElement> {
    document().document_element()?.dyn_into().ok()
}
