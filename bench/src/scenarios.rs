//! The scenarios: their workloads and their figures.

mod durable;
mod growth;
mod idle;
mod rejoin;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::figure::{Field, Figure};
use crate::process::Program;
use crate::quantile::median;
use crate::workload::{Measurement, Pace, Workload};

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Scenario {
    /// Five hundred users in one room: a hundred and four hundred messages a second, and as many as
    /// possible
    OneRoom,
    /// A hundred rooms of ten users, as many messages as possible
    Rooms,
    /// Thirty-two users in one room who all send as fast as they can
    Talkers,
    /// Ten thousand sockets that do nothing
    Idle,
    /// Five thousand users of one room who lose their connections and come back
    Rejoin,
    /// One, ten, a hundred and a thousand users who each wait until their own message is stored
    Durable,
    /// More users in a room, more rooms, more stored messages
    Growth,
}

/// How the scenarios are measured.
pub struct Settings {
    pub server: PathBuf,
    /// The length of each run.
    pub seconds: f64,
    /// Runs of each kind, of which the median counts.
    pub repeat: usize,
    pub is_short: bool,
}

impl Scenario {
    /// Measures the scenario and prints its figures.
    ///
    /// # Errors
    /// If a message was lost, repeated or out of order, or a program failed.
    pub fn run(self, settings: &Settings) -> Result<()> {
        eprintln!("  {self:?}");
        match self {
            Self::OneRoom => {
                for rate in [100.0, 400.0] {
                    let workload = Workload::in_one_room(500, 20, Pace::Open(rate));
                    settings.compare(&format!("one-room.{rate}"), &workload)?;
                }
                let workload = Workload::in_one_room(500, 20, Pace::Closed);
                settings.compare("one-room.saturated", &workload)
            }
            Self::Rooms => {
                let workload = Workload::in_rooms(100, 10, Pace::Closed);
                settings.compare("rooms.saturated", &workload)
            }
            Self::Talkers => {
                let workload = Workload::in_one_room(32, 32, Pace::Closed);
                settings.compare("talkers.saturated", &workload)
            }
            Self::Idle => idle::run(settings),
            Self::Rejoin => rejoin::run(settings),
            Self::Durable => durable::run(settings),
            Self::Growth => growth::run(settings),
        }
    }
}

impl Settings {
    pub fn parlor(&self) -> Program {
        Program::Parlor(self.server.clone())
    }

    /// Runs the workload with Parlor and with the floor in turns, and prints the figures.
    fn compare(&self, name: &str, workload: &Workload) -> Result<()> {
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..self.repeat {
            ours.push(
                workload
                    .run(&self.parlor(), self.seconds)
                    .context(name.to_owned())?,
            );
            let floor = workload.run(&Program::Floor, self.seconds);
            floors.push(floor.with_context(|| format!("{name}, the floor"))?);
        }
        let fields: [Field<Measurement>; 4] = [
            ("deliveries", "1/s", |it| it.deliveries),
            ("cpu per million", "s", |it| it.cpu),
            ("p50", "ms", |it| it.p50),
            ("p99", "ms", |it| it.p99),
        ];
        for (field, unit, value) in fields {
            let of = |runs: &[Measurement]| median(runs.iter().map(value).collect());
            let (Some(ours), Some(floor)) = (of(&ours), of(&floors)) else {
                continue;
            };
            Figure::new(format!("{name}.{field}"), unit, ours)
                .with_floor(floor)
                .print();
        }
        Ok(())
    }
}
