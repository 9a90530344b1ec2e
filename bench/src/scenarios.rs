//! Who talks where, and what of it is told.

mod durable;
mod growth;
mod idle;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::figure::{Field, Figure};
use crate::process::Program;
use crate::quantile::median;
use crate::talk::{Course, Pace, Talk};

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Scenario {
    /// Five hundred people in one room: a hundred and four hundred messages a second, and as many as
    /// can be
    OneRoom,
    /// A hundred rooms of ten, as many messages as can be
    Rooms,
    /// Thirty-two people in one room who all talk as fast as they can
    Talkers,
    /// Ten thousand sockets that do nothing
    Idle,
    /// One, ten, a hundred and a thousand people who each wait for their own message to be stored
    Durable,
    /// Rooms of more people, more rooms, more stored messages
    Growth,
}

/// How it is measured.
pub struct Setting {
    pub server: PathBuf,
    /// Of each run.
    pub seconds: f64,
    /// Runs of each, of which the median counts.
    pub repeat: usize,
    pub is_short: bool,
}

impl Scenario {
    /// Measures and tells.
    ///
    /// # Errors
    /// If something was lost, repeated or out of order, or a program gave up.
    pub fn run(self, setting: &Setting) -> Result<()> {
        eprintln!("  {self:?}");
        match self {
            Self::OneRoom => {
                for rate in [100.0, 400.0] {
                    let talk = Talk::in_one_room(500, 20, Pace::Open(rate));
                    setting.compare(&format!("one-room.{rate}"), &talk)?;
                }
                let talk = Talk::in_one_room(500, 20, Pace::Closed);
                setting.compare("one-room.saturated", &talk)
            }
            Self::Rooms => {
                let talk = Talk::in_rooms(100, 10, Pace::Closed);
                setting.compare("rooms.saturated", &talk)
            }
            Self::Talkers => {
                let talk = Talk::in_one_room(32, 32, Pace::Closed);
                setting.compare("talkers.saturated", &talk)
            }
            Self::Idle => idle::run(setting),
            Self::Durable => durable::run(setting),
            Self::Growth => growth::run(setting),
        }
    }
}

impl Setting {
    pub fn parlor(&self) -> Program {
        Program::Parlor(self.server.clone())
    }

    /// The talk with Parlor and with the floor, by turns.
    fn compare(&self, name: &str, talk: &Talk) -> Result<()> {
        let (mut ours, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..self.repeat {
            ours.push(
                talk.run(&self.parlor(), self.seconds)
                    .context(name.to_owned())?,
            );
            let floor = talk.run(&Program::Floor, self.seconds);
            floors.push(floor.with_context(|| format!("{name}, the floor"))?);
        }
        let fields: [Field<Course>; 4] = [
            ("deliveries", "1/s", |it| it.deliveries),
            ("cpu per million", "s", |it| it.cpu),
            ("p50", "ms", |it| it.p50),
            ("p99", "ms", |it| it.p99),
        ];
        for (field, unit, value) in fields {
            let of = |courses: &[Course]| median(courses.iter().map(value).collect());
            let (Some(ours), Some(floor)) = (of(&ours), of(&floors)) else {
                continue;
            };
            Figure::new(format!("{name}.{field}"), unit, ours)
                .beside(floor)
                .tell();
        }
        Ok(())
    }
}
