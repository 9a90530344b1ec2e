//! Ten thousand users who have joined and send nothing.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Settings;
use crate::clients::Clients;
use crate::figure::{Field, Figure};
use crate::process::{Process, Program};
use crate::quantile::median;

const USERS: usize = 10_000;
const IN_A_ROOM: usize = 100;
/// How long the server still has work after the last user has joined.
const SETTLE: Duration = Duration::from_secs(2);

/// The cost of idle users.
struct IdleCost {
    /// Sockets that joined a second.
    joined: f64,
    /// KiB of memory for each socket.
    kib: f64,
}

pub fn run(settings: &Settings) -> Result<()> {
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..settings.repeat {
        ours.push(measure(&settings.parlor())?);
        floors.push(measure(&Program::Floor)?);
    }
    let fields: [Field<IdleCost>; 2] = [
        ("sockets entered", "1/s", |it| it.joined),
        ("memory per socket", "KiB", |it| it.kib),
    ];
    for (field, unit, value) in fields {
        let of = |all: &[IdleCost]| median(all.iter().map(value).collect()).context("no run");
        Figure::new(format!("idle.{field}"), unit, of(&ours)?)
            .with_floor(of(&floors)?)
            .print();
    }
    Ok(())
}

fn measure(program: &Program) -> Result<IdleCost> {
    let folder = tempfile::tempdir()?;
    let process = Process::start(program, &folder.path().join("data"))?;
    let mut clients = Clients::new()?;
    let names: Vec<_> = (0..USERS / IN_A_ROOM)
        .map(|room| format!("r{room}"))
        .collect();
    let rooms = |user: usize| vec![names[user / IN_A_ROOM].as_str()];
    let (empty, begun) = (process.resident_kib()?, Instant::now());
    clients.connect(process.address, USERS, rooms)?;
    let took = begun.elapsed().as_secs_f64();
    let settled = Instant::now() + SETTLE;
    while Instant::now() < settled {
        clients.poll(Duration::from_millis(100), |_, _| Ok(()))?;
    }
    Ok(IdleCost {
        joined: USERS as f64 / took,
        kib: (process.resident_kib()? - empty) / USERS as f64,
    })
}
