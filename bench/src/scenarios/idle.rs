//! Ten thousand people who have come in and say nothing.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Setting;
use crate::crowd::Crowd;
use crate::figure::{Field, Figure};
use crate::process::{Process, Program};
use crate::quantile::median;

const PEOPLE: usize = 10_000;
const IN_A_ROOM: usize = 100;
/// Until what happens after the last one came in has happened.
const SETTLE: Duration = Duration::from_secs(2);

/// Sockets a second, and KiB for each.
struct Company {
    entered: f64,
    kib: f64,
}

pub fn run(setting: &Setting) -> Result<()> {
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..setting.repeat {
        ours.push(gather(&setting.parlor())?);
        floors.push(gather(&Program::Floor)?);
    }
    let fields: [Field<Company>; 2] = [
        ("sockets entered", "1/s", |it| it.entered),
        ("memory per socket", "KiB", |it| it.kib),
    ];
    for (field, unit, value) in fields {
        let of = |all: &[Company]| median(all.iter().map(value).collect()).context("no run");
        Figure::new(format!("idle.{field}"), unit, of(&ours)?)
            .beside(of(&floors)?)
            .tell();
    }
    Ok(())
}

fn gather(program: &Program) -> Result<Company> {
    let folder = tempfile::tempdir()?;
    let process = Process::start(program, &folder.path().join("data"))?;
    let mut crowd = Crowd::new()?;
    let names: Vec<_> = (0..PEOPLE / IN_A_ROOM)
        .map(|room| format!("r{room}"))
        .collect();
    let place = |who: usize| vec![names[who / IN_A_ROOM].as_str()];
    let (empty, begun) = (process.resident_kib()?, Instant::now());
    crowd.enter(process.address, PEOPLE, place)?;
    let took = begun.elapsed().as_secs_f64();
    let settled = Instant::now() + SETTLE;
    while Instant::now() < settled {
        crowd.turn(Duration::from_millis(100), |_, _| Ok(()))?;
    }
    Ok(Company {
        entered: PEOPLE as f64 / took,
        kib: (process.resident_kib()? - empty) / PEOPLE as f64,
    })
}
