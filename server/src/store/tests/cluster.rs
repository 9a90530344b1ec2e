//! A PostgreSQL server in a temporary folder, from the machine's package.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::chown, process::CommandExt},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, getuid, kill_process};
use tempfile::TempDir;

/// A running server with one empty database. It listens on a Unix socket in its folder alone.
pub struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    server: Child,
}

impl Cluster {
    pub fn start() -> Self {
        let programs = find_programs();
        let folder = TempDir::new().expect("a temporary folder");
        let user = unprivileged_user();
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("root may change the owner");
        }
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.current_dir(folder.path());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        succeed(
            program("initdb")
                .args(["--pgdata=data", "--auth=trust", "--username=parlor"])
                .args(["--encoding=UTF8", "--locale=C", "--no-sync"]),
        );
        let mut server = program("postgres")
            .args(["-D", "data", "-c", "listen_addresses=", "-c", "fsync=off"])
            .args(["-c", "log_min_messages=log", "-k"])
            .arg(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let log = BufReader::new(server.stderr.as_mut().expect("is a pipe"));
        let mut lines = log.lines().map(|line| line.expect("is text"));
        let is_ready = lines.any(|line| line.ends_with("ready to accept connections"));
        assert!(is_ready, "PostgreSQL has ended");
        Self {
            folder,
            programs,
            server,
        }
    }

    /// Runs a script of psql, and returns the rows of its queries: a line for each, with `|`
    /// between columns.
    pub fn run(&self, script: &str) -> Vec<String> {
        let mut psql = Command::new(self.programs.join("psql"))
            .args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
            .args(["--set=ON_ERROR_STOP=1", "--username=parlor", "--host"])
            .arg(self.folder.path())
            .args(["--file=-", "postgres"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut input = psql.stdin.take().expect("is a pipe");
        let output = std::thread::scope(|scope| {
            scope.spawn(move || input.write_all(script.as_bytes()));
            psql.wait_with_output().expect("ends")
        });
        let output = text(&output);
        output.lines().map(str::to_owned).collect()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // An immediate shutdown: nothing has to be saved.
        let _ = kill_process(Pid::from_child(&self.server), Signal::QUIT);
        let _ = self.server.wait();
    }
}

/// The folder of PostgreSQL's programs. Debian puts them outside of the path.
fn find_programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = versions.flatten().map(|version| version.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(debian);
    folders
        .find(|folder| {
            let has = |name: &str| folder.join(name).is_file();
            has("initdb") && has("postgres") && has("psql")
        })
        .expect("PostgreSQL is missing. On Debian: apt-get install postgresql")
}

/// PostgreSQL refuses to run as root. Then this is the user of its package.
fn unprivileged_user() -> Option<(u32, u32)> {
    if !getuid().is_root() {
        return None;
    }
    let id = |option: &str| {
        let id = succeed(Command::new("id").args([option, "postgres"]));
        id.trim().parse().expect("is a number")
    };
    Some((id("-u"), id("-g")))
}

fn succeed(command: &mut Command) -> String {
    text(&command.output().unwrap_or_else(|error| {
        panic!("{:?}: {error}", command.get_program());
    }))
}

/// What a program has printed, if it has printed no error.
fn text(output: &Output) -> String {
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && problem.is_empty(), "{problem}");
    String::from_utf8(output.stdout.clone()).expect("is text")
}
