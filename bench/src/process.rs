//! The program that is put under load, in a process of its own, and what it costs.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processor of what is measured, and of who measures. One for each makes runs alike.
const ITS_CPU: usize = 0;
const OUR_CPU: usize = 1;

/// What is put under load.
#[derive(Clone, Debug)]
pub enum Program {
    /// Parlor itself, on a processor of its own.
    Parlor(PathBuf),
    /// Parlor on all there are, as in a server: where the disk is what counts.
    ParlorAtLarge(PathBuf),
    /// The least that a broadcaster has to do: see [`crate::floor`].
    Floor,
}

/// A running program; killed when it is dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts the program on a folder, with a port of its own.
    ///
    /// # Errors
    /// If it does not start, or says something else than where it listens.
    pub fn start(program: &Program, data: &Path) -> Result<Self> {
        let mut command = match program {
            Program::Parlor(path) | Program::ParlorAtLarge(path) => {
                let mut command = Command::new(path);
                command
                    .args(["serve", "--listen", "127.0.0.1:0"])
                    .args(["--messages-per-second", "0", "--data"])
                    .arg(data);
                // Nothing that is set outside may change a figure.
                for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("PARLOR_")) {
                    command.env_remove(name);
                }
                command.env("PARLOR_LOG", "warn");
                command
            }
            Program::Floor => {
                let mut command = Command::new(std::env::current_exe()?);
                command.arg("floor");
                command
            }
        };
        // What is started inherits where it may run, from its first thread on.
        match program {
            Program::Parlor(_) | Program::Floor => pin(&[ITS_CPU]),
            Program::ParlorAtLarge(_) => pin(&[ITS_CPU, OUR_CPU]),
        }
        let child = command.stdout(Stdio::piped()).spawn();
        pin(&[OUR_CPU]);
        let mut child = child.with_context(|| format!("{program:?} does not start"))?;
        let mut line = String::new();
        let output = child.stdout.take().context("its output is piped")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        let Some(address) = address.and_then(|it| it.parse().ok()) else {
            let _ = child.kill();
            bail!("{program:?} said {line:?} where it should say where it listens");
        };
        Ok(Self { child, address })
    }

    /// Seconds that all its threads have spent on a processor, in the kernel or outside
    /// (proc_pid_stat(5), `utime` and `stime`).
    ///
    /// # Errors
    /// If it has ended.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // Behind the name, which may hold anything, the state is the third field.
        let (_, fields) = stat.rsplit_once(')').context("no stat")?;
        let ticks: u64 = fields
            .split_ascii_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// KiB of memory that it holds now.
    ///
    /// # Errors
    /// If it has ended.
    pub fn resident_kib(&self) -> Result<f64> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
        let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse().ok());
        kib.context("no VmRSS")
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    }

    /// Lets it end by itself.
    ///
    /// # Errors
    /// If it does not end well.
    pub fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.child.id())?;
        let pid = rustix::process::Pid::from_raw(id).context("no process")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        if !status.success() {
            bail!("it ended with {status}");
        }
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets this thread, and what it starts, run on these processors only, where there are two at least.
pub fn pin(cpus: &[usize]) {
    let is_there = std::thread::available_parallelism().is_ok_and(|it| it.get() > 1);
    // Pinned, we see one processor only, but have seen the other before.
    let is_pinned = sched_getaffinity(None).is_ok_and(|set| set.count() == 1);
    if is_there || is_pinned {
        let mut set = CpuSet::new();
        cpus.iter().for_each(|&cpu| set.set(cpu));
        // Where it is not allowed the figures are less steady, and that is all.
        let _ = sched_setaffinity(None, &set);
    }
}

/// Lets this thread run as what is measured does, for a floor that needs no process of its own.
pub fn in_its_place<T>(work: impl FnOnce() -> T) -> T {
    pin(&[ITS_CPU]);
    let done = work();
    pin(&[OUR_CPU]);
    done
}

/// Allows as many open files as the machine lets us, to us and to what we start.
///
/// # Errors
/// If that is fewer than `wanted`.
pub fn allow_files(wanted: usize) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, most)?;
    match limit.maximum {
        Some(most) if most < wanted as u64 => {
            bail!("{wanted} open files are needed, and `ulimit -Hn` allows {most}")
        }
        _ => Ok(()),
    }
}
