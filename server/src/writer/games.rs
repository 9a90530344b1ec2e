//! Decides the actions of games by the rules in `protocol`, appends their events to the room logs,
//! and ends the games whose timers have run out.

pub mod text;
pub mod timers;

use std::slice;

use protocol::{
    Code, EventBody, GameBody, Message, Nickname, Refusal, Seq, UserId,
    games::{Act, Game, GameName, Played, Player, Stage},
    limits,
};

use self::text::text;
use super::{
    connection_counts::ConnectionCounts,
    error::WriteError,
    post_commit::Publication,
    requests::{Destination, Draft},
    room_logs::{Appended, RoomLogs, RoomRef, SERVER_NAME, resent},
};
use crate::{
    clock,
    store::{
        self, Db, Error, events,
        games::{self, OverdueGame},
        rooms, users,
    },
};

/// The most games that are timed out in one transaction. The others follow in the next one.
const TIMED_OUT_AT_ONCE: usize = 256;

impl RoomLogs {
    /// Decides on an action, and appends the event that it leads to. A resend is answered with the
    /// original event.
    pub fn append_action(
        &mut self,
        db: Db<'_>,
        draft: &Draft,
        act: &Act,
        sockets: &ConnectionCounts,
        now: i64,
    ) -> Result<Appended, WriteError> {
        let author = &draft.author;
        if let Some(original) = events::find_by_client_id(db, author.user, draft.id.as_str())? {
            return resent(draft, original);
        }
        let is_online = |user| sockets.of(user) > 0;
        let (room, played) = match act {
            Act::Invite { game, with, clock } => {
                let terms = (*game, with.as_deref(), game.clock(*clock));
                self.invite(db, draft, terms, now)?
            }
            Act::Accept { of }
            | Act::Decline { of }
            | Act::Withdraw { of }
            | Act::Move { of, .. }
            | Act::Resign { of }
            | Act::Draw { of }
            | Act::Rematch { of } => self.decide_in_game(db, draft, act, *of, &is_online)?,
        };
        let message = Message {
            from: author.nickname.clone(),
            author: author.user,
            id: draft.id.as_str().to_owned(),
            at: clock::to_wall(now),
            bot: author.is_bot,
            ..Message::default()
        };
        let publication = self.append_game_event(db, room, played, message, now)?;
        Ok(Appended::Stored(publication))
    }

    /// Decides on an action in the game with the number `of`.
    fn decide_in_game(
        &self,
        db: Db<'_>,
        draft: &Draft,
        act: &Act,
        of: Seq,
        is_online: &dyn Fn(UserId) -> bool,
    ) -> Result<(RoomRef, Played), WriteError> {
        let user = draft.author.user;
        let room = match &draft.destination {
            // Only a message creates a room. An action in a room that is not stored is refused.
            Destination::Public(room) | Destination::Stored(room) => {
                let stored = self.stored_room(db, room.as_str())?;
                stored.ok_or(Code::NoSuchGame)?
            }
            Destination::Direct(room) => self.direct(db, room, user)?,
            Destination::User(_) => return Err(Code::NoSuchGame.into()),
        };
        let game = games::find(db, room.room_id(), of)?.ok_or(Code::NoSuchGame)?;
        game.check(user, act)?;
        let played = decide(db, &room, (of, &game), user, act, is_online)?;
        Ok((room, played))
    }

    /// Decides on an invitation. Its terms are the game, the nickname of the invited user if it is
    /// not open to everybody, and the seconds per move.
    fn invite(
        &self,
        db: Db<'_>,
        draft: &Draft,
        (game, with, clock): (GameName, Option<&str>, u32),
        now: i64,
    ) -> Result<(RoomRef, Played), WriteError> {
        let author = draft.author.user;
        let direct = match &draft.destination {
            Destination::Direct(room) => Some(self.direct(db, room, author)?),
            Destination::Public(_) | Destination::Stored(_) | Destination::User(_) => None,
        };
        let is_duel = game.rules().is_duel();
        let other = direct.as_ref().and_then(|direct| direct.other(author));
        let other = other.filter(|_| is_duel);
        let invited = match (other, with) {
            (Some(other), _) => Some(other),
            (None, None) => None,
            (None, Some(nickname)) => {
                let user = find_user(db, nickname, now)?;
                Some(user.ok_or(Code::NoSuchUser)?)
            }
        };
        if invited == Some(author) {
            let sentence = "That is your own nickname. Play with someone else.";
            return Err(Refusal::new(Code::ToYourself, sentence).into());
        }
        check_invitation(db, author, invited)?;
        let played = Played::Invited {
            game,
            with: invited.map(|user| player(db, user)).transpose()?,
            clock,
            again: None,
            first: None,
        };
        let room = match direct {
            Some(direct) => direct,
            None => self.resolve(db, &draft.destination, author, now)?,
        };
        Ok((room, played))
    }

    /// Ends the games whose timers have run out. The server is the author of the events. An event's
    /// id is made of the game and the number of its move, so no game is ended twice.
    pub fn time_out_games(&mut self, db: Db<'_>, now: i64) -> Result<Vec<Publication>, Error> {
        let mut ended = Vec::new();
        // A game that cannot be ended resets the cache, so the changes before it are stored first.
        self.store(db, now)?;
        for overdue in games::overdue(db, now, TIMED_OUT_AT_ONCE)? {
            let end = || {
                let publication = self.time_out_game(db, &overdue, now)?;
                self.store(db, now)?;
                Ok(publication)
            };
            match store::in_savepoint(db, end) {
                Ok(publication) => ended.extend(publication),
                Err(error) if error.is_outage() => return Err(error),
                Err(error) => {
                    let OverdueGame { room, of, .. } = &overdue;
                    tracing::error!(%error, room, of, "failed to end a game; its timer was stopped");
                    *self = Self::default();
                    games::stop_timer(db, &overdue)?;
                }
            }
        }
        Ok(ended)
    }

    /// Ends one game; `None` if its room no longer exists.
    fn time_out_game(
        &mut self,
        db: Db<'_>,
        overdue: &OverdueGame,
        now: i64,
    ) -> Result<Option<Publication>, Error> {
        let OverdueGame { room, game, .. } = overdue;
        let of = overdue.of;
        let Some(room) = self.stored_room(db, room)? else {
            return Ok(None);
        };
        let nth = game.moves.len() + 1;
        let played = match game.stage {
            Stage::Open => Played::Lapsed { of },
            Stage::Running | Stage::Over | Stage::Declined | Stage::Withdrawn | Stage::Lapsed => {
                Played::TimedOut { of, nth }
            }
        };
        let message = Message {
            from: SERVER_NAME.to_owned(),
            author: UserId::SERVER,
            id: format!("{}/{of}/{nth}", room.room_id()),
            at: clock::to_wall(now),
            ..Message::default()
        };
        self.append_game_event(db, room, played, message, now)
            .map(Some)
    }

    /// Appends an event of a game to its room's log, and writes it.
    fn append_game_event(
        &mut self,
        db: Db<'_>,
        room: RoomRef,
        played: Played,
        message: Message,
        now: i64,
    ) -> Result<Publication, Error> {
        let mut message = Message {
            body: played.clone().into(),
            ..message
        };
        let (log, audience) = self.append(room, &mut message);
        let mut game = games::apply_event(db, log.room_id, &message, now)?;
        let text = text(&played, &message.from, &game);
        let is_hidden = message.is_hidden();
        let state = (!is_hidden).then(|| {
            game.left = game.time().map(i64::unsigned_abs);
            game
        });
        message.body = EventBody::Game(Box::new(GameBody {
            played,
            state,
            text,
        }));
        match events::add(db, log, &message)? {
            true => Ok((message, audience)),
            // The caller has made sure that there is no event of this id.
            false => Err(Error::Missing("the event that has this id already")),
        }
    }
}

/// Decides on an action that [`Game::check`] allows.
fn decide(
    db: Db<'_>,
    room: &RoomRef,
    (of, game): (Seq, &Game),
    user: UserId,
    act: &Act,
    is_online: &dyn Fn(UserId) -> bool,
) -> Result<Played, WriteError> {
    Ok(match act {
        Act::Accept { .. } => return accept(db, (of, game), user, is_online),
        Act::Rematch { .. } => return rematch(db, room, (of, game), user, is_online),
        Act::Decline { .. } => Played::Declined { of },
        Act::Withdraw { .. } => Played::Withdrawn { of },
        Act::Move { at, .. } => Played::Moved {
            of,
            nth: game.moves.len() + 1,
            at: at.clone(),
        },
        Act::Resign { .. } => Played::Resigned { of },
        Act::Draw { .. } => Played::Draw { of },
        // An invitation begins a new game, so it is no action in this one.
        Act::Invite { .. } => return Err(Code::NoSuchGame.into()),
    })
}

/// Decides on accepting an invitation. If the game has a time limit, the user who offered it must
/// be online: otherwise that user would lose without knowing that the game has begun.
fn accept(
    db: Db<'_>,
    (of, game): (Seq, &Game),
    user: UserId,
    is_online: &dyn Fn(UserId) -> bool,
) -> Result<Played, WriteError> {
    if game.clock > 0 && !is_online(game.by.user) {
        return Err(Code::Away.into());
    }
    if has_too_many(db, user)? {
        return Err(Code::TooManyGames.into());
    }
    let first = game.first.unwrap_or_else(|| first_player(game, user));
    Ok(Played::Accepted { of, first })
}

/// Chooses at random who begins a game that this user joins: one of those who have joined before,
/// or the user.
fn first_player(game: &Game, user: UserId) -> UserId {
    let joined = match &game.seats[..] {
        [] => slice::from_ref(&game.by),
        seats => seats,
    };
    let chosen = joined.get(rand::random_range(0..=joined.len()));
    chosen.map_or(user, |player| player.user)
}

/// Decides on a rematch: offers the same game again, or accepts it if the opponent has offered it
/// already.
fn rematch(
    db: Db<'_>,
    room: &RoomRef,
    (of, game): (Seq, &Game),
    user: UserId,
    is_online: &dyn Fn(UserId) -> bool,
) -> Result<Played, WriteError> {
    if let Some(next) = game.next
        && let Some(offer) = games::find(db, room.room_id(), next)?
        && offer.stage == Stage::Open
    {
        return match offer.by.user == user {
            true => Err(Code::AlreadyOffered.into()),
            false => accept(db, (next, &offer), user, is_online),
        };
    }
    let (Some(opponent), [_, second]) = (game.opponent(user), &game.seats[..]) else {
        return Err(Code::NotYourGame.into());
    };
    let opponent = opponent.user;
    check_invitation(db, user, Some(opponent))?;
    Ok(Played::Invited {
        game: game.game,
        with: Some(player(db, opponent)?),
        clock: game.clock,
        again: Some(of),
        first: Some(second.user),
    })
}

fn find_user(db: Db<'_>, nickname: &str, now: i64) -> Result<Option<UserId>, Error> {
    match Nickname::parse(nickname) {
        Ok(nickname) => Ok(users::find_by_nickname(db, &nickname, now)?.map(|(user, _)| user)),
        Err(_) => Ok(None),
    }
}

fn player(db: Db<'_>, user: UserId) -> Result<Player, Error> {
    let name = rooms::last_nickname(db, user)?;
    Ok(Player { user, name })
}

fn has_too_many(db: Db<'_>, user: UserId) -> Result<bool, Error> {
    Ok(games::count_of_user(db, user, false)? >= limits::GAMES_PER_USER)
}

/// Checks whether the author may offer one more game, and the invited user may be offered one.
fn check_invitation(db: Db<'_>, author: UserId, invited: Option<UserId>) -> Result<(), WriteError> {
    if has_too_many(db, author)? {
        return Err(Code::TooManyGames.into());
    }
    if let Some(invited) = invited
        && games::count_of_user(db, invited, true)? >= limits::INVITATIONS_PER_USER
    {
        let sentence = "They have too many unanswered invitations. Try again later.";
        return Err(Refusal::new(Code::TooManyGames, sentence).into());
    }
    Ok(())
}
