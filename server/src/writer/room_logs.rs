//! Each room's newest sequence number: how a message gets the next one, and up to where anybody can
//! have read.

use std::collections::HashMap;

use protocol::{Code, Mark, Message, Nickname, RoomName, UserId, is_direct};

use super::requests::{Author, Destination, Draft, Outcome, ReadMarker, refused};
use crate::store::{
    Connection, Error, events, read_markers,
    rooms::{self, DirectRoom, LogState},
    users,
};

/// Rooms that are remembered at the same time; the others are looked up again.
const REMEMBERED: usize = 10_000;

/// The logs of the rooms that were written to lately.
#[derive(Default)]
pub struct RoomLogs {
    known: HashMap<String, Known>,
    /// Those whose newest number has to be stored with this batch.
    changed: Vec<String>,
}

#[derive(Clone, Copy)]
struct Known {
    log: LogState,
    members: Option<[UserId; 2]>,
    /// Is it among those whose number has to be stored?
    has_changed: bool,
}

/// A room that the message may go to.
pub struct RoomRef {
    room: String,
    known: Known,
    /// The nickname of the other one, in a private conversation.
    addressee: Option<String>,
}

impl RoomRef {
    /// The room's row in the database.
    pub fn room_id(&self) -> i64 {
        self.known.log.room_id
    }

    /// The other one, in a private conversation.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        let members = self.known.members?;
        members.into_iter().find(|member| *member != user)
    }

    /// Puts the message at the end of the room's log.
    fn append(&mut self, message: &mut Message) {
        self.known.log.advance(message.is_hidden());
        message.room.clone_from(&self.room);
        message.seq = self.known.log.last_seq;
        message.hidden = self.known.log.hidden;
        message.to = self.addressee.take();
    }
}

impl RoomLogs {
    /// Gives the message its place and writes it, once: an id that this author used before is
    /// answered with the first event.
    pub fn append_message(
        &mut self,
        db: &Connection,
        draft: &Draft,
        text: &str,
        now: i64,
    ) -> Result<Outcome, Error> {
        let author = &draft.author;
        // Where the room is remembered, writing shows whether it was said before. Elsewhere that is
        // asked first: to find the place of a message may make one.
        if !self.remembers(&draft.destination, author.user)
            && let Some(first) = events::find_by_client_id(db, author.user, draft.id.as_str())?
        {
            return duplicate(draft, first);
        }
        let mut destination = match self.resolve(db, &draft.destination, author.user, now)? {
            Ok(destination) => destination,
            Err(code) => return refused(code),
        };
        let mut message = Message {
            from: display_name(db, author, now)?,
            author: author.user,
            id: draft.id.as_str().to_owned(),
            text: text.to_owned(),
            at: now,
            bot: author.is_bot,
            ..Message::default()
        };
        // The number is taken inside the transaction: if this fails, so does all that came after.
        destination.append(&mut message);
        let Known { log, members, .. } = destination.known;
        if !events::add(db, log, &message)? {
            return match events::find_by_client_id(db, author.user, draft.id.as_str())? {
                Some(first) => duplicate(draft, first),
                // What hindered the insert is there to be found.
                None => Err(Error::QueryReturnedNoRows),
            };
        }
        self.remember(&message.room, destination.known);
        Ok(Outcome::Stored { message, members })
    }

    /// Puts what was decided at the end of its room's log, to be written at once.
    pub fn append(
        &mut self,
        mut destination: RoomRef,
        message: &mut Message,
    ) -> (LogState, Option<[UserId; 2]>) {
        destination.append(message);
        self.remember(&message.room, destination.known);
        (destination.known.log, destination.known.members)
    }

    /// Where a place is, if the author may go there.
    pub fn resolve(
        &self,
        db: &Connection,
        place: &Destination,
        author: UserId,
        now: i64,
    ) -> Result<Result<RoomRef, Code>, Error> {
        match place {
            Destination::Public(room) => self.public(db, room),
            Destination::Direct(room) => self.direct(db, room, author),
            Destination::User(nickname) => self.between(db, author, nickname, now),
        }
    }

    /// A stored room of either kind, by the name or id as it is written.
    pub fn stored_room(&self, db: &Connection, room: &str) -> Result<Option<RoomRef>, Error> {
        let known = match self.known.get(room) {
            Some(known) => Some(*known),
            None if is_direct(room) => rooms::direct(db, room)?.map(Known::from),
            None => rooms::log(db, room)?.map(Known::public),
        };
        Ok(known.map(|known| RoomRef {
            room: room.to_owned(),
            known,
            addressee: None,
        }))
    }

    fn remembers(&self, place: &Destination, author: UserId) -> bool {
        match place {
            Destination::Public(room) => self.known.contains_key(room.as_str()),
            Destination::Direct(room) => self
                .known
                .get(room)
                .and_then(|known| known.members)
                .is_some_and(|members| members.contains(&author)),
            Destination::User(_) => false,
        }
    }

    /// Remembers a room whose newest number has to be stored with this batch.
    fn remember(&mut self, room: &str, mut known: Known) {
        if self.known.len() >= REMEMBERED && self.changed.is_empty() {
            self.known.clear();
        }
        if !std::mem::replace(&mut known.has_changed, true) {
            self.changed.push(room.to_owned());
        }
        match self.known.get_mut(room) {
            Some(remembered) => *remembered = known,
            None => {
                self.known.insert(room.to_owned(), known);
            }
        }
    }

    /// Notes up to where somebody has read: no further than the newest message, which may be of
    /// this very batch, and never back. In a room that is not stored there is nothing to read.
    pub fn advance_read_marker(
        &self,
        db: &Connection,
        marker: &ReadMarker,
    ) -> Result<Outcome, Error> {
        let log = match self.known.get(&marker.room) {
            Some(known) => Some(known.log),
            None => rooms::log(db, &marker.room)?,
        };
        let Some(log) = log else {
            return Ok(Outcome::Done);
        };
        let seq = marker.seq.min(log.last_seq);
        if !read_markers::advance(db, marker.user, log, seq)? {
            return Ok(Outcome::Done);
        }
        let hidden = match seq == log.last_seq || log.hidden == 0 {
            true => log.hidden,
            false => events::hidden_up_to(db, log.room_id, seq)?,
        };
        Ok(Outcome::ReadMarkerAdvanced(Mark { seq, hidden }))
    }

    /// Stores the newest number of every room that has grown.
    pub fn store(&mut self, db: &Connection, now: i64) -> Result<(), Error> {
        for room in self.changed.drain(..) {
            if let Some(known) = self.known.get_mut(&room) {
                known.has_changed = false;
                rooms::set_last(db, known.log, now)?;
            }
        }
        Ok(())
    }

    fn public(&self, db: &Connection, room: &RoomName) -> Result<Result<RoomRef, Code>, Error> {
        let known = match self.known.get(room.as_str()) {
            Some(known) => *known,
            None => {
                let log = match rooms::log(db, room.as_str())? {
                    Some(log) => log,
                    None if rooms::confusable(db, room)? => return Ok(Err(Code::RoomNameTaken)),
                    None => rooms::add_public(db, room)?,
                };
                Known::public(log)
            }
        };
        Ok(Ok(RoomRef {
            room: room.as_str().to_owned(),
            known,
            addressee: None,
        }))
    }

    /// To a stranger a private conversation is a room that one is not in, like any other.
    pub fn direct(
        &self,
        db: &Connection,
        room: &str,
        author: UserId,
    ) -> Result<Result<RoomRef, Code>, Error> {
        let known = match self.known.get(room) {
            Some(known) => Some(*known),
            None => rooms::direct(db, room)?.map(Known::from),
        };
        let Some((known, members)) = known.and_then(|known| Some((known, known.members?))) else {
            return Ok(Err(Code::NotInRoom));
        };
        let direct = DirectRoom {
            log: known.log,
            members,
        };
        let Some(other) = direct.other(author) else {
            return Ok(Err(Code::NotInRoom));
        };
        Ok(Ok(RoomRef {
            room: room.to_owned(),
            known,
            addressee: Some(rooms::last_nickname(db, other)?),
        }))
    }

    fn between(
        &self,
        db: &Connection,
        author: UserId,
        nickname: &Nickname,
        now: i64,
    ) -> Result<Result<RoomRef, Code>, Error> {
        let Some((other, nickname)) = users::find_by_nickname(db, nickname, now)? else {
            return Ok(Err(Code::NoSuchUser));
        };
        if other == author {
            return Ok(Err(Code::ToYourself));
        }
        if let Some(room) = rooms::direct_between(db, author, other)? {
            return self.direct(db, &room, author);
        }
        // 128 random bits: the id is no secret between the two, and cannot be guessed by others.
        let room = format!("{}{:032x}", protocol::DIRECT_PREFIX, rand::random::<u128>());
        let known = Known::from(rooms::add_direct(db, &room, author, other)?);
        Ok(Ok(RoomRef {
            room,
            known,
            addressee: Some(nickname),
        }))
    }
}

/// Under which name it is shown: never under one that somebody else holds.
fn display_name(db: &Connection, author: &Author, now: i64) -> Result<String, Error> {
    if let Some(alias) = &author.alias
        && !users::is_in_use(db, alias, Some(author.user), now)?
    {
        return Ok(alias.as_str().to_owned());
    }
    Ok(author.nickname.clone())
}

/// The author used the id before: for the very same, or it is refused.
pub fn duplicate(draft: &Draft, first: Message) -> Result<Outcome, Error> {
    if draft.body.matches(&first) && draft.destination.matches(&first) {
        Ok(Outcome::Duplicate(first))
    } else {
        refused(Code::IdReused)
    }
}

impl Known {
    fn public(log: LogState) -> Self {
        Self {
            log,
            members: None,
            has_changed: false,
        }
    }
}

impl From<DirectRoom> for Known {
    fn from(direct: DirectRoom) -> Self {
        Self {
            log: direct.log,
            members: Some(direct.members),
            has_changed: false,
        }
    }
}
