//! The sign-in form. It is plain HTML: it works before any script has run, and without scripts.

use leptos::prelude::*;
use protocol::limits::{NICKNAME_CHARS, ROOM_CHARS};

use crate::components::field::Field;
use crate::i18n::words;
use crate::initial_data::{SignIn, base};

/// The form, with what was typed and why it was refused.
#[component]
pub fn SignInPage(form: SignIn) -> impl IntoView {
    let words = words();
    let rooms = form.rooms.into_iter();
    let elsewhere = form.known.then(|| {
        view! {
            <p>
                <a href="/u/new">{words.enter_as_someone_else}</a>
            </p>
        }
    });
    let suggestions = rooms.map(|line| view! { <option value=line.room></option> });
    view! {
        <main class="sign-in">
            <header>
                <h1>{words.product}</h1>
                <p>{words.sign_in_lead}</p>
            </header>
            <form method="post" action=[&base(form.account_slot), "/"].concat()>
                <Field
                    name="nickname"
                    label=words.nickname
                    hint=words.nickname_hint
                    value=form.nickname
                    problem=form.nickname_problem
                    longest=NICKNAME_CHARS
                    autocomplete="nickname"
                    first=true
                />
                <Field
                    name="room"
                    label=words.room
                    hint=words.room_hint
                    value=form.room
                    problem=form.room_problem
                    longest=ROOM_CHARS
                    list="rooms"
                />
                <datalist id="rooms">
                    {suggestions.collect_view()}
                </datalist>
                <button type="submit" class="primary">
                    {words.enter}
                </button>
            </form>
            {elsewhere}
        </main>
    }
}
