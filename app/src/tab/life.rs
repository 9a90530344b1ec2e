//! What goes on by itself while a tab is open: its connection, its address, what it remembers and
//! what it shows outside the page.

use std::time::Duration;

use client::machine::{Event, Status};
use client::{To, pending::Entry};
use leptos::prelude::*;
use protocol::ClientFrame;

use super::Tab;
use crate::by_room::Rooms;
use crate::clock::{self, Zone};
use crate::components::game;
use crate::connection::{self, Connection, ConnectionEvent};
use crate::first_paint::base;
use crate::i18n::words;
use crate::reactive::{effect, memo};
use crate::state::{ChatState, What};
use crate::{address, device, icon, keys, memory, message_id};

/// How often a visible tab asks which rooms there are.
const ROOMS_EVERY: Duration = Duration::from_secs(30);

impl Tab {
    /// Once the browser has taken the page over: what it remembers, then the connection.
    pub(super) fn come_alive(self) {
        effect(move || {
            let user = self.with_untracked(|chat| chat.user);
            self.update(|chat| chat.remember(&memory::rooms(user), &memory::bells(user)));
            self.act(|chat| chat.look(!document().hidden()));
            self.unsent.set_value(memory::unsent(user));
            self.name.set_value(message_id::fresh());
            // Whoever kept them may be gone; should they be here still, the server stores them once.
            self.take_up_drafts();
            self.zone.set(Zone::Browser);
            self.now.set(clock::now());
            device::note_zone();
            device::follow_keyboard();
            self.alive.set(true);
            if let Some(address) = connection::address(&base(self.seat())) {
                let connection = Connection::start(address, move |news| self.hear(news));
                self.connection.set_value(Some(connection));
            }
            address::follow(self.address, base(self.seat()));
            keys::listen(self);
            self.listen();
            set_interval(move || self.look_at_clock(), ROOMS_EVERY);
            set_interval(move || self.look_at_games(), Duration::from_secs(1));
        });
    }

    fn listen(self) {
        for (event, is_there) in [("online", true), ("offline", false)] {
            window_event_listener_untyped(event, move |_| {
                self.has_network.set(is_there);
                self.happened(match is_there {
                    true => Event::NetworkBack,
                    false => Event::NetworkGone,
                });
            });
        }
        window_event_listener_untyped("visibilitychange", move |_| {
            let visible = !document().hidden();
            self.take_in();
            self.act(|chat| chat.look(visible));
            if visible {
                self.happened(Event::TabShown);
                self.look_at_clock();
            } else {
                // It may never be seen again.
                self.act(ChatState::tell_read);
            }
        });
        window_event_listener(leptos::ev::storage, move |event| {
            let user = self.with_untracked(|chat| chat.user);
            let (entered, left) = memory::rooms_changed(user, &event);
            self.act(|chat| chat.follow(&entered, &left));
            if let Some((id, change)) = memory::draft_changed(user, &event) {
                let name = self.name.get_value();
                self.act(|chat| match change {
                    Some((draft, sender)) => {
                        // Of two that take it over at the same time one keeps it, and says so.
                        let stays_ours = chat.outbox.is_ours(&id) && name < sender;
                        if stays_ours && !sender.is_empty() {
                            memory::keep_draft(user, &draft, &name);
                        }
                        chat.keep_draft(draft, sender.is_empty() || stays_ours)
                    }
                    None => chat.drop_draft(&id),
                });
            }
        });
        window_event_listener_untyped("pagehide", move |_| self.leave_drafts());
        // Back from the browser's own memory: other tabs have gone on meanwhile.
        window_event_listener_untyped("pageshow", move |event| {
            let persisted = js_sys::Reflect::get(&event, &"persisted".into());
            if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                self.take_up_drafts();
            }
        });
    }

    fn look_at_clock(self) {
        if !document().hidden() {
            self.send(ClientFrame::Rooms);
            self.now.set(clock::now());
            self.act(ChatState::adopt_drafts);
        }
    }

    fn hear(self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Status(status) => {
                self.take_in();
                self.status.set(status);
                if let Status::Lost(code) | Status::Stopped(code) = status {
                    self.update(|chat| chat.closed(code));
                }
                if self.is_signed_out() {
                    // What the page shows still is kept nowhere else.
                    memory::forget(self.with_untracked(|chat| chat.user));
                } else if matches!(status, Status::Stopped(_)) {
                    self.leave_drafts();
                }
            }
            ConnectionEvent::Frames(frames) => {
                self.heard.update_value(|heard| heard.extend(frames));
                // Nobody draws a page that is not seen.
                if !self.is_drawing.get_value() || document().hidden() {
                    self.take_in();
                }
            }
        }
    }

    /// Takes in what was heard, at once; what comes before that is drawn waits for the next frame. So
    /// the page is drawn once a frame, however much comes.
    fn take_in(self) {
        let heard = self.heard.try_update_value(std::mem::take);
        let heard = heard.unwrap_or_default();
        if heard.is_empty() {
            return;
        }
        self.act(|chat| chat.hear_all(heard, clock::now()));
        if !self.is_drawing.get_value() {
            self.is_drawing.set_value(true);
            request_animation_frame(move || {
                self.is_drawing.set_value(false);
                self.take_in();
            });
        }
    }

    pub(super) fn follow_address(self) {
        effect(move || {
            let address = self.address.get();
            let room = match address.place {
                Some(To::Room(room)) => Some(room),
                Some(To::User(_)) | None => None,
            };
            self.act(|chat| chat.open_at(room, address.seq));
        });
    }

    pub(super) fn keep_memory(self) {
        let mine = memo(move || self.with(|chat| chat.mine().clone()));
        let bells = memo(move || self.with(|chat| chat.bells().clone()));
        for (what, all) in [(memory::ROOMS, mine), (memory::BELLS, bells)] {
            let mut before = Rooms::default();
            effect(move || {
                let now = all.get();
                let user = self.with_untracked(|chat| chat.user);
                memory::change(user, what, &before, &now);
                before = now;
            });
        }
    }

    /// Keeps what is not confirmed until it is.
    pub(super) fn keep_drafts(self) {
        let entries = memo(move || self.with(|chat| chat.outbox.entries().to_vec()));
        let mut before: Vec<Entry> = Vec::new();
        effect(move || {
            let now = entries.get();
            let user = self.with_untracked(|chat| chat.user);
            for entry in &before {
                if !now.iter().any(|kept| kept.message.id == entry.message.id) {
                    memory::drop_draft(user, &entry.message.id);
                }
            }
            for entry in now.iter().filter(|entry| entry.is_ours) {
                let is_kept = |kept: &Entry| kept.is_ours && kept.message == entry.message;
                let name = self.name.get_value();
                if !before.iter().any(is_kept)
                    && !self.is_signed_out()
                    && !memory::keep_draft(user, &entry.message, &name)
                {
                    let sentence = words().not_kept.to_owned();
                    self.update(|chat| chat.notice(What::Refused(sentence)));
                }
            }
            before = now;
        });
    }

    /// What is kept is what this tab shows and sends, whatever it was before.
    fn take_up_drafts(self) {
        let user = self.with_untracked(|chat| chat.user);
        let kept = memory::drafts(user);
        self.update(|chat| chat.outbox.retain(&kept));
        for draft in kept {
            self.act(|chat| chat.keep_draft(draft, true));
        }
    }

    /// This tab sends nothing any more: another one may.
    fn leave_drafts(self) {
        if self.is_signed_out() {
            return;
        }
        self.with_untracked(|chat| {
            for entry in chat.outbox.entries().iter().filter(|it| it.is_ours) {
                memory::keep_draft(chat.user, &entry.message, "");
            }
        });
    }

    /// Only where a clock runs is anything drawn anew.
    fn look_at_games(self) {
        if self.with_untracked(ChatState::has_clocks) {
            self.second.set(clock::now());
            if let Some(body) = document().body() {
                game::show_clocks(self, &body);
            }
        }
    }

    pub(super) fn keep_title(self) {
        let unread = memo(move || self.with(|chat| chat.all_unread() + chat.turns()));
        effect(move || {
            let title = (words().title)(&self.place_name(), unread.get());
            document().set_title(&title);
        });
        effect(move || {
            let unread = unread.get();
            device::badge(unread);
            icon::show(unread > 0);
        });
    }
}
