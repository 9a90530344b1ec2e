//! For fuzzing: the work of the writer without its thread, fed with the frames of several users.

use std::{path::Path, sync::Arc, time::Duration};

use protocol::{ClientFrame, Code, Message, MessageId, Nickname, RoomName, is_direct, limits};

use super::{
    post_commit::PostCommit,
    reply::{MessageReply, Reply},
    requests::{Author, Destination, Draft, DraftBody, ReadMarker, SignIn, WriteRequest},
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

/// The users' nicknames. A frame names its user by the index in this list.
pub const USERS: [&str; 4] = ["Anna", "Ben", "Carl", "Dora"];

/// How long a new user's nickname is reserved.
const RESERVATION: Duration = Duration::from_secs(60);

/// The outcome of a frame.
#[derive(Clone, Debug)]
pub enum FrameOutcome {
    Stored(Message),
    Refused(Code),
    /// Nothing was written, or no event.
    Nothing,
}

/// A writer with a data directory of its own, and users who may send it any frame that can be
/// decoded.
pub struct FuzzWriter {
    state: WriterState,
    store: Arc<Store>,
    users: Vec<Author>,
    send_queue: Arc<SendQueue>,
    sent: u64,
}

impl FuzzWriter {
    /// Creates a database with the users. A fuzzing run opens a copy of it.
    ///
    /// # Errors
    /// If the data directory or its database cannot be created.
    pub fn prepare(dir: &Path) -> anyhow::Result<()> {
        let store = Store::open(dir, Durability::Normal)?;
        let db = store.connect()?;
        for nickname in USERS {
            let nickname = Nickname::parse(nickname).map_err(|it| anyhow::anyhow!(it.message))?;
            let user = users::add_user(db.db(), &nickname, 0)?;
            users::reserve_nickname(db.db(), user, &nickname, RESERVATION.as_millis() as i64, 0)?;
        }
        Ok(())
    }

    /// Opens a data directory whose database was [prepared](Self::prepare).
    ///
    /// # Errors
    /// If it cannot be opened, or does not have the users.
    pub fn open(dir: &Path) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(dir, Durability::Normal)?);
        let db = store.connect()?;
        let users = USERS.iter().map(|nickname| {
            let parsed = Nickname::parse(nickname).map_err(|it| anyhow::anyhow!(it.message))?;
            let found = users::find_by_nickname(db.db(), &parsed, 0)?;
            let (user, nickname) = found.ok_or_else(|| anyhow::anyhow!("not prepared"))?;
            Ok(Author {
                address: None,
                user,
                nickname,
                alias: None,
                is_bot: false,
            })
        });
        let users = users.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            state: WriterState::new(Arc::clone(&store), db, Arc::default())?,
            store,
            users,
            send_queue: SendQueue::detached(),
            sent: 0,
        })
    }

    /// Writes the frames of these users in one transaction, at this time, without the checks of a
    /// session. Returns `None` if the batch failed.
    pub fn write(&mut self, batch: &[(usize, ClientFrame)], now: i64) -> Option<Vec<FrameOutcome>> {
        let mut requests = Vec::new();
        let mut is_written = Vec::new();
        for (user, frame) in batch {
            let request = self.request_of(*user, frame.clone());
            is_written.push(request.is_some());
            requests.extend(request);
        }
        let mut actions = self.state.write(&requests, now).actions?.into_iter();
        let outcomes = is_written.into_iter().map(|is_written| {
            let action = is_written.then(|| actions.next()).flatten();
            match action {
                Some(PostCommit::Stored((message, _), _) | PostCommit::Resent(message, _)) => {
                    FrameOutcome::Stored(message)
                }
                Some(PostCommit::Refuse(_, refusal)) => FrameOutcome::Refused(refusal.code),
                Some(
                    PostCommit::Deleted(..)
                    | PostCommit::PublishAll(_)
                    | PostCommit::ReadMarkerAdvanced(..)
                    | PostCommit::Connect(..)
                    | PostCommit::Answer(_)
                    | PostCommit::Nothing,
                )
                | None => FrameOutcome::Nothing,
            }
        });
        Some(outcomes.collect())
    }

    /// Returns all events of a room's log.
    ///
    /// # Errors
    /// The database's error.
    pub fn log(&self, room: &str) -> Result<Vec<Message>, Error> {
        let db = self.store.connect()?;
        let (mut log, mut before) = (Vec::new(), None);
        loop {
            let page = events::page_before(
                db.db(),
                room,
                before,
                limits::HISTORY_PAGE,
                EventFilter::All,
            )?;
            before = page.messages.first().map(|first| first.seq);
            log.splice(..0, page.messages);
            if !page.more {
                return Ok(log);
            }
        }
    }

    /// Returns the request that a frame leads to. `leave`, `ping` and `pong` lead to none, so here
    /// they stand for the requests that the server makes on its own.
    fn request_of(&mut self, user: usize, frame: ClientFrame) -> Option<WriteRequest> {
        let author = self.users[user % self.users.len()].clone();
        Some(match frame {
            ClientFrame::Room { to, id, text } => {
                let destination = room(to)?;
                self.draft(author, destination, id, DraftBody::Text(text))?
            }
            ClientFrame::Private { to, id, text } => {
                let destination = Destination::User(Nickname::parse(&to).ok()?);
                self.draft(author, destination, id, DraftBody::Text(text))?
            }
            ClientFrame::Game { to, id, act } => {
                let destination = room(to)?;
                self.draft(author, destination, id, DraftBody::Game(act))?
            }
            ClientFrame::Read { room, seq } => WriteRequest::AdvanceReadMarker(ReadMarker {
                user: author.user,
                room,
                seq,
            }),
            ClientFrame::Login { nickname, .. } => {
                self.sent += 1;
                let sign_in = SignIn {
                    may_be_reserved: Ok(()),
                    nickname: Nickname::parse(&nickname?).ok()?,
                    reservation: RESERVATION,
                    // The server's secrets are random, so no two of them are the same.
                    secret: SecretHash::of(&self.sent.to_string()),
                };
                WriteRequest::SignIn(sign_in, Reply::channel().0)
            }
            ClientFrame::Leave { .. } => WriteRequest::Disconnected(author.user.0.unsigned_abs()),
            ClientFrame::Ping => WriteRequest::TimeoutGames,
            ClientFrame::Pong => WriteRequest::Expire,
            ClientFrame::Join { .. }
            | ClientFrame::Logout
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
        destination: Destination,
        id: Option<String>,
        body: DraftBody,
    ) -> Option<WriteRequest> {
        self.sent += 1;
        let id = id.unwrap_or_else(|| format!("fresh {}", self.sent));
        Some(WriteRequest::Send(Draft {
            author,
            reply: MessageReply::Socket(Arc::clone(&self.send_queue)),
            destination,
            id: MessageId::parse(&id).ok()?,
            body,
            precondition: Ok(()),
        }))
    }
}

fn room(to: String) -> Option<Destination> {
    match is_direct(&to) {
        true => Some(Destination::Direct(to)),
        false => RoomName::parse(&to).ok().map(Destination::Public),
    }
}
