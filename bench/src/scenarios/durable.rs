//! Users who each wait until their own message is on disk before they send the next one.
//!
//! They take turns with a loop that only writes, in each transaction, as many messages as they
//! could have sent at once. The server may use all processors: the question is how well it uses the
//! disk.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Settings;
use crate::figure::{Figure, Threshold};
use crate::process::{Process, Program, on_program_cpu};
use crate::quantile::median;
use crate::sqlite_floor::SqliteFloor;
use crate::workload::{Pace, SAMPLE_TEXT, Workload};

/// Messages in one of the server's transactions, at most.
const BATCH: usize = 512;
const SENDERS: [usize; 4] = [1, 10, 100, 1_000];
/// The part of the floor that the server has to reach.
const LEAST_RATIO: f64 = 0.6;
/// The length of a turn. The speed of a disk changes over longer times.
const SLICE: Duration = Duration::from_millis(500);

pub fn run(settings: &Settings) -> Result<()> {
    let slices = (settings.seconds / SLICE.as_secs_f64()).ceil() as usize + 1;
    let parlor = Program::ParlorOnAllCpus(settings.server.clone());
    for senders in SENDERS {
        let workload = Workload::in_rooms(senders, 1, Pace::Closed);
        let (mut ours, mut floors, mut p99) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..settings.repeat {
            let folder = tempfile::tempdir()?;
            Process::start(&parlor, folder.path())?.stop()?;
            let mut floor = Floor::new(SqliteFloor::open(folder.path(), senders)?, senders);
            let run = || floor.write_for(SLICE);
            let measured = workload.run_in_turns(&parlor, slices, SLICE, run)?;
            ours.push(measured.messages);
            p99.push(measured.p99);
            floors.push(floor.written as f64 / floor.took.as_secs_f64());
        }
        let ours = median(ours).context("no run")?;
        Figure::new(format!("durable.{senders}.messages"), "1/s", ours)
            .with_floor(median(floors).context("no run")?)
            .with_threshold(Threshold::AtLeast(LEAST_RATIO))
            .print();
        let p99 = median(p99).context("no run")?;
        Figure::new(format!("durable.{senders}.p99"), "ms", p99).print();
    }
    Ok(())
}

/// A loop that writes one message of each sender in a transaction, or as many as fit into one.
struct Floor {
    db: SqliteFloor,
    batch: usize,
    written: usize,
    took: Duration,
}

impl Floor {
    fn new(db: SqliteFloor, senders: usize) -> Self {
        Self {
            db,
            batch: senders.min(BATCH),
            written: 0,
            took: Duration::ZERO,
        }
    }

    fn write_for(&mut self, time: Duration) -> Result<()> {
        on_program_cpu(|| {
            let begun = Instant::now();
            while begun.elapsed() < time {
                self.db.write(self.batch, SAMPLE_TEXT)?;
                self.written += self.batch;
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
    fn the_floor_has_the_batch_size_of_the_server() {
        assert_eq!(BATCH, parlor::limits::WRITER_BATCH);
    }
}
