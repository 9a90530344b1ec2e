//! The timers of games. The writer publishes when the next timer runs out, and a task sleeps until
//! then and sends the writer a request to end the games that are overdue.

use std::time::Duration;

use protocol::limits;
use tokio::{sync::watch, time};

use crate::store::{self, Db, Error, games};
use crate::writer::{WriterHandle, requests::WriteRequest};

/// When the next timer runs out, in milliseconds since 1970; `None` if no timer runs.
type NextTimeout = Option<i64>;

/// The writer's side of the timers.
pub struct GameTimers {
    next: watch::Sender<NextTimeout>,
    /// Whether this batch may have started or stopped timers.
    is_changed: bool,
}

impl GameTimers {
    /// Reads when the next timer runs out.
    ///
    /// # Errors
    /// The database's error.
    pub fn open(db: Db<'_>) -> Result<Self, Error> {
        let (next, _) = watch::channel(games::next_due(db)?);
        Ok(Self {
            next,
            is_changed: false,
        })
    }

    pub fn subscribe(&self) -> watch::Receiver<NextTimeout> {
        self.next.subscribe()
    }

    /// Records that this batch may start or stop timers.
    pub fn mark_changed(&mut self) {
        self.is_changed = true;
    }

    /// Reads the next timeout inside the transaction, if this batch may have changed it.
    pub fn next(&self, db: Db<'_>) -> Result<Option<NextTimeout>, Error> {
        match self.is_changed {
            true => games::next_due(db).map(Some),
            false => Ok(None),
        }
    }

    /// Publishes the next timeout, after the batch has committed.
    pub fn committed(&mut self, next: Option<NextTimeout>) {
        self.is_changed = false;
        if let Some(next) = next {
            self.next.send_replace(next);
        }
    }
}

impl WriterHandle {
    /// Asks the writer to end games when their timers run out, until the task is aborted.
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
                        // The batch failed, so the games are still overdue.
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
