//! For benchmarks: the work of the writer without its thread, without sockets, and without a hub.

use std::{path::Path, sync::Arc};

use anyhow::{Context, anyhow, ensure};
use protocol::{MessageId, Nickname, Refusal, RoomName};

use super::{
    post_commit::PostCommit,
    reply::MessageReply,
    requests::{Author, Destination, Draft, DraftBody, WriteRequest},
    state::WriterState,
};
use crate::{
    send_queue::SendQueue,
    store::{self, Durability, Store, users},
};

/// The step from one message's room to the next one's. A prime, so that all rooms take turns.
const STRIDE: usize = 617;

/// A writer, and rooms in each of which one user sends messages.
pub struct WriterBench {
    state: WriterState,
    rooms: Vec<(RoomName, Author)>,
    send_queue: Arc<SendQueue>,
    sent: usize,
}

impl WriterBench {
    /// Creates this many rooms in a data directory that nothing else uses. Every transaction waits
    /// for the disk.
    ///
    /// # Errors
    /// If the data directory or its database cannot be opened.
    pub fn open(dir: &Path, rooms: usize) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(dir, Durability::Full)?);
        let db = store.connect_writer()?;
        let rooms = (0..rooms).map(|nth| {
            let nickname = parsed(Nickname::parse(&format!("p{nth}")))?;
            let author = Author {
                address: None,
                user: users::add_user(db.db(), &nickname, store::now_ms())?,
                nickname: nickname.as_str().to_owned(),
                alias: None,
                is_bot: false,
            };
            Ok((parsed(RoomName::parse(&format!("r{nth}")))?, author))
        });
        let rooms = rooms.collect::<anyhow::Result<_>>()?;
        Ok(Self {
            state: WriterState::new(store, db, Arc::default())?,
            rooms,
            send_queue: SendQueue::detached(),
            sent: 0,
        })
    }

    /// Writes this many messages in one transaction, each to another room if there are as many
    /// rooms.
    ///
    /// # Errors
    /// If the batch fails, or if a message is refused.
    pub fn write(&mut self, batch: usize, text: &str) -> anyhow::Result<()> {
        let drafts = (self.sent..self.sent + batch).map(|nth| {
            let (room, author) = &self.rooms[nth * STRIDE % self.rooms.len()];
            Ok(WriteRequest::Send(Draft {
                author: author.clone(),
                reply: MessageReply::Socket(Arc::clone(&self.send_queue)),
                destination: Destination::Public(room.clone()),
                id: parsed(MessageId::parse(&format!("{nth}")))?,
                body: DraftBody::Text(text.to_owned()),
                precondition: Ok(()),
            }))
        });
        let drafts = drafts.collect::<anyhow::Result<Vec<_>>>()?;
        let written = self.state.write(&drafts, store::now_ms());
        self.sent += batch;
        let actions = written.actions.context("the batch failed")?;
        let is_stored = |action: &PostCommit<'_>| matches!(action, PostCommit::Stored(..));
        ensure!(actions.iter().all(is_stored), "a message was refused");
        Ok(())
    }
}

fn parsed<T>(result: Result<T, Refusal>) -> anyhow::Result<T> {
    result.map_err(|refusal| anyhow!(refusal.message))
}
