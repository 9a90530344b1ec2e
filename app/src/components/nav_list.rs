//! A list of links to conversations or games.

use leptos::either::EitherOf3;
use leptos::prelude::*;
use protocol::UserId;

use crate::chat_context::{ChatContext, use_chat_context};
use crate::components::avatar::avatar;
use crate::components::icon::{Icon, IconName};
use crate::i18n::words;
use crate::reactive::{Maybe, flag, list, memo};

/// Beyond this number, a badge shows only that there are more.
const MAX_SHOWN: u64 = 99;

/// What is drawn before the name of an entry.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NavMark {
    #[default]
    Room,
    Game,
    /// The avatar of the user whose name the entry has.
    User,
}

/// An entry of the list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NavItem {
    pub path: String,
    pub mark: NavMark,
    pub name: String,
    /// The user whose avatar is drawn.
    pub user: UserId,
    /// Shown after the name, in a smaller font.
    pub detail: String,
    pub is_open: bool,
    pub unread: u64,
    /// Some of the unread messages address the user.
    pub has_mention: bool,
    /// How many users are online there, if that is known.
    pub online: Option<usize>,
}

/// Looks up the entry that a key stands for.
pub type Lookup = fn(ChatContext, &str) -> NavItem;

/// A list under its title. The section is hidden while it has neither entries nor a hint.
#[component]
pub fn NavList(
    id: &'static str,
    title: &'static str,
    /// The keys of the entries, in order.
    keys: Memo<Vec<String>>,
    item: Lookup,
    /// The hint that replaces an empty list.
    hint: Maybe,
) -> impl IntoView {
    let is_empty = flag(move || keys.with(Vec::is_empty) && hint.with(Option::is_none));
    view! {
        <section class="nav-list" hidden=is_empty>
            <h2 id=id>{title}</h2>
            <ul role="list" aria-labelledby=id>
                {list(keys, move |key| entry(key, item))}
            </ul>
            <p class="hint">{hint}</p>
        </section>
    }
}

fn entry(key: String, item: Lookup) -> impl IntoView {
    let ctx = use_chat_context();
    let item = memo(move || item(ctx, &key));
    view! { <li>{move || item.get().link()}</li> }
}

impl NavItem {
    fn link(self) -> impl IntoView {
        let words = words();
        let mark = match self.mark {
            NavMark::Room => EitherOf3::A(view! {
                <span class="mark" aria-hidden="true">
                    "#"
                </span>
            }),
            NavMark::Game => EitherOf3::B(view! {
                <span class="mark" aria-hidden="true">
                    <Icon name=IconName::Game />
                </span>
            }),
            NavMark::User => EitherOf3::C(avatar(&self.name, self.user)),
        };
        let detail = (!self.detail.is_empty()).then(|| [" ", &self.detail].concat());
        let has_unread = self.unread > 0;
        let badge = has_unread.then(|| match self.unread > MAX_SHOWN {
            true => [&MAX_SHOWN.to_string(), "+"].concat(),
            false => self.unread.to_string(),
        });
        let unread = has_unread.then(|| match self.has_mention {
            true => (words.unread_for_you)(self.unread),
            false => (words.unread)(self.unread),
        });
        let count = self.online.map(|online| online.to_string());
        let online = self.online.map(words.people_here);
        let title = self.name.clone();
        view! {
            <a
                href=self.path
                class:has-unread=has_unread
                aria-current=self.is_open.then_some("page")
            >
                {mark}
                <span class="name" title=title>
                    {self.name}
                    <small>{detail}</small>
                </span>
                <span class="unread" class:mention=self.has_mention aria-hidden="true">
                    {badge}
                </span>
                <span class="visually-hidden">{unread}</span>
                <span class="count" aria-hidden="true">
                    {count}
                </span>
                <span class="visually-hidden">{online}</span>
            </a>
        }
    }
}
