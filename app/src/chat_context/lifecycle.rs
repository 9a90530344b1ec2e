//! What runs while a tab is open: its connection, its address, what it stores, and what it shows
//! outside of the page.

use std::time::Duration;

use client::machine::{Event, Status};
use client::{To, pending::Entry};
use leptos::prelude::*;
use protocol::ClientFrame;

use super::ChatContext;
use crate::connection::{self, Connection, ConnectionEvent};
use crate::datetime::{self, Zone};
use crate::i18n::words;
use crate::initial_data::base;
use crate::reactive::{effect, memo};
use crate::sorted_map::Rooms;
use crate::state::{ChatState, ToastKind};
use crate::{address, favicon, local_storage, message_id, preferences};

/// How often a visible tab looks at the clock, and for messages that another tab has left.
const TICK_EVERY: Duration = Duration::from_secs(30);

impl ChatContext {
    /// Runs once the browser has hydrated the page: restores what is stored, then connects.
    pub(super) fn start(self) {
        effect(move || {
            let user = self.with_untracked(|chat| chat.user);
            self.update(|chat| {
                chat.restore(&local_storage::rooms(user), &local_storage::bells(user))
            });
            self.dispatch(|chat| chat.set_visible(!document().hidden()));
            self.composer_drafts
                .set_value(local_storage::composer_drafts(user));
            self.name.set_value(message_id::fresh());
            // The tab that stored them may be gone. If it is still open, the server stores each
            // message once.
            self.adopt_stored();
            self.zone.set(Zone::Browser);
            self.now.set(datetime::now());
            preferences::store_zone();
            preferences::follow_keyboard();
            self.is_hydrated.set(true);
            if let Some(address) = connection::address(&base(self.account_slot())) {
                let connection =
                    Connection::start(address, move |news| self.on_connection_event(news));
                self.connection.set_value(Some(connection));
            }
            address::follow(self.address, base(self.account_slot()));
            self.listen();
            set_interval(move || self.tick(), TICK_EVERY);
            set_interval(move || self.tick_games(), Duration::from_secs(1));
        });
    }

    fn listen(self) {
        for (event, is_there) in [("online", true), ("offline", false)] {
            window_event_listener_untyped(event, move |_| {
                self.has_network.set(is_there);
                self.notify_connection(match is_there {
                    true => Event::NetworkBack,
                    false => Event::NetworkGone,
                });
            });
        }
        window_event_listener_untyped("visibilitychange", move |_| {
            let visible = !document().hidden();
            self.flush_frames();
            self.dispatch(|chat| chat.set_visible(visible));
            if visible {
                self.notify_connection(Event::TabShown);
                // The order of the lists, which no other frame reports.
                self.send(ClientFrame::Rooms);
                self.tick();
            } else {
                // The tab may never be shown again.
                self.dispatch(ChatState::sync_reads);
            }
        });
        window_event_listener(leptos::ev::storage, move |event| {
            let user = self.with_untracked(|chat| chat.user);
            let (entered, left) = local_storage::rooms_changed(user, &event);
            self.dispatch(|chat| chat.sync_rooms(&entered, &left));
            if let Some((id, change)) = local_storage::pending_changed(user, &event) {
                let name = self.name.get_value();
                self.dispatch(|chat| match change {
                    Some((draft, sender)) => {
                        // If two tabs adopt a message at the same time, one of them keeps it and
                        // says so.
                        let stays_ours = chat.pending_messages.is_ours(&id) && name < sender;
                        if stays_ours && !sender.is_empty() {
                            local_storage::save_pending(user, &draft, &name);
                        }
                        chat.add_pending(draft, sender.is_empty() || stays_ours)
                    }
                    None => chat.remove_pending(&id),
                });
            }
        });
        window_event_listener_untyped("pagehide", move |_| self.release_pending());
        // The page comes back from the browser's back/forward cache. Other tabs went on meanwhile.
        window_event_listener_untyped("pageshow", move |event| {
            let persisted = js_sys::Reflect::get(&event, &"persisted".into());
            if persisted.is_ok_and(|persisted| persisted.is_truthy()) {
                self.adopt_stored();
            }
        });
    }

    fn tick(self) {
        if !document().hidden() {
            self.now.set(datetime::now());
            self.dispatch(ChatState::adopt_pending);
        }
    }

    fn on_connection_event(self, event: ConnectionEvent) {
        match event {
            ConnectionEvent::Status(status) => {
                self.flush_frames();
                self.status.set(status);
                if let Status::Lost(code) | Status::Stopped(code) = status {
                    self.update(|chat| chat.connection_closed(code));
                }
                if self.is_signed_out() {
                    // What the page still shows is stored nowhere else.
                    local_storage::forget(self.with_untracked(|chat| chat.user));
                } else if matches!(status, Status::Stopped(_)) {
                    self.release_pending();
                }
            }
            ConnectionEvent::Frames(frames) => {
                self.queued_frames
                    .update_value(|queued| queued.extend(frames));
                // A hidden page is not drawn.
                if !self.is_render_scheduled.get_value() || document().hidden() {
                    self.flush_frames();
                }
            }
        }
    }

    /// Applies the frames that have arrived. Frames that arrive before the result is drawn wait for
    /// the next animation frame: so the page is drawn once a frame, however much arrives.
    fn flush_frames(self) {
        let frames = self.queued_frames.try_update_value(std::mem::take);
        let frames = frames.unwrap_or_default();
        if frames.is_empty() {
            return;
        }
        self.dispatch(|chat| chat.apply_frames(frames, datetime::now()));
        if !self.is_render_scheduled.get_value() {
            self.is_render_scheduled.set_value(true);
            request_animation_frame(move || {
                self.is_render_scheduled.set_value(false);
                self.flush_frames();
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
            self.dispatch(|chat| chat.open_at(room, address.seq));
        });
    }

    pub(super) fn persist_rooms_and_bells(self) {
        let mine = memo(move || self.with(|chat| chat.joined_rooms().clone()));
        let bells = memo(move || self.with(|chat| chat.bells().clone()));
        for (what, all) in [(local_storage::ROOMS, mine), (local_storage::BELLS, bells)] {
            let mut before = Rooms::default();
            effect(move || {
                let now = all.get();
                let user = self.with_untracked(|chat| chat.user);
                local_storage::change(user, what, &before, &now);
                before = now;
            });
        }
    }

    /// Stores the messages that are not confirmed, until they are.
    pub(super) fn persist_pending(self) {
        let entries = memo(move || self.with(|chat| chat.pending_messages.entries().to_vec()));
        let mut before: Vec<Entry> = Vec::new();
        effect(move || {
            let now = entries.get();
            let user = self.with_untracked(|chat| chat.user);
            for entry in &before {
                if !now.iter().any(|kept| kept.message.id == entry.message.id) {
                    local_storage::remove_pending(user, &entry.message.id);
                }
            }
            for entry in now.iter().filter(|entry| entry.is_ours) {
                let is_kept = |kept: &Entry| kept.is_ours && kept.message == entry.message;
                let name = self.name.get_value();
                if !before.iter().any(is_kept)
                    && !self.is_signed_out()
                    && !local_storage::save_pending(user, &entry.message, &name)
                {
                    let sentence = words().not_kept.to_owned();
                    self.update(|chat| chat.show_toast(ToastKind::Refused(sentence)));
                }
            }
            before = now;
        });
    }

    /// Shows and sends the stored messages, whatever this tab had before.
    fn adopt_stored(self) {
        let user = self.with_untracked(|chat| chat.user);
        let kept = local_storage::pending_messages(user);
        self.update(|chat| chat.pending_messages.retain(&kept));
        for draft in kept {
            self.dispatch(|chat| chat.add_pending(draft, true));
        }
    }

    /// This tab sends nothing any more. Another one may.
    fn release_pending(self) {
        if self.is_signed_out() {
            return;
        }
        self.with_untracked(|chat| {
            for entry in chat
                .pending_messages
                .entries()
                .iter()
                .filter(|it| it.is_ours)
            {
                local_storage::save_pending(chat.user, &entry.message, "");
            }
        });
    }

    /// Advances the seconds, but only while a game clock runs: nothing else depends on them.
    fn tick_games(self) {
        if self.with_untracked(ChatState::has_running_clocks) {
            self.now_seconds.set(datetime::now());
        }
    }

    pub(super) fn update_title(self) {
        let unread = memo(move || self.with(|chat| chat.all_unread() + chat.games_waiting()));
        effect(move || {
            let title = (words().title)(&self.current_name(), unread.get());
            document().set_title(&title);
        });
        effect(move || {
            let unread = unread.get();
            preferences::badge(unread);
            favicon::show(unread > 0);
        });
    }
}
