//! This browser tab: the server as a signal, the connection, the address. Components read and act
//! through it; it carries out the server's outputs. [`lifecycle`] holds what goes on by itself.

mod lifecycle;

use std::time::Duration;

use leptos::prelude::*;
use protocol::limits::TYPING_HOLDS;
use protocol::{ClientFrame, Close, ServerFrame, is_direct};
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::address::{self, Address};
use crate::connection::Connection;
use crate::connection::machine::{Event, LONGEST_WAIT, Status};
use crate::datetime::{self, Zone};
use crate::i18n::words;
use crate::initial_data::{Chat, Preferences, base, room_path, user_path};
use crate::outbox::{Outbox, To};
use crate::preferences::PreferenceSignals;
use crate::reactive::memo;
use crate::state::{ChatState, Output};
use crate::{focus, local_storage, message_id, notification, preferences};

/// How long what was read, or is watched, waits for more before the server is told.
const TELL_READ_AFTER: Duration = Duration::from_millis(500);

/// Something that stands before the page until it is closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overlay {
    /// Where to go and what to do, by typing.
    QuickSwitcher,
    /// Which keys there are.
    Shortcuts,
    /// Offering a game, and the scores.
    Games,
    /// A game, as large as the screen allows: [`ChatContext::enlarged`].
    LargeGame,
}

/// See the module's documentation. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct ChatContext {
    chat: RwSignal<ChatState>,
    /// What the reader looks at; none on the start page.
    pub current: Memo<Option<To>>,
    pub status: RwSignal<Status>,
    /// Does the browser think that there is a network?
    pub has_network: RwSignal<bool>,
    /// The page is alive: what depends on the browser may be shown.
    pub is_hydrated: RwSignal<bool>,
    pub zone: RwSignal<Zone>,
    /// Milliseconds since 1970, to the minute or so: enough to know which day it is.
    pub now: RwSignal<i64>,
    /// The same to the second, as long as a clock of a game runs.
    pub now_seconds: RwSignal<i64>,
    pub choices: PreferenceSignals,
    pub overlay: RwSignal<Option<Overlay>>,
    /// The game that is shown large, as the end of its card's address: `tea#42`.
    pub enlarged: StoredValue<String>,
    /// Is told when the log is to be scrolled to its end.
    pub scroll_to_end: Trigger,
    /// Is told when the reader wants to see a message.
    pub scroll_to_target: Trigger,
    address: RwSignal<Address>,
    /// Names this tab among those of the browser.
    name: StoredValue<String>,
    /// What was typed and not sent, by place.
    composer_drafts: StoredValue<Vec<(To, String)>>,
    connection: StoredValue<Option<Connection>>,
    /// What came over the connection and is not taken in yet.
    queued_frames: StoredValue<Vec<ServerFrame>>,
    /// What was taken in is drawn with the next frame.
    is_render_scheduled: StoredValue<bool>,
}

/// The tab in which this component stands.
pub fn use_chat_context() -> ChatContext {
    expect_context()
}

impl ChatContext {
    /// The tab as it was drawn at first, at this time.
    pub fn new(chat: Chat, preferences: Preferences, now: i64) -> Self {
        let place = match (&chat.room, &chat.to) {
            (Some(conversation), _) => Some(To::Room(conversation.room.clone())),
            (None, to) => to.clone().map(To::User),
        };
        let address = RwSignal::new(Address { place, seq: None });
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

    /// The name of what the reader looks at: the room, or the other one; nothing on the start page.
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

    /// The public room that the reader looks at, if it is one.
    pub fn public_room(self) -> Option<String> {
        match self.current.get() {
            Some(To::Room(room)) if !is_direct(&room) => Some(room),
            _ => None,
        }
    }

    /// The path of a room's page at this seat.
    pub fn path(self, room: &str) -> String {
        room_path(self.account_slot(), room)
    }

    /// The path of the private conversation with somebody, or of the page that begins one.
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

    /// Which of the browser's seats this is.
    pub fn account_slot(self) -> u8 {
        self.with_untracked(|chat| chat.account_slot)
    }

    /// Goes to a path of this page.
    pub fn go(self, path: &str) {
        address::go(self.address, path);
    }

    /// Asks the server something that is asked again when it changes.
    pub fn with<T>(self, of: impl FnOnce(&ChatState) -> T) -> T {
        let (mut of, mut answer) = (Some(of), None);
        self.see(true, &mut |chat| answer = of.take().map(|of| of(chat)));
        answer.expect("the chat stands as long as its tab")
    }

    /// Asks the server something once.
    pub fn with_untracked<T>(self, of: impl FnOnce(&ChatState) -> T) -> T {
        let (mut of, mut answer) = (Some(of), None);
        self.see(false, &mut |chat| answer = of.take().map(|of| of(chat)));
        answer.expect("the chat stands as long as its tab")
    }

    /// Changes something in the server.
    pub fn update(self, change: impl FnOnce(&mut ChatState)) {
        let mut change = Some(change);
        self.change(true, &mut |chat| {
            if let Some(change) = change.take() {
                change(chat);
            }
        });
    }

    /// Changes something in the server that nothing on the screen depends on.
    pub fn update_untracked(self, change: impl FnOnce(&mut ChatState)) {
        let mut change = Some(change);
        self.change(false, &mut |chat| {
            if let Some(change) = change.take() {
                change(chat);
            }
        });
    }

    // Without type parameters, for the sake of the bundle: they are called from everywhere.
    fn see(self, tracked: bool, see: &mut dyn FnMut(&ChatState)) {
        match tracked {
            true => self.chat.with(|chat| see(chat)),
            false => self.chat.with_untracked(|chat| see(chat)),
        }
    }

    fn change(self, tracked: bool, change: &mut dyn FnMut(&mut ChatState)) {
        // A tab that is being closed has nothing left to change.
        let _ = match tracked {
            true => self.chat.try_update(|chat| change(chat)),
            false => self.chat.try_update_untracked(|chat| change(chat)),
        };
    }

    /// Lets the server act, then carries out its outputs.
    pub fn dispatch(self, act: impl FnOnce(&mut ChatState) -> Vec<Output>) {
        let mut outputs = Vec::new();
        self.update(|chat| outputs = act(chat));
        for output in outputs {
            self.run_output(output);
        }
    }

    /// Whether what is said has any prospect of being heard: a connection stands or is looked for.
    pub fn can_send(self) -> bool {
        !matches!(self.status.get_untracked(), Status::Stopped(_))
    }

    /// Says something.
    pub fn send_message(self, to: To, text: String) {
        self.dispatch(|chat| chat.send_message(to, message_id::fresh(), text, datetime::now()));
    }

    /// Does not wait any longer for the connection.
    pub fn connect_now(self) {
        self.notify_connection(Event::TryNow);
    }

    /// What was typed for a place and not sent.
    pub fn composer_draft(self, to: &To) -> String {
        let mut kept = self.composer_drafts.get_value().into_iter();
        let kept = kept.find(|(place, _)| place == to);
        kept.map(|(_, text)| text).unwrap_or_default()
    }

    /// Keeps what was typed for a place, until it is sent.
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

    /// Closes what stands before the page. The browser then gives the focus back, and the dialog's
    /// `close` takes it out of the page.
    pub fn close_overlay(self) {
        let open = document().query_selector("dialog[open]").ok().flatten();
        if let Some(dialog) = open.and_then(|it| it.dyn_into::<HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }

    /// Signing out leaves nothing behind; if anything is not sent, the reader is asked first. Says
    /// whether they still want to.
    pub fn forget(self) -> bool {
        let is_pending = self.with_untracked(|chat| !chat.outbox.entries().is_empty());
        let user = self.with_untracked(|chat| chat.user);
        // Also in another tab.
        if is_pending || !local_storage::composer_drafts(user).is_empty() {
            let is_sure = window().confirm_with_message(words().sign_out_loses);
            // Where nothing can be asked, what was said counts.
            if is_sure == Ok(false) {
                return false;
            }
        }
        self.update(|chat| chat.outbox = Outbox::default());
        local_storage::forget(user);
        true
    }

    /// The user has signed out, here or elsewhere: from now on nothing of theirs is kept.
    fn is_signed_out(self) -> bool {
        self.status.get_untracked() == Status::Stopped(Close::SignedOut.code())
    }

    fn run_output(self, output: Output) {
        match output {
            Output::Send(frame) => self.send(frame),
            Output::Navigate(Some(room)) => self.go(&self.path(&room)),
            Output::Navigate(None) => {
                // Back must not lead in again.
                address::replace(self.address, &[&base(self.account_slot()), "/"].concat());
                if preferences::has_keyboard() {
                    focus::soon("room-filter");
                }
            }
            Output::MoveDraft { from, to } => self.move_composer_draft(&from, &to),
            Output::ScrollToEnd => self.scroll_to_end.notify(),
            Output::ScrollToTarget => self.scroll_to_target.notify(),
            Output::SyncReadsSoon => {
                set_timeout(
                    move || self.dispatch(ChatState::sync_reads),
                    TELL_READ_AFTER,
                );
            }
            Output::SyncWatchedSoon => {
                set_timeout(
                    move || self.dispatch(ChatState::sync_watched),
                    TELL_READ_AFTER,
                );
            }
            Output::ExpireTyping(heard) => set_timeout(
                move || self.update(|chat| chat.expire_typing(heard)),
                TYPING_HOLDS,
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
            // Fails only if the page is on its way out anyway.
            Output::Reload => drop(window().location().reload()),
        }
    }

    /// Brings what is typed from one place to another, and whoever reads there.
    fn move_composer_draft(self, from: &To, to: &To) {
        let mut texts = vec![self.composer_draft(to), self.composer_draft(from)];
        texts.retain(|text| !text.is_empty());
        self.save_composer_draft(to, texts.join("\n"));
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
