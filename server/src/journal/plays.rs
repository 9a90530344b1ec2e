//! Games: what comes of each act, decided by the rules that everybody has, and what the house does
//! when a clock has run out.

use protocol::{
    Code, Kind, Message, Nickname, PersonId, Refusal, Seq,
    games::{Act, Game, Played, Player, Stage, other, text},
    limits,
};

use super::{
    logs::{Destination, Logs, said_before},
    sockets::OpenSockets,
    writes::{Draft, Outcome, Told, refused},
};
use crate::{
    hub::Visitor,
    store::{
        Connection, Error, events,
        games::{self, Due},
        people, rooms,
    },
};

/// Games that clocks end in one transaction; those that are left follow in the next.
const ENDED_AT_ONCE: usize = 256;

/// A name for what is written: whatever the database says goes through.
type Decided<T> = Result<Result<T, Refusal>, Error>;

impl Logs {
    /// Decides what comes of an act, and writes it, once.
    pub fn play(
        &mut self,
        db: &Connection,
        draft: &Draft,
        act: &Act,
        sockets: &OpenSockets,
        now: i64,
    ) -> Result<Outcome, Error> {
        let author = &draft.author;
        if let Some(first) = events::sent(db, author.person, draft.id.as_str())? {
            return said_before(draft, first);
        }
        let destination = match self.destination(db, &draft.place, author.person, now)? {
            Ok(destination) => destination,
            Err(code) => return refused(code),
        };
        let is_here = |person| sockets.of(person) > 0;
        let played = match decide(db, &destination, author, act, &is_here, now)? {
            Ok(played) => played,
            Err(refusal) => return refused(refusal),
        };
        let message = Message {
            from: author.nickname.clone(),
            author: author.person,
            id: draft.id.as_str().to_owned(),
            at: now,
            ..Message::default()
        };
        let (message, members) = self.happens(db, destination, played, message)?;
        Ok(Outcome::Said { message, members })
    }

    /// Ends the games whose clocks have run out by now: each once, for the game and the number of its
    /// move make the event's id. The house is its author.
    pub fn time_out(&mut self, db: &Connection, now: i64) -> Result<Vec<Told>, Error> {
        let mut ended = Vec::new();
        for Due { room, of, game } in games::due(db, now, ENDED_AT_ONCE)? {
            let Some(destination) = self.any(db, &room)? else {
                continue;
            };
            let nth = game.moves.len() + 1;
            let played = match game.stage {
                Stage::Open => Played::Lapsed { of },
                _ => Played::TimedOut { of, nth },
            };
            let message = Message {
                from: HOUSE.to_owned(),
                author: PersonId::HOUSE,
                id: format!("{}/{of}/{nth}", destination.row()),
                at: now,
                ..Message::default()
            };
            ended.push(self.happens(db, destination, played, message)?);
        }
        Ok(ended)
    }

    /// Writes an event of a game at the end of its room's log.
    fn happens(
        &mut self,
        db: &Connection,
        destination: Destination,
        played: Played,
        message: Message,
    ) -> Result<Told, Error> {
        let mut message = Message {
            kind: Some(Kind::Game),
            played: Some(Box::new(played.clone())),
            ..message
        };
        let (log, members) = self.append(destination, &mut message);
        let mut game = games::note(db, log.row, &message)?;
        message.text = text(&played, &message.from, &game);
        if !message.is_quiet() {
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

/// As whom the house is told.
const HOUSE: &str = "Parlor";

/// What comes of an act, if it may be.
fn decide(
    db: &Connection,
    place: &Destination,
    author: &Visitor,
    act: &Act,
    is_here: &dyn Fn(PersonId) -> bool,
    now: i64,
) -> Decided<Played> {
    let Some(of) = act.of() else {
        return invite(db, place, author, act, now);
    };
    let Some(game) = games::game(db, place.row(), of)? else {
        return Ok(Err(Code::NoSuchGame.into()));
    };
    if let Err(refusal) = game.check(author.person, act) {
        return Ok(Err(refusal));
    }
    Ok(Ok(match act {
        Act::Invite { .. } => return Ok(Err(Code::NoSuchGame.into())),
        Act::Accept { .. } => return accept(db, (of, &game), author.person, is_here),
        Act::Rematch { .. } => return rematch(db, place, (of, &game), author.person, is_here),
        Act::Decline { .. } => Played::Declined { of },
        Act::Withdraw { .. } => Played::Withdrawn { of },
        Act::Move { at, .. } => Played::Moved {
            of,
            nth: game.moves.len() + 1,
            at: at.clone(),
        },
        Act::Resign { .. } => Played::Resigned { of },
        Act::Draw { .. } => Played::Draw { of },
    }))
}

fn invite(
    db: &Connection,
    place: &Destination,
    author: &Visitor,
    act: &Act,
    now: i64,
) -> Decided<Played> {
    let Act::Invite { game, with, clock } = act else {
        return Ok(Err(Code::NoSuchGame.into()));
    };
    let clock = clock.unwrap_or(limits::CLOCK);
    if clock != 0 && !limits::CLOCKS.contains(&clock) {
        let sentence = format!(
            "A clock has {} to {} seconds for each move, or 0 for as long as one likes.",
            limits::CLOCKS.start(),
            limits::CLOCKS.end()
        );
        return Ok(Err(Refusal::new(Code::BadField, sentence)));
    }
    let whom = match (place.other(author.person), with) {
        (Some(other), _) => Some(other),
        (None, None) => None,
        (None, Some(nickname)) => match holder(db, nickname, now)? {
            Some(person) => Some(person),
            None => return Ok(Err(Code::NoSuchPerson.into())),
        },
    };
    if whom == Some(author.person) {
        let sentence = "That is your own nickname. Play with somebody else.";
        return Ok(Err(Refusal::new(Code::ToYourself, sentence)));
    }
    if has_too_many(db, author.person)? {
        return Ok(Err(Code::TooManyGames.into()));
    }
    Ok(Ok(Played::Invited {
        game: *game,
        with: whom.map(|person| player(db, person)).transpose()?,
        clock,
        again: None,
        first: None,
    }))
}

/// Takes the other seat. Who offered a game with a clock has to be here: else nobody would be beaten
/// but an empty chair.
fn accept(
    db: &Connection,
    (of, game): (Seq, &Game),
    person: PersonId,
    is_here: &dyn Fn(PersonId) -> bool,
) -> Decided<Played> {
    if game.clock > 0 && !is_here(game.by.person) {
        return Ok(Err(Code::Away.into()));
    }
    if has_too_many(db, person)? {
        return Ok(Err(Code::TooManyGames.into()));
    }
    let first = game.first.unwrap_or_else(|| match rand::random() {
        true => game.by.person,
        false => person,
    });
    Ok(Ok(Played::Accepted { of, first }))
}

/// Offers the same again; if the other one has done so already, that is agreed to.
fn rematch(
    db: &Connection,
    place: &Destination,
    (of, game): (Seq, &Game),
    person: PersonId,
    is_here: &dyn Fn(PersonId) -> bool,
) -> Decided<Played> {
    if let Some(next) = game.next
        && let Some(offer) = games::game(db, place.row(), next)?
        && offer.stage == Stage::Open
    {
        return match offer.by.person == person {
            true => Ok(Err(Code::AlreadyOffered.into())),
            false => accept(db, (next, &offer), person, is_here),
        };
    }
    let (Some(seat), [_, second]) = (game.seat_of(person), &game.seats[..]) else {
        return Ok(Err(Code::NotYourGame.into()));
    };
    if has_too_many(db, person)? {
        return Ok(Err(Code::TooManyGames.into()));
    }
    Ok(Ok(Played::Invited {
        game: game.game,
        with: Some(player(db, game.seats[other(seat)].person)?),
        clock: game.clock,
        again: Some(of),
        first: Some(second.person),
    }))
}

fn holder(db: &Connection, nickname: &str, now: i64) -> Result<Option<PersonId>, Error> {
    match Nickname::parse(nickname) {
        Ok(nickname) => Ok(people::holder(db, &nickname, now)?.map(|(person, _)| person)),
        Err(_) => Ok(None),
    }
}

fn player(db: &Connection, person: PersonId) -> Result<Player, Error> {
    let name = rooms::last_nickname(db, person)?;
    Ok(Player { person, name })
}

fn has_too_many(db: &Connection, person: PersonId) -> Result<bool, Error> {
    Ok(games::count_of(db, person)? >= limits::GAMES_PER_PERSON)
}
