//! A disk that fails when it is told to, under a real server: a small library stands between the
//! two (`disk/disk.c`, loaded with LD_PRELOAD) and notes in which order things happen.

use std::{path::PathBuf, process::Command};

use tempfile::TempDir;

use crate::server::{Server, Surroundings};

/// What goes wrong.
#[derive(Clone, Copy)]
pub enum Fault {
    /// What is written cannot be synced: the result of a COMMIT is unknown.
    Sync,
    /// Nothing can be written.
    Full,
}

/// The disk of one server.
pub struct Disk(TempDir);

/// What the disk and the sockets saw, in order.
#[derive(Debug, Eq, PartialEq)]
pub enum Seen {
    /// A text with this mark was written to the write-ahead log.
    Written(String),
    /// The write-ahead log was synced.
    Synced,
    /// A text with this mark is about to leave through a socket.
    Told(String),
}

impl Disk {
    /// A disk that works.
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

    /// A server on this disk.
    pub fn server(&self, options: &[&str]) -> Server {
        Server::amid(options, self.surroundings())
    }

    /// What puts a server on this disk.
    pub fn surroundings(&self) -> Surroundings {
        let paths = [
            ("LD_PRELOAD", "disk.so"),
            ("DISK_LOG", "log"),
            ("DISK_FAULT", "fault"),
        ];
        let surroundings = paths.map(|(name, file)| (name, self.path(file).into()));
        surroundings.into()
    }

    /// From now on it fails.
    pub fn fail(&self, fault: Fault) {
        let how = match fault {
            Fault::Sync => "sync",
            Fault::Full => "full",
        };
        // At once: half a word would be another fault.
        std::fs::write(self.path("next"), how).expect("writable");
        std::fs::rename(self.path("next"), self.path("fault")).expect("writable");
    }

    /// It works again.
    pub fn heal(&self) {
        std::fs::remove_file(self.path("fault")).expect("a fault to end");
    }

    /// All that it has seen.
    pub fn log(&self) -> Vec<Seen> {
        let log = std::fs::read_to_string(self.path("log")).expect("something was written");
        let seen = log.lines().map(|line| match line.split_once(' ') {
            Some(("W", mark)) => Seen::Written(mark.to_owned()),
            Some(("M", mark)) => Seen::Told(mark.to_owned()),
            None if line == "S" => Seen::Synced,
            _ => panic!("not a line to expect: {line}"),
        });
        seen.collect()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
