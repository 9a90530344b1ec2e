//! The writer's work alone, without its thread and without anybody who waits for it: a door for
//! benchmarks.

use std::{path::Path, sync::Arc};

use anyhow::{Context, anyhow, ensure};
use protocol::{MessageId, Nickname, Refusal, RoomName};

use super::{
    requests::{Author, Destination, Draft, DraftBody, Outcome, Reply, WriteRequest},
    state::WriterState,
};
use crate::{
    send_queue::SendQueue,
    store::{self, Durability, Store, users},
};

/// From one message's room to the next one's; a prime, so that all have their turn.
const STRIDE: usize = 617;

/// Rooms in each of which one user talks.
pub struct Rooms {
    state: WriterState,
    rooms: Vec<(RoomName, Author)>,
    send_queue: Arc<SendQueue>,
    said: usize,
}

impl Rooms {
    /// So many rooms, in a folder of which nothing else is asked; every transaction waits for the
    /// disk.
    ///
    /// # Errors
    /// If the folder or the database in it cannot be had.
    pub fn open(folder: &Path, rooms: usize) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(folder, Durability::Full)?);
        let db = store.connect()?;
        let rooms = (0..rooms).map(|nth| {
            let nickname = parsed(Nickname::parse(&format!("p{nth}")))?;
            let author = Author {
                user: users::add_user(&db, &nickname, store::now_ms())?,
                nickname: nickname.as_str().to_owned(),
                alias: None,
                is_bot: false,
            };
            Ok((parsed(RoomName::parse(&format!("r{nth}")))?, author))
        });
        let rooms = rooms.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            state: WriterState::new(store, db)?,
            rooms,
            send_queue: SendQueue::detached(),
            said: 0,
        })
    }

    /// Writes so many messages in one transaction, each to another room as far as there are so many.
    ///
    /// # Errors
    /// If the database would not have it, or a rule of the server would not.
    pub fn write(&mut self, batch: usize, text: &str) -> anyhow::Result<()> {
        let drafts = (self.said..self.said + batch).map(|nth| {
            let (room, author) = &self.rooms[nth * STRIDE % self.rooms.len()];
            Ok(WriteRequest::Send(Draft {
                author: author.clone(),
                reply: Reply::Socket(Arc::clone(&self.send_queue)),
                destination: Destination::Public(room.clone()),
                id: parsed(MessageId::parse(&format!("{nth}")))?,
                body: DraftBody::Text(text.to_owned()),
                is_charged: false,
            }))
        });
        let drafts = drafts.collect::<anyhow::Result<Vec<_>>>()?;
        let written = self.state.write(&drafts, store::now_ms());
        self.said += batch;
        let outcomes = written.outcomes;
        let outcomes = outcomes.context("the database would not have it")?;
        let is_said = |outcome: &Outcome| matches!(outcome, Outcome::Stored { .. });
        ensure!(outcomes.iter().all(is_said), "something was refused");
        Ok(())
    }
}

fn parsed<T>(outcome: Result<T, Refusal>) -> anyhow::Result<T> {
    outcome.map_err(|refusal| anyhow!(refusal.message))
}
