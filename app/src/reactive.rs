//! Signals of few types. Of each type and each closure that a view holds, the browser is sent code
//! of its own; here the closures are boxed, so that all signals of a type share theirs.

use leptos::prelude::*;

/// A text.
pub type Text = Signal<String>;
/// A text that is not always there.
pub type Maybe = Signal<Option<String>>;

/// A value that is worked out anew when something that it reads changes, and told when it is
/// another one.
pub fn memo<T>(of: impl Fn() -> T + Send + Sync + 'static) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    boxed_memo(Box::new(of))
}

/// A text that changes.
pub fn text(of: impl Fn() -> String + Send + Sync + 'static) -> Text {
    boxed_signal(Box::new(of))
}

/// A text that is not always there; without it an element is `:empty`.
pub fn maybe(of: impl Fn() -> Option<String> + Send + Sync + 'static) -> Maybe {
    boxed_signal(Box::new(of))
}

/// The value of an attribute that is not always there.
pub fn attribute(
    of: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    boxed_signal(Box::new(of))
}

/// The value of an attribute that is there and says `true` or `false`.
pub fn state(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Option<&'static str>> {
    attribute(move || Some(if of() { "true" } else { "false" }))
}

/// Something that is so or not.
pub fn flag(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    boxed_signal(Box::new(of))
}

/// Does something now, and again when something that it reads changes. Only in the browser.
pub fn effect(act: impl Fn() + 'static) {
    boxed_effect(Box::new(act));
}

fn boxed_memo<T>(of: Box<dyn Fn() -> T + Send + Sync>) -> Memo<T>
where
    T: PartialEq + Send + Sync + 'static,
{
    Memo::new(move |_| of())
}

fn boxed_signal<T: Send + Sync + 'static>(of: Box<dyn Fn() -> T + Send + Sync>) -> Signal<T> {
    Signal::derive(of)
}

fn boxed_effect(act: Box<dyn Fn()>) {
    Effect::new(move |_| act());
}
