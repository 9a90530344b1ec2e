//! Games: what comes of each act, decided by the rules that everybody has, and what the server does
//! when a clock has run out.

use protocol::{
    Code, Kind, Message, Nickname, Refusal, Seq, UserId,
    games::{Act, Game, GameName, Played, Player, Stage, other, text},
    limits,
};

use super::{
    connection_counts::ConnectionCounts,
    requests::{Destination, Draft, Outcome, Publication, refused},
    room_logs::{RoomLogs, RoomRef, duplicate},
};
use crate::store::{
    self, Connection, Error, events,
    games::{self, OverdueGame},
    rooms, users,
};

/// Games that clocks end in one transaction; those that are left follow in the next.
const ENDED_AT_ONCE: usize = 256;

/// A name for what is written: whatever the database says goes through.
type Decided<T> = Result<Result<T, Refusal>, Error>;

impl RoomLogs {
    /// Decides what comes of an act, and writes it, once.
    pub fn play(
        &mut self,
        db: &Connection,
        draft: &Draft,
        act: &Act,
        sockets: &ConnectionCounts,
        now: i64,
    ) -> Result<Outcome, Error> {
        let author = &draft.author;
        if let Some(first) = events::find_by_client_id(db, author.user, draft.id.as_str())? {
            return duplicate(draft, first);
        }
        let is_here = |user| sockets.of(user) > 0;
        let decided = match act {
            Act::Invite { game, with, clock } => {
                let terms = (*game, with.as_deref(), clock.unwrap_or(limits::CLOCK));
                self.invite(db, draft, terms, now)?
            }
            Act::Accept { of }
            | Act::Decline { of }
            | Act::Withdraw { of }
            | Act::Move { of, .. }
            | Act::Resign { of }
            | Act::Draw { of }
            | Act::Rematch { of } => self.act(db, draft, act, *of, &is_here)?,
        };
        let (destination, played) = match decided {
            Ok(decided) => decided,
            Err(refusal) => return refused(refusal),
        };
        let message = Message {
            from: author.nickname.clone(),
            author: author.user,
            id: draft.id.as_str().to_owned(),
            at: now,
            bot: author.is_bot,
            ..Message::default()
        };
        let (message, members) = self.append_game_event(db, destination, played, message)?;
        Ok(Outcome::Stored { message, members })
    }

    /// What comes of an act in a game, if it may be.
    fn act(
        &self,
        db: &Connection,
        draft: &Draft,
        act: &Act,
        of: Seq,
        is_here: &dyn Fn(UserId) -> bool,
    ) -> Decided<(RoomRef, Played)> {
        let user = draft.author.user;
        let found = match &draft.destination {
            // A room is made by what is said in it, and never by what is refused.
            Destination::Public(room) => self
                .stored_room(db, room.as_str())?
                .ok_or_else(|| Code::NoSuchGame.into()),
            Destination::Direct(room) => self.direct(db, room, user)?.map_err(Refusal::from),
            Destination::User(_) => Err(Code::NoSuchGame.into()),
        };
        let place = match found {
            Ok(place) => place,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(game) = games::find(db, place.room_id(), of)? else {
            return Ok(Err(Code::NoSuchGame.into()));
        };
        if let Err(refusal) = game.check(user, act) {
            return Ok(Err(refusal));
        }
        let decided = decide(db, &place, (of, &game), user, act, is_here)?;
        Ok(decided.map(|played| (place, played)))
    }

    /// Offers a game, on these terms: which one, to whom, and how many seconds there are for a move.
    fn invite(
        &self,
        db: &Connection,
        draft: &Draft,
        (game, with, clock): (GameName, Option<&str>, u32),
        now: i64,
    ) -> Decided<(RoomRef, Played)> {
        let author = draft.author.user;
        if clock != 0 && !limits::CLOCKS.contains(&clock) {
            let sentence = format!(
                "“clock” must be {} to {} seconds per move, or 0 for no time limit.",
                limits::CLOCKS.start(),
                limits::CLOCKS.end()
            );
            return Ok(Err(Refusal::new(Code::BadField, sentence)));
        }
        let direct = match &draft.destination {
            Destination::Direct(room) => match self.direct(db, room, author)? {
                Ok(direct) => Some(direct),
                Err(code) => return Ok(Err(code.into())),
            },
            Destination::Public(_) | Destination::User(_) => None,
        };
        let other = direct.as_ref().and_then(|direct| direct.other(author));
        let whom = match (other, with) {
            (Some(other), _) => Some(other),
            (None, None) => None,
            (None, Some(nickname)) => match holder(db, nickname, now)? {
                Some(user) => Some(user),
                None => return Ok(Err(Code::NoSuchUser.into())),
            },
        };
        if whom == Some(author) {
            let sentence = "That is your own nickname. Play with someone else.";
            return Ok(Err(Refusal::new(Code::ToYourself, sentence)));
        }
        if let Err(refusal) = may_invite(db, author, whom)? {
            return Ok(Err(refusal));
        }
        let played = Played::Invited {
            game,
            with: whom.map(|user| player(db, user)).transpose()?,
            clock,
            again: None,
            first: None,
        };
        let place = match direct {
            Some(direct) => Ok(direct),
            None => self.resolve(db, &draft.destination, author, now)?,
        };
        Ok(place.map(|place| (place, played)).map_err(Refusal::from))
    }

    /// Ends the games whose clocks have run out by now: each once, for the game and the number of its
    /// move make the event's id. The server is its author.
    pub fn time_out(&mut self, db: &Connection, now: i64) -> Result<Vec<Publication>, Error> {
        let mut ended = Vec::new();
        // So that nothing is forgotten with a game that cannot be ended.
        self.store(db, now)?;
        for due in games::overdue(db, now, ENDED_AT_ONCE)? {
            let end = || {
                let told = self.end(db, &due, now)?;
                self.store(db, now)?;
                Ok(told)
            };
            match store::in_savepoint(db, end) {
                Ok(told) => ended.extend(told),
                Err(error) if store::is_outage(&error) => return Err(error),
                Err(error) => {
                    let OverdueGame { room, of, .. } = &due;
                    tracing::error!(%error, room, of, "failed to end a game; its clock stops");
                    *self = Self::default();
                    games::stop_timer(db, &due)?;
                }
            }
        }
        Ok(ended)
    }

    /// Ends one of them; none if its room is no more.
    fn end(
        &mut self,
        db: &Connection,
        due: &OverdueGame,
        now: i64,
    ) -> Result<Option<Publication>, Error> {
        let OverdueGame { room, game, .. } = due;
        let of = due.of;
        let Some(destination) = self.stored_room(db, room)? else {
            return Ok(None);
        };
        let nth = game.moves.len() + 1;
        let played = match game.stage {
            Stage::Open => Played::Lapsed { of },
            _ => Played::TimedOut { of, nth },
        };
        let message = Message {
            from: SERVER_NAME.to_owned(),
            author: UserId::SERVER,
            id: format!("{}/{of}/{nth}", destination.room_id()),
            at: now,
            ..Message::default()
        };
        self.append_game_event(db, destination, played, message)
            .map(Some)
    }

    /// Writes an event of a game at the end of its room's log.
    fn append_game_event(
        &mut self,
        db: &Connection,
        destination: RoomRef,
        played: Played,
        message: Message,
    ) -> Result<Publication, Error> {
        let mut message = Message {
            kind: Some(Kind::Game),
            played: Some(Box::new(played.clone())),
            ..message
        };
        let (log, members) = self.append(destination, &mut message);
        let mut game = games::apply_event(db, log.room_id, &message)?;
        message.text = text(&played, &message.from, &game);
        if !message.is_hidden() {
            game.left = game.time().map(i64::unsigned_abs);
            message.game = Some(Box::new(game));
        }
        match events::add(db, log, &message)? {
            true => Ok((message, members)),
            // It was asked whether there is such an event, and there was none.
            false => Err(Error::QueryReturnedNoRows),
        }
    }
}

/// As whom the server is told.
const SERVER_NAME: &str = "Parlor";

/// What comes of an act that [`Game::check`] allows.
fn decide(
    db: &Connection,
    place: &RoomRef,
    (of, game): (Seq, &Game),
    user: UserId,
    act: &Act,
    is_here: &dyn Fn(UserId) -> bool,
) -> Decided<Played> {
    Ok(Ok(match act {
        Act::Accept { .. } => return accept(db, (of, game), user, is_here),
        Act::Rematch { .. } => return rematch(db, place, (of, game), user, is_here),
        Act::Decline { .. } => Played::Declined { of },
        Act::Withdraw { .. } => Played::Withdrawn { of },
        Act::Move { at, .. } => Played::Moved {
            of,
            nth: game.moves.len() + 1,
            at: at.clone(),
        },
        Act::Resign { .. } => Played::Resigned { of },
        Act::Draw { .. } => Played::Draw { of },
        // It is about no game that there is.
        Act::Invite { .. } => return Ok(Err(Code::NoSuchGame.into())),
    }))
}

/// Takes the other seat. Who offered a game with a clock has to be here: else nobody would be beaten
/// but an empty chair.
fn accept(
    db: &Connection,
    (of, game): (Seq, &Game),
    user: UserId,
    is_here: &dyn Fn(UserId) -> bool,
) -> Decided<Played> {
    if game.clock > 0 && !is_here(game.by.user) {
        return Ok(Err(Code::Away.into()));
    }
    if has_too_many(db, user)? {
        return Ok(Err(Code::TooManyGames.into()));
    }
    let first = game.first.unwrap_or_else(|| match rand::random() {
        true => game.by.user,
        false => user,
    });
    Ok(Ok(Played::Accepted { of, first }))
}

/// Offers the same again; if the other one has done so already, that is agreed to.
fn rematch(
    db: &Connection,
    place: &RoomRef,
    (of, game): (Seq, &Game),
    user: UserId,
    is_here: &dyn Fn(UserId) -> bool,
) -> Decided<Played> {
    if let Some(next) = game.next
        && let Some(offer) = games::find(db, place.room_id(), next)?
        && offer.stage == Stage::Open
    {
        return match offer.by.user == user {
            true => Ok(Err(Code::AlreadyOffered.into())),
            false => accept(db, (next, &offer), user, is_here),
        };
    }
    let (Some(seat), [_, second]) = (game.seat_of(user), &game.seats[..]) else {
        return Ok(Err(Code::NotYourGame.into()));
    };
    let opponent = game.seats[other(seat)].user;
    if let Err(refusal) = may_invite(db, user, Some(opponent))? {
        return Ok(Err(refusal));
    }
    Ok(Ok(Played::Invited {
        game: game.game,
        with: Some(player(db, opponent)?),
        clock: game.clock,
        again: Some(of),
        first: Some(second.user),
    }))
}

fn holder(db: &Connection, nickname: &str, now: i64) -> Result<Option<UserId>, Error> {
    match Nickname::parse(nickname) {
        Ok(nickname) => Ok(users::find_by_nickname(db, &nickname, now)?.map(|(user, _)| user)),
        Err(_) => Ok(None),
    }
}

fn player(db: &Connection, user: UserId) -> Result<Player, Error> {
    let name = rooms::last_nickname(db, user)?;
    Ok(Player { user, name })
}

fn has_too_many(db: &Connection, user: UserId) -> Result<bool, Error> {
    Ok(games::count_of_user(db, user, false)? >= limits::GAMES_PER_USER)
}

/// May somebody offer one more game, to this user if to one?
fn may_invite(db: &Connection, author: UserId, whom: Option<UserId>) -> Decided<()> {
    if has_too_many(db, author)? {
        return Ok(Err(Code::TooManyGames.into()));
    }
    if let Some(whom) = whom
        && games::count_of_user(db, whom, true)? >= limits::INVITATIONS_PER_USER
    {
        let sentence = "They have too many unanswered invitations. Try again later.";
        return Ok(Err(Refusal::new(Code::TooManyGames, sentence)));
    }
    Ok(Ok(()))
}
