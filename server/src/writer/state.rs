//! The writer's desk: how a batch becomes one transaction, and what is remembered from batch to batch.
//! [`apply`] changes the database for each write. Nothing is answered here.

mod apply;

use std::{collections::HashSet, sync::Arc};

use protocol::{Code, UserId};

use super::{
    connection_counts::ConnectionCounts,
    game_timers::GameTimers,
    requests::{Outcome, Publication, WriteRequest},
    room_logs::RoomLogs,
};
use crate::store::{
    self, Connection, Error, Store, TransactionBehavior, events, games, rooms, users,
};

/// What the writer writes with, and remembers from batch to batch.
pub struct WriterState {
    store: Arc<Store>,
    /// None once a batch has failed, until the database is opened anew: the result of a COMMIT that
    /// returned an error is unknown, and what a connection remembers may be wrong.
    db: Option<Connection>,
    logs: RoomLogs,
    /// When the next game's clock runs out, for who waits for it.
    pub game_timers: GameTimers,
    pub(super) sockets: ConnectionCounts,
    /// Users who are no more, and have sockets that are still being closed.
    pub(super) signed_out: HashSet<UserId>,
    /// A batch failed, so a departure may not have been written.
    missed_disconnects: bool,
    /// What the one batch whose COMMIT failed would have stored, by author and id: refused, and perhaps
    /// on disk. No other batch is tried before these are looked up.
    unconfirmed: HashSet<(UserId, String)>,
}

/// What came of a batch.
#[derive(Default)]
pub struct BatchResult {
    /// What is on disk of an earlier batch: nobody has seen it yet.
    pub recovered: Vec<Publication>,
    /// One for each write; none if the database would not have the batch. Then nothing of it may be
    /// shown, though it may be on disk if it was the COMMIT that failed.
    pub outcomes: Option<Vec<Outcome>>,
}

/// How the writes of a batch share its transaction.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Rollback {
    /// One that cannot be written rolls back all of them.
    Batch,
    /// Each has a savepoint, and is rolled back alone. That costs a copy of each page it touches.
    Request,
}

impl WriterState {
    /// A desk for the one who writes with this connection.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn new(store: Arc<Store>, db: Connection) -> Result<Self, Error> {
        Ok(Self {
            game_timers: GameTimers::open(&db)?,
            store,
            db: Some(db),
            logs: RoomLogs::default(),
            sockets: ConnectionCounts::default(),
            signed_out: HashSet::new(),
            missed_disconnects: false,
            unconfirmed: HashSet::new(),
        })
    }

    /// Writes the batch in one transaction. A write that cannot be written is refused, and no other one
    /// with it; only an outage of the database fails the batch.
    pub fn write(&mut self, batch: &[WriteRequest], now: i64) -> BatchResult {
        let mut written = BatchResult::default();
        match self.try_to_write(batch, now, &mut written.recovered) {
            Ok(outcomes) => {
                self.store.health.record_write();
                written.outcomes = Some(outcomes);
            }
            Err(error) => {
                self.store.health.record_failed_write(&error);
                self.reset_after_failure(batch);
            }
        }
        self.sockets.committed();
        written
    }

    /// Nothing more is to be written. Should this fail, clocks gain the seconds since they were last
    /// seen running.
    pub fn close(&mut self, now: i64) {
        if let Some(db) = &self.db
            && let Err(error) = games::record_alive(db, now)
        {
            self.store.health.record_failed_write(&error);
        }
    }

    fn try_to_write(
        &mut self,
        batch: &[WriteRequest],
        now: i64,
        late: &mut Vec<Publication>,
    ) -> Result<Vec<Outcome>, Error> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.store.connect()?,
        };
        if !self.store.health.can_write() {
            // By itself, so that a disk that fails still leaves no more messages unsure.
            store::probe(&db)?;
            // Nobody could play meanwhile.
            games::resume_timers(&mut db, now)?;
            self.game_timers.mark_changed();
            // The probe has synced what a failed COMMIT may have left.
            *late = self.find_recovered(&db)?;
            self.unconfirmed.clear();
        }
        let signed_out = self.signed_out.clone();
        let outcomes = match self.transact(&mut db, batch, now, Rollback::Batch) {
            Err(error) if !store::is_outage(&error) => {
                // Once more from the start, to find out what cannot be written.
                self.logs = RoomLogs::default();
                self.game_timers.mark_changed();
                self.sockets.undo();
                self.signed_out = signed_out;
                self.transact(&mut db, batch, now, Rollback::Request)?
            }
            outcome => outcome?,
        };
        self.db = Some(db);
        Ok(outcomes)
    }

    fn transact(
        &mut self,
        db: &mut Connection,
        batch: &[WriteRequest],
        now: i64,
        rollback: Rollback,
    ) -> Result<Vec<Outcome>, Error> {
        // Immediate: a deferred one that has read is refused at once if somebody else writes.
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if self.missed_disconnects {
            for user in users::with_stopped_expiry(&transaction)? {
                if self.sockets.of(user) == 0 {
                    self.isolate_fault(users::start_expiry(&transaction, user, now))?;
                }
            }
        }
        let outcomes = match rollback {
            Rollback::Batch => batch
                .iter()
                .map(|write| self.apply(&transaction, write, now))
                .collect::<Result<Vec<_>, _>>(),
            Rollback::Request => batch
                .iter()
                .map(|write| self.apply_alone(&transaction, write, now))
                .collect(),
        }?;
        self.logs.store(&transaction, now)?;
        let next_due = self.game_timers.next(&transaction)?;
        if let Err(error) = transaction.commit() {
            let events = outcomes.iter().flat_map(Outcome::events);
            self.unconfirmed = events.map(|it| (it.author, it.id.clone())).collect();
            return Err(error);
        }
        self.unconfirmed.clear();
        self.game_timers.committed(next_due);
        self.missed_disconnects = batch
            .iter()
            .zip(&outcomes)
            .any(|it| matches!(it, (WriteRequest::Disconnected(_), Outcome::Refused(_))));
        Ok(outcomes)
    }

    /// Applies a write within a savepoint; refuses it if it cannot be written.
    ///
    /// # Errors
    /// Only an outage of the database.
    fn apply_alone(
        &mut self,
        db: &Connection,
        write: &WriteRequest,
        now: i64,
    ) -> Result<Outcome, Error> {
        let applied = store::in_savepoint(db, || {
            let outcome = self.apply(db, write, now)?;
            // The rooms' newest numbers stand in the database, so they go back with it.
            self.logs.store(db, now)?;
            Ok(outcome)
        });
        match self.isolate_fault(applied)? {
            Some(outcome) => Ok(outcome),
            None => {
                self.logs = RoomLogs::default();
                Ok(Outcome::Refused(Code::Internal.into()))
            }
        }
    }

    /// What came of it; none, and a line in the log, if it cannot be done though the database works.
    ///
    /// # Errors
    /// Only an outage of the database.
    fn isolate_fault<T>(&self, done: Result<T, Error>) -> Result<Option<T>, Error> {
        match done {
            Err(error) if !store::is_outage(&error) => {
                self.store.health.record_fault(&error);
                Ok(None)
            }
            done => done.map(Some),
        }
    }

    /// Of the messages of the batch whose COMMIT failed those that are on disk, in each room's order.
    fn find_recovered(&self, db: &Connection) -> Result<Vec<Publication>, Error> {
        let mut late = Vec::new();
        for (author, id) in &self.unconfirmed {
            let read = || {
                let Some(message) = events::find_by_client_id(db, *author, id)? else {
                    return Ok(None);
                };
                let direct = rooms::direct(db, &message.room)?;
                Ok(Some((message, direct.map(|direct| direct.members))))
            };
            // The others are not to wait for one that nobody can read.
            late.extend(self.isolate_fault(read())?.flatten());
        }
        late.sort_by(|(a, _), (b, _)| (&a.room, a.seq).cmp(&(&b.room, b.seq)));
        Ok(late)
    }

    /// Forgets what a failed batch had changed in memory. Of a user that signed out, or perhaps did,
    /// nothing counts that a socket says before it has proved itself anew.
    fn reset_after_failure(&mut self, batch: &[WriteRequest]) {
        self.logs = RoomLogs::default();
        self.game_timers.mark_changed();
        self.sockets.undo();
        self.missed_disconnects = true;
        for write in batch {
            if let WriteRequest::Disconnected(user) = write {
                self.sockets.close(*user);
            }
        }
        let sockets = &self.sockets;
        self.signed_out.retain(|user| sockets.of(*user) > 0);
    }
}
