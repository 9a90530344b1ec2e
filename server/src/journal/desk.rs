//! The writer's desk: how a batch becomes one transaction, and what is remembered from batch to batch.
//! [`apply`] changes the database for each write. Nothing is answered here.

mod apply;

use std::{collections::HashSet, sync::Arc};

use protocol::{Code, PersonId};

use super::{
    clocks::Clocks,
    logs::Logs,
    sockets::OpenSockets,
    writes::{Outcome, Told, Write},
};
use crate::store::{
    self, Connection, Error, Store, Transaction, TransactionBehavior, events, games, people, rooms,
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
    /// Messages of the one batch whose COMMIT failed, by author and id: refused, and perhaps on disk.
    /// No other batch is tried before these are looked up.
    unsure: HashSet<(PersonId, String)>,
}

/// What came of a batch.
#[derive(Default)]
pub struct Written {
    /// What is on disk of an earlier batch: nobody has seen it yet.
    pub late: Vec<Told>,
    /// One for each write; none if the database would not have the batch. Then whether it is on disk is
    /// unknown, and nothing of it may be shown.
    pub outcomes: Option<Vec<Outcome>>,
}

/// How a batch failed.
enum Failure {
    /// Before its COMMIT: nothing of it is on disk.
    Unwritten(Error),
    /// Its COMMIT returned an error, so what is on disk is unknown.
    Unsure(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Unwritten(error)
    }
}

/// How the writes of a batch share its transaction.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Care {
    /// One that cannot be written rolls back all of them.
    Together,
    /// Each has a savepoint, and is rolled back alone. That costs a copy of each page it touches.
    Apart,
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

    /// Writes the batch in one transaction. A write that cannot be written is refused, and no other one
    /// with it; only an outage of the database fails the batch.
    pub fn write(&mut self, batch: &[Write], now: i64) -> Written {
        let mut written = Written::default();
        match self.try_to_write(batch, now, &mut written.late) {
            Ok(outcomes) => {
                self.store.health.written();
                written.outcomes = Some(outcomes);
            }
            Err(Failure::Unwritten(error)) => {
                self.store.health.not_written(&error);
                self.forget(batch);
            }
            Err(Failure::Unsure(error)) => {
                self.store.health.not_written(&error);
                self.unsure.extend(self.clocks.ended());
                self.unsure.extend(batch.iter().filter_map(Write::event));
                self.forget(batch);
            }
        }
        self.sockets.keep();
        written
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
        batch: &[Write],
        now: i64,
        late: &mut Vec<Told>,
    ) -> Result<Vec<Outcome>, Failure> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.store.connect()?,
        };
        if !self.store.health.can_write() {
            // By itself, so that a disk that fails still leaves no more messages unsure.
            store::probe(&db)?;
            // Nobody could play meanwhile.
            games::start_anew(&mut db, now)?;
            self.clocks.change();
            // The probe has synced what a failed COMMIT may have left.
            *late = self.late(&db)?;
            self.unsure.clear();
        }
        let signed_out = self.signed_out.clone();
        let outcomes = match self.transact(&mut db, batch, now, Care::Together) {
            Err(Failure::Unwritten(error)) if !store::is_outage(&error) => {
                // Once more from the start, to find out what cannot be written.
                self.logs = Logs::default();
                self.clocks.forget();
                self.sockets.undo();
                self.signed_out = signed_out;
                self.transact(&mut db, batch, now, Care::Apart)?
            }
            outcome => outcome?,
        };
        self.db = Some(db);
        Ok(outcomes)
    }

    fn transact(
        &mut self,
        db: &mut Connection,
        batch: &[Write],
        now: i64,
        care: Care,
    ) -> Result<Vec<Outcome>, Failure> {
        // Immediate: a deferred one that has read is refused at once if somebody else writes.
        let mut transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.missed_departures {
            for person in people::held_open(&transaction)? {
                if self.sockets.of(person) == 0 {
                    people::let_lapse(&transaction, person, now)?;
                }
            }
        }
        let outcomes = match care {
            Care::Together => batch
                .iter()
                .map(|write| self.apply(&transaction, write, now))
                .collect::<Result<Vec<_>, _>>(),
            Care::Apart => batch
                .iter()
                .map(|write| self.apply_alone(&mut transaction, write, now))
                .collect(),
        }?;
        self.logs.store(&transaction, now)?;
        let next_due = self.clocks.next(&transaction)?;
        transaction.commit().map_err(Failure::Unsure)?;
        self.clocks.keep(next_due);
        self.missed_departures = false;
        Ok(outcomes)
    }

    /// Applies a write within a savepoint; refuses it if it cannot be written.
    ///
    /// # Errors
    /// Only an outage of the database.
    fn apply_alone(
        &mut self,
        transaction: &mut Transaction<'_>,
        write: &Write,
        now: i64,
    ) -> Result<Outcome, Error> {
        let savepoint = transaction.savepoint()?;
        let applied = self.apply(&savepoint, write, now).and_then(|outcome| {
            // The rooms' newest numbers stand in the database, so they go back with it.
            self.logs.store(&savepoint, now)?;
            savepoint.commit()?;
            Ok(outcome)
        });
        match applied {
            Err(error) if !store::is_outage(&error) => {
                // Dropping the savepoint has rolled it back.
                self.store.health.refused(&error);
                self.logs = Logs::default();
                Ok(Outcome::Refused(Code::Internal.into()))
            }
            applied => applied,
        }
    }

    /// Of the messages of the batch whose COMMIT failed those that are on disk, in each room's order.
    fn late(&self, db: &Connection) -> Result<Vec<Told>, Error> {
        let mut late = Vec::new();
        for (author, id) in &self.unsure {
            match events::sent(db, *author, id) {
                Ok(Some(message)) => {
                    let members = rooms::direct(db, &message.room)?.map(|direct| direct.members);
                    late.push((message, members));
                }
                Ok(None) => {}
                Err(error) if store::is_outage(&error) => return Err(error),
                // Nobody can read this one; the others are not to wait for it.
                Err(error) => self.store.health.refused(&error),
            }
        }
        late.sort_by(|(a, _), (b, _)| (&a.room, a.seq).cmp(&(&b.room, b.seq)));
        Ok(late)
    }

    /// Forgets what a failed batch had changed in memory. Of a person that signed out, or perhaps did,
    /// nothing counts that a socket says before it has proved itself anew.
    fn forget(&mut self, batch: &[Write]) {
        self.logs = Logs::default();
        self.clocks.forget();
        self.sockets.undo();
        self.missed_departures = true;
        for write in batch {
            if let Write::Depart(person) = write {
                self.sockets.close(*person);
            }
        }
    }
}
