//! The scrolling of a message list: more is drawn at either end, and what is read stays in place.

use std::time::Duration;

use client::To;
use leptos::ev::KeyboardEvent;
use leptos::html::{Div, Ol};
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use protocol::{LogPosition, Seq};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDivElement, HtmlElement};

use crate::chat_context::ChatContext;
use crate::focus;
use crate::reactive::{effect, memo};
use crate::state::{ChatState, Output};
use crate::timeline::{ScrollAnchor, TimelineItem};

/// Within this distance of the end, in CSS pixels, the list counts as read to its end.
const AT_END: i32 = 60;
/// Within this distance of an edge of what is drawn, more is drawn there.
const NEAR: i32 = 800;

/// How long nothing may be removed from a list before its scroll bar is corrected.
const QUIET: Duration = Duration::from_secs(3);

/// The scrolling of one message list. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct Scroll {
    /// The unread messages begin above the viewport.
    pub unread_above: RwSignal<bool>,
    /// The end is not in the viewport.
    pub is_away: RwSignal<bool>,
    ctx: ChatContext,
    room: StoredValue<Option<String>>,
    scroller: NodeRef<Div>,
    list: NodeRef<Ol>,
    /// The height of messages that were removed above. The list keeps it as padding, so that
    /// nothing moves until the user scrolls.
    vacated: StoredValue<i32>,
    /// The edges are checked in the next animation frame.
    is_due: StoredValue<bool>,
}

impl Scroll {
    pub fn new(ctx: ChatContext, to: To, scroller: NodeRef<Div>, list: NodeRef<Ol>) -> Self {
        let room = match to {
            To::Room(room) => Some(room),
            To::User(_) => None,
        };
        Self {
            unread_above: RwSignal::new(false),
            is_away: RwSignal::new(false),
            ctx,
            room: StoredValue::new(room),
            scroller,
            list,
            vacated: StoredValue::new(0),
            is_due: StoredValue::new(false),
        }
    }

    /// Restores the scroll position, scrolls to targets, and checks the edges whenever something
    /// new is drawn.
    pub fn follow(self, lines: Memo<Vec<TimelineItem>>) {
        effect(move || {
            if self.scroller.get().is_some() {
                let place = self.timeline(|timeline| timeline.anchor()).flatten();
                if let Some(place) = place {
                    request_animation_frame(move || self.put(place));
                }
                self.check_soon();
            }
        });
        effect(move || {
            lines.track();
            self.ctx.scroll_to_target.track();
            self.check_soon();
        });
        let mut is_drawn = false;
        effect(move || {
            self.ctx.scroll_to_end.track();
            if std::mem::replace(&mut is_drawn, true) {
                self.vacate(0);
                if let Some(scroller) = self.scroller.get_untracked() {
                    scroller.set_scroll_top(0);
                }
            }
        });
        // A page of history is not drawn automatically.
        let known = memo(move || {
            let room = self.room.get_value()?;
            self.ctx.with(|chat| {
                chat.timeline(&To::Room(room))
                    .map(|it| (it.len(), it.newest().map(LogPosition::nth)))
            })
        });
        effect(move || {
            known.track();
            self.check_soon();
        });
    }

    /// Up and Down move the focus from message to message, once one of them has it.
    pub fn key(self, event: &KeyboardEvent) {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let here = target.and_then(|target| target.closest(".message").ok().flatten());
        let next = match event.key().as_str() {
            "ArrowUp" if !event.alt_key() => match here {
                Some(here) => along(here, |it| it.previous_element_sibling()),
                None => self.last_seen(),
            },
            "ArrowDown" if !event.alt_key() => {
                here.and_then(|here| along(here, |it| it.next_element_sibling()))
            }
            _ => None,
        };
        if let Some(next) = next {
            event.prevent_default();
            let _ = next.focus();
        }
    }

    /// Goes to the end, and follows it.
    pub fn go_to_end(self) {
        self.ctx.dispatch(ChatState::go_to_end);
        focus::to_composer();
    }

    /// Goes to the first unread message.
    pub fn to_unread(self) {
        let unread = self.ctx.with_untracked(ChatState::unread_from);
        if let Some(seq) = unread {
            self.ctx.dispatch(|chat| chat.go_to(seq));
        }
    }

    /// Checks in the next animation frame whether more is to be drawn: the user has scrolled, or
    /// something new is drawn.
    pub fn check_soon(self) {
        if !self.is_due.get_value() {
            self.is_due.set_value(true);
            request_animation_frame(move || {
                // The list may be gone by now.
                if self.is_due.try_set_value(false).is_none() {
                    self.check();
                }
            });
        }
    }

    fn check(self) {
        let Some(scroller) = self.scroller.get_untracked() else {
            return;
        };
        let mut target = None;
        self.ctx
            .update_untracked(|chat| target = chat.take_target());
        if let Some(seq) = target {
            self.show(seq);
        }
        let seen = Seen::of(&scroller, self.vacated.get_value());
        let at_end = seen.below < AT_END;
        self.is_away.set(!at_end);
        self.unread_above.set(self.is_unread_above(&scroller));
        let is_followed = self.timeline(|timeline| timeline.is_followed());
        if is_followed == Some(!at_end) {
            self.ctx.dispatch(|chat| chat.reads_at_end(at_end));
        }
        if seen.above < NEAR && self.timeline(|timeline| timeline.has_older()) == Some(true) {
            self.redraw(&scroller, ChatState::older);
        } else if !at_end || is_followed == Some(false) {
            if seen.below < NEAR && self.timeline(|timeline| timeline.below() > 0) == Some(true) {
                self.redraw(&scroller, ChatState::newer);
            }
        } else if self.timeline(|timeline| timeline.is_long()) == Some(true) {
            self.shorten(&scroller);
        }
        if !at_end
            && let (Some(room), Some(place)) = (self.room.get_value(), self.first_seen(&scroller))
        {
            // Nothing on the screen depends on it.
            self.ctx
                .update_untracked(|chat| chat.save_anchor(&room, place));
        }
    }

    /// Draws another part, and restores the scroll position.
    fn redraw(self, scroller: &HtmlDivElement, update: fn(&mut ChatState) -> Vec<Output>) {
        let place = self.first_seen(scroller);
        let focused = document().active_element().map(|it| it.id());
        self.vacate(0);
        self.ctx.dispatch(update);
        if let Some(place) = place {
            spawn_local(async move {
                // Drawn by then, and not painted yet.
                tick().await;
                // A message that is drawn again has lost the focus.
                if let Some(id) = focused.filter(|id| !focus::is_at(id)) {
                    focus::put(&id);
                }
                self.put(place);
            });
        }
    }

    /// Draws fewer messages, without moving the others.
    fn shorten(self, scroller: &HtmlDivElement) {
        let before = scroller.scroll_height();
        self.ctx.update(ChatState::shorten);
        let scroller = scroller.clone();
        spawn_local(async move {
            // Drawn by then, and not painted yet.
            tick().await;
            let height = before - scroller.scroll_height();
            if let Some(vacated) = self.vacated.try_get_value() {
                self.vacate(vacated + height.max(0));
                set_timeout(move || self.fill_up(vacated + height.max(0)), QUIET);
            }
        });
    }

    /// Nothing more was removed for a while: if the end is in the viewport, the padding goes.
    fn fill_up(self, vacated: i32) {
        let is_away = self.is_away.try_get_untracked();
        if self.vacated.try_get_value() == Some(vacated) && is_away == Some(false) {
            self.vacate(0);
        }
    }

    fn vacate(self, height: i32) {
        if self.vacated.get_value() == height {
            return;
        }
        self.vacated.set_value(height);
        if let Some(list) = self.list.get_untracked() {
            let list: &HtmlElement = &list;
            let _ = list
                .style()
                .set_property("padding-block-start", &format!("{height}px"));
        }
    }

    /// Scrolls so that a message is where it was.
    fn put(self, place: ScrollAnchor) {
        let Some(Some(scroller)) = self.scroller.try_get_untracked() else {
            return;
        };
        if let Some(message) = element(place.seq) {
            let moved = below_top(&message, &scroller) - place.below;
            scroller.set_scroll_top((f64::from(scroller.scroll_top()) + moved).round() as i32);
        }
        self.check_soon();
    }

    /// Scrolls to a message and highlights it.
    fn show(self, seq: Seq) {
        request_animation_frame(move || {
            let Some(Some(scroller)) = self.scroller.try_get_untracked() else {
                return;
            };
            if let Some(message) = element(seq) {
                let middle = f64::from(scroller.client_height()) / 3.0;
                let place = ScrollAnchor { seq, below: middle };
                self.put(place);
                for other in self.messages() {
                    let _ = other.class_list().remove_1("highlighted");
                }
                let _ = message.class_list().add_1("highlighted");
                let _ = message.focus();
            }
        });
    }

    fn is_unread_above(self, scroller: &HtmlDivElement) -> bool {
        let Some(unread) = self.ctx.with_untracked(ChatState::unread_from) else {
            return false;
        };
        match element(unread) {
            Some(message) => below_top(&message, scroller) < 0.0,
            None => {
                self.timeline(|timeline| {
                    timeline
                        .shown()
                        .first()
                        .is_some_and(|first| first.seq > unread)
                }) == Some(true)
            }
        }
    }

    /// The first message whose end is in the viewport.
    fn first_seen(self, scroller: &HtmlDivElement) -> Option<ScrollAnchor> {
        let messages = self.messages();
        let ends_above = |message: &HtmlElement| {
            below_top(message, scroller) + f64::from(message.offset_height()) <= 0.0
        };
        let first = messages.partition_point(ends_above);
        let message = messages.get(first)?;
        Some(ScrollAnchor {
            seq: message.id().parse().ok()?,
            below: below_top(message, scroller),
        })
    }

    /// The last message whose beginning is in the viewport.
    fn last_seen(self) -> Option<HtmlElement> {
        let scroller = self.scroller.get_untracked()?;
        let mut messages = self.messages();
        let height = f64::from(scroller.client_height());
        messages.retain(|message| below_top(message, &scroller) < height);
        messages.pop()
    }

    /// The messages that are drawn, without those on their way.
    fn messages(self) -> Vec<HtmlElement> {
        let Some(Some(list)) = self.list.try_get_untracked() else {
            return Vec::new();
        };
        let Ok(all) = list.query_selector_all(".message[id]") else {
            return Vec::new();
        };
        (0..all.length())
            .filter_map(|nth| all.get(nth)?.dyn_into().ok())
            .collect()
    }

    fn timeline<T>(self, of: impl FnOnce(&crate::timeline::Timeline) -> T) -> Option<T> {
        let room = self.room.try_get_value()??;
        self.ctx
            .with_untracked(|chat| chat.timeline(&To::Room(room)).map(of))
    }
}

/// How much of what is drawn is outside of the viewport, in CSS pixels.
struct Seen {
    above: i32,
    below: i32,
}

impl Seen {
    fn of(scroller: &HtmlDivElement, vacated: i32) -> Self {
        // In a reversed column, positions count down from 0 at the end.
        let below = -scroller.scroll_top();
        let hidden = scroller.scroll_height() - scroller.client_height();
        Self {
            above: hidden - below - vacated,
            below,
        }
    }
}

/// Keeps the top of an element in place while it grows. By itself, the list keeps its end in place.
pub fn keep_top(what: Element) {
    let top = what.get_bounding_client_rect().top();
    spawn_local(async move {
        // Drawn by then, and not painted yet.
        tick().await;
        if let Ok(Some(log)) = what.closest(".message-list") {
            let moved = what.get_bounding_client_rect().top() - top;
            log.set_scroll_top((f64::from(log.scroll_top()) + moved).round() as i32);
        }
    });
}

fn element(seq: Seq) -> Option<HtmlElement> {
    let element = document().get_element_by_id(&seq.to_string())?;
    element.dyn_into().ok()
}

fn below_top(element: &HtmlElement, scroller: &HtmlDivElement) -> f64 {
    let scroller: &Element = scroller;
    element.get_bounding_client_rect().top() - scroller.get_bounding_client_rect().top()
}

fn along(from: Element, step: impl Fn(&Element) -> Option<Element>) -> Option<HtmlElement> {
    let mut here = step(&from);
    while let Some(element) = here {
        if element.class_list().contains("message") {
            return element.dyn_into().ok();
        }
        here = step(&element);
    }
    None
}
