//! Users who send messages in rooms for some seconds, and what that costs the server.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;

use crate::clients::{Clients, TIMEOUT};
use crate::delivery_check::DeliveryCheck;
use crate::process::{Process, Program};
use crate::quantile::quantile;

/// Nothing is measured in this time: caches fill, batches reach their usual size.
const WARM_UP: Duration = Duration::from_secs(1);
/// The beginning of every measured message's text.
const MARK: &[u8] = br#""text":"~"#;
/// The text of a message, after the numbers of the measurement.
pub const SAMPLE_TEXT: &str = "and some words, about as many as people write in one line of a chat";

/// Which users are in which rooms, which of them send, and how fast.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The rooms of each user, by number.
    pub memberships: Vec<Vec<usize>>,
    /// The users who send, each with the room in which.
    pub senders: Vec<(usize, usize)>,
    pub pace: Pace,
}

/// When messages are sent.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// An open loop: this many messages a second in all, whether or not the server keeps up. The
    /// time of a delivery counts from the moment when its message was due.
    Open(f64),
    /// A closed loop: each sender sends its next message when its last one has come back.
    Closed,
}

/// The results of a run.
#[derive(Clone, Copy, Debug)]
pub struct Measurement {
    /// Deliveries a second.
    pub deliveries: f64,
    /// Messages a second that came back to their senders.
    pub messages: f64,
    /// Seconds of processor time for a million deliveries.
    pub cpu: f64,
    /// Milliseconds from sending a message to its delivery.
    pub p50: f64,
    pub p99: f64,
}

impl Workload {
    /// One room with all of these users, some of whom send.
    pub fn in_one_room(users: usize, senders: usize, pace: Pace) -> Self {
        Self {
            memberships: vec![vec![0]; users],
            senders: (0..senders)
                .map(|nth| (nth * (users / senders), 0))
                .collect(),
            pace,
        }
    }

    /// Rooms with this many users each, one of whom sends.
    pub fn in_rooms(rooms: usize, users: usize, pace: Pace) -> Self {
        Self {
            memberships: (0..rooms * users).map(|user| vec![user / users]).collect(),
            senders: (0..rooms).map(|room| (room * users, room)).collect(),
            pace,
        }
    }

    /// The users of each room.
    fn users_by_room(&self) -> Vec<Vec<usize>> {
        let mut users = Vec::new();
        for (user, rooms) in self.memberships.iter().enumerate() {
            for &room in rooms {
                users.resize(users.len().max(room + 1), Vec::new());
                users[room].push(user);
            }
        }
        users
    }

    /// Starts the program in an empty folder, runs the workload, and checks that everybody got
    /// every message.
    ///
    /// # Errors
    /// If a message was lost, repeated or out of order, or the program failed.
    pub fn run(&self, program: &Program, seconds: f64) -> Result<Measurement> {
        let slice = Duration::from_secs_f64(seconds);
        self.run_in_turns(program, 1, slice, || Ok(()))
    }

    /// The same, in slices. When all messages of a slice have come back, `other` runs: the floor of
    /// the comparison, which so uses the same disk in the same second.
    ///
    /// # Errors
    /// As [`Self::run`], and an error of `other`.
    pub fn run_in_turns(
        &self,
        program: &Program,
        slices: usize,
        slice: Duration,
        mut other: impl FnMut() -> Result<()>,
    ) -> Result<Measurement> {
        let folder = tempfile::tempdir()?;
        let process = Process::start(program, &folder.path().join("data"))?;
        let mut run = Run::start(self, self.connect(&process)?)?;
        run.send_for(WARM_UP)?;
        if slices > 1 {
            run.wait_for_all()?;
        }
        run.delays = Some(Vec::new());
        let (mut cpu, mut took, mut returned) = (0.0, 0.0, 0);
        for nth in 0..slices {
            if nth > 0 {
                other()?;
            }
            let before = (process.cpu_seconds()?, Instant::now(), run.returned);
            run.send_for(slice)?;
            if slices > 1 {
                // Messages that are still on their way count, and so does their cost.
                run.wait_for_all()?;
            }
            cpu += process.cpu_seconds()? - before.0;
            took += before.1.elapsed().as_secs_f64();
            returned += run.returned - before.2;
        }
        let mut micros = run.delays.take().unwrap_or_default();
        run.finish()?;
        let deliveries = micros.len() as f64;
        let mut ms = |part| quantile(&mut micros, part).map(|micros| f64::from(micros) / 1e3);
        Ok(Measurement {
            deliveries: deliveries / took,
            messages: returned as f64 / took,
            cpu: cpu / deliveries * 1e6,
            p50: ms(0.5).context("nothing was delivered")?,
            p99: ms(0.99).context("nothing was delivered")?,
        })
    }

    /// Connects all users, who join their rooms.
    fn connect(&self, process: &Process) -> Result<Clients> {
        let mut clients = Clients::new()?;
        let names = self.room_names();
        // The server limits how many rooms a user may create. So each sender creates its own room
        // first, and then everybody joins.
        let creators: HashSet<_> = self.senders.iter().copied().collect();
        let rooms_of = |user: usize, own: bool| {
            let rooms = self.memberships[user].iter();
            let rooms = rooms.filter(|&&room| creators.contains(&(user, room)) == own);
            rooms.map(|&room| names[room].as_str()).collect()
        };
        clients.connect(process.address, self.memberships.len(), |user| {
            rooms_of(user, true)
        })?;
        clients.join(|user| rooms_of(user, false))?;
        Ok(clients)
    }

    fn room_names(&self) -> Vec<String> {
        let last = self.memberships.iter().flatten().max();
        let rooms = last.map_or(0, |last| last + 1);
        (0..rooms).map(|room| format!("r{room}")).collect()
    }
}

/// A workload that is running.
struct Run<'a> {
    workload: &'a Workload,
    clients: Clients,
    names: Vec<String>,
    check: DeliveryCheck,
    /// The times in the messages are relative to this moment.
    epoch: Instant,
    /// The senders whose last message has come back.
    free: Vec<usize>,
    /// At an open pace: how many messages have been sent, and since when.
    paced: (u64, Instant),
    /// How many messages have come back to their senders.
    returned: u64,
    /// The delay of each delivery in microseconds, while it is measured.
    delays: Option<Vec<u32>>,
}

impl<'a> Run<'a> {
    /// Lets each sender send one message. The first message of a room stores the room, which is not
    /// a part of the measurement.
    fn start(workload: &'a Workload, clients: Clients) -> Result<Self> {
        let epoch = Instant::now();
        let mut run = Self {
            workload,
            names: workload.room_names(),
            check: DeliveryCheck::new(clients.len(), workload.senders.len()),
            clients,
            epoch,
            free: Vec::new(),
            paced: (0, epoch),
            returned: 0,
            delays: None,
        };
        let senders: Vec<_> = (0..workload.senders.len()).rev().collect();
        let deadline = Instant::now() + TIMEOUT;
        for some in senders.chunks(100) {
            let back = run.free.len() + some.len();
            for &sender in some {
                run.send(sender, Instant::now())?;
            }
            run.receive_until_free(back, deadline)?;
        }
        run.paced = (0, Instant::now());
        Ok(run)
    }

    fn send_for(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let timeout = match self.workload.pace {
                Pace::Closed => {
                    while let Some(sender) = self.free.pop() {
                        self.send(sender, Instant::now())?;
                    }
                    Duration::from_millis(100)
                }
                Pace::Open(rate) => {
                    let mut due = self.due(rate);
                    while due <= Instant::now() {
                        let senders = self.workload.senders.len() as u64;
                        self.send((self.paced.0 % senders) as usize, due)?;
                        self.paced.0 += 1;
                        due = self.due(rate);
                    }
                    // The kernel waits whole milliseconds; the rest of one is spent polling.
                    let left = due.saturating_duration_since(Instant::now());
                    Duration::from_millis(left.as_millis() as u64)
                }
            };
            self.receive(timeout.min(end.saturating_duration_since(Instant::now())))?;
        }
        Ok(())
    }

    /// Waits until the last message of each sender has come back; for a closed pace.
    fn wait_for_all(&mut self) -> Result<()> {
        self.receive_until_free(self.workload.senders.len(), Instant::now() + TIMEOUT)
    }

    /// Waits until the last messages of this many senders have come back.
    fn receive_until_free(&mut self, senders: usize, deadline: Instant) -> Result<()> {
        while self.free.len() < senders {
            self.receive(Duration::from_millis(100))?;
            if Instant::now() > deadline {
                bail!("lost: {} messages", senders - self.free.len());
            }
        }
        Ok(())
    }

    fn due(&self, rate: f64) -> Instant {
        let (sent, since) = self.paced;
        since + Duration::from_secs_f64(sent as f64 / rate)
    }

    fn send(&mut self, sender: usize, due: Instant) -> Result<()> {
        let (user, room) = self.workload.senders[sender];
        let number = self.check.send(sender);
        let micros = (due - self.epoch).as_micros();
        let frame = message_frame(&self.names[room], sender, number, micros);
        self.clients.send(user, &frame)
    }

    fn receive(&mut self, timeout: Duration) -> Result<()> {
        let Self {
            workload,
            clients,
            check,
            epoch,
            free,
            returned,
            delays,
            ..
        } = self;
        clients.poll(timeout, |user, text| {
            let now = epoch.elapsed().as_micros() as u64;
            let mut has_message = false;
            for at in memmem::find_iter(text, MARK) {
                has_message = true;
                let [sender, number, micros] =
                    numbers(&text[at + MARK.len()..]).context("an unexpected text")?;
                check.receive(user, sender as usize, number as u32);
                if let Some(delays) = delays {
                    delays.push(now.saturating_sub(micros) as u32);
                }
                if workload.senders.get(sender as usize).map(|it| it.0) == Some(user) {
                    free.push(sender as usize);
                    *returned += 1;
                }
            }
            if !has_message && memmem::find(text, br#"{"type":"error""#).is_some() {
                bail!("refused: {}", String::from_utf8_lossy(text));
            }
            Ok(())
        })
    }

    /// Waits until everybody has got every message, and checks it.
    fn finish(mut self) -> Result<()> {
        let users = self.workload.users_by_room();
        let senders = self.workload.senders.iter();
        let audiences: Vec<_> = senders.map(|&(_, room)| users[room].clone()).collect();
        let deadline = Instant::now() + TIMEOUT / 4;
        let is_complete = |check: &DeliveryCheck| {
            let mut senders = audiences.iter().enumerate();
            senders.all(|(sender, all)| all.iter().all(|&user| check.is_complete(user, sender)))
        };
        while !is_complete(&self.check) && Instant::now() < deadline {
            self.receive(Duration::from_millis(50))?;
        }
        // A repeated message would arrive now.
        self.receive(Duration::from_millis(50))?;
        self.check.finish(audiences)
    }
}

/// The three numbers at the beginning of a measured text.
fn numbers(text: &[u8]) -> Option<[u64; 3]> {
    let mut numbers = [0; 3];
    let mut bytes = text.iter();
    for number in &mut numbers {
        let mut digits = 0;
        loop {
            match *bytes.next()? {
                digit @ b'0'..=b'9' => {
                    *number = *number * 10 + u64::from(digit - b'0');
                    digits += 1;
                }
                b' ' if digits > 0 => break,
                _ => return None,
            }
        }
    }
    Some(numbers)
}

/// The frame of a measured message. It is formatted here because that costs less than encoding it;
/// a test compares it with the frame that `client` sends.
fn message_frame(room: &str, sender: usize, number: u32, micros: u128) -> String {
    format!(
        r#"{{"type":"room","to":"{room}","id":"{sender}-{number}","text":"~{sender} {number} {micros} {SAMPLE_TEXT}"}}"#,
    )
}

#[cfg(test)]
mod tests {
    use client::{Content, PendingMessage, To};

    use super::*;

    #[test]
    fn a_measured_message_is_what_a_client_sends() {
        let text = Content::Text(format!("~1 2 3 {SAMPLE_TEXT}"));
        let message = PendingMessage::new("1-2".into(), To::Room("r0".into()), text, 0);
        assert_eq!(message_frame("r0", 1, 2, 3), message.frame().encode());
    }

    #[test]
    fn the_numbers_of_a_text_are_read() {
        assert_eq!(numbers(b"1 20 300 and words"), Some([1, 20, 300]));
        for text in [&b"1 2 3"[..], b"1 2 x ", b"", b" 1 2 3 ", b"1  2 3 "] {
            assert_eq!(numbers(text), None);
        }
    }

    #[test]
    fn senders_are_spread_over_the_users() {
        let workload = Workload::in_rooms(3, 2, Pace::Closed);
        assert_eq!(workload.senders, [(0, 0), (2, 1), (4, 2)]);
        assert_eq!(workload.users_by_room()[1], [2, 3]);
        let workload = Workload::in_one_room(500, 10, Pace::Closed);
        assert_eq!(workload.senders[9], (450, 0));
        assert_eq!(workload.users_by_room()[0].len(), 500);
    }
}
