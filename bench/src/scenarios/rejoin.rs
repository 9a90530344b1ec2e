//! Thousands of users of one room who lose their connections at the same moment, and come back.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::Settings;
use crate::clients::Clients;
use crate::figure::{Field, Figure};
use crate::process::Process;
use crate::quantile::median;

const ROOM: &str = "tea";
const USERS: usize = 5_000;
/// How long the server still has work after the last user has joined.
const SETTLE: Duration = Duration::from_secs(3);

/// The cost of a mass rejoin.
struct RejoinCost {
    /// Seconds until the last user is back in the room.
    took: f64,
    /// Seconds of processor time until then, and until nothing is left to do.
    cpu: f64,
    cpu_settled: f64,
    /// The same for users who join while they are connected, which costs no handshake.
    join_took: f64,
    join_cpu: f64,
}

pub fn run(settings: &Settings) -> Result<()> {
    let runs: Vec<_> = (0..settings.repeat)
        .map(|_| measure(settings))
        .collect::<Result<_>>()?;
    let fields: [Field<RejoinCost>; 5] = [
        ("time", "s", |it| it.took),
        ("cpu", "s", |it| it.cpu),
        ("cpu until idle", "s", |it| it.cpu_settled),
        ("join time", "s", |it| it.join_took),
        ("join cpu", "s", |it| it.join_cpu),
    ];
    for (field, unit, value) in fields {
        let value = median(runs.iter().map(value).collect()).context("no run")?;
        Figure::new(format!("rejoin.{field}"), unit, value).print();
    }
    Ok(())
}

fn measure(settings: &Settings) -> Result<RejoinCost> {
    let folder = tempfile::tempdir()?;
    let process = Process::start(&settings.parlor(), &folder.path().join("data"))?;
    let mut clients = Clients::new()?;
    clients.connect(process.address, USERS, |_| Vec::new())?;
    settle(&mut clients)?;
    let (cpu, begun) = (process.cpu_seconds()?, Instant::now());
    clients.join(|_| vec![ROOM])?;
    let join_took = begun.elapsed().as_secs_f64();
    let join_cpu = process.cpu_seconds()? - cpu;
    settle(&mut clients)?;
    let (cpu, begun) = (process.cpu_seconds()?, Instant::now());
    clients.reconnect(process.address, |_| vec![ROOM])?;
    let took = begun.elapsed().as_secs_f64();
    let joined_cpu = process.cpu_seconds()? - cpu;
    settle(&mut clients)?;
    Ok(RejoinCost {
        took,
        cpu: joined_cpu,
        cpu_settled: process.cpu_seconds()? - cpu,
        join_took,
        join_cpu,
    })
}

/// Receives what the server still sends.
fn settle(clients: &mut Clients) -> Result<()> {
    let settled = Instant::now() + SETTLE;
    while Instant::now() < settled {
        clients.poll(Duration::from_millis(100), |_, _| Ok(()))?;
    }
    Ok(())
}
