//! A list of places to go to. Its lines are text once they are drawn: as views of their own they would
//! be much of the bundle.

use leptos::html;
use leptos::prelude::*;

use crate::components::avatar;
use crate::components::icon::IconName;
use crate::html_builder::HtmlBuilder;
use crate::i18n::words;
use crate::patch::Drawn;
use crate::reactive::{Maybe, effect, flag};

/// A list under its title; not there while there is nothing to be seen or said.
#[component]
pub fn NavList(
    id: &'static str,
    title: &'static str,
    /// Made of [`Line`]s.
    lines: Memo<String>,
    /// What is said in place of the list.
    hint: Maybe,
) -> impl IntoView {
    let is_empty = flag(move || lines.with(String::is_empty) && hint.with(Option::is_none));
    view! {
        <section class="nav-list" hidden=is_empty>
            <h2 id=id>{title}</h2>
            <Lines labelled_by=id lines />
            <p class="hint">{hint}</p>
        </section>
    }
}

/// The list by itself.
#[component]
pub fn Lines(labelled_by: &'static str, lines: Memo<String>) -> impl IntoView {
    let list = NodeRef::<html::Ul>::new();
    let drawn = Drawn::new(lines);
    effect(move || {
        if let Some(list) = list.get() {
            drawn.show(&list);
        }
    });
    view! {
        <ul role="list" aria-labelledby=labelled_by node_ref=list inner_html=drawn.first()></ul>
    }
}

/// What stands before a place's name.
pub enum Mark<'a> {
    Room,
    Game,
    /// Somebody's initial.
    User(&'a str),
}

/// One line, which leads somewhere.
pub struct Line<'a> {
    /// What tells it from the others.
    pub key: &'a str,
    pub path: &'a str,
    pub mark: Mark<'a>,
    pub name: &'a str,
    /// Behind the name, and less than it.
    pub aside: &'a str,
    pub is_open: bool,
    pub unread: u64,
    /// Some of it is for the reader above all.
    pub has_mention: bool,
    /// How many people are there, where that is known.
    pub online: Option<usize>,
}

/// Beyond this a number says no more than "many".
const MANY: u64 = 99;

impl Line<'_> {
    /// The line as it is drawn.
    pub fn draw(&self) -> HtmlBuilder {
        let words = words();
        let line = HtmlBuilder::default()
            .tags("<li data-key=\"")
            .text(self.key)
            .tags("\"><a href=\"")
            .text(self.path)
            .tags_if(self.unread > 0, "\" class=\"has-unread")
            .tags_if(self.is_open, "\" aria-current=\"page")
            .tags("\">");
        let line = match self.mark {
            Mark::Room => line.tags("<span class=\"mark\" aria-hidden=\"true\">#</span>"),
            Mark::Game => line
                .tags("<span class=\"mark\" aria-hidden=\"true\"><svg class=\"icon\" viewBox=\"0 0 20 20\"><path d=\"")
                .tags(IconName::Game.path())
                .tags("\"/></svg></span>"),
            Mark::User(name) => line.with(avatar::draw(name)),
        };
        let mut line = line
            .tags("<span class=\"name\" title=\"")
            .text(self.name)
            .tags("\">")
            .text(self.name);
        if !self.aside.is_empty() {
            line = line.tags(" <small>").text(self.aside).tags("</small>");
        }
        line = line.tags("</span>");
        if self.unread > 0 {
            let (number, more) = match self.unread > MANY {
                true => (MANY, "+"),
                false => (self.unread, ""),
            };
            let phrase = match self.has_mention {
                true => words.unread_for_you,
                false => words.unread,
            };
            line = line
                .tags("<span class=\"unread")
                .tags_if(self.has_mention, " mention")
                .tags("\" aria-hidden=\"true\">")
                .text(&number.to_string())
                .tags(more)
                .tags("</span>")
                .with(unseen(&phrase(self.unread)));
        }
        if let Some(online) = self.online {
            line = line
                .tags("<span class=\"count\" aria-hidden=\"true\">")
                .text(&online.to_string())
                .tags("</span>")
                .with(unseen(&(words.people_here)(online)));
        }
        line.tags("</a></li>")
    }
}

/// For the ear alone.
fn unseen(phrase: &str) -> HtmlBuilder {
    HtmlBuilder::default()
        .tags("<span class=\"visually-hidden\">")
        .text(phrase)
        .tags("</span>")
}
