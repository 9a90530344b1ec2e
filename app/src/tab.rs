//! This browser tab: the server as a signal, the connection, the address. Components read and act
//! through it; it carries out the server's errands. [`life`] holds what goes on by itself.

mod life;

use std::time::Duration;

use client::machine::{Event, LONGEST_WAIT, Status};
use client::{PendingMessages, To};
use leptos::prelude::*;
use protocol::limits::TYPING_HOLDS;
use protocol::{ClientFrame, Close, ServerFrame, is_direct};
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use crate::address::{self, Address};
use crate::clock::{self, Zone};
use crate::connection::Connection;
use crate::device::Choices;
use crate::first_paint::{Chat, Device, base, room_path, user_path};
use crate::i18n::words;
use crate::reactive::memo;
use crate::state::{ChatState, Errand};
use crate::{device, focus, memory, message_id, notification};

/// How long what was read, or is watched, waits for more before the server is told.
const TELL_READ_AFTER: Duration = Duration::from_millis(500);

/// Something that stands before the page until it is closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Overlay {
    /// Where to go and what to do, by typing.
    Palette,
    /// Which keys there are.
    Keys,
    /// Offering a game, and the scores.
    Play,
    /// A game, as large as the screen allows: [`Tab::enlarged`].
    Game,
}

/// See the module's documentation. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct Tab {
    chat: RwSignal<ChatState>,
    /// What the reader looks at; none on the start page.
    pub place: Memo<Option<To>>,
    pub status: RwSignal<Status>,
    /// Does the browser think that there is a network?
    pub has_network: RwSignal<bool>,
    /// The page is alive: what depends on the browser may be shown.
    pub alive: RwSignal<bool>,
    pub zone: RwSignal<Zone>,
    /// Milliseconds since 1970, to the minute or so: enough to know which day it is.
    pub now: RwSignal<i64>,
    /// The same to the second, as long as a clock of a game runs.
    pub second: RwSignal<i64>,
    pub choices: Choices,
    pub overlay: RwSignal<Option<Overlay>>,
    /// The game that is shown large, as the end of its card's address: `tea#42`.
    pub enlarged: StoredValue<String>,
    /// Is told when the log is to be scrolled to its end.
    pub end: Trigger,
    /// Is told when the reader wants to see a message.
    pub sought: Trigger,
    address: RwSignal<Address>,
    /// Names this tab among those of the browser.
    name: StoredValue<String>,
    /// What was typed and not sent, by place.
    unsent: StoredValue<Vec<(To, String)>>,
    connection: StoredValue<Option<Connection>>,
    /// What came over the connection and is not taken in yet.
    heard: StoredValue<Vec<ServerFrame>>,
    /// What was taken in is drawn with the next frame.
    is_drawing: StoredValue<bool>,
}

/// The tab in which this component stands.
pub fn use_tab() -> Tab {
    expect_context()
}

impl Tab {
    /// The tab as it was drawn at first, at this time.
    pub fn new(chat: Chat, device: Device, now: i64) -> Self {
        let place = match (&chat.room, &chat.to) {
            (Some(conversation), _) => Some(To::Room(conversation.room.clone())),
            (None, to) => to.clone().map(To::User),
        };
        let address = RwSignal::new(Address { place, seq: None });
        let tab = Self {
            chat: RwSignal::new(ChatState::new(chat, now)),
            place: memo(move || address.with(|address| address.place.clone())),
            status: RwSignal::new(Status::default()),
            has_network: RwSignal::new(true),
            alive: RwSignal::new(false),
            zone: RwSignal::new(Zone::Ahead(device.minutes_ahead)),
            now: RwSignal::new(now),
            second: RwSignal::new(now),
            choices: Choices::new(device),
            overlay: RwSignal::new(None),
            enlarged: StoredValue::default(),
            end: Trigger::new(),
            sought: Trigger::new(),
            address,
            name: StoredValue::default(),
            unsent: StoredValue::default(),
            connection: StoredValue::new(None),
            heard: StoredValue::default(),
            is_drawing: StoredValue::new(false),
        };
        tab.come_alive();
        tab.follow_address();
        tab.keep_memory();
        tab.keep_drafts();
        tab.keep_title();
        tab
    }

    /// The name of what the reader looks at: the room, or the other one; nothing on the start page.
    pub fn place_name(self) -> String {
        match self.place.get() {
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
        match self.place.get() {
            Some(To::Room(room)) if !is_direct(&room) => Some(room),
            _ => None,
        }
    }

    /// The path of a room's page at this seat.
    pub fn path(self, room: &str) -> String {
        room_path(self.seat(), room)
    }

    /// The path of the private conversation with somebody, or of the page that begins one.
    pub fn path_to(self, nickname: &str) -> String {
        let direct = self.with(|chat| {
            let room = chat.direct_with(nickname);
            room.map(str::to_owned)
        });
        match direct {
            Some(room) => self.path(&room),
            None => user_path(self.seat(), nickname),
        }
    }

    /// Which of the browser's seats this is.
    pub fn seat(self) -> u8 {
        self.with_untracked(|chat| chat.seat)
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

    /// Lets the server act, then carries out its errands.
    pub fn act(self, act: impl FnOnce(&mut ChatState) -> Vec<Errand>) {
        let mut errands = Vec::new();
        self.update(|chat| errands = act(chat));
        for errand in errands {
            self.carry_out(errand);
        }
    }

    /// Whether what is said has any prospect of being heard: a connection stands or is looked for.
    pub fn may_speak(self) -> bool {
        !matches!(self.status.get_untracked(), Status::Stopped(_))
    }

    /// Says something.
    pub fn say(self, to: To, text: String) {
        self.act(|chat| chat.say(to, message_id::fresh(), text, clock::now()));
    }

    /// Does not wait any longer for the connection.
    pub fn connect_now(self) {
        self.happened(Event::TryNow);
    }

    /// What was typed for a place and not sent.
    pub fn unsent(self, to: &To) -> String {
        let mut kept = self.unsent.get_value().into_iter();
        let kept = kept.find(|(place, _)| place == to);
        kept.map(|(_, text)| text).unwrap_or_default()
    }

    /// Keeps what was typed for a place, until it is sent.
    pub fn keep_unsent(self, to: &To, text: String) {
        if !self.is_signed_out() {
            let user = self.with_untracked(|chat| chat.user);
            memory::note_unsent(user, to, &text);
        }
        self.unsent.update_value(|unsent| {
            unsent.retain(|(place, _)| place != to);
            if !text.is_empty() {
                unsent.push((to.clone(), text));
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
        if is_pending || !memory::unsent(user).is_empty() {
            let is_sure = window().confirm_with_message(words().sign_out_loses);
            // Where nothing can be asked, what was said counts.
            if is_sure == Ok(false) {
                return false;
            }
        }
        self.update(|chat| chat.outbox = PendingMessages::default());
        memory::forget(user);
        true
    }

    /// The user has signed out, here or elsewhere: from now on nothing of theirs is kept.
    fn is_signed_out(self) -> bool {
        self.status.get_untracked() == Status::Stopped(Close::SignedOut.code())
    }

    fn carry_out(self, errand: Errand) {
        match errand {
            Errand::Send(frame) => self.send(frame),
            Errand::Open(Some(room)) => self.go(&self.path(&room)),
            Errand::Open(None) => {
                // Back must not lead in again.
                address::replace(self.address, &[&base(self.seat()), "/"].concat());
                if device::has_keyboard() {
                    focus::soon("finder");
                }
            }
            Errand::Move { from, to } => self.bring(&from, &to),
            Errand::ShowEnd => self.end.notify(),
            Errand::ShowTarget => self.sought.notify(),
            Errand::TellRead => {
                set_timeout(move || self.act(ChatState::tell_read), TELL_READ_AFTER);
            }
            Errand::TellWatched => {
                set_timeout(move || self.act(ChatState::tell_watched), TELL_READ_AFTER);
            }
            Errand::ForgetTypist(heard) => set_timeout(
                move || self.update(|chat| chat.forget_typist(heard)),
                TYPING_HOLDS,
            ),
            Errand::Ring(name) => notification::show(&(words().is_here)(&name)),
            Errand::SettleDown(connected) => set_timeout(
                move || self.update(|chat| chat.settle_down(connected)),
                LONGEST_WAIT,
            ),
            Errand::ResumeSending(wait) => set_timeout(
                move || self.act(ChatState::resume_sending),
                Duration::from_millis(wait),
            ),
            // Fails only if the page is on its way out anyway.
            Errand::Reload => drop(window().location().reload()),
        }
    }

    /// Brings what is typed from one place to another, and whoever reads there.
    fn bring(self, from: &To, to: &To) {
        let mut texts = vec![self.unsent(to), self.unsent(from)];
        texts.retain(|text| !text.is_empty());
        self.keep_unsent(to, texts.join("\n"));
        self.keep_unsent(from, String::new());
        let is_there = self
            .place
            .with_untracked(|place| place.as_ref() == Some(from));
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

    fn happened(self, event: Event) {
        self.connection.with_value(|connection| {
            if let Some(connection) = connection {
                connection.happened(event);
            }
        });
    }
}
