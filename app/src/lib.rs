pub mod clock;
pub mod connection {
    pub mod machine;
}
pub mod first_paint;
pub mod house;
pub mod links;
pub mod outbox;
pub mod timeline;
use leptos::prelude::*;
#[component]
pub fn App() -> impl IntoView {
    view! { <p>"hi"</p> }
}
