//! The program under load, which runs in its own process, and what it uses.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors of the program under load and of the load generator. With one for each, runs are
/// comparable.
const PROGRAM_CPU: usize = 0;
const GENERATOR_CPU: usize = 1;

/// A program to put under load.
#[derive(Clone, Debug)]
pub enum Program {
    /// Parlor on one processor.
    Parlor(PathBuf),
    /// Parlor on all processors, for measurements of the disk.
    ParlorOnAllCpus(PathBuf),
    /// The broadcaster of [`crate::floor`].
    Floor,
}

/// A running program, which is killed when this is dropped.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
}

impl Process {
    /// Starts the program with this data folder, on a free port.
    ///
    /// # Errors
    /// If it does not start, or its first line does not say where it listens.
    pub fn start(program: &Program, data: &Path) -> Result<Self> {
        let mut command = match program {
            Program::Parlor(path) | Program::ParlorOnAllCpus(path) => {
                let mut command = Command::new(path);
                command
                    .args(["serve", "--listen", "127.0.0.1:0"])
                    .args(["--messages-per-second", "0", "--data"])
                    .arg(data);
                // Variables that happen to be set must not change a figure.
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
        // A child process inherits the processors of the thread that starts it.
        match program {
            Program::Parlor(_) | Program::Floor => pin(&[PROGRAM_CPU]),
            Program::ParlorOnAllCpus(_) => pin(&[PROGRAM_CPU, GENERATOR_CPU]),
        }
        let child = command.stdout(Stdio::piped()).spawn();
        pin(&[GENERATOR_CPU]);
        let mut child = child.with_context(|| format!("{program:?} does not start"))?;
        let mut line = String::new();
        let output = child.stdout.take().context("its output is piped")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://");
        let Some(address) = address.and_then(|it| it.parse().ok()) else {
            let _ = child.kill();
            bail!("{program:?} printed {line:?} instead of where it listens");
        };
        Ok(Self { child, address })
    }

    /// Seconds of processor time of all its threads, in user and kernel mode (proc_pid_stat(5),
    /// `utime` and `stime`).
    ///
    /// # Errors
    /// If the process has ended.
    pub fn cpu_seconds(&self) -> Result<f64> {
        let stat = self.proc("stat")?;
        // The name may contain anything, so the fields are counted after it. The state, which is
        // field 3, comes first.
        let (_, fields) = stat.rsplit_once(')').context("no stat")?;
        let ticks: u64 = fields
            .split_ascii_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
    }

    /// KiB of memory that it uses now.
    ///
    /// # Errors
    /// If the process has ended.
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

    /// Asks the program to end, and waits until it has.
    ///
    /// # Errors
    /// If it does not end with success.
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
        // Fails only if the process has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lets this thread, and the processes that it starts, run on these processors only, if the machine
/// has at least two.
pub fn pin(cpus: &[usize]) {
    let has_two = std::thread::available_parallelism().is_ok_and(|it| it.get() > 1);
    // A pinned thread sees only one processor, but it was pinned because there are more.
    let is_pinned = sched_getaffinity(None).is_ok_and(|set| set.count() == 1);
    if has_two || is_pinned {
        let mut set = CpuSet::new();
        cpus.iter().for_each(|&cpu| set.set(cpu));
        // If it is not allowed, the figures only vary more.
        let _ = sched_setaffinity(None, &set);
    }
}

/// Runs a floor that needs no process of its own on the processor of the program under load.
pub fn on_program_cpu<T>(work: impl FnOnce() -> T) -> T {
    pin(&[PROGRAM_CPU]);
    let done = work();
    pin(&[GENERATOR_CPU]);
    done
}

/// Raises the limit on open files to its maximum, for this process and for those that it starts.
///
/// # Errors
/// If the maximum is lower than `wanted`.
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
