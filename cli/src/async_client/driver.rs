//! The task that owns a client's socket and timers. It handles one input after the other, asks
//! [`machine`] what to do, and does it.

mod refusals;

use std::{sync::Arc, time::Duration};

use client::{
    PendingMessage, PendingMessages, Received, RoomCursors,
    machine::{self, ABNORMAL_CLOSURE, Action, Machine, Status, Timer, step},
};
use protocol::{
    ClientFrame, Close, Code, Limits, Message, Refusal, ServerFrame, UserId, frame, limits,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Address, ClientError, Event, Identity,
    link::{Input, LinkState, Request, next_input, open},
    ws::Incoming,
};
use crate::LOG_TARGET;

const TIMERS: [Timer; Timer::KINDS] = [Timer::Silence, Timer::Pong, Timer::Retry, Timer::Steady];

/// The state of a client's task.
pub struct Driver {
    address: Address,
    identity: Identity,
    /// Whether the client has signed in before.
    was_online: bool,
    user: UserId,
    /// As the last `welcome` announced them.
    limits: Limits,
    machine: Machine,
    link: LinkState,
    timers: [Option<Instant>; Timer::KINDS],
    pending: PendingMessages,
    /// When the server accepts messages again, if it asked to wait.
    paused_until: Option<Instant>,
    rooms: RoomCursors,
    /// The wait between two joins, if the server asked to wait, and when it is over.
    next_join: Option<(Duration, Instant)>,
    /// Frames to send as soon as the others are sent.
    outgoing: Vec<ClientFrame>,
    /// Events to send to the handle.
    events: Vec<Event>,
    requests: mpsc::UnboundedReceiver<Request>,
    event_sender: mpsc::Sender<Result<Event, ClientError>>,
}

impl Driver {
    /// A driver that does nothing yet.
    pub fn new(
        address: Address,
        identity: Identity,
        requests: mpsc::UnboundedReceiver<Request>,
        event_sender: mpsc::Sender<Result<Event, ClientError>>,
    ) -> Self {
        Self {
            address,
            identity,
            was_online: false,
            user: UserId::default(),
            limits: Limits::new(limits::MESSAGES_PER_SECOND),
            machine: Machine::default(),
            link: LinkState::None,
            timers: [None; Timer::KINDS],
            pending: PendingMessages::default(),
            paused_until: None,
            rooms: RoomCursors::default(),
            next_join: None,
            outgoing: Vec::new(),
            events: Vec::new(),
            requests,
            event_sender,
        }
    }

    /// Stays connected until the handle is dropped, or reconnecting makes no sense.
    pub async fn run(mut self) {
        if let Err(error) = self.run_to_end().await {
            // This fails only if the handle was dropped. Then nobody needs the error.
            let _ = self.event_sender.send(Err(error)).await;
        }
        if let LinkState::Open(socket) = self.link {
            socket.close().await;
        }
    }

    async fn run_to_end(&mut self) -> Result<(), ClientError> {
        self.advance(machine::Event::Start);
        loop {
            let timer = self.next_timer();
            let input = tokio::select! {
                // A frame that has already arrived must be handled before the silence timer.
                biased;
                input = next_input(&mut self.link, &mut self.requests) => Some(input),
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => None,
            };
            match input {
                Some(Input::Dropped) => return Ok(()),
                Some(input) => self.handle(input)?,
                None => self.run_timers()?,
            }
            self.send().await?;
            for event in std::mem::take(&mut self.events) {
                // While the owner of the handle is busy, nothing more is read. The server then
                // closes the connection as too slow, and the client catches up.
                if self.event_sender.send(Ok(event)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }

    fn handle(&mut self, input: Input) -> Result<(), ClientError> {
        match input {
            Input::Request(Request::Join(room)) => {
                self.rooms.join(&room);
                self.join_rooms();
            }
            Input::Request(Request::Leave(room)) => {
                let leave = self.rooms.leave(&room).filter(|_| self.is_online());
                self.outgoing.extend(leave);
            }
            Input::Request(Request::Send(message)) => match message.check(&self.limits) {
                Ok(()) => self.pending.push(message),
                Err(refusal) => self.refuse(Arc::new(message), refusal),
            },
            Input::Request(Request::Frame(frame)) if self.is_online() => self.outgoing.push(frame),
            Input::Request(Request::Frame(_)) | Input::Dropped => {}
            Input::Opened(socket) => {
                self.link = LinkState::Open(socket);
                self.outgoing.push(self.identity.login());
            }
            Input::OpenFailed(why) => self.closed(ABNORMAL_CLOSURE, why)?,
            Input::Incoming(Incoming::Closed { code, reason }) => self.closed(code, reason)?,
            Input::Incoming(Incoming::Frames(frames)) => {
                if self.is_online() {
                    self.advance(machine::Event::FrameReceived);
                }
                for frame in frames {
                    self.apply(frame)?;
                }
            }
        }
        Ok(())
    }

    fn apply(&mut self, frame: ServerFrame) -> Result<(), ClientError> {
        match frame {
            ServerFrame::Welcome(mut welcome) => {
                if let Some(token) = welcome.token.take() {
                    self.identity = Identity::Token(token);
                }
                self.was_online = true;
                self.user = welcome.user;
                self.limits = welcome.limits.clone();
                self.advance(machine::Event::FrameReceived);
                self.pending.connected();
                if self.paused_until.is_some() {
                    self.pending.pause();
                }
                self.join_rooms();
                self.events.push(Event::Welcome(welcome));
            }
            ServerFrame::Joined(mut joined) => {
                for message in &joined.messages {
                    self.confirm(message);
                }
                let starts_over = self.rooms.joined(&mut joined);
                let messages = std::mem::take(&mut joined.messages);
                self.events.push(Event::Joined {
                    joined,
                    starts_over,
                });
                self.events.extend(messages.into_iter().map(Event::Message));
            }
            ServerFrame::Message(message) => self.receive(message),
            ServerFrame::Error(refusal) => self.refused(refusal)?,
            ServerFrame::Bye(bye) => {
                if let Some(wait) = bye.retry_after_ms {
                    let retry_after = Duration::from_millis(wait);
                    self.advance(machine::Event::Bye { retry_after });
                }
            }
            ServerFrame::Ping => self.outgoing.push(ClientFrame::Pong),
            ServerFrame::Left(left) => {
                if left.removed {
                    self.rooms.removed(&left.room);
                }
                self.events.push(Event::Other(ServerFrame::Left(left)));
            }
            other => self.events.push(Event::Other(other)),
        }
        Ok(())
    }

    fn receive(&mut self, message: Message) {
        let is_echo = self.confirm(&message);
        match self.rooms.receive(&message) {
            Received::Next => self.events.push(Event::Message(message)),
            Received::Duplicate => {}
            // The answer to a resend may overtake the pages with which the client catches up.
            Received::Gap if is_echo => {}
            Received::Gap => {
                tracing::warn!(
                    target: LOG_TARGET,
                    room = message.room,
                    seq = message.seq,
                    "messages before this one are missing"
                );
                self.rooms.rejoin(&message.room);
                self.join_rooms();
            }
        }
    }

    fn confirm(&mut self, message: &Message) -> bool {
        let is_echo = message.author == self.user && self.pending.remove(&message.id).is_some();
        if is_echo {
            self.events.push(Event::Stored {
                id: message.id.clone(),
                room: message.room.clone(),
                seq: message.seq,
            });
        }
        is_echo
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<(), ClientError> {
        if !self.was_online {
            return Err(ClientError::Unreachable {
                address: self.address.clone(),
                why: reason,
            });
        }
        tracing::info!(target: LOG_TARGET, code, reason, "disconnected");
        if code == Close::TooLarge.code() {
            let refusal = Refusal::from(Code::TooLarge);
            let largest = self.pending.too_large(refusal.message.clone());
            match largest.and_then(|id| self.pending.remove(&id)) {
                Some(message) => self.refuse(message, refusal),
                // Another frame that is sent on every connection would close the next one as well.
                None => return Err(ClientError::Closed { code, reason }),
            }
        }
        self.advance(machine::Event::Closed(code));
        match self.machine.status() {
            Status::Stopped(code) => Err(ClientError::Closed { code, reason }),
            Status::Fresh | Status::Online | Status::Lost(_) => Ok(()),
        }
    }

    /// Reports that a message is refused and will not be sent, or not again.
    fn refuse(&mut self, message: Arc<PendingMessage>, refusal: Refusal) {
        let id = Some(message.id.clone());
        let refusal = frame::Error {
            id,
            ..refusal.into()
        };
        self.events.push(Event::Refused { message, refusal });
    }

    /// Passes an event to the machine, and runs the actions that follow.
    fn advance(&mut self, event: machine::Event) {
        let was_online = self.is_online();
        let (machine, actions) = step(self.machine.clone(), event, rand::random());
        self.machine = machine;
        for action in actions {
            match action {
                Action::Open => self.link = open(self.address.clone()),
                Action::Close => {
                    self.link = LinkState::None;
                    self.outgoing.clear();
                }
                Action::Ping => self.outgoing.push(ClientFrame::Ping),
                Action::SetTimer(timer, wait) => {
                    self.timers[timer as usize] = Some(Instant::now() + wait);
                }
                Action::ClearTimer(timer) => self.timers[timer as usize] = None,
            }
        }
        if was_online && !self.is_online() {
            self.pending.disconnected();
            self.rooms.disconnected();
            self.next_join = None;
            self.events.push(Event::Disconnected);
        }
    }

    fn is_online(&self) -> bool {
        self.machine.status() == Status::Online
    }

    fn join_rooms(&mut self) {
        if self.is_online() {
            self.outgoing.extend(self.rooms.joins());
        }
    }

    /// When the next timer runs out.
    fn next_timer(&self) -> Option<Instant> {
        let next_join = self.next_join.map(|(_, due)| due);
        let waits = [self.paused_until, next_join].into_iter().flatten();
        let waits = waits.filter(|_| self.is_online());
        let timers = self.timers.iter().copied().flatten();
        timers.chain(waits).min()
    }

    fn run_timers(&mut self) -> Result<(), ClientError> {
        for timer in TIMERS {
            let due = &mut self.timers[timer as usize];
            if due.take_if(|due| *due <= Instant::now()).is_some() {
                if timer == Timer::Silence {
                    self.closed(
                        ABNORMAL_CLOSURE,
                        "the server did not respond in time".to_owned(),
                    )?;
                }
                self.advance(machine::Event::Elapsed(timer));
            }
        }
        Ok(())
    }

    /// Sends all frames that may be sent now.
    async fn send(&mut self) -> Result<(), ClientError> {
        let is_over = |end: &mut Instant| *end <= Instant::now();
        if self.paused_until.take_if(is_over).is_some() {
            self.pending.resume();
        }
        self.join_after_wait();
        self.outgoing.extend(self.pending.release());
        let mut frames = Vec::new();
        for frame in std::mem::take(&mut self.outgoing) {
            let encoded = frame.encode();
            match encoded.len() > self.limits.frame {
                // It would close the socket: refuse it as the server would if it could read it.
                true => self.refused(frame.refused(Code::TooLarge.into()))?,
                false => frames.push(encoded),
            }
        }
        if let (LinkState::Open(socket), false) = (&mut self.link, frames.is_empty())
            && socket.send(frames).await.is_err()
        {
            // The frames that were received before the connection broke may say why.
            let (last, code, reason) = socket.drain().await;
            for frame in last {
                self.apply(frame)?;
            }
            self.closed(code, reason)?;
        }
        Ok(())
    }
}
