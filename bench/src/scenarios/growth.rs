//! What grows with people, with rooms and with what is stored; each figure stands beside the
//! smallest of its row, and flat is what grows by less than a third.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use memchr::memmem;

use super::Setting;
use crate::bare;
use crate::crowd::{Crowd, PATIENCE};
use crate::figure::{Bar, Figure};
use crate::process::Process;
use crate::quantile::median;
use crate::talk::{Pace, Talk};

const FLAT: Bar = Bar::AtMost(1.3);
const PEOPLE: [usize; 3] = [50, 500, 5_000];
const ROOMS: [usize; 3] = [10, 1_000, 10_000];
const STORED: [u64; 3] = [1_000, 100_000, 5_000_000];
/// The most that is filled in a short run.
const SHORT: u64 = 100_000;
/// Times that each question is asked.
const ASKED: usize = 300;
/// Messages a second in all rooms together: in ten of them they are still too few to be gathered,
/// so that what is compared is the same work.
const QUIET: f64 = 300.0;

pub fn run(setting: &Setting) -> Result<()> {
    let mut crowds = Vec::new();
    for people in PEOPLE {
        let talk = Talk::in_one_room(people, 32, Pace::Closed);
        crowds.push((format!("people.{people}"), talk));
    }
    tell(setting, crowds)?;
    let halls = ROOMS.map(|rooms| (format!("rooms.{rooms}"), halls(rooms)));
    tell(setting, halls.into())?;
    stored(setting)
}

/// A thousand people and so many rooms of ten: who has no room listens to nobody.
fn halls(rooms: usize) -> Talk {
    const PEOPLE: usize = 1_000;
    const IN_A_ROOM: usize = 10;
    let mut places = vec![Vec::new(); PEOPLE];
    let mut talkers = Vec::new();
    for room in 0..rooms {
        // Of a user's rooms ten at most are its own to make: the server allows no more in a minute.
        let members = (0..IN_A_ROOM).map(|nth| (room + nth * (room / PEOPLE * 7 + 1)) % PEOPLE);
        let members: Vec<_> = members.collect();
        talkers.push((members[0], room));
        for member in members {
            places[member].push(room);
        }
    }
    Talk {
        places,
        talkers,
        pace: Pace::Open(QUIET),
    }
}

/// Processor time for each delivery, beside the smallest's.
fn tell(setting: &Setting, talks: Vec<(String, Talk)>) -> Result<()> {
    let mut runs = vec![Vec::new(); talks.len()];
    for _ in 0..setting.repeat {
        for ((name, talk), runs) in talks.iter().zip(&mut runs) {
            let course = talk.run(&setting.parlor(), setting.seconds);
            runs.push(course.with_context(|| name.clone())?.cpu);
        }
    }
    let mut smallest = None;
    for ((name, _), runs) in talks.iter().zip(runs) {
        let cpu = median(runs).context("no run")?;
        let first = *smallest.get_or_insert(cpu);
        Figure::new(format!("growth.{name}.cpu per million"), "s", cpu)
            .beside(first)
            .within(FLAT)
            .tell();
    }
    Ok(())
}

fn stored(setting: &Setting) -> Result<()> {
    let mut smallest: Option<Vec<f64>> = None;
    for messages in STORED {
        if setting.is_short && messages > SHORT {
            break;
        }
        let folder = tempfile::tempdir()?;
        Process::start(&setting.parlor(), folder.path())?.stop()?;
        bare::fill(folder.path(), messages)?;
        let middle = messages / 4;
        let page = format!(r#"{{"type":"history","room":"r0","before":{middle}}}"#);
        let questions = [
            ("join", r#"{"type":"join","room":"r0"}"#, "joined"),
            ("rooms", r#"{"type":"rooms"}"#, "rooms"),
            (
                "newest page",
                r#"{"type":"history","room":"r0"}"#,
                "history",
            ),
            ("page in the middle", &page, "history"),
        ];
        let process = Process::start(&setting.parlor(), folder.path())?;
        let mut crowd = Crowd::new()?;
        crowd.enter(process.address, 1, |_| vec!["r0"])?;
        let mut runs = questions.map(|_| Vec::new());
        for _ in 0..setting.repeat {
            for ((name, question, answer), runs) in questions.iter().zip(&mut runs) {
                let micros = ask(&mut crowd, question, answer);
                runs.push(micros.with_context(|| format!("{name}, {messages} messages stored"))?);
            }
        }
        let times = runs.map(|runs| median(runs).unwrap_or(f64::NAN)).to_vec();
        let smallest = smallest.get_or_insert_with(|| times.clone());
        for ((name, ..), (micros, first)) in questions.iter().zip(times.iter().zip(smallest)) {
            Figure::new(format!("growth.stored.{messages}.{name}"), "µs", *micros)
                .beside(*first)
                .within(FLAT)
                .tell();
        }
    }
    Ok(())
}

/// Microseconds from a question to its answer, in the middle of many.
fn ask(crowd: &mut Crowd, question: &str, answer: &str) -> Result<f64> {
    let head = format!(r#"{{"type":"{answer}""#);
    let mut times = Vec::new();
    for _ in 0..ASKED {
        let begun = Instant::now();
        crowd.say(0, question)?;
        let mut is_answered = false;
        while !is_answered {
            crowd.turn(Duration::from_millis(100), |_, text| {
                if memmem::find(text, br#"{"type":"error""#).is_some() {
                    bail!("refused: {}", String::from_utf8_lossy(text));
                }
                is_answered |= memmem::find(text, head.as_bytes()).is_some();
                Ok(())
            })?;
            if begun.elapsed() > PATIENCE {
                bail!("no answer");
            }
        }
        times.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    median(times).context("nothing was asked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_room_has_ten_people_and_nobody_too_many_rooms() {
        for rooms in ROOMS {
            let talk = halls(rooms);
            let mut members = vec![0; rooms];
            for places in &talk.places {
                assert!(places.len() <= 100);
                places.iter().for_each(|&room| members[room] += 1);
                assert!(places.windows(2).all(|pair| pair[0] != pair[1]));
            }
            assert!(members.iter().all(|&many| many == 10));
        }
    }
}
