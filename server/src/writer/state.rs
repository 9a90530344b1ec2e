//! The writer's state from batch to batch, which applies a batch in one transaction. [`apply`]
//! changes the database for each request, [`sessions`] for those about users and their sockets.
//! Nothing is answered here: each request leads to a [`PostCommit`].

mod apply;
mod sessions;

use std::{collections::HashSet, mem, sync::Arc};

use protocol::{Code, UserId};
pub use sessions::UsedSessions;

use super::{
    connection_counts::ConnectionCounts,
    error::WriteError,
    games::timers::GameTimers,
    post_commit::{PostCommit, Publication},
    requests::WriteRequest,
    room_logs::RoomLogs,
};
use crate::{
    hub::Audience,
    rate_limit::{RateLimiter, Requester},
    store::{
        self, Connection, Db, Error, Store, events, games, rooms, server_clock,
        users::{self, SecretHash},
    },
};

/// What a request stores beside its text, roughly.
const EVENT_BYTES: usize = 200;

/// The writer's connection, and its state from batch to batch.
pub struct WriterState {
    store: Arc<Store>,
    /// `None` after a failed batch, until the database is opened again. The result of a COMMIT that
    /// returned an error is unknown, so what the connection has cached may be wrong.
    db: Option<Connection>,
    logs: RoomLogs,
    /// Publishes when the next timer of a game runs out.
    pub game_timers: GameTimers,
    pub(super) sockets: ConnectionCounts,
    pub(super) rate_limiter: Arc<RateLimiter>,
    pub(super) used_sessions: Arc<UsedSessions>,
    /// Messages of this batch, by author and bytes, that have cost tokens, which are returned if
    /// the batch is undone.
    pub(super) charged: Vec<(Requester, usize)>,
    /// The time of the server's clock that was stored last.
    pub(super) seen_at: i64,
    /// How many bytes of text may be written before the storage is measured again.
    unmeasured: u64,
    /// Whether the write-ahead log may hold words that were deleted.
    pub(super) has_deleted: bool,
    /// Sessions whose use this batch has stored.
    pub(super) stored_sessions: Vec<SecretHash>,
    /// Users who have signed out and whose sockets are still being closed.
    pub(super) signed_out: HashSet<UserId>,
    /// Whether the expiry of a reservation may not have been started, because the batch with the
    /// closed socket failed.
    missed_disconnects: bool,
    /// The events of the one batch whose COMMIT failed, by author and id. They were refused, but
    /// may be on disk. No other batch is tried before they are looked up, so there is never more
    /// than one such batch.
    unconfirmed: HashSet<(UserId, String)>,
}

/// The result of a batch.
#[derive(Default)]
pub struct BatchResult<'a> {
    /// Events of an earlier batch that are on disk and were not published.
    pub recovered: Vec<Publication>,
    /// An action for each request; `None` if the batch failed. Then nothing of it may be shown. If
    /// the COMMIT failed, the batch may be on disk all the same.
    pub actions: Option<Vec<PostCommit<'a>>>,
}

/// What is rolled back if a request cannot be written.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Rollback {
    /// The whole batch.
    Batch,
    /// That request alone: each has a savepoint. A savepoint costs a copy of each page that is
    /// changed.
    Request,
}

impl WriterState {
    /// Creates the state of a writer that uses this connection.
    ///
    /// # Errors
    /// The database's error.
    pub fn new(
        store: Arc<Store>,
        db: Connection,
        rate_limiter: Arc<RateLimiter>,
    ) -> Result<Self, Error> {
        Ok(Self {
            game_timers: GameTimers::open(db.db())?,
            store,
            db: Some(db),
            logs: RoomLogs::default(),
            sockets: ConnectionCounts::default(),
            rate_limiter,
            used_sessions: Arc::default(),
            charged: Vec::new(),
            seen_at: 0,
            unmeasured: 0,
            has_deleted: false,
            stored_sessions: Vec::new(),
            signed_out: HashSet::new(),
            missed_disconnects: false,
            unconfirmed: HashSet::new(),
        })
    }

    /// Writes the batch in one transaction. A request that cannot be written is refused alone. Only
    /// an outage of the database fails the batch.
    pub fn write<'a>(&mut self, batch: &'a [WriteRequest], now: i64) -> BatchResult<'a> {
        let mut result = BatchResult::default();
        match self.try_write(batch, now, &mut result.recovered) {
            Ok(actions) => {
                self.store.health.record_write();
                self.forget_deleted();
                self.measure_storage(batch);
                result.actions = Some(actions);
            }
            Err(error) => {
                self.store.health.record_failed_write(&error);
                self.reset_after_failure(batch);
            }
        }
        self.sockets.committed();
        self.charged.clear();
        if !self.stored_sessions.is_empty() {
            self.used_sessions
                .remove(&mem::take(&mut self.stored_sessions));
        }
        result
    }

    /// Measures the storage with each cleanup, and once as many bytes were written as the last
    /// measurement has allowed. A measurement costs more than a message.
    fn measure_storage(&mut self, batch: &[WriteRequest]) {
        let written: usize = batch.iter().map(|it| it.bytes() + EVENT_BYTES).sum();
        let is_cleanup = batch.iter().any(|it| matches!(it, WriteRequest::Expire));
        self.unmeasured = self.unmeasured.saturating_sub(written as u64);
        if self.unmeasured > 0 && !is_cleanup {
            return;
        }
        let Some(db) = &self.db else { return };
        match self.store.measure_storage(db) {
            Ok(due) => self.unmeasured = due,
            Err(error) => self.store.health.record_read::<()>(&Err(error)),
        }
    }

    /// Empties the write-ahead log after a deletion. While somebody reads from it, that is not
    /// possible; then it is tried again with the next batch, at the latest with the next cleanup.
    fn forget_deleted(&mut self) {
        if let (true, Some(db)) = (self.has_deleted, &self.db) {
            match store::empty_log(db) {
                Ok(is_empty) => self.has_deleted = !is_empty,
                Err(error) => self.store.health.record_fault(&error),
            }
        }
    }

    /// Undoes what the batch has counted in memory.
    fn undo_counts(&mut self) {
        self.sockets.undo();
        for (author, bytes) in self.charged.drain(..) {
            self.rate_limiter.refund_message(author, bytes);
        }
        self.stored_sessions.clear();
    }

    /// Records that the server has run until now, before the writer ends. If that fails, timers
    /// gain the seconds since it was last recorded.
    pub fn close(&mut self, now: i64) {
        if let Some(db) = &self.db
            && let Err(error) =
                games::record_alive(db.db(), now).and_then(|()| server_clock::record(db.db(), now))
        {
            self.store.health.record_failed_write(&error);
        }
    }

    fn try_write<'a>(
        &mut self,
        batch: &'a [WriteRequest],
        now: i64,
        recovered: &mut Vec<Publication>,
    ) -> Result<Vec<PostCommit<'a>>, Error> {
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.store.connect_writer()?,
        };
        if !self.store.health.can_write() {
            // In a transaction of its own: if the disk still fails, no further messages become
            // unconfirmed.
            store::probe(&db)?;
            // Nobody could play during the outage.
            games::resume_timers(&mut db, now)?;
            self.game_timers.mark_changed();
            // The probe has synced what a failed COMMIT may have left.
            *recovered = self.find_recovered(db.db())?;
            self.unconfirmed.clear();
        }
        let signed_out = self.signed_out.clone();
        let actions = match self.transact(&mut db, batch, now, Rollback::Batch) {
            Err(error) if !error.is_outage() => {
                // Apply the batch again with savepoints, to find the request that cannot be
                // written.
                self.logs = RoomLogs::default();
                self.game_timers.mark_changed();
                self.undo_counts();
                self.signed_out = signed_out;
                self.transact(&mut db, batch, now, Rollback::Request)?
            }
            actions => actions?,
        };
        self.db = Some(db);
        Ok(actions)
    }

    fn transact<'a>(
        &mut self,
        db: &mut Connection,
        batch: &'a [WriteRequest],
        now: i64,
        rollback: Rollback,
    ) -> Result<Vec<PostCommit<'a>>, Error> {
        let transaction = db.begin()?;
        let db = transaction.db();
        if self.missed_disconnects {
            for user in users::with_stopped_expiry(db)? {
                if self.sockets.of(user) == 0 {
                    self.isolate_fault(users::start_expiry(db, user, now))?;
                }
            }
        }
        let actions = match rollback {
            Rollback::Batch => batch
                .iter()
                .map(|request| self.apply_in_batch(db, request, now))
                .collect::<Result<Vec<_>, _>>(),
            Rollback::Request => batch
                .iter()
                .map(|request| self.apply_alone(db, request, now))
                .collect(),
        }?;
        self.logs.store(db, now)?;
        let next_timeout = self.game_timers.next(db)?;
        if let Err(error) = transaction.commit() {
            let events = actions.iter().flat_map(PostCommit::events);
            self.unconfirmed = events.map(|it| (it.author, it.id.clone())).collect();
            return Err(error);
        }
        self.unconfirmed.clear();
        self.game_timers.committed(next_timeout);
        self.missed_disconnects = actions
            .iter()
            .any(|it| matches!(it, PostCommit::Refuse(WriteRequest::Disconnected(_), _)));
        Ok(actions)
    }

    /// Applies a request. A refusal becomes its action.
    fn apply_in_batch<'a>(
        &mut self,
        db: Db<'_>,
        request: &'a WriteRequest,
        now: i64,
    ) -> Result<PostCommit<'a>, Error> {
        match self.apply(db, request, now) {
            Ok(action) => Ok(action),
            Err(WriteError::Refused(refusal)) => Ok(PostCommit::Refuse(request, refusal)),
            Err(WriteError::Store(error)) => Err(error),
        }
    }

    /// Applies a request within a savepoint, and refuses it if it cannot be written.
    ///
    /// # Errors
    /// Only an outage of the database.
    fn apply_alone<'a>(
        &mut self,
        db: Db<'_>,
        request: &'a WriteRequest,
        now: i64,
    ) -> Result<PostCommit<'a>, Error> {
        let applied = store::in_savepoint(db, || {
            let action = self.apply_in_batch(db, request, now)?;
            // The log states are stored within the savepoint, so they are rolled back with it.
            self.logs.store(db, now)?;
            Ok(action)
        });
        match self.isolate_fault(applied)? {
            Some(action) => Ok(action),
            None => {
                self.logs = RoomLogs::default();
                Ok(PostCommit::Refuse(request, Code::Internal.into()))
            }
        }
    }

    /// Logs the error of a single request and returns `None`, so that the batch continues.
    ///
    /// # Errors
    /// Only an outage of the database.
    fn isolate_fault<T>(&self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Err(error) if !error.is_outage() => {
                self.store.health.record_fault(&error);
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// Returns the unconfirmed events that are on disk, ordered by room and number.
    fn find_recovered(&self, db: Db<'_>) -> Result<Vec<Publication>, Error> {
        let mut recovered = Vec::new();
        for (author, id) in &self.unconfirmed {
            let find = || {
                let Some(message) = events::find_by_client_id(db, *author, id)? else {
                    return Ok(None);
                };
                let audience = match rooms::direct(db, &message.room)? {
                    Some(direct) => Audience::Direct(direct.members),
                    None => Audience::of_public(&message.room),
                };
                Ok(Some((message, audience)))
            };
            // An event that cannot be read must not prevent the publication of the others.
            recovered.extend(self.isolate_fault(find())?.flatten());
        }
        recovered.sort_by(|(a, _), (b, _)| (&a.room, a.seq).cmp(&(&b.room, b.seq)));
        Ok(recovered)
    }

    /// Resets what a failed batch has changed in memory. Users whose sign-out was in the batch stay
    /// in `signed_out`: they may have signed out, so their sockets are refused until they
    /// authenticate again.
    fn reset_after_failure(&mut self, batch: &[WriteRequest]) {
        self.logs = RoomLogs::default();
        self.game_timers.mark_changed();
        self.undo_counts();
        self.missed_disconnects = true;
        for request in batch {
            if let WriteRequest::Disconnected(socket) = request {
                self.sockets.close(*socket);
            }
        }
        let sockets = &self.sockets;
        self.signed_out.retain(|user| sockets.of(*user) > 0);
    }
}
