//! People who each wait for their own message to be on the disk before they say the next, by turns
//! with a loop that does nothing but write as many messages at once as they could have said. Of the
//! processors the server may take what the people leave: what is asked is what it makes of the disk.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Setting;
use crate::bare::Bare;
use crate::figure::{Bar, Figure};
use crate::process::{Process, Program, in_its_place};
use crate::quantile::median;
use crate::talk::{PADDING, Pace, Talk};

/// Messages in one of the server's transactions, at most.
const BATCH: usize = 512;
const SENDERS: [usize; 4] = [1, 10, 100, 1_000];
/// At least so much of what the bare loop reaches.
const BAR: f64 = 0.6;
/// A turn: a disk does not keep its pace for longer.
const SLICE: Duration = Duration::from_millis(500);

pub fn run(setting: &Setting) -> Result<()> {
    let slices = (setting.seconds / SLICE.as_secs_f64()).ceil() as usize + 1;
    let parlor = Program::ParlorAtLarge(setting.server.clone());
    for senders in SENDERS {
        let talk = Talk::in_rooms(senders, 1, Pace::Closed);
        let (mut ours, mut bare, mut p99) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..setting.repeat {
            let folder = tempfile::tempdir()?;
            Process::start(&parlor, folder.path())?.stop()?;
            let mut alone = Alone::new(Bare::open(folder.path(), senders)?, senders);
            let course = talk.run_by_turns(&parlor, slices, SLICE, || alone.write_for(SLICE))?;
            ours.push(course.messages);
            p99.push(course.p99);
            bare.push(alone.said as f64 / alone.took.as_secs_f64());
        }
        let ours = median(ours).context("no run")?;
        Figure::new(format!("durable.{senders}.messages"), "1/s", ours)
            .beside(median(bare).context("no run")?)
            .within(Bar::AtLeast(BAR))
            .tell();
        let p99 = median(p99).context("no run")?;
        Figure::new(format!("durable.{senders}.p99"), "ms", p99).tell();
    }
    Ok(())
}

/// The loop: of each sender one message, as far as they fit into one of the server's batches.
struct Alone {
    db: Bare,
    batch: usize,
    said: usize,
    took: Duration,
}

impl Alone {
    fn new(db: Bare, senders: usize) -> Self {
        Self {
            db,
            batch: senders.min(BATCH),
            said: 0,
            took: Duration::ZERO,
        }
    }

    fn write_for(&mut self, time: Duration) -> Result<()> {
        in_its_place(|| {
            let begun = Instant::now();
            while begun.elapsed() < time {
                self.db.write(self.batch, PADDING)?;
                self.said += self.batch;
            }
            self.took += begun.elapsed();
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_has_the_batch_size_of_the_server() {
        assert_eq!(BATCH, parlor::limits::WRITER_BATCH);
    }
}
