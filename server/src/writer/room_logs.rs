//! Appends events to the room logs: resolves a message's destination, gives the message the next
//! number of its room, and writes it. Advances read markers, which depend on the newest numbers.

mod removals;

use std::collections::HashMap;

use protocol::{Code, LogPosition, Message, Nickname, RoomName, UserId, is_direct};

use super::{
    error::WriteError,
    post_commit::Publication,
    requests::{Author, Destination, Draft, ReadMarker},
};
use crate::{
    clock,
    hub::Audience,
    store::{
        Db, Error, events, read_markers,
        rooms::{self, DirectRoom, LogState},
        users,
    },
};

/// How many rooms are cached. The others are read from the database when they are needed.
const CACHED_ROOMS: usize = 10_000;

/// The author's name in the events of the server.
pub const SERVER_NAME: &str = "Parlor";

/// The rooms that events were appended to most recently, with the states of their logs.
#[derive(Default)]
pub struct RoomLogs {
    /// By the name or id.
    rooms: HashMap<String, CachedRoom>,
    /// Rooms whose log state has to be stored with this batch.
    changed: Vec<String>,
}

#[derive(Clone, Copy)]
struct CachedRoom {
    log: LogState,
    audience: Audience,
    /// Whether the room is in [`RoomLogs::changed`].
    has_changed: bool,
}

/// A room to which an event can be appended.
pub struct RoomRef {
    /// The name or id.
    name: String,
    cached: CachedRoom,
    /// The other member's nickname, in a private conversation.
    addressee: Option<String>,
}

impl RoomRef {
    /// The room's row.
    pub fn room_id(&self) -> i64 {
        self.cached.log.room_id
    }

    /// Returns the other member of a private conversation.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        let members = self.cached.audience.members()?;
        members.into_iter().find(|member| *member != user)
    }

    /// Gives the message the next number of the room's log.
    fn append(&mut self, message: &mut Message) {
        self.cached.log.advance(message.is_hidden());
        message.room.clone_from(&self.name);
        message.seq = self.cached.log.last_seq;
        message.hidden = self.cached.log.hidden;
        message.to = self.addressee.take();
    }
}

/// What became of a message.
pub enum Appended {
    Stored(Publication),
    /// The author has used the id before: the original event, in its present state.
    Resent(Message),
}

impl RoomLogs {
    /// Appends a text message to its room's log, and writes it. A resend, whose id the author has
    /// used before, is answered with the original event.
    pub fn append_message(
        &mut self,
        db: Db<'_>,
        draft: &Draft,
        text: &str,
        now: i64,
    ) -> Result<Appended, WriteError> {
        let author = &draft.author;
        // If the room is cached, the insert below finds a resend. Otherwise the id is looked up
        // first, because resolving the destination may create a room.
        if !self.is_cached(&draft.destination, author.user)
            && let Some(original) = events::find_by_client_id(db, author.user, draft.id.as_str())?
        {
            return resent(draft, original);
        }
        let mut room = self.resolve(db, &draft.destination, author.user, now)?;
        let mut message = Message {
            from: display_name(db, author, now)?,
            author: author.user,
            id: draft.id.as_str().to_owned(),
            at: clock::to_wall(now),
            bot: author.is_bot,
            body: text.into(),
            ..Message::default()
        };
        // The number is taken inside the transaction: if writing the message fails, so do all later
        // requests of the batch, and no number is lost.
        room.append(&mut message);
        let CachedRoom { log, audience, .. } = room.cached;
        if !events::add(db, log, &message)? {
            let original = events::find_by_client_id(db, author.user, draft.id.as_str())?;
            // The event that conflicted with the insert is in the table.
            return resent(
                draft,
                original.ok_or(Error::Missing("the event with a used id"))?,
            );
        }
        self.cache(&message.room, room.cached);
        Ok(Appended::Stored((message, audience)))
    }

    /// Gives an event the next number of the room's log. The caller writes the event.
    pub fn append(&mut self, mut room: RoomRef, message: &mut Message) -> (LogState, Audience) {
        room.append(message);
        self.cache(&message.room, room.cached);
        (room.cached.log, room.cached.audience)
    }

    /// Returns the room of a destination if the author may send there. Creates a room that is new.
    pub fn resolve(
        &self,
        db: Db<'_>,
        destination: &Destination,
        author: UserId,
        now: i64,
    ) -> Result<RoomRef, WriteError> {
        match destination {
            Destination::Public(room) => self.public(db, room),
            Destination::Stored(room) => {
                let stored = self.stored_room(db, room.as_str())?;
                Ok(stored.ok_or(Code::NotInRoom)?)
            }
            Destination::Direct(room) => self.direct(db, room, author),
            Destination::User(nickname) => self.with_user(db, author, nickname, now),
        }
    }

    /// Returns the stored room with exactly this name or conversation id.
    pub fn stored_room(&self, db: Db<'_>, name: &str) -> Result<Option<RoomRef>, Error> {
        let cached = match self.rooms.get(name) {
            Some(cached) => Some(*cached),
            None if is_direct(name) => rooms::direct(db, name)?.map(CachedRoom::from),
            None => rooms::log(db, name)?.map(|log| CachedRoom::public(name, log)),
        };
        Ok(cached.map(|cached| RoomRef {
            name: name.to_owned(),
            cached,
            addressee: None,
        }))
    }

    /// Returns whether the destination is a cached room that the author may send to.
    fn is_cached(&self, destination: &Destination, author: UserId) -> bool {
        match destination {
            Destination::Public(room) | Destination::Stored(room) => {
                self.rooms.contains_key(room.as_str())
            }
            Destination::Direct(room) => self
                .rooms
                .get(room)
                .and_then(|cached| cached.audience.members())
                .is_some_and(|members| members.contains(&author)),
            Destination::User(_) => false,
        }
    }

    /// Caches a room whose log state has to be stored with this batch.
    fn cache(&mut self, name: &str, mut room: CachedRoom) {
        if self.rooms.len() >= CACHED_ROOMS && self.changed.is_empty() {
            self.rooms.clear();
        }
        if !std::mem::replace(&mut room.has_changed, true) {
            self.changed.push(name.to_owned());
        }
        match self.rooms.get_mut(name) {
            Some(cached) => *cached = room,
            None => {
                self.rooms.insert(name.to_owned(), room);
            }
        }
    }

    /// Advances a user's read marker, at most to the newest event, which may be one of this batch.
    /// A marker never moves back: then the result is `None`. In a room that is not stored there is
    /// nothing to read.
    pub fn advance_read_marker(
        &self,
        db: Db<'_>,
        marker: &ReadMarker,
    ) -> Result<Option<LogPosition>, Error> {
        let log = match self.rooms.get(&marker.room) {
            Some(cached) => Some(cached.log),
            None => rooms::log(db, &marker.room)?,
        };
        let Some(log) = log else {
            return Ok(None);
        };
        let seq = marker.seq.min(log.last_seq);
        if !read_markers::advance(db, marker.user, log, seq)? {
            return Ok(None);
        }
        let hidden = match seq == log.last_seq || log.hidden == 0 {
            true => log.hidden,
            false => events::hidden_up_to(db, log.room_id, seq)?,
        };
        Ok(Some(LogPosition { seq, hidden }))
    }

    /// Stores the log states of the rooms that have changed.
    pub fn store(&mut self, db: Db<'_>, now: i64) -> Result<(), Error> {
        for name in self.changed.drain(..) {
            if let Some(room) = self.rooms.get_mut(&name) {
                room.has_changed = false;
                rooms::set_last(db, room.log, now)?;
            }
        }
        Ok(())
    }

    fn public(&self, db: Db<'_>, room: &RoomName) -> Result<RoomRef, WriteError> {
        let cached = match self.rooms.get(room.as_str()) {
            Some(cached) => *cached,
            None => {
                let log = match rooms::log(db, room.as_str())? {
                    Some(log) => log,
                    None if rooms::confusable(db, room)? => {
                        return Err(Code::RoomNameTaken.into());
                    }
                    None => rooms::add_public(db, room)?,
                };
                CachedRoom::public(room.as_str(), log)
            }
        };
        Ok(RoomRef {
            name: room.as_str().to_owned(),
            cached,
            addressee: None,
        })
    }

    /// Returns the private conversation with this id if the author is a member. The refusal does
    /// not reveal whether the conversation exists.
    pub fn direct(&self, db: Db<'_>, id: &str, author: UserId) -> Result<RoomRef, WriteError> {
        let cached = match self.rooms.get(id) {
            Some(cached) => Some(*cached),
            None => rooms::direct(db, id)?.map(CachedRoom::from),
        };
        let members = |room: CachedRoom| Some((room, room.audience.members()?));
        let (cached, members) = cached.and_then(members).ok_or(Code::NotInRoom)?;
        let direct = DirectRoom {
            log: cached.log,
            members,
        };
        let other = direct.other(author).ok_or(Code::NotInRoom)?;
        Ok(RoomRef {
            name: id.to_owned(),
            cached,
            addressee: Some(rooms::last_nickname(db, other)?),
        })
    }

    /// Returns the private conversation of the author with the user who has this nickname.
    /// Creates it if it is new.
    fn with_user(
        &self,
        db: Db<'_>,
        author: UserId,
        nickname: &Nickname,
        now: i64,
    ) -> Result<RoomRef, WriteError> {
        let found = users::find_by_nickname(db, nickname, now)?;
        let (other, nickname) = found.ok_or(Code::NoSuchUser)?;
        if other == author {
            return Err(Code::ToYourself.into());
        }
        if let Some(id) = rooms::direct_between(db, author, other)? {
            return self.direct(db, &id, author);
        }
        // 128 random bits, so that only the two members know the id.
        let id = format!("{}{:032x}", protocol::DIRECT_PREFIX, rand::random::<u128>());
        let cached = CachedRoom::from(rooms::add_direct(db, &id, author, other)?);
        Ok(RoomRef {
            name: id,
            cached,
            addressee: Some(nickname),
        })
    }
}

/// Returns the name that a message shows: the alias, unless it is another user's nickname.
fn display_name(db: Db<'_>, author: &Author, now: i64) -> Result<String, Error> {
    if let Some(alias) = &author.alias
        && !users::is_in_use(db, alias, Some(author.user), now)?
    {
        return Ok(alias.as_str().to_owned());
    }
    Ok(author.nickname.clone())
}

/// Compares a draft with the author's event of the same id.
///
/// # Errors
/// [`Code::IdReused`] if they are not the same message.
pub fn resent(draft: &Draft, original: Message) -> Result<Appended, WriteError> {
    match draft.body.matches(&original) && draft.destination.matches(&original) {
        true => Ok(Appended::Resent(original)),
        false => Err(Code::IdReused.into()),
    }
}

impl CachedRoom {
    fn public(name: &str, log: LogState) -> Self {
        Self {
            log,
            audience: Audience::of_public(name),
            has_changed: false,
        }
    }
}

impl From<DirectRoom> for CachedRoom {
    fn from(direct: DirectRoom) -> Self {
        Self {
            log: direct.log,
            audience: Audience::Direct(direct.members),
            has_changed: false,
        }
    }
}
