//! A real server process with a port and a data directory of its own.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    sync::Arc,
};

use protocol::games::Played;
use tempfile::TempDir;

/// Any free port.
const ANY_PORT: &str = "127.0.0.1:0";

/// A running server, which is killed when it is dropped.
pub struct Server {
    child: Child,
    /// Standard output after the first line.
    stdout: BufReader<ChildStdout>,
    /// `http` or `https`.
    scheme: String,
    pub address: SocketAddr,
    pub folder: Arc<TempDir>,
    options: Vec<String>,
    env: EnvVars,
}

/// Environment variables for a server.
pub type EnvVars = Vec<(&'static str, OsString)>;

/// The executable to test. `cargo xtask soak --server` sets another.
fn program() -> OsString {
    let other = std::env::var_os("PARLOR_TESTED_SERVER");
    other.unwrap_or_else(|| env!("CARGO_BIN_EXE_parlor").into())
}

/// A command that runs `parlor`.
pub fn parlor() -> Command {
    without_settings(Command::new(program()))
}

/// The same, in a process that may open only so many files.
fn parlor_with_open_files(most: u32) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit -n {most} && exec \"$0\" \"$@\"");
    shell.args(["-c", &script]).arg(program());
    without_settings(shell)
}

fn without_settings(mut command: Command) -> Command {
    // Settings of the machine must not affect a test.
    let settings = std::env::vars().filter(|(name, _)| name.starts_with("PARLOR_"));
    for (name, _) in settings {
        command.env_remove(name);
    }
    command.env("PARLOR_LOG", "warn");
    command
}

impl Server {
    /// A command that runs `parlor chat` on this server, with its input in a pipe.
    pub fn piped_chat(&self, nickname: &str, room: &str) -> Command {
        let mut command = parlor();
        command
            .args(["chat", "--url", &self.url("")])
            .args(["--nick", nickname, "--room", room])
            .stdin(Stdio::piped());
        command
    }

    /// Starts a server with an empty data directory and default options.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// Starts a server with these options.
    pub fn with(options: &[&str]) -> Self {
        Self::with_env(options, Vec::new())
    }

    /// Starts a server with these options and environment variables.
    pub fn with_env(options: &[&str], env: EnvVars) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::spawn(ANY_PORT, folder, options, env)
    }

    /// Starts a server on a data directory that `fill` has put files into.
    pub fn with_data(fill: impl FnOnce(&Path)) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        fill(&data);
        Self::spawn(ANY_PORT, folder, Vec::new(), Vec::new())
    }

    /// Starts a server whose log goes to `log`.
    pub fn logging_to(log: impl Into<Stdio>, options: &[&str], env: EnvVars) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::spawn_logging_to(ANY_PORT, folder, options, env, log.into())
    }

    /// Starts a server that may open only so many files.
    pub fn with_open_files(most: u32) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let parlor = parlor_with_open_files(most);
        Self::run(parlor, ANY_PORT, folder, Vec::new(), Stdio::inherit())
    }

    fn spawn(listen: &str, folder: Arc<TempDir>, options: Vec<String>, env: EnvVars) -> Self {
        Self::spawn_logging_to(listen, folder, options, env, Stdio::inherit())
    }

    fn spawn_logging_to(
        listen: &str,
        folder: Arc<TempDir>,
        options: Vec<String>,
        env: EnvVars,
        log: Stdio,
    ) -> Self {
        let mut parlor = parlor();
        parlor.envs(env.iter().cloned());
        let mut server = Self::run(parlor, listen, folder, options, log);
        server.env = env;
        server
    }

    fn run(
        mut parlor: Command,
        listen: &str,
        folder: Arc<TempDir>,
        options: Vec<String>,
        log: Stdio,
    ) -> Self {
        let mut child = parlor
            .args(["serve", "--listen", listen, "--data"])
            .arg(folder.path().join("data"))
            .args(&options)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        let mut output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let mut line = String::new();
        output
            .read_line(&mut line)
            .expect("the server prints a line");
        let (scheme, address) = line
            .trim_end()
            .strip_prefix("listening on ")
            .and_then(|url| url.split_once("://"))
            .and_then(|(scheme, address)| Some((scheme.to_owned(), address.parse().ok()?)))
            .unwrap_or_else(|| panic!("unexpected first line: {line:?}"));
        Self {
            child,
            stdout: output,
            scheme,
            address,
            folder,
            options,
            env: Vec::new(),
        }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Opens the database in it.
    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("parlor.db")).expect("a database")
    }

    /// The URL of this path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// The next line that the server prints.
    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("UTF-8");
        line.trim_end().to_owned()
    }

    /// Sends SIGKILL, as the kernel does when it is out of memory, then restarts on the same data.
    pub fn kill_and_restart(mut self) -> Self {
        self.child.kill().expect("a running process");
        self.child.wait().expect("the process ends");
        self.restart(ANY_PORT)
    }

    /// The same, with a change to the database before the restart.
    pub fn kill_and_restart_after(
        mut self,
        change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Self {
        self.child.kill().expect("a running process");
        self.child.wait().expect("the process ends");
        let db = self.database();
        change(&db).expect("changed");
        drop(db);
        self.restart(ANY_PORT)
    }

    /// Sends this signal, then restarts on the same data and the same port, for clients that keep
    /// the address.
    pub fn restart_on_same_port(mut self, signal: &str) -> Self {
        self.stop(signal);
        let address = self.address.to_string();
        self.restart(&address)
    }

    /// Sends SIGKILL, then starts a server with empty data on the same port.
    pub fn replace_on_same_port(mut self) -> Self {
        self.folder = Arc::new(TempDir::new().expect("a temporary folder"));
        self.restart_on_same_port("KILL")
    }

    /// Sends SIGTERM and asserts a clean stop, then restarts on the same data.
    pub fn stop_and_restart(mut self) -> Self {
        let (status, _) = self.stop("TERM");
        assert!(status.success(), "a clean stop: {status}");
        self.restart(ANY_PORT)
    }

    /// Sends SIGTERM, then restarts on the same data with other options.
    pub fn restart_with(mut self, options: &[&str]) -> Self {
        self.stop("TERM");
        self.options = options.iter().map(|&option| option.to_owned()).collect();
        self.restart(ANY_PORT)
    }

    /// Starts again on the same data, after the process has ended.
    pub fn start_again(self) -> Self {
        self.restart(ANY_PORT)
    }

    fn restart(mut self, listen: &str) -> Self {
        let (options, env) = (
            std::mem::take(&mut self.options),
            std::mem::take(&mut self.env),
        );
        Self::spawn(listen, Arc::clone(&self.folder), options, env)
    }

    /// The memory that the server uses now, in bytes (proc_pid_status(5)).
    pub fn resident_bytes(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(path).expect("a running process");
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = resident.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kib.expect("a number of KiB") * 1024
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// All stored messages, read from the database, by room and in order.
    pub fn logs(&self) -> BTreeMap<String, Vec<StoredMessage>> {
        let db = self.database();
        let mut all = db
            .prepare(
                "SELECT r.name, e.seq, e.author, e.id, e.text
                 FROM events e JOIN rooms r ON r.id = e.room ORDER BY r.name, e.seq",
            )
            .expect("the tables exist");
        let rows = all.query_map([], |row| {
            let stored = StoredMessage {
                seq: row.get(1)?,
                author: row.get(2)?,
                id: row.get(3)?,
                text: row.get(4)?,
            };
            Ok((row.get(0)?, stored))
        });
        let mut logs = BTreeMap::<String, Vec<StoredMessage>>::new();
        for row in rows.expect("readable") {
            let (room, stored) = row.expect("a whole row");
            logs.entry(room).or_default().push(stored);
        }
        logs
    }

    /// The stored texts of a room, in order.
    pub fn texts(&self, room: &str) -> Vec<String> {
        let log = self.logs().remove(room).unwrap_or_default();
        log.into_iter().map(|stored| stored.text).collect()
    }

    /// The moves of every game, read from the database, by room and game message.
    pub fn game_moves(&self) -> Vec<RoomGames> {
        let db = self.database();
        let mut all = db
            .prepare(
                "SELECT r.name, e.seq, e.played FROM events e JOIN rooms r ON r.id = e.room
                 WHERE e.played IS NOT NULL ORDER BY r.name, e.seq",
            )
            .expect("the tables exist");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let mut rooms = Vec::<RoomGames>::new();
        for row in rows.expect("readable") {
            let (name, seq, played): (String, u64, String) = row.expect("a whole row");
            if rooms.last().is_none_or(|room| room.name != name) {
                let games = BTreeMap::new();
                rooms.push(RoomGames { name, games });
            }
            let games = &mut rooms.last_mut().expect("one was put in").games;
            match serde_json::from_str(&played).expect("what was played") {
                Played::Invited { .. } => drop(games.insert(seq, Vec::new())),
                Played::Moved { of, at, .. } => {
                    games.get_mut(&of).expect("its game message").push(at)
                }
                _ => {}
            }
        }
        rooms
    }

    /// Sends a signal and waits for the process to end. Returns the status, and what was printed on
    /// standard output after the first line.
    pub fn stop(&mut self, signal: &str) -> (ExitStatus, String) {
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.child.id().to_string())
            .status()
            .expect("kill is installed");
        assert!(sent.success());
        let status = self.child.wait().expect("the server ends");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).expect("UTF-8");
        (status, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A message as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredMessage {
    pub seq: u64,
    pub author: i64,
    pub id: String,
    pub text: String,
}

/// The games in a room's log.
pub struct RoomGames {
    pub name: String,
    /// The moves of each game, by the number of its game message.
    pub games: BTreeMap<u64, Vec<String>>,
}

/// Starts a server that must fail. Returns the exit code and standard error.
pub fn expect_start_failure(data: &Path) -> (Option<i32>, String) {
    let output = parlor()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .output()
        .expect("parlor runs");
    assert!(output.stdout.is_empty(), "nothing is listening");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
