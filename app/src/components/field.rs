//! A labeled text field with a hint, and a sentence if its value was refused.

use leptos::prelude::*;

/// One field of a form. It keeps what was typed before.
#[component]
pub fn Field(
    /// Its name in the form, and the prefix of its ids.
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    problem: Option<String>,
    /// The longest valid value, in characters. The field accepts more: spaces at the ends, and
    /// characters that become fewer when they are normalized.
    longest: usize,
    #[prop(optional)] autocomplete: &'static str,
    /// The id of a `datalist` with suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// Does the page begin with the focus here?
    #[prop(optional)]
    first: bool,
) -> impl IntoView {
    let hint_id = [name, "-hint"].concat();
    let problem_id = [name, "-problem"].concat();
    let described_by = match problem {
        Some(_) => [&problem_id, " ", &hint_id].concat(),
        None => hint_id.clone(),
    };
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                value=value
                required
                maxlength=(4 * longest).to_string()
                autocomplete=if autocomplete.is_empty() { "off" } else { autocomplete }
                autocapitalize="off"
                spellcheck="false"
                autofocus=first
                list=list
                aria-describedby=described_by
                aria-invalid=problem.as_ref().map(|_| "true")
            />
            {problem
                .map(|sentence| {
                    view! {
                        <p class="problem" id=problem_id>
                            {sentence}
                        </p>
                    }
                })}
            <p class="hint" id=hint_id>
                {hint}
            </p>
        </div>
    }
}
