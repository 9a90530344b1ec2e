//! The writer's work alone, fed with frames of several users: a door for the fuzzer.

use std::{path::Path, sync::Arc, time::Duration};

use protocol::{ClientFrame, Code, Message, MessageId, Nickname, RoomName, is_direct, limits};
use tokio::sync::oneshot;

use super::{
    requests::{
        Author, Destination, Draft, DraftBody, Outcome, ReadMarker, Reply, SignIn, WriteRequest,
    },
    state::WriterState,
};
use crate::{
    send_queue::SendQueue,
    store::{
        Durability, Error, Store,
        events::{self, EventFilter},
        users::{self, SecretHash},
    },
};

/// The users' nicknames; a frame's user is a place in this list.
pub const USERS: [&str; 4] = ["Anna", "Ben", "Carl", "Dora"];

/// How long a new user's nickname is reserved.
const HOLD: Duration = Duration::from_secs(60);

/// What came of a frame.
#[derive(Clone, Debug)]
pub enum Answer {
    Stored(Message),
    Refused(Code),
    /// It asks for nothing that is written, or for nothing that anybody is told.
    Nothing,
}

/// A writer on a folder of its own, and some users who may send it whatever can be decoded.
pub struct Frames {
    state: WriterState,
    store: Arc<Store>,
    users: Vec<Author>,
    send_queue: Arc<SendQueue>,
    sent: u64,
}

impl Frames {
    /// A database with the users in it, to be copied.
    ///
    /// # Errors
    /// If the folder or the database in it cannot be had.
    pub fn prepare(folder: &Path) -> anyhow::Result<()> {
        let store = Store::open(folder, Durability::Normal)?;
        let db = store.connect()?;
        for nickname in USERS {
            let nickname = Nickname::parse(nickname).map_err(|it| anyhow::anyhow!(it.message))?;
            let user = users::add_user(&db, &nickname, 0)?;
            users::reserve_nickname(&db, user, &nickname, HOLD.as_millis() as i64, 0)?;
        }
        Ok(())
    }

    /// Opens a folder that was prepared.
    ///
    /// # Errors
    /// If that cannot be done.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(folder, Durability::Normal)?);
        let db = store.connect()?;
        let users = USERS.iter().map(|nickname| {
            let parsed = Nickname::parse(nickname).map_err(|it| anyhow::anyhow!(it.message))?;
            let holder = users::find_by_nickname(&db, &parsed, 0)?;
            let (user, nickname) = holder.ok_or_else(|| anyhow::anyhow!("not prepared"))?;
            Ok(Author {
                user,
                nickname,
                alias: None,
                is_bot: false,
            })
        });
        let users = users.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            state: WriterState::new(Arc::clone(&store), db)?,
            store,
            users,
            send_queue: SendQueue::detached(),
            sent: 0,
        })
    }

    /// Writes the frames of these users in one transaction, at this time. What a session checks before
    /// is not checked. None if the batch failed.
    pub fn write(&mut self, batch: &[(usize, ClientFrame)], now: i64) -> Option<Vec<Answer>> {
        let mut writes = Vec::new();
        let mut places = Vec::new();
        for (user, frame) in batch {
            let write = self.write_of(*user, frame.clone());
            places.push(write.is_some());
            writes.extend(write);
        }
        let mut outcomes = self.state.write(&writes, now).outcomes?.into_iter();
        let answers = places.into_iter().map(|is_written| {
            let outcome = is_written.then(|| outcomes.next()).flatten();
            match outcome {
                Some(Outcome::Stored { message, .. } | Outcome::Duplicate(message)) => {
                    Answer::Stored(message)
                }
                Some(Outcome::Refused(refusal)) => Answer::Refused(refusal.code),
                Some(
                    Outcome::TimedOut(_)
                    | Outcome::ReadMarkerAdvanced(_)
                    | Outcome::Authenticated { .. }
                    | Outcome::Done,
                )
                | None => Answer::Nothing,
            }
        });
        Some(answers.collect())
    }

    /// Everything in a room's log.
    ///
    /// # Errors
    /// If the database does not answer.
    pub fn log(&self, room: &str) -> Result<Vec<Message>, Error> {
        let db = self.store.connect()?;
        let (mut log, mut before) = (Vec::new(), None);
        loop {
            let page =
                events::page_before(&db, room, before, limits::HISTORY_PAGE, EventFilter::All)?;
            before = page.messages.first().map(|first| first.seq);
            log.splice(..0, page.messages);
            if !page.more {
                return Ok(log);
            }
        }
    }

    /// What a frame has the writer do. Those that are only answered stand for what the server does by
    /// itself.
    fn write_of(&mut self, user: usize, frame: ClientFrame) -> Option<WriteRequest> {
        let author = self.users[user % self.users.len()].clone();
        Some(match frame {
            ClientFrame::Room { to, id, text } => {
                let place = room(to)?;
                self.draft(author, place, id, DraftBody::Text(text))?
            }
            ClientFrame::Private { to, id, text } => {
                let place = Destination::User(Nickname::parse(&to).ok()?);
                self.draft(author, place, id, DraftBody::Text(text))?
            }
            ClientFrame::Game { to, id, act } => {
                let place = room(to)?;
                self.draft(author, place, id, DraftBody::Game(act))?
            }
            ClientFrame::Read { room, seq } => WriteRequest::AdvanceReadMarker(ReadMarker {
                user: author.user,
                room,
                seq,
            }),
            ClientFrame::Login { nickname, .. } => {
                self.sent += 1;
                let sign_in = SignIn {
                    nickname: Nickname::parse(&nickname?).ok()?,
                    reservation: HOLD,
                    // The server makes up secrets, no two the same.
                    secret: SecretHash::of(&self.sent.to_string()),
                };
                WriteRequest::SignIn(sign_in, oneshot::channel().0)
            }
            ClientFrame::Leave { .. } => WriteRequest::Disconnected(author.user),
            ClientFrame::Ping => WriteRequest::TimeoutGames,
            ClientFrame::Pong => WriteRequest::Expire,
            ClientFrame::Join { .. }
            | ClientFrame::Games
            | ClientFrame::Scores { .. }
            | ClientFrame::Watch { .. }
            | ClientFrame::History { .. }
            | ClientFrame::Rooms
            | ClientFrame::Typing { .. } => return None,
        })
    }

    fn draft(
        &mut self,
        author: Author,
        place: Destination,
        id: Option<String>,
        body: DraftBody,
    ) -> Option<WriteRequest> {
        self.sent += 1;
        let id = id.unwrap_or_else(|| format!("fresh {}", self.sent));
        Some(WriteRequest::Send(Draft {
            author,
            reply: Reply::Socket(Arc::clone(&self.send_queue)),
            destination: place,
            id: MessageId::parse(&id).ok()?,
            body,
            is_charged: false,
        }))
    }
}

fn room(to: String) -> Option<Destination> {
    match is_direct(&to) {
        true => Some(Destination::Direct(to)),
        false => RoomName::parse(&to).ok().map(Destination::Public),
    }
}
