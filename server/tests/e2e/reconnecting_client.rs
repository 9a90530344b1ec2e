//! A regular: a program that keeps its side of "Never lost, never twice" in docs/PROTOCOL.md. It
//! talks in its rooms, comes back after whatever happens to its line, and writes down all that it hears.

mod connection;
mod received_log;

use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};

use connection::{Broken, Line};
use protocol::{Code, Message, Seq, ServerFrame, frame, limits};
use rand::{RngExt, rngs::StdRng};
pub use received_log::{Mishaps, Notebook};
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

/// From one thing said to the next, at most.
const PAUSE: Duration = Duration::from_millis(100);
/// Who has said so much in a room without an echo waits.
const UNHEARD: usize = 20;
/// From one line to the next, at most.
const BACKOFF: Duration = Duration::from_millis(30);

/// Somebody who is there whenever it is possible.
pub struct Regular {
    pub user: i64,
    token: String,
    pub corners: Vec<Corner>,
    random: StdRng,
    speaks_at: Instant,
    /// How many lines it has had.
    pub lines: usize,
}

/// What a regular has to do with one room.
pub struct Corner {
    pub room: String,
    pub notebook: Notebook,
    /// Id and text of all that was said here, in order.
    pub said: Vec<(String, String)>,
    /// Of these, what is not confirmed, in order; the first may be on its way.
    outbox: VecDeque<(String, String)>,
    /// When the first of them may be sent; none while it is on its way.
    due: Option<Instant>,
    /// The first of them was sent before, on this line or another.
    is_tried: bool,
}

/// What all regulars are asked to do.
#[derive(Clone)]
pub enum Wish {
    Talk,
    /// Say nothing new, and see to it that what was said is confirmed.
    Finish,
    /// Hear everything up to these numbers, and go.
    HearAll(BTreeMap<String, Seq>),
}

impl Regular {
    /// Somebody who has signed in before.
    pub fn new(user: i64, token: String, rooms: &[&str], random: StdRng) -> Self {
        let corner = |room: &&str| Corner {
            room: (*room).to_owned(),
            notebook: Notebook::default(),
            said: Vec::new(),
            outbox: VecDeque::new(),
            due: None,
            is_tried: false,
        };
        Self {
            user,
            token,
            corners: rooms.iter().map(corner).collect(),
            random,
            speaks_at: Instant::now(),
            lines: 0,
        }
    }

    /// Does what is wished, wherever the server is, and returns with what it has heard. Says
    /// `confirmed` once, when there is nothing to be confirmed any more.
    pub async fn live(
        mut self,
        server: watch::Receiver<SocketAddr>,
        mut wish: watch::Receiver<Wish>,
        confirmed: mpsc::Sender<()>,
    ) -> Self {
        let mut confirmed = Some(confirmed);
        loop {
            let address = *server.borrow();
            let is_there = || *server.borrow() == address;
            if let Ok(line) = Line::open(address).await {
                self.lines += 1;
                let spent = self.spend(line, &mut wish, &mut confirmed, is_there).await;
                if spent.is_ok() {
                    return self;
                }
            }
            sleep(self.random.random_range(Duration::ZERO..BACKOFF)).await;
        }
    }

    /// Uses a line until it breaks or nothing is left to do.
    async fn spend(
        &mut self,
        mut line: Line,
        wish: &mut watch::Receiver<Wish>,
        confirmed: &mut Option<mpsc::Sender<()>>,
        is_there: impl Fn() -> bool,
    ) -> Result<(), Broken> {
        line.send(json!({"type": "login", "token": self.token}))
            .await?;
        for corner in &mut self.corners {
            corner.begin_line(&mut line).await?;
        }
        loop {
            let is_talking = match &*wish.borrow_and_update() {
                Wish::Talk => true,
                Wish::Finish => {
                    if self.corners.iter().all(|corner| corner.outbox.is_empty()) {
                        // It is told once only.
                        confirmed.take();
                    }
                    false
                }
                Wish::HearAll(ends) => {
                    let has_all = |it: &Corner| it.notebook.has_all(ends[&it.room]);
                    if self.corners.iter().all(has_all) {
                        return Ok(());
                    }
                    false
                }
            };
            for corner in &mut self.corners {
                corner.send_if_due(&mut line).await?;
            }
            let due = self.corners.iter().filter_map(|corner| corner.due).min();
            tokio::select! {
                frames = line.hear() => {
                    for frame in frames? {
                        self.obey(&mut line, frame, &is_there).await?;
                    }
                }
                () = sleep_until(self.speaks_at), if is_talking => self.think_of_something(),
                () = sleep_until(due.unwrap_or(self.speaks_at)), if due.is_some() => {}
                changed = wish.changed() => changed.expect("somebody wishes something to the end"),
            }
        }
    }

    async fn obey(
        &mut self,
        line: &mut Line,
        frame: ServerFrame,
        is_there: impl Fn() -> bool,
    ) -> Result<(), Broken> {
        let me = self.user;
        match frame {
            ServerFrame::Joined(joined) => {
                let corner = self.corner(&joined.room);
                corner.notebook.joined(&joined);
                corner.confirm(&joined.messages, me);
                corner.ask_for_what_is_missing(line).await
            }
            ServerFrame::Message(message) => {
                let corner = self.corner(&message.room);
                let skipped = corner.notebook.mishaps.skipped;
                corner.notebook.told(&message, me);
                corner.confirm(&[message], me);
                if corner.notebook.mishaps.skipped > skipped {
                    corner.ask_for_what_is_missing(line).await?;
                }
                Ok(())
            }
            ServerFrame::History(history) => {
                let corner = self.corner(&history.room);
                assert!(!history.messages.is_empty(), "what is missing is there");
                corner.notebook.page(&history.messages);
                corner.confirm(&history.messages, me);
                corner.ask_for_what_is_missing(line).await
            }
            ServerFrame::Error(refusal) => self.refused(&refusal, is_there),
            ServerFrame::Bye(_) => Err(Broken),
            _ => Ok(()),
        }
    }

    fn refused(
        &mut self,
        refusal: &frame::Error,
        is_there: impl Fn() -> bool,
    ) -> Result<(), Broken> {
        let waited_for = self.corners.iter_mut().find(|corner| {
            let first = corner.outbox.front().map(|(id, _)| id);
            first.is_some() && first == refusal.id.as_ref()
        });
        let wait = refusal.retry_after_ms.map(Duration::from_millis);
        match (refusal.code, waited_for, wait) {
            (Code::TooFast | Code::StorageUnavailable, Some(corner), Some(wait)) => {
                corner.due = Some(Instant::now() + wait);
                Ok(())
            }
            // Old lines that the server has not seen break, or a join that met a full disk.
            (Code::TooManySockets | Code::StorageUnavailable, ..) => Err(Broken),
            // The server has moved, and somebody else's stands where it was.
            _ if !is_there() => Err(Broken),
            _ => panic!("refused for good: {refusal:?}"),
        }
    }

    fn think_of_something(&mut self) {
        // One room is busier than all others, so that who is away for long misses more than a page.
        let which = self.random.random_range(0..2 * self.corners.len());
        let which = if which < self.corners.len() { which } else { 0 };
        let corner = &mut self.corners[which];
        self.speaks_at = Instant::now() + self.random.random_range(Duration::ZERO..PAUSE);
        if corner.outbox.len() >= UNHEARD {
            return;
        }
        let id = format!("{}-{}", corner.room, corner.said.len());
        let mostly = if self.random.random_ratio(1, 50) {
            4_000
        } else {
            80
        };
        let tail = "…".repeat(self.random.random_range(0..mostly));
        let text = format!("{} says {id} {tail}", self.user);
        corner.said.push((id.clone(), text.clone()));
        corner.outbox.push_back((id, text));
        if corner.outbox.len() == 1 {
            corner.next_is_due();
        }
    }

    fn corner(&mut self, room: &str) -> &mut Corner {
        let corner = self.corners.iter_mut().find(|corner| corner.room == room);
        corner.expect("a room that was joined")
    }
}

impl Corner {
    async fn begin_line(&mut self, line: &mut Line) -> Result<(), Broken> {
        self.notebook.begin_line();
        self.due = (!self.outbox.is_empty()).then(Instant::now);
        let after = self.notebook.reached();
        line.send(json!({"type": "join", "room": self.room, "after": after}))
            .await
    }

    async fn send_if_due(&mut self, line: &mut Line) -> Result<(), Broken> {
        let Some((id, text)) = self.outbox.front() else {
            return Ok(());
        };
        if self.due.is_none_or(|due| due > Instant::now()) {
            return Ok(());
        }
        if self.is_tried {
            self.notebook.expect_answer(id);
        }
        self.is_tried = true;
        self.due = None;
        line.send(json!({"type": "room", "to": self.room, "id": id, "text": text}))
            .await
    }

    /// Takes out of the outbox what has come back.
    fn confirm(&mut self, messages: &[Message], me: i64) {
        for message in messages {
            let first = self.outbox.front().map(|(id, _)| id);
            if message.author.0 == me && first == Some(&message.id) {
                self.outbox.pop_front();
                self.next_is_due();
            }
        }
    }

    fn next_is_due(&mut self) {
        self.is_tried = false;
        self.due = (!self.outbox.is_empty()).then(Instant::now);
    }

    async fn ask_for_what_is_missing(&self, line: &mut Line) -> Result<(), Broken> {
        let Some(before) = self.notebook.hole_below() else {
            return Ok(());
        };
        let limit = limits::HISTORY_PAGE;
        line.send(json!({"type": "history", "room": self.room, "before": before, "limit": limit}))
            .await
    }
}
