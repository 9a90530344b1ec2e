//! A disk that fails on request, for a real server. A small library (`faulty_disk/disk.c`, loaded
//! with LD_PRELOAD) intercepts the server's system calls and logs the order of writes, syncs and
//! sends.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::server::{EnvVars, Server};

/// How the disk fails.
#[derive(Clone, Copy)]
pub enum Fault {
    /// Data cannot be synced, so the result of a COMMIT is unknown.
    Sync,
    /// Nothing can be written.
    Full,
    /// The database cannot be read.
    Read,
}

/// The disk of one server.
pub struct FaultyDisk(TempDir);

/// One entry of the library's log.
#[derive(Debug, Eq, PartialEq)]
pub enum DiskEvent {
    /// A text with this mark was written to the write-ahead log.
    Written(String),
    /// The write-ahead log was synced.
    Synced,
    /// A text with this mark is about to be sent over a socket.
    Sent(String),
}

impl FaultyDisk {
    /// Compiles the library. The disk works until [`Self::fail`].
    pub fn new() -> Self {
        let disk = Self(TempDir::new().expect("a temporary folder"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/faulty_disk/disk.c");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .args([disk.path("disk.so").as_os_str(), source.as_ref()])
            .arg("-ldl")
            .status()
            .expect("a C compiler, which SQLite needs as well");
        assert!(compiled.success());
        disk
    }

    /// Starts a server on this disk.
    pub fn server(&self, options: &[&str]) -> Server {
        Server::with_env(options, self.env())
    }

    /// The environment variables that put a server on this disk.
    pub fn env(&self) -> EnvVars {
        let paths = [
            ("LD_PRELOAD", "disk.so"),
            ("DISK_LOG", "log"),
            ("DISK_FAULT", "fault"),
        ];
        let env = paths.map(|(name, file)| (name, self.path(file).into()));
        env.into()
    }

    /// Makes the disk fail from now on.
    pub fn fail(&self, fault: Fault) {
        let how = match fault {
            Fault::Sync => "sync",
            Fault::Full => "full",
            Fault::Read => "read",
        };
        // The rename is atomic, so the library never reads half a word.
        std::fs::write(self.path("next"), how).expect("writable");
        std::fs::rename(self.path("next"), self.path("fault")).expect("writable");
    }

    /// Makes the disk work again.
    pub fn repair(&self) {
        std::fs::remove_file(self.path("fault")).expect("a fault to end");
    }

    /// All log entries so far.
    pub fn log(&self) -> Vec<DiskEvent> {
        let log = std::fs::read_to_string(self.path("log")).expect("a log");
        let seen = log.lines().map(|line| match line.split_once(' ') {
            Some(("W", mark)) => DiskEvent::Written(mark.to_owned()),
            Some(("M", mark)) => DiskEvent::Sent(mark.to_owned()),
            None if line == "S" => DiskEvent::Synced,
            _ => panic!("unexpected line: {line}"),
        });
        seen.collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
