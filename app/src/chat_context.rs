//! The context of a browser tab: the state as a signal, the connection, the address. Components
//! read the state and dispatch changes through it, and it runs the outputs of the state.
//! [`lifecycle`] holds what runs in the background.

mod lifecycle;

use std::time::Duration;

use client::machine::{Event, LONGEST_WAIT, Status};
use client::{PendingMessages, To};
use leptos::prelude::*;
use protocol::limits::TYPING_EXPIRY;
use protocol::{ClientFrame, Close, ServerFrame, is_direct};
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::address::{self, Address};
use crate::connection::Connection;
use crate::datetime::{self, Zone};
use crate::i18n::words;
use crate::initial_data::{Chat, Preferences, base, room_path, user_path};
use crate::join::join;
use crate::preferences::PreferenceSignals;
use crate::reactive::memo;
use crate::state::{ChatState, Output};
use crate::{focus, local_storage, message_id, notification, preferences};

/// How long read markers, or the list of watched games, wait for further changes before they are
/// sent.
const SYNC_DELAY: Duration = Duration::from_millis(500);

/// A modal dialog.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overlay {
    /// Go to a conversation or run a command, by typing.
    QuickSwitcher,
    /// The list of keyboard shortcuts.
    Shortcuts,
    /// Offer a game, and see the scores.
    Games,
    /// A game, as large as the screen allows: [`ChatContext::enlarged`].
    LargeGame,
}

/// See the module's documentation. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct ChatContext {
    chat: RwSignal<ChatState>,
    /// The open conversation; none on the start page.
    pub current: Memo<Option<To>>,
    pub status: RwSignal<Status>,
    /// Does the browser think that there is a network?
    pub has_network: RwSignal<bool>,
    /// The page is hydrated: what depends on the browser may be shown.
    pub is_hydrated: RwSignal<bool>,
    pub zone: RwSignal<Zone>,
    /// The time in milliseconds since 1970, updated every half minute: enough to know which day it
    /// is.
    pub now: RwSignal<i64>,
    /// The same, updated every second while a game clock runs.
    pub now_seconds: RwSignal<i64>,
    pub choices: PreferenceSignals,
    pub overlay: RwSignal<Option<Overlay>>,
    /// The game that is shown large, as the end of the address of its message: `tea#42`.
    pub enlarged: StoredValue<String>,
    /// Notified when the message list is to scroll to its end.
    pub scroll_to_end: Trigger,
    /// Notified when the message list is to scroll to a message.
    pub scroll_to_target: Trigger,
    address: RwSignal<Address>,
    /// Identifies this tab among the tabs of the browser.
    name: StoredValue<String>,
    /// The texts that were typed and not sent, by conversation.
    composer_drafts: StoredValue<Vec<(To, String)>>,
    connection: StoredValue<Option<Connection>>,
    /// The frames that have arrived and are not applied yet.
    queued_frames: StoredValue<Vec<ServerFrame>>,
    /// The frames that were applied are drawn with the next animation frame.
    is_render_scheduled: StoredValue<bool>,
}

/// The context of the tab that this component is in.
pub fn use_chat_context() -> ChatContext {
    expect_context()
}

impl ChatContext {
    /// The context of a page as it was first drawn, at this time.
    pub fn new(chat: Chat, preferences: Preferences, now: i64) -> Self {
        let current = match (&chat.room, &chat.to) {
            (Some(conversation), _) => Some(To::Room(conversation.room.clone())),
            (None, to) => to.clone().map(To::User),
        };
        let address = RwSignal::new(Address {
            place: current,
            seq: None,
        });
        let ctx = Self {
            chat: RwSignal::new(ChatState::new(chat, now)),
            current: memo(move || address.with(|address| address.place.clone())),
            status: RwSignal::new(Status::default()),
            has_network: RwSignal::new(true),
            is_hydrated: RwSignal::new(false),
            zone: RwSignal::new(Zone::Offset(preferences.minutes_ahead)),
            now: RwSignal::new(now),
            now_seconds: RwSignal::new(now),
            choices: PreferenceSignals::new(preferences),
            overlay: RwSignal::new(None),
            enlarged: StoredValue::default(),
            scroll_to_end: Trigger::new(),
            scroll_to_target: Trigger::new(),
            address,
            name: StoredValue::default(),
            composer_drafts: StoredValue::default(),
            connection: StoredValue::new(None),
            queued_frames: StoredValue::default(),
            is_render_scheduled: StoredValue::new(false),
        };
        ctx.start();
        ctx.follow_address();
        ctx.persist_rooms_and_bells();
        ctx.persist_pending();
        ctx.update_title();
        ctx
    }

    /// The name of the open conversation: the room, or the other user; empty on the start page.
    pub fn current_name(self) -> String {
        match self.current.get() {
            None => String::new(),
            Some(To::User(nickname)) => nickname,
            Some(To::Room(room)) if is_direct(&room) => {
                let with = self.with(|chat| chat.with(&room).map(str::to_owned));
                with.unwrap_or_else(|| words().in_private.to_owned())
            }
            Some(To::Room(room)) => room,
        }
    }

    /// The open room, if it is a public one.
    pub fn public_room(self) -> Option<String> {
        match self.current.get() {
            Some(To::Room(room)) if !is_direct(&room) => Some(room),
            _ => None,
        }
    }

    /// The path of a room's page in this account slot.
    pub fn path(self, room: &str) -> String {
        room_path(self.account_slot(), room)
    }

    /// The path of the private conversation with a user, or of the page that begins one.
    pub fn path_to(self, nickname: &str) -> String {
        let direct = self.with(|chat| {
            let room = chat.direct_with(nickname);
            room.map(str::to_owned)
        });
        match direct {
            Some(room) => self.path(&room),
            None => user_path(self.account_slot(), nickname),
        }
    }

    /// The account slot of the browser that this page belongs to.
    pub fn account_slot(self) -> u8 {
        self.with_untracked(|chat| chat.account_slot)
    }

    /// Goes to a path of this page.
    pub fn go(self, path: &str) {
        address::go(self.address, path);
    }

    /// Reads the state, and subscribes the caller to its changes.
    pub fn with<T>(self, of: impl FnOnce(&ChatState) -> T) -> T {
        let (mut of, mut answer) = (Some(of), None);
        self.read(true, &mut |chat| answer = of.take().map(|of| of(chat)));
        answer.expect("the state lives as long as the tab")
    }

    /// Reads the state without subscribing.
    pub fn with_untracked<T>(self, of: impl FnOnce(&ChatState) -> T) -> T {
        let (mut of, mut answer) = (Some(of), None);
        self.read(false, &mut |chat| answer = of.take().map(|of| of(chat)));
        answer.expect("the state lives as long as the tab")
    }

    /// Changes the state.
    pub fn update(self, change: impl FnOnce(&mut ChatState)) {
        let mut change = Some(change);
        self.change(true, &mut |chat| {
            if let Some(change) = change.take() {
                change(chat);
            }
        });
    }

    /// Changes a part of the state that nothing on the screen depends on.
    pub fn update_untracked(self, change: impl FnOnce(&mut ChatState)) {
        let mut change = Some(change);
        self.change(false, &mut |chat| {
            if let Some(change) = change.take() {
                change(chat);
            }
        });
    }

    // Without type parameters, to keep the bundle small: they are called from everywhere.
    fn read(self, tracked: bool, read: &mut dyn FnMut(&ChatState)) {
        match tracked {
            true => self.chat.with(|chat| read(chat)),
            false => self.chat.with_untracked(|chat| read(chat)),
        }
    }

    fn change(self, tracked: bool, change: &mut dyn FnMut(&mut ChatState)) {
        // In a tab that is being closed, nothing is left to change.
        let _ = match tracked {
            true => self.chat.try_update(|chat| change(chat)),
            false => self.chat.try_update_untracked(|chat| change(chat)),
        };
    }

    /// Changes the state, then runs the outputs.
    pub fn dispatch(self, act: impl FnOnce(&mut ChatState) -> Vec<Output>) {
        let mut outputs = Vec::new();
        self.update(|chat| outputs = act(chat));
        for output in outputs {
            self.run_output(output);
        }
    }

    /// May messages be sent: is there a connection, or an attempt to connect?
    pub fn can_send(self) -> bool {
        !matches!(self.status.get_untracked(), Status::Stopped(_))
    }

    /// Sends a message.
    pub fn send_message(self, to: To, text: String) {
        self.dispatch(|chat| chat.send_message(to, message_id::fresh(), text, datetime::now()));
    }

    /// Connects now instead of at the end of the wait.
    pub fn connect_now(self) {
        self.notify_connection(Event::TryNow);
    }

    /// What was typed for a conversation and not sent.
    pub fn composer_draft(self, to: &To) -> String {
        let mut kept = self.composer_drafts.get_value().into_iter();
        let kept = kept.find(|(place, _)| place == to);
        kept.map(|(_, text)| text).unwrap_or_default()
    }

    /// Stores what was typed for a conversation, until it is sent.
    pub fn save_composer_draft(self, to: &To, text: String) {
        if !self.is_signed_out() {
            let user = self.with_untracked(|chat| chat.user);
            local_storage::save_composer_draft(user, to, &text);
        }
        self.composer_drafts.update_value(|composer_drafts| {
            composer_drafts.retain(|(place, _)| place != to);
            if !text.is_empty() {
                composer_drafts.push((to.clone(), text));
            }
        });
    }

    /// Closes the open dialog. The browser then restores the focus, and the dialog's `close` event
    /// removes it from the page.
    pub fn close_overlay(self) {
        let open = document().query_selector("dialog[open]").ok().flatten();
        if let Some(dialog) = open.and_then(|it| it.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }

    /// Forgets everything about the user, who signs out. If anything is not sent, the user is asked
    /// first. Returns whether they still want to sign out.
    pub fn forget(self) -> bool {
        let is_pending = self.with_untracked(|chat| !chat.pending_messages.entries().is_empty());
        let user = self.with_untracked(|chat| chat.user);
        // Also in another tab.
        if is_pending || !local_storage::composer_drafts(user).is_empty() {
            let is_sure = window().confirm_with_message(words().sign_out_loses);
            // If the browser cannot ask, the user is signed out.
            if is_sure == Ok(false) {
                return false;
            }
        }
        self.update(|chat| chat.pending_messages = PendingMessages::default());
        local_storage::forget(user);
        true
    }

    /// The user has signed out, here or elsewhere: from now on, nothing of theirs is stored.
    fn is_signed_out(self) -> bool {
        self.status.get_untracked() == Status::Stopped(Close::SignedOut.code())
    }

    fn run_output(self, output: Output) {
        match output {
            Output::Send(frame) => self.send(frame),
            Output::Navigate(Some(room)) => self.go(&self.path(&room)),
            Output::Navigate(None) => {
                // "Back" must not lead into the room again.
                address::replace(self.address, &[&base(self.account_slot()), "/"].concat());
                if preferences::has_keyboard() {
                    focus::soon("room-filter");
                }
            }
            Output::MoveDraft { from, to } => self.move_composer_draft(&from, &to),
            Output::ScrollToEnd => self.scroll_to_end.notify(),
            Output::ScrollToTarget => self.scroll_to_target.notify(),
            Output::SyncReadsSoon => {
                set_timeout(move || self.dispatch(ChatState::sync_reads), SYNC_DELAY);
            }
            Output::SyncWatchedSoon => {
                set_timeout(move || self.dispatch(ChatState::sync_watched), SYNC_DELAY);
            }
            Output::ExpireTyping(id) => set_timeout(
                move || self.update(|chat| chat.expire_typing(id)),
                TYPING_EXPIRY,
            ),
            Output::Notify(name) => notification::show(&(words().is_here)(&name)),
            Output::EndReconnectGrace(connected) => set_timeout(
                move || self.update(|chat| chat.end_reconnect_grace(connected)),
                LONGEST_WAIT,
            ),
            Output::ResumeSending(wait) => set_timeout(
                move || self.dispatch(ChatState::resume_sending),
                Duration::from_millis(wait),
            ),
            Output::Retry { room, wait } => set_timeout(
                move || self.dispatch(|chat| chat.retry(room)),
                Duration::from_millis(wait),
            ),
            // Fails only if the page is being unloaded anyway.
            Output::Reload => drop(window().location().reload()),
        }
    }

    /// Moves what was typed from one conversation to another, and goes there if the first is open.
    fn move_composer_draft(self, from: &To, to: &To) {
        let mut texts = vec![self.composer_draft(to), self.composer_draft(from)];
        texts.retain(|text| !text.is_empty());
        self.save_composer_draft(to, join(&texts, "\n"));
        self.save_composer_draft(from, String::new());
        let is_there = self.current.with_untracked(|to| to.as_ref() == Some(from));
        if let (true, To::Room(room)) = (is_there, to) {
            let is_typing = focus::is_at("message");
            address::replace(self.address, &self.path(room));
            if is_typing {
                focus::soon("message");
            }
        }
    }

    fn send(self, frame: ClientFrame) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.send(frame);
            }
        });
    }

    fn notify_connection(self, event: Event) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.happened(event);
            }
        });
    }
}
