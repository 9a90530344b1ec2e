//! How the costs grow with users, rooms and stored messages.
//!
//! Each figure is compared with the smallest one of its series. A cost that grows by less than a
//! third counts as flat.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;

use super::Settings;
use crate::clients::{Clients, TIMEOUT};
use crate::figure::{Figure, Threshold};
use crate::process::Process;
use crate::quantile::median;
use crate::sqlite_floor;
use crate::workload::{Pace, Workload};

const FLAT: Threshold = Threshold::AtMost(1.3);
const USERS: [usize; 3] = [50, 500, 5_000];
const ROOMS: [usize; 3] = [10, 1_000, 10_000];
const STORED: [u64; 3] = [1_000, 100_000, 5_000_000];
/// The most stored messages in a short run.
const SHORT: u64 = 100_000;
/// How often each request is sent.
const REPEATED: usize = 300;
/// Messages a second in all rooms together. Even in ten rooms these are too few for the server to
/// batch their deliveries, so the work is the same in each run.
const RATE: f64 = 300.0;

pub fn run(settings: &Settings) -> Result<()> {
    let by_users = USERS.map(|users| {
        let workload = Workload::in_one_room(users, 32, Pace::Closed);
        (format!("people.{users}"), workload)
    });
    compare(settings, by_users.into())?;
    let by_rooms = ROOMS.map(|rooms| (format!("rooms.{rooms}"), in_rooms_of_ten(rooms)));
    compare(settings, by_rooms.into())?;
    by_stored_messages(settings)
}

/// A thousand users and this many rooms of ten. A user may be in no room.
fn in_rooms_of_ten(rooms: usize) -> Workload {
    const USERS: usize = 1_000;
    const IN_A_ROOM: usize = 10;
    let mut memberships = vec![Vec::new(); USERS];
    let mut senders = Vec::new();
    for room in 0..rooms {
        // A user creates at most ten of these rooms: the server allows no more in a minute.
        let members = (0..IN_A_ROOM).map(|nth| (room + nth * (room / USERS * 7 + 1)) % USERS);
        let members: Vec<_> = members.collect();
        senders.push((members[0], room));
        for member in members {
            memberships[member].push(room);
        }
    }
    Workload {
        memberships,
        senders,
        pace: Pace::Open(RATE),
    }
}

/// Prints the processor time of a delivery in each workload, beside that of the first one.
fn compare(settings: &Settings, workloads: Vec<(String, Workload)>) -> Result<()> {
    let mut runs = vec![Vec::new(); workloads.len()];
    for _ in 0..settings.repeat {
        for ((name, workload), runs) in workloads.iter().zip(&mut runs) {
            let measured = workload.run(&settings.parlor(), settings.seconds);
            runs.push(measured.with_context(|| name.clone())?.cpu);
        }
    }
    let mut smallest = None;
    for ((name, _), runs) in workloads.iter().zip(runs) {
        let cpu = median(runs).context("no run")?;
        let first = *smallest.get_or_insert(cpu);
        Figure::new(format!("growth.{name}.cpu per million"), "s", cpu)
            .with_floor(first)
            .with_threshold(FLAT)
            .print();
    }
    Ok(())
}

/// Prints the time of several requests while more and more messages are stored.
fn by_stored_messages(settings: &Settings) -> Result<()> {
    let mut smallest: Option<Vec<f64>> = None;
    for messages in STORED {
        if settings.is_short && messages > SHORT {
            break;
        }
        let folder = tempfile::tempdir()?;
        Process::start(&settings.parlor(), folder.path())?.stop()?;
        sqlite_floor::fill(folder.path(), messages)?;
        let middle = messages / 4;
        let page = format!(r#"{{"type":"history","room":"r0","before":{middle}}}"#);
        let requests = [
            ("join", r#"{"type":"join","room":"r0"}"#, "joined"),
            ("rooms", r#"{"type":"rooms"}"#, "rooms"),
            (
                "newest page",
                r#"{"type":"history","room":"r0"}"#,
                "history",
            ),
            ("page in the middle", &page, "history"),
        ];
        let process = Process::start(&settings.parlor(), folder.path())?;
        let mut clients = Clients::new()?;
        clients.connect(process.address, 1, |_| vec!["r0"])?;
        let mut runs = requests.map(|_| Vec::new());
        for _ in 0..settings.repeat {
            for ((name, request, answer), runs) in requests.iter().zip(&mut runs) {
                let micros = round_trip(&mut clients, request, answer);
                runs.push(micros.with_context(|| format!("{name}, {messages} messages stored"))?);
            }
        }
        let times = runs.map(|runs| median(runs).unwrap_or(f64::NAN)).to_vec();
        let smallest = smallest.get_or_insert_with(|| times.clone());
        for ((name, ..), (micros, first)) in requests.iter().zip(times.iter().zip(smallest)) {
            Figure::new(format!("growth.stored.{messages}.{name}"), "µs", *micros)
                .with_floor(*first)
                .with_threshold(FLAT)
                .print();
        }
    }
    Ok(())
}

/// The median of the microseconds from a request to its answer.
fn round_trip(clients: &mut Clients, request: &str, answer: &str) -> Result<f64> {
    let head = format!(r#"{{"type":"{answer}""#);
    let mut times = Vec::new();
    for _ in 0..REPEATED {
        let begun = Instant::now();
        clients.send(0, request)?;
        let mut is_answered = false;
        while !is_answered {
            clients.poll(Duration::from_millis(100), |_, text| {
                if memmem::find(text, br#"{"type":"error""#).is_some() {
                    bail!("refused: {}", String::from_utf8_lossy(text));
                }
                is_answered |= memmem::find(text, head.as_bytes()).is_some();
                Ok(())
            })?;
            if begun.elapsed() > TIMEOUT {
                bail!("no answer");
            }
        }
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    median(times).context("no request was sent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_room_has_ten_users_and_nobody_too_many_rooms() {
        for rooms in ROOMS {
            let workload = in_rooms_of_ten(rooms);
            let mut members = vec![0; rooms];
            for joined in &workload.memberships {
                assert!(joined.len() <= 100);
                joined.iter().for_each(|&room| members[room] += 1);
                assert!(joined.windows(2).all(|pair| pair[0] != pair[1]));
            }
            assert!(members.iter().all(|&count| count == 10));
        }
    }
}
