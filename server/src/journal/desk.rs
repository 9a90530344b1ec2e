//! The writer's desk: how each write changes the database, and what is remembered from batch to
//! batch. Nothing is answered here.

use std::{collections::HashSet, sync::Arc};

use protocol::{Code, Nickname, PersonId, Refusal, limits, name};

use super::{
    clocks::Clocks,
    logs::Logs,
    sockets::OpenSockets,
    writes::{
        Arrival, Body, Change, Delivered, Draft, Newcomer, Outcome, Reply, SignIn, Told, Write,
        refused,
    },
};
use crate::{
    rights::{Rights, Scope},
    store::{
        self, Connection, Error, Store, TransactionBehavior, events, games, outgoing, people,
        programs, rooms,
    },
};

/// What the writer writes with, and remembers from batch to batch.
pub struct Desk {
    store: Arc<Store>,
    /// None once a batch has failed, until the database is opened anew: the result of a COMMIT that
    /// returned an error is unknown, and what a connection remembers may be wrong.
    db: Option<Connection>,
    logs: Logs,
    /// When the next game's clock runs out, for who waits for it.
    pub clocks: Clocks,
    sockets: OpenSockets,
    /// Persons who are no more, and have sockets that are still being closed.
    signed_out: HashSet<PersonId>,
    /// A batch failed, so a departure may not have been written.
    missed_departures: bool,
    /// Messages of batches that failed, by author and id: refused, and perhaps on disk.
    unsure: HashSet<(PersonId, String)>,
}

/// What came of a batch that is on disk.
pub struct Written {
    /// What is on disk of earlier batches: nobody has seen it yet.
    pub late: Vec<Told>,
    /// One for each write.
    pub outcomes: Vec<Outcome>,
}

impl Desk {
    /// A desk for the one who writes with this connection.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn new(store: Arc<Store>, db: Connection) -> Result<Self, Error> {
        Ok(Self {
            clocks: Clocks::open(&db)?,
            store,
            db: Some(db),
            logs: Logs::default(),
            sockets: OpenSockets::default(),
            signed_out: HashSet::new(),
            missed_departures: false,
            unsure: HashSet::new(),
        })
    }

    /// Writes the batch in one transaction. None if the database would not have it: then whether it
    /// is on disk is unknown, and nothing of it may be shown.
    pub fn write(&mut self, batch: &[Write], now: i64) -> Option<Written> {
        let opened = match self.db.take() {
            Some(db) => Ok(db),
            None => self.store.connect(),
        };
        let written = opened.and_then(|mut db| {
            if !self.store.health.can_write() {
                // By itself, so that a disk that fails still leaves no more messages unsure.
                store::probe(&db)?;
                // Nobody could play meanwhile.
                games::start_anew(&mut db, now)?;
                self.clocks.change();
            }
            let written = self.try_to_write(&mut db, batch, now)?;
            self.db = Some(db);
            Ok(written)
        });
        match written {
            Ok(written) => {
                self.store.health.written();
                Some(written)
            }
            Err(error) => {
                self.store.health.not_written(&error);
                self.forget(batch);
                None
            }
        }
    }

    /// Nothing more is to be written. Should this fail, clocks gain the seconds since they were last
    /// seen running.
    pub fn close(&mut self, now: i64) {
        if let Some(db) = &self.db
            && let Err(error) = games::stay_alive(db, now)
        {
            self.store.health.not_written(&error);
        }
    }

    fn try_to_write(
        &mut self,
        db: &mut Connection,
        batch: &[Write],
        now: i64,
    ) -> Result<Written, Error> {
        // Immediate: a deferred one that has read is refused at once if somebody else writes.
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.missed_departures {
            for person in people::held_open(&transaction)? {
                if self.sockets.of(person) == 0 {
                    people::let_lapse(&transaction, person, now)?;
                }
            }
        }
        let late = self.late(&transaction)?;
        let outcomes = batch
            .iter()
            .map(|write| self.apply(&transaction, write, now))
            .collect::<Result<Vec<_>, _>>()?;
        self.logs.store(&transaction, now)?;
        let next_due = self.clocks.next(&transaction)?;
        transaction.commit()?;
        self.clocks.keep(next_due);
        self.unsure.clear();
        self.sockets.keep();
        self.missed_departures = false;
        Ok(Written { late, outcomes })
    }

    /// Of the messages of batches that failed those that are on disk, in each room's order.
    fn late(&self, db: &Connection) -> Result<Vec<Told>, Error> {
        let mut late = Vec::new();
        for (author, id) in &self.unsure {
            if let Some(message) = events::sent(db, *author, id)? {
                let members = rooms::direct(db, &message.room)?.map(|direct| direct.members);
                late.push((message, members));
            }
        }
        late.sort_by(|(a, _), (b, _)| (&a.room, a.seq).cmp(&(&b.room, b.seq)));
        Ok(late)
    }

    /// Forgets what a failed batch had changed in memory, and remembers what it may have written.
    fn forget(&mut self, batch: &[Write]) {
        self.logs = Logs::default();
        self.sockets.undo();
        self.missed_departures = true;
        self.unsure.extend(self.clocks.forget());
        for write in batch {
            match write {
                Write::Depart(person) => {
                    self.sockets.close(*person);
                }
                Write::Say(draft) => {
                    let id = draft.id.as_str().to_owned();
                    self.unsure.insert((draft.author.person, id));
                }
                // Of who signed out, or perhaps did, nothing counts that a socket says before it has
                // proved itself anew.
                Write::SignOut(..)
                | Write::Read(_)
                | Write::SignIn(..)
                | Write::Arrive(..)
                | Write::Change(..)
                | Write::Delivered(_)
                | Write::Clocks
                | Write::Tidy
                | Write::Settle(_) => {}
            }
        }
        self.sockets.keep();
    }

    fn apply(&mut self, db: &Connection, write: &Write, now: i64) -> Result<Outcome, Error> {
        match write {
            // Signed out while the line was still open: the nickname may be somebody else's by now.
            Write::Say(draft) if self.signed_out.contains(&draft.author.person) => {
                refused(Code::LoginFirst)
            }
            // Revoked since it was asked whose token that is.
            Write::Say(Draft {
                reply: Reply::Answer(_),
                author,
                ..
            }) if people::held_nickname(db, author.person, now)?.is_none() => {
                refused(Code::BadToken)
            }
            Write::Say(draft) => match &draft.body {
                Body::Text(text) => self.logs.say(db, draft, text, now),
                Body::Act(act) => {
                    self.clocks.change();
                    self.logs.play(db, draft, act, &self.sockets, now)
                }
            },
            Write::Clocks => {
                self.clocks.change();
                let ended = self.logs.time_out(db, now)?;
                self.clocks.end(&ended);
                Ok(Outcome::Ended(ended))
            }
            Write::Read(read) if self.signed_out.contains(&read.person) => Ok(Outcome::Done),
            Write::Read(read) => self.logs.read(db, read),
            Write::SignIn(new, _) => sign_in(db, new, now),
            Write::Arrive(arrival, ..) => self.arrive(db, arrival, now),
            Write::Depart(person) => {
                if self.sockets.close(*person) == 0 {
                    self.signed_out.remove(person);
                    people::let_lapse(db, *person, now)?;
                }
                Ok(Outcome::Done)
            }
            Write::SignOut(person, _) => {
                people::sign_out(db, *person)?;
                if self.sockets.of(*person) > 0 {
                    self.signed_out.insert(*person);
                }
                Ok(Outcome::Done)
            }
            Write::Change(change, _) => self.change(db, change, now),
            Write::Delivered(Delivered { row, upto }) => {
                outgoing::advance(db, *row, *upto)?;
                Ok(Outcome::Done)
            }
            Write::Tidy => {
                people::tidy(db, now)?;
                games::stay_alive(db, now)?;
                Ok(Outcome::Done)
            }
            Write::Settle(_) => Ok(Outcome::Done),
        }
    }

    fn change(&self, db: &Connection, change: &Change, now: i64) -> Result<Outcome, Error> {
        match change {
            Change::AddProgram(Newcomer {
                name,
                grant,
                secret,
            }) => match programs::add(db, name, grant, *secret, now)? {
                true => Ok(Outcome::Done),
                false => refused(taken(name)),
            },
            Change::AddOutgoing(new, room, secret) => {
                match outgoing::add(db, new, room, secret, now)? {
                    true => Ok(Outcome::Done),
                    false => refused(Refusal::new(
                        Code::NicknameTaken,
                        format!("There is an outgoing webhook named “{}” already.", new.name),
                    )),
                }
            }
            Change::RemoveOutgoing(name) => match outgoing::remove(db, name)? {
                true => Ok(Outcome::Done),
                false => refused(Refusal::new(
                    Code::NotFound,
                    format!("There is no outgoing webhook named “{name}”."),
                )),
            },
        }
    }

    fn arrive(&mut self, db: &Connection, arrival: &Arrival, now: i64) -> Result<Outcome, Error> {
        let Some(session) = people::session(db, arrival.secret, now)? else {
            return refused(Code::BadToken);
        };
        let person = session.person;
        let rights = Rights::of(session.grant);
        if rights.is_program() && arrival.outbox.is_none() {
            // Pages are for people: they show whatever a person may see.
            return refused(Code::BadToken);
        }
        if let Err(refusal) = rights.check(Scope::Read) {
            // A socket hears what is said.
            return refused(refusal);
        }
        // There is a session, so no sign-out of this person came to pass.
        self.signed_out.remove(&person);
        let nickname = match people::held_nickname(db, person, now)? {
            Some(held)
                if arrival
                    .nickname
                    .as_ref()
                    .is_some_and(|n| !name::is_same(n.as_str(), &held)) =>
            {
                return refused(already(&held));
            }
            Some(held) => held,
            None => {
                let wanted = match &arrival.nickname {
                    Some(nickname) => Ok(nickname.clone()),
                    None => Nickname::parse(&session.nickname),
                };
                match wanted {
                    Err(refusal) => return refused(refusal),
                    Ok(n) if people::claim(db, person, &n, session.hold_ms, now)? => {
                        n.as_str().to_owned()
                    }
                    Ok(n) => return refused(taken(&n)),
                }
            }
        };
        if arrival.outbox.is_some() {
            if self.sockets.of(person) >= limits::SOCKETS_PER_PERSON {
                return refused(Code::TooManySockets);
            }
            self.sockets.open(person);
            people::hold(db, person)?;
        } else {
            people::hold_on(db, person, now)?;
        }
        if now - session.used_at > people::TOUCH_MS {
            people::touch_session(db, arrival.secret, now)?;
        }
        Ok(Outcome::Arrived {
            person,
            nickname,
            rights,
        })
    }
}

fn sign_in(db: &Connection, sign_in: &SignIn, now: i64) -> Result<Outcome, Error> {
    let nickname = &sign_in.nickname;
    if people::is_in_use(db, nickname, None, now)? {
        return refused(taken(nickname));
    }
    let hold_ms = i64::try_from(sign_in.hold.as_millis()).unwrap_or(i64::MAX / 2);
    let person = people::add_person(db, nickname, now)?;
    people::claim(db, person, nickname, hold_ms, now)?;
    // Until the cookie or token has come back once, nobody may ever come back with it.
    let first = limits::FIRST_HOLD.min(sign_in.hold);
    people::lapse_at(db, person, now + first.as_millis() as i64)?;
    people::add_session(db, sign_in.secret, person, hold_ms, now)?;
    Ok(Outcome::Done)
}

fn already(held: &str) -> Refusal {
    Refusal::new(
        Code::AlreadySignedIn,
        format!("You are signed in as “{held}” here. Sign out first, or enter as someone else."),
    )
}

fn taken(nickname: &Nickname) -> Refusal {
    Refusal::new(
        Code::NicknameTaken,
        format!(
            "“{}” is already in use. Choose another nickname.",
            nickname.as_str()
        ),
    )
}
