//! Signals and effects of few types. The compiler generates code for each type and each closure
//! that a view holds; here the closures are boxed, so that all signals of a type share their code.

mod list_steps;

use std::sync::{Arc, Mutex, PoisonError};

use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use leptos::tachys::view::keyed::keyed;
use leptos::task::{spawn_local, tick};

/// A text.
pub type Text = Signal<String>;
/// A text that may be absent.
pub type Maybe = Signal<Option<String>>;

/// A value that is computed again when a signal that it reads changes. Subscribers are notified if
/// it differs.
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

/// A text that may be absent. Without it, the element is `:empty`.
pub fn maybe(of: impl Fn() -> Option<String> + Send + Sync + 'static) -> Maybe {
    boxed_signal(Box::new(of))
}

/// The value of an attribute that may be absent.
pub fn attribute(
    of: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
) -> Signal<Option<&'static str>> {
    boxed_signal(Box::new(of))
}

/// The value of an attribute that is always `true` or `false`.
pub fn state(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<Option<&'static str>> {
    attribute(move || Some(if of() { "true" } else { "false" }))
}

/// A boolean that changes.
pub fn flag(of: impl Fn() -> bool + Send + Sync + 'static) -> Signal<bool> {
    boxed_signal(Box::new(of))
}

/// Runs now, and again when a signal that it reads changes. The closure keeps what it has to know
/// of the previous run. Only in the browser.
pub fn effect(act: impl FnMut() + 'static) {
    boxed_effect(Box::new(act));
}

/// How many rows share an owner.
const GENERATION: usize = 64;

/// The rows of a list that changes all day, each drawn once for its key. `<For>` does the same, but
/// the owner of its list keeps something of every row that ever existed. Here, the owner of a list
/// has one child for [`GENERATION`] rows.
pub fn rows<T, V>(
    each: impl Fn() -> Vec<T> + Send + 'static,
    key: fn(&T) -> String,
    draw: impl Fn(T) -> V + Clone + Send + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    V: IntoView + 'static,
{
    let list = Owner::current().expect("a list is drawn by a component");
    let generation = Arc::new(Mutex::new((list.child(), 0)));
    let drawn = move |_, row| {
        let owner = {
            let mut generation = generation.lock().unwrap_or_else(PoisonError::into_inner);
            if generation.1 == GENERATION {
                *generation = (list.child(), 0);
            }
            generation.1 += 1;
            generation.0.clone()
        };
        let own = owner.child();
        let view = own.with(|| draw(row).into_view());
        // The owner of a generation is dropped with the last of its rows.
        let view = OwnedView::new_with_owner(view, own);
        (drop::<usize>, OwnedView::new_with_owner(view, owner))
    };
    move || keyed(each(), key, drawn.clone())
}

/// The rows of a list whose order changes. The node of a key is never moved: see [`list_steps`].
pub fn list<V>(
    keys: Memo<Vec<String>>,
    draw: impl Fn(String) -> V + Clone + Send + 'static,
) -> impl IntoView
where
    V: IntoView + 'static,
{
    let shown = RwSignal::new(keys.get_untracked());
    effect(move || {
        keys.track();
        if draw_next(keys, shown) {
            spawn_local(async move {
                // All steps are done before the browser paints.
                while tick_and_draw_next(keys, shown).await {}
            });
        }
    });
    rows(move || shown.get(), String::clone, draw)
}

async fn tick_and_draw_next(keys: Memo<Vec<String>>, shown: RwSignal<Vec<String>>) -> bool {
    tick().await;
    draw_next(keys, shown)
}

/// Draws the next step. Returns whether there was one. A list that was removed is not drawn any
/// more.
fn draw_next(keys: Memo<Vec<String>>, shown: RwSignal<Vec<String>>) -> bool {
    let (Some(now), Some(wanted)) = (shown.try_get_untracked(), keys.try_get_untracked()) else {
        return false;
    };
    let is_next = now != wanted;
    if is_next {
        shown.set(list_steps::next_step(&now, &wanted));
    }
    is_next
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

fn boxed_effect(mut act: Box<dyn FnMut()>) {
    Effect::new(move |_| act());
}
