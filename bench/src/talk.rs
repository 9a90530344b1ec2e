//! People who talk in rooms for some seconds, and what that costs the server.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;

use crate::crowd::{Crowd, PATIENCE};
use crate::ledger::Ledger;
use crate::process::{Process, Program};
use crate::quantile::quantile;

/// Before anything is measured: caches fill, batches find their size.
const WARM_UP: Duration = Duration::from_secs(1);
/// What every measured message's text begins with.
const MARK: &[u8] = br#""text":"~"#;
/// What people say, behind what is measured.
pub const PADDING: &str = "and some words, about as many as people write in one line of a chat";

/// Who is where, who talks, and how much.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Of each user the rooms, by number.
    pub places: Vec<Vec<usize>>,
    /// The users who talk, each with the room in which; each has one message on its way at most,
    /// unless the pace is open.
    pub talkers: Vec<(usize, usize)>,
    pub pace: Pace,
}

/// When something is said.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many messages a second in all, whether or not the server keeps up: a delivery's time
    /// counts from when its message was due.
    Open(f64),
    /// Each talker says the next thing when it has heard the last.
    Closed,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    /// Deliveries a second, and messages that came back to who had said them.
    pub deliveries: f64,
    pub messages: f64,
    /// Seconds of processor time for a million deliveries.
    pub cpu: f64,
    /// Milliseconds from saying something to somebody's hearing it.
    pub p50: f64,
    pub p99: f64,
}

impl Talk {
    /// One room with all of these people, of whom some talk.
    pub fn in_one_room(people: usize, talkers: usize, pace: Pace) -> Self {
        Self {
            places: vec![vec![0]; people],
            talkers: (0..talkers)
                .map(|who| (who * (people / talkers), 0))
                .collect(),
            pace,
        }
    }

    /// Rooms of so many people each, in each of which one talks.
    pub fn in_rooms(rooms: usize, people: usize, pace: Pace) -> Self {
        Self {
            places: (0..rooms * people).map(|who| vec![who / people]).collect(),
            talkers: (0..rooms).map(|room| (room * people, room)).collect(),
            pace,
        }
    }

    /// Who is in each room.
    fn audiences(&self) -> Vec<Vec<usize>> {
        let mut rooms = Vec::new();
        for (who, places) in self.places.iter().enumerate() {
            for &room in places {
                rooms.resize(rooms.len().max(room + 1), Vec::new());
                rooms[room].push(who);
            }
        }
        rooms
    }

    /// Starts the program in an empty folder, lets everybody in and talk, and checks that everybody
    /// heard everything.
    ///
    /// # Errors
    /// If something was lost, repeated or out of order, or the program gave up.
    pub fn run(&self, program: &Program, seconds: f64) -> Result<Course> {
        let slice = Duration::from_secs_f64(seconds);
        self.run_by_turns(program, 1, slice, || Ok(()))
    }

    /// The same, in slices; when all that was said in one has come back, it is the turn of whatever
    /// this is compared with, which sees the same disk in the same second.
    ///
    /// # Errors
    /// As [`Self::run`], and whatever the other says.
    pub fn run_by_turns(
        &self,
        program: &Program,
        slices: usize,
        slice: Duration,
        mut other: impl FnMut() -> Result<()>,
    ) -> Result<Course> {
        let folder = tempfile::tempdir()?;
        let process = Process::start(program, &folder.path().join("data"))?;
        let mut crowd = Crowd::new()?;
        let rooms = self
            .places
            .iter()
            .flatten()
            .max()
            .map_or(0, |last| last + 1);
        let names: Vec<String> = (0..rooms).map(|room| format!("r{room}")).collect();
        // The server counts the rooms that one makes: so each talker makes its own, then all join.
        let makers: HashSet<_> = self.talkers.iter().copied().collect();
        let rooms_of = |who: usize, own: bool| {
            let rooms = self.places[who].iter();
            let rooms = rooms.filter(|&&room| makers.contains(&(who, room)) == own);
            rooms.map(|&room| names[room].as_str()).collect()
        };
        crowd.enter(process.address, self.places.len(), |who| {
            rooms_of(who, true)
        })?;
        crowd.join(|who| rooms_of(who, false))?;
        let mut meeting = Meeting::new(self, crowd, names);
        meeting.begin()?;
        meeting.talk_for(WARM_UP)?;
        if slices > 1 {
            meeting.fall_silent()?;
        }
        meeting.measured = Some(Vec::new());
        let (mut cpu, mut took, mut returned) = (0.0, 0.0, 0);
        for nth in 0..slices {
            if nth > 0 {
                other()?;
            }
            let before = (process.cpu_seconds()?, Instant::now(), meeting.returned);
            meeting.talk_for(slice)?;
            if slices > 1 {
                // What is on its way costs as well, and counts.
                meeting.fall_silent()?;
            }
            cpu += process.cpu_seconds()? - before.0;
            took += before.1.elapsed().as_secs_f64();
            returned += meeting.returned - before.2;
        }
        let mut micros = meeting.measured.take().unwrap_or_default();
        meeting.end()?;
        let many = micros.len() as f64;
        let mut ms = |part| quantile(&mut micros, part).map(|micros| f64::from(micros) / 1e3);
        Ok(Course {
            deliveries: many / took,
            messages: returned as f64 / took,
            cpu: cpu / many * 1e6,
            p50: ms(0.5).context("nobody heard anything")?,
            p99: ms(0.99).context("nobody heard anything")?,
        })
    }
}

/// The frame of a measured message. It is formatted here because that costs less than encoding it; a
/// test compares it with the frame that `client` sends.
fn frame(room: &str, talker: usize, number: u32, moment: u128) -> String {
    format!(
        r#"{{"type":"room","to":"{room}","id":"{talker}-{number}","text":"~{talker} {number} {moment} {PADDING}"}}"#,
    )
}

/// A talk that goes on.
struct Meeting<'a> {
    talk: &'a Talk,
    crowd: Crowd,
    names: Vec<String>,
    ledger: Ledger,
    /// What a moment in a text is counted from.
    epoch: Instant,
    /// The talkers whose last message has come back.
    free: Vec<usize>,
    /// At an open pace: how much was said, from when.
    paced: (u64, Instant),
    /// Messages that have come back to who had said them.
    returned: u64,
    /// How long each delivery took, in microseconds, while that is asked.
    measured: Option<Vec<u32>>,
}

impl<'a> Meeting<'a> {
    fn new(talk: &'a Talk, crowd: Crowd, names: Vec<String>) -> Self {
        let epoch = Instant::now();
        Self {
            talk,
            names,
            ledger: Ledger::new(crowd.len(), talk.talkers.len()),
            crowd,
            epoch,
            free: (0..talk.talkers.len()).rev().collect(),
            paced: (0, epoch),
            returned: 0,
            measured: None,
        }
    }

    /// Each talker says one thing: what makes a room is its first message, and that is no part of
    /// talking.
    fn begin(&mut self) -> Result<()> {
        let talkers = std::mem::take(&mut self.free);
        let deadline = Instant::now() + PATIENCE;
        for some in talkers.chunks(100) {
            let back = self.free.len() + some.len();
            for &talker in some {
                self.say(talker, Instant::now())?;
            }
            self.hear_until_free(back, deadline)?;
        }
        self.paced = (0, Instant::now());
        Ok(())
    }

    fn talk_for(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            let patience = match self.talk.pace {
                Pace::Closed => {
                    while let Some(talker) = self.free.pop() {
                        self.say(talker, Instant::now())?;
                    }
                    Duration::from_millis(100)
                }
                Pace::Open(rate) => {
                    let mut due = self.due(rate);
                    while due <= Instant::now() {
                        let talkers = self.talk.talkers.len() as u64;
                        self.say((self.paced.0 % talkers) as usize, due)?;
                        self.paced.0 += 1;
                        due = self.due(rate);
                    }
                    // The kernel counts waiting in milliseconds; what is left of one is spent awake.
                    let left = due.saturating_duration_since(Instant::now());
                    Duration::from_millis(left.as_millis() as u64)
                }
            };
            self.hear(patience.min(end.saturating_duration_since(Instant::now())))?;
        }
        Ok(())
    }

    /// Waits until each talker has heard what it said last; for a closed pace.
    fn fall_silent(&mut self) -> Result<()> {
        self.hear_until_free(self.talk.talkers.len(), Instant::now() + PATIENCE)
    }

    /// Waits until so many talkers have heard what they said last.
    fn hear_until_free(&mut self, many: usize, deadline: Instant) -> Result<()> {
        while self.free.len() < many {
            self.hear(Duration::from_millis(100))?;
            if Instant::now() > deadline {
                bail!("lost: {} messages", many - self.free.len());
            }
        }
        Ok(())
    }

    fn due(&self, rate: f64) -> Instant {
        let (many, since) = self.paced;
        since + Duration::from_secs_f64(many as f64 / rate)
    }

    fn say(&mut self, talker: usize, due: Instant) -> Result<()> {
        let (who, room) = self.talk.talkers[talker];
        let number = self.ledger.say(talker);
        let moment = (due - self.epoch).as_micros();
        let frame = frame(&self.names[room], talker, number, moment);
        self.crowd.say(who, &frame)
    }

    fn hear(&mut self, patience: Duration) -> Result<()> {
        let Self {
            talk,
            crowd,
            ledger,
            epoch,
            free,
            returned,
            measured,
            ..
        } = self;
        crowd.turn(patience, |listener, text| {
            let now = epoch.elapsed().as_micros() as u64;
            let mut is_talk = false;
            for at in memmem::find_iter(text, MARK) {
                is_talk = true;
                let [talker, number, moment] =
                    numbers(&text[at + MARK.len()..]).context("not what was said")?;
                ledger.hear(listener, talker as usize, number as u32);
                if let Some(measured) = measured {
                    measured.push(now.saturating_sub(moment) as u32);
                }
                if talk.talkers.get(talker as usize).map(|it| it.0) == Some(listener) {
                    free.push(talker as usize);
                    *returned += 1;
                }
            }
            if !is_talk && memmem::find(text, br#"{"type":"error""#).is_some() {
                bail!("refused: {}", String::from_utf8_lossy(text));
            }
            Ok(())
        })
    }

    /// Waits until everybody has heard everything, and closes the books.
    fn end(mut self) -> Result<()> {
        let rooms = self.talk.audiences();
        let audiences: Vec<_> = self
            .talk
            .talkers
            .iter()
            .map(|&(_, room)| rooms[room].clone())
            .collect();
        let deadline = Instant::now() + PATIENCE / 4;
        let is_even = |ledger: &Ledger| {
            let mut talkers = audiences.iter().enumerate();
            talkers.all(|(talker, all)| all.iter().all(|&who| ledger.is_even(who, talker)))
        };
        while !is_even(&self.ledger) && Instant::now() < deadline {
            self.hear(Duration::from_millis(50))?;
        }
        // Whatever comes twice would come now.
        self.hear(Duration::from_millis(50))?;
        self.ledger.close(audiences)
    }
}

/// The three numbers that a measured text begins with.
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

#[cfg(test)]
mod tests {
    use client::{Content, PendingMessage, To};

    use super::*;

    #[test]
    fn a_measured_message_is_what_a_client_sends() {
        let text = Content::Text(format!("~1 2 3 {PADDING}"));
        let message = PendingMessage::new("1-2".into(), To::Room("r0".into()), text, 0);
        assert_eq!(frame("r0", 1, 2, 3), message.frame().encode());
    }

    #[test]
    fn a_texts_numbers_are_read() {
        assert_eq!(numbers(b"1 20 300 and words"), Some([1, 20, 300]));
        for text in [&b"1 2 3"[..], b"1 2 x ", b"", b" 1 2 3 ", b"1  2 3 "] {
            assert_eq!(numbers(text), None);
        }
    }

    #[test]
    fn everybody_has_an_audience() {
        let talk = Talk::in_rooms(3, 2, Pace::Closed);
        assert_eq!(talk.talkers, [(0, 0), (2, 1), (4, 2)]);
        assert_eq!(talk.audiences()[1], [2, 3]);
        let talk = Talk::in_one_room(500, 10, Pace::Closed);
        assert_eq!(talk.talkers[9], (450, 0));
        assert_eq!(talk.audiences()[0].len(), 500);
    }
}
