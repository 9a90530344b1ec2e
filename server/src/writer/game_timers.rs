//! The clocks of games: the writer knows when the next one runs out, and a task of its own wakes it
//! then. What a clock ends is written like anything else.

use std::time::Duration;

use protocol::limits;
use tokio::{sync::watch, time};

use super::{WriteRequest, WriterHandle};
use crate::store::{self, Connection, Error, games};

/// When the next clock runs out, in milliseconds since 1970.
type Due = Option<i64>;

/// What the writer knows of clocks.
pub struct GameTimers {
    next: watch::Sender<Due>,
    /// This batch may have changed it.
    is_changed: bool,
}

impl GameTimers {
    /// Clocks as they stand in the database.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn open(db: &Connection) -> Result<Self, Error> {
        let (next, _) = watch::channel(games::next_due(db)?);
        Ok(Self {
            next,
            is_changed: false,
        })
    }

    /// To wait for what is next.
    pub fn subscribe(&self) -> watch::Receiver<Due> {
        self.next.subscribe()
    }

    /// This batch may start and stop clocks.
    pub fn mark_changed(&mut self) {
        self.is_changed = true;
    }

    /// What is next once this batch is committed; none if it changes nothing.
    pub fn next(&self, db: &Connection) -> Result<Option<Due>, Error> {
        match self.is_changed {
            true => games::next_due(db).map(Some),
            false => Ok(None),
        }
    }

    /// The batch is committed.
    pub fn committed(&mut self, next: Option<Due>) {
        self.is_changed = false;
        if let Some(next) = next {
            self.next.send_replace(next);
        }
    }
}

impl WriterHandle {
    /// Ends the games whose clocks run out, for as long as the server runs.
    pub async fn run_game_timers(&self) {
        let mut next = self.next_timeout.clone();
        loop {
            let due = *next.borrow_and_update();
            let Some(due) = due else {
                if next.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let wait = u64::try_from(due - store::now_ms()).unwrap_or(0);
            tokio::select! {
                () = time::sleep(Duration::from_millis(wait)) => {
                    self.queue.push(WriteRequest::TimeoutGames).await;
                    self.flush().await;
                    if *next.borrow() == Some(due) {
                        // The disk would not have it.
                        time::sleep(limits::STORAGE_RETRY).await;
                    }
                }
                changed = next.changed() => if changed.is_err() {
                    return;
                },
            }
        }
    }
}
