//! This browser tab: the house as a signal, the connection, the address. Components read and act
//! through it; it carries out the house's errands.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use leptos_router::location::{BrowserUrl, LocationProvider};
use protocol::{ClientFrame, is_direct};

use crate::connection::machine::{Event, LONGEST_WAIT, Status};
use crate::connection::{self, Connection, News};
use crate::first_paint::{Chat, base, room_at, room_path};
use crate::house::{Errand, House};
use crate::i18n::words;
use crate::outbox::To;
use crate::{memory, message_id};

/// How often a visible tab asks which rooms there are.
const ROOMS_EVERY: Duration = Duration::from_secs(30);

/// See the module's documentation. Cheap to copy: it holds only handles.
#[derive(Clone, Copy)]
pub struct Tab {
    pub house: RwSignal<House>,
    /// What the reader looks at; none on the start page.
    pub place: Memo<Option<To>>,
    pub status: RwSignal<Status>,
    /// The page is alive: what depends on the browser may be shown, like its time zone.
    pub alive: RwSignal<bool>,
    /// Somebody to whom a first private message is being written, instead of the address' room.
    writing_to: RwSignal<Option<String>>,
    /// What was typed and not sent, by place.
    unsent: StoredValue<Vec<(To, String)>>,
    connection: StoredValue<Option<Connection>>,
    go: Callback<String>,
}

/// The tab in which this component stands.
pub fn use_tab() -> Tab {
    expect_context()
}

impl Tab {
    /// Must be called inside a router.
    pub fn new(chat: Chat) -> Self {
        let pathname = use_location().pathname;
        let navigate = use_navigate();
        let asked = pathname.with_untracked(|path| room_at(path));
        let house = RwSignal::new(House::new(chat, asked.as_deref()));
        let writing_to = RwSignal::new(None::<String>);
        let place = Memo::new(move |_| {
            if let Some(nickname) = writing_to.get() {
                return Some(To::Person(nickname));
            }
            let asked = pathname.with(|path| room_at(path))?;
            let room = house.with(|house| house.spelled(&asked).to_owned());
            Some(To::Room(room))
        });
        let tab = Self {
            house,
            place,
            status: RwSignal::new(Status::default()),
            alive: RwSignal::new(false),
            writing_to,
            unsent: StoredValue::default(),
            connection: StoredValue::new(None),
            go: Callback::new(move |path: String| navigate(&path, NavigateOptions::default())),
        };
        tab.come_alive();
        tab.follow_address(pathname);
        tab.keep_memory();
        tab.keep_title();
        tab
    }

    /// The name of what the reader looks at: the room, or the other one; nothing on the start page.
    pub fn place_name(self) -> String {
        match self.place.get() {
            None => String::new(),
            Some(To::Person(nickname)) => nickname,
            Some(To::Room(room)) if is_direct(&room) => self
                .house
                .with(|house| house.with(&room).unwrap_or_default().to_owned()),
            Some(To::Room(room)) => room,
        }
    }

    /// The path of a room's page at this seat.
    pub fn path(self, room: &str) -> String {
        room_path(self.seat(), room)
    }

    /// Which of the browser's seats this is.
    pub fn seat(self) -> u8 {
        self.house.with_untracked(|house| house.seat)
    }

    /// Lets the house act, then carries out its errands.
    pub fn act(self, act: impl FnOnce(&mut House) -> Vec<Errand>) {
        if let Some(errands) = self.house.try_update(act) {
            for errand in errands {
                self.carry_out(errand);
            }
        }
    }

    /// Whether what is said has any prospect of being heard: a connection stands or is looked for.
    pub fn may_speak(self) -> bool {
        !matches!(self.status.get_untracked(), Status::Stopped(_))
    }

    /// Says something.
    pub fn say(self, to: To, text: String) {
        self.act(|house| house.say(to, message_id::fresh(), text));
    }

    /// Shows the private conversation with somebody, or the means to begin one.
    pub fn write_to(self, nickname: String) {
        let direct = self.house.with_untracked(|house| {
            let room = house.direct_with(&nickname);
            room.map(str::to_owned)
        });
        match direct {
            Some(room) => self.carry_out(Errand::Open(Some(room))),
            None => self.writing_to.set(Some(nickname)),
        }
    }

    /// Back to the room of the address.
    pub fn stop_writing(self) {
        self.writing_to.set(None);
    }

    /// What was typed for a place and not sent.
    pub fn unsent(self, to: &To) -> String {
        let text = self.unsent.with_value(|unsent| {
            let kept = unsent.iter().find(|(place, _)| place == to);
            kept.map(|(_, text)| text.clone())
        });
        text.unwrap_or_default()
    }

    /// Keeps what was typed for a place while the reader looks elsewhere.
    pub fn keep_unsent(self, to: &To, text: String) {
        self.unsent.update_value(|unsent| {
            unsent.retain(|(place, _)| place != to);
            if !text.is_empty() {
                unsent.push((to.clone(), text));
            }
        });
    }

    fn carry_out(self, errand: Errand) {
        match errand {
            Errand::Send(frame) => self.send(frame),
            Errand::Open(room) => {
                self.writing_to.set(None);
                self.go.run(match room {
                    Some(room) => self.path(&room),
                    None => [&base(self.seat()), "/"].concat(),
                });
            }
            Errand::Move { from, to } => self.bring(&from, &to),
            Errand::SettleDown => {
                set_timeout(move || self.house.update(House::settle_down), LONGEST_WAIT);
            }
            Errand::ResumeSending(wait) => set_timeout(
                move || self.act(House::resume_sending),
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
            self.carry_out(Errand::Open(Some(room.clone())));
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

    /// Once the browser has taken the page over: what it remembers, then the connection.
    fn come_alive(self) {
        Effect::new(move |_| {
            let person = self.house.with_untracked(|house| house.person);
            self.house.update(|house| {
                house.look(!document().hidden());
                house.remember(&memory::rooms(person), &memory::read(person));
            });
            self.alive.set(true);
            let Some(address) = connection::address(&base(self.seat())) else {
                return;
            };
            let connection = Connection::start(address, move |news| self.hear(news));
            self.connection.set_value(Some(connection));

            window_event_listener_untyped("online", move |_| self.happened(Event::NetworkBack));
            window_event_listener_untyped("visibilitychange", move |_| {
                let visible = !document().hidden();
                self.house.update(|house| house.look(visible));
                if visible {
                    self.happened(Event::TabShown);
                    self.send(ClientFrame::Rooms);
                }
            });
            window_event_listener(leptos::ev::storage, move |event| {
                let read = memory::read(person);
                self.house.update(|house| house.also_read(&read));
                let (entered, left) = memory::rooms_changed(person, &event);
                self.act(|house| house.follow(&entered, &left));
            });
            let ask_for_rooms = move || {
                if !document().hidden() {
                    self.send(ClientFrame::Rooms);
                }
            };
            set_interval(ask_for_rooms, ROOMS_EVERY);
        });
    }

    fn hear(self, news: News) {
        match news {
            News::Status(status) => {
                self.status.set(status);
                if status != Status::Online {
                    self.house.update(House::disconnected);
                }
            }
            // One update for all that came together, so that the page is drawn once.
            News::Frames(frames) => self.act(|house| {
                let errands = frames.into_iter().map(|frame| house.hear(frame));
                errands.flatten().collect()
            }),
        }
    }

    fn follow_address(self, pathname: Memo<String>) {
        let router = use_context::<BrowserUrl>();
        Effect::new(move |_| {
            pathname.track();
            self.writing_to.set(None);
            // What `Routes` would do: a click on a link becomes the new address. There are no
            // routes because there is one page, which shows the room that the address names.
            if let Some(router) = &router {
                router.ready_to_complete();
            }
        });
        Effect::new(move |_| {
            let room = match self.place.get() {
                Some(To::Room(room)) => Some(room),
                Some(To::Person(_)) | None => None,
            };
            self.act(|house| house.open(room));
        });
    }

    fn keep_memory(self) {
        let mine = Memo::new(move |_| self.house.with(|house| house.mine().clone()));
        let read = Memo::new(move |_| self.house.with(|house| house.read().clone()));
        Effect::new(move |before: Option<_>| {
            let now = mine.get();
            let person = self.house.with_untracked(|house| house.person);
            memory::change_rooms(person, &before.unwrap_or_default(), &now);
            now
        });
        Effect::new(move |_| {
            let person = self.house.with_untracked(|house| house.person);
            read.with(|read| memory::note_read(person, read));
        });
    }

    fn keep_title(self) {
        let unread = Memo::new(move |_| self.house.with(House::all_unread));
        Effect::new(move |_| {
            let title = (words().title)(&self.place_name(), unread.get());
            document().set_title(&title);
        });
    }
}
