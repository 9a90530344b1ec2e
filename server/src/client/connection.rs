//! The one place where a client's socket and timers live. A task takes what happens one after the
//! other, asks the page's [`machine`] what to do, and does it.

use std::time::Duration;

use app::connection::machine::{self, Action, Machine, Status, Timer, step};
use protocol::{
    ClientFrame, Close, Code, Limits, Message, Refusal, ServerFrame, UserId, frame, limits,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{
    Address, Draft, Ended, Event, Identity, line,
    outbox::Outbox,
    rooms::{self, Rooms},
    way::{Input, Way, Wish, next_input, open},
};

const TIMERS: [Timer; Timer::KINDS] = [Timer::Silence, Timer::Pong, Timer::Retry, Timer::Steady];

/// All that belongs to one client, on the task's side.
pub struct Connection {
    address: Address,
    identity: Identity,
    /// Has one been let in before?
    was_inside: bool,
    user: UserId,
    /// As the last `welcome` announced them.
    limits: Limits,
    machine: Machine,
    way: Way,
    alarms: [Option<Instant>; Timer::KINDS],
    outbox: Outbox,
    rooms: Rooms,
    /// To be sent as soon as the others are.
    errands: Vec<ClientFrame>,
    /// To be told to the program.
    news: Vec<Event>,
    wishes: mpsc::UnboundedReceiver<Wish>,
    events: mpsc::Sender<Result<Event, Ended>>,
}

impl Connection {
    /// A connection that does nothing yet.
    pub fn new(
        address: Address,
        identity: Identity,
        wishes: mpsc::UnboundedReceiver<Wish>,
        events: mpsc::Sender<Result<Event, Ended>>,
    ) -> Self {
        Self {
            address,
            identity,
            was_inside: false,
            user: UserId::default(),
            limits: Limits::new(limits::MESSAGES_PER_SECOND),
            machine: Machine::default(),
            way: Way::None,
            alarms: [None; Timer::KINDS],
            outbox: Outbox::default(),
            rooms: Rooms::default(),
            errands: Vec::new(),
            news: Vec::new(),
            wishes,
            events,
        }
    }

    /// Stays connected until the program goes, or there is no sense in it.
    pub async fn run(mut self) {
        if let Err(ended) = self.live().await {
            // Who has gone does not ask why.
            let _ = self.events.send(Err(ended)).await;
        }
        if let Way::Open(line) = self.way {
            line.close().await;
        }
    }

    async fn live(&mut self) -> Result<(), Ended> {
        self.happened(machine::Event::Start);
        loop {
            let alarm = self.next_alarm();
            let input = tokio::select! {
                // What lies there to be heard goes before the alarm that nothing was.
                biased;
                input = next_input(&mut self.way, &mut self.wishes) => Some(input),
                () = sleep_until(alarm.unwrap_or_else(Instant::now)), if alarm.is_some() => None,
            };
            match input {
                Some(Input::Gone) => return Ok(()),
                Some(input) => self.take(input)?,
                None => self.ring()?,
            }
            self.send().await?;
            for event in std::mem::take(&mut self.news) {
                // While the program is busy nothing more is read: the server then closes a client that
                // it finds too slow, and that catches up.
                if self.events.send(Ok(event)).await.is_err() {
                    return Ok(());
                }
            }
        }
    }

    fn take(&mut self, input: Input) -> Result<(), Ended> {
        match input {
            Input::Wish(Wish::Join(room)) => {
                self.rooms.join(&room);
                self.ask_for_rooms();
            }
            Input::Wish(Wish::Leave(room)) => {
                let leave = self.rooms.leave(&room).filter(|_| self.is_online());
                self.errands.extend(leave);
            }
            Input::Wish(Wish::Say(draft)) => match draft.check(&self.limits) {
                Ok(()) => self.outbox.push(draft),
                Err(refusal) => self.refuse(draft, refusal),
            },
            Input::Wish(Wish::Ask(frame)) if self.is_online() => self.errands.push(frame),
            Input::Wish(Wish::Ask(_)) | Input::Gone => {}
            Input::Opened(line) => {
                self.way = Way::Open(line);
                let (nickname, token) = match self.identity.clone() {
                    Identity::Nickname(nickname) => (Some(nickname), None),
                    Identity::Token(token) => (None, Some(token)),
                };
                self.errands.push(ClientFrame::Login {
                    nickname,
                    token,
                    room: None,
                });
            }
            Input::Shut(why) => self.closed(line::BROKEN, why)?,
            Input::Heard(line::Heard::Closed { code, reason }) => self.closed(code, reason)?,
            Input::Heard(line::Heard::Frames(frames)) => {
                if self.is_online() {
                    self.happened(machine::Event::Heard);
                }
                for frame in frames {
                    self.obey(frame)?;
                }
            }
        }
        Ok(())
    }

    fn obey(&mut self, frame: ServerFrame) -> Result<(), Ended> {
        match frame {
            ServerFrame::Welcome(mut welcome) => {
                if let Some(token) = welcome.token.take() {
                    self.identity = Identity::Token(token);
                }
                self.was_inside = true;
                self.user = welcome.user;
                self.limits = welcome.limits.clone();
                self.happened(machine::Event::Heard);
                self.ask_for_rooms();
                self.news.push(Event::Welcome(welcome));
            }
            ServerFrame::Joined(mut joined) => {
                for message in &joined.messages {
                    self.confirm(message);
                }
                let is_afresh = self.rooms.joined(&mut joined);
                let messages = std::mem::take(&mut joined.messages);
                self.news.push(Event::Joined { joined, is_afresh });
                self.news.extend(messages.into_iter().map(Event::Message));
            }
            ServerFrame::Message(message) => self.hear(message),
            ServerFrame::Error(refusal) => self.refused(refusal)?,
            ServerFrame::Bye(bye) => {
                if let Some(wait) = bye.retry_after_ms {
                    let retry_after = Duration::from_millis(wait);
                    self.happened(machine::Event::Bye { retry_after });
                }
            }
            ServerFrame::Ping => self.errands.push(ClientFrame::Pong),
            other => self.news.push(Event::Other(other)),
        }
        Ok(())
    }

    fn hear(&mut self, message: Message) {
        let is_answer = self.confirm(&message);
        match self.rooms.hear(&message) {
            rooms::Heard::News => self.news.push(Event::Message(message)),
            rooms::Heard::Known => {}
            // The answer to what was sent again may overtake what is still caught up on.
            rooms::Heard::Early if is_answer => {}
            rooms::Heard::Early => {
                tracing::warn!(
                    message.room,
                    message.seq,
                    "messages before this one are missing"
                );
                self.rooms.ask_again(&message.room);
                self.ask_for_rooms();
            }
        }
    }

    fn confirm(&mut self, message: &Message) -> bool {
        let is_stored = message.author == self.user && self.outbox.confirm(&message.id);
        if is_stored {
            self.news.push(Event::Stored {
                id: message.id.clone(),
                room: message.room.clone(),
                seq: message.seq,
            });
        }
        is_stored
    }

    fn refused(&mut self, refusal: frame::Error) -> Result<(), Ended> {
        if !self.is_online() {
            return self.not_let_in(refusal);
        }
        if let Some(id) = &refusal.id {
            if let Some(draft) = self.outbox.refuse(id, &refusal, Instant::now()) {
                self.news.push(Event::Refused { draft, refusal });
            }
            return Ok(());
        }
        match &refusal.room {
            Some(room) if self.rooms.refused(room) => {
                let room = room.clone();
                self.news.push(Event::NotJoined { room, refusal });
            }
            _ => self.news.push(Event::Other(ServerFrame::Error(refusal))),
        }
        Ok(())
    }

    /// Signing in was refused. Who was inside before tries again what passes: lines that are gone
    /// count as open until the server has noticed.
    fn not_let_in(&mut self, refusal: frame::Error) -> Result<(), Ended> {
        let passes = refusal.retry_after_ms.is_some()
            || matches!(
                refusal.code,
                Code::TooManySockets | Code::StorageUnavailable
            );
        if !self.was_inside || !passes {
            return Err(Ended::Refused(refusal));
        }
        self.closed(line::BROKEN, refusal.message)
    }

    fn closed(&mut self, code: u16, reason: String) -> Result<(), Ended> {
        if !self.was_inside {
            return Err(Ended::Unreachable {
                address: self.address.clone(),
                why: reason,
            });
        }
        tracing::info!(code, reason, "disconnected");
        if code == Close::TooLarge.code() {
            match self.outbox.too_large() {
                Some(draft) => self.refuse(draft, Code::TooLarge.into()),
                // Something else that is sent on every line would close the next one as well.
                None => return Err(Ended::Closed { code, reason }),
            }
        }
        self.happened(machine::Event::Closed(code));
        match self.machine.status() {
            Status::Stopped(code) => Err(Ended::Closed { code, reason }),
            Status::Fresh | Status::Online | Status::Lost(_) => Ok(()),
        }
    }

    /// It will not be sent, or not again.
    fn refuse(&mut self, draft: Draft, refusal: Refusal) {
        let id = Some(draft.id.clone());
        let refusal = frame::Error {
            id,
            ..refusal.into()
        };
        self.news.push(Event::Refused { draft, refusal });
    }

    /// Asks the machine what to do about it, and does it.
    fn happened(&mut self, event: machine::Event) {
        let was_online = self.is_online();
        let (machine, actions) = step(self.machine.clone(), event, rand::random());
        self.machine = machine;
        for action in actions {
            match action {
                Action::Open => self.way = open(self.address.clone()),
                Action::Close => {
                    self.way = Way::None;
                    self.errands.clear();
                }
                Action::Ping => self.errands.push(ClientFrame::Ping),
                Action::Set(timer, wait) => {
                    self.alarms[timer as usize] = Some(Instant::now() + wait);
                }
                Action::Clear(timer) => self.alarms[timer as usize] = None,
            }
        }
        if was_online && !self.is_online() {
            self.outbox.lost();
            self.rooms.lost();
            self.news.push(Event::Lost);
        }
    }

    fn is_online(&self) -> bool {
        self.machine.status() == Status::Online
    }

    fn ask_for_rooms(&mut self) {
        if self.is_online() {
            self.errands.extend(self.rooms.joins());
        }
    }

    /// When something is to be done though nothing happens.
    fn next_alarm(&self) -> Option<Instant> {
        let wakes = self.outbox.wakes_at().filter(|_| self.is_online());
        self.alarms.iter().copied().flatten().chain(wakes).min()
    }

    fn ring(&mut self) -> Result<(), Ended> {
        for timer in TIMERS {
            let alarm = &mut self.alarms[timer as usize];
            if alarm.take_if(|alarm| *alarm <= Instant::now()).is_some() {
                if timer == Timer::Silence {
                    self.closed(
                        line::BROKEN,
                        "the server did not respond in time".to_owned(),
                    )?;
                }
                self.happened(machine::Event::Elapsed(timer));
            }
        }
        Ok(())
    }

    /// Sends whatever can go now.
    async fn send(&mut self) -> Result<(), Ended> {
        if self.is_online() {
            self.errands.extend(self.outbox.release(Instant::now()));
        }
        let mut frames = Vec::new();
        for frame in std::mem::take(&mut self.errands) {
            let encoded = frame.encode();
            match encoded.len() > self.limits.frame {
                true => self.never_sent(&frame)?,
                false => frames.push(encoded),
            }
        }
        if let (Way::Open(line), false) = (&mut self.way, frames.is_empty())
            && line.say(frames).await.is_err()
        {
            // What came before the line broke may say why.
            let (last, code, reason) = line.last_words().await;
            for frame in last {
                self.obey(frame)?;
            }
            self.closed(code, reason)?;
        }
        Ok(())
    }

    /// A frame that would close the socket is refused here, as the server would if it could read it.
    fn never_sent(&mut self, frame: &ClientFrame) -> Result<(), Ended> {
        self.refused(frame.refused(Code::TooLarge.into()))
    }
}
