//! People who each wait for their own message to be on the disk before they say the next.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Setting;
use crate::bare::{BATCH, Bare};
use crate::figure::{Bar, Figure};
use crate::process::{Process, in_its_place};
use crate::quantile::median;
use crate::talk::{PADDING, Pace, Talk};

const SENDERS: [usize; 4] = [1, 10, 100, 1_000];
/// At least so much of what the bare loop reaches.
const BAR: f64 = 0.6;

pub fn run(setting: &Setting) -> Result<()> {
    for senders in SENDERS {
        let talk = Talk::in_rooms(senders, 1, Pace::Closed);
        let (mut ours, mut bare, mut p99) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..setting.repeat {
            let course = talk.run(&setting.parlor(), setting.seconds)?;
            ours.push(course.messages);
            p99.push(course.p99);
            bare.push(loop_alone(setting, senders)?);
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

/// Messages a second of a loop that does nothing but write as many at once as the server could have
/// before it: one of each sender, as far as they fit into one of its batches.
fn loop_alone(setting: &Setting, senders: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    Process::start(&setting.parlor(), folder.path())?.stop()?;
    let batch = senders.min(BATCH);
    in_its_place(|| {
        let mut bare = Bare::open(folder.path(), senders)?;
        let mut write_for = |time: Duration| -> Result<f64> {
            let (begun, mut said) = (Instant::now(), 0);
            while begun.elapsed() < time {
                bare.write(batch, PADDING)?;
                said += batch;
            }
            Ok(said as f64 / begun.elapsed().as_secs_f64())
        };
        write_for(Duration::from_secs(1))?;
        write_for(Duration::from_secs_f64(setting.seconds))
    })
}
