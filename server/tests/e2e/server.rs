//! A real server process on a port and in a folder of its own.

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

/// A port that is free.
const ANYWHERE: &str = "127.0.0.1:0";

/// A running Parlor; killed when it is dropped.
pub struct Server {
    child: Child,
    rest_of_output: BufReader<ChildStdout>,
    pub address: SocketAddr,
    pub folder: Arc<TempDir>,
    options: Vec<String>,
    surroundings: Surroundings,
}

/// Variables of the environment that a server is started with.
pub type Surroundings = Vec<(&'static str, OsString)>;

/// The program under test.
pub fn parlor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlor"));
    // Nothing that is set outside may change a story.
    let settings = std::env::vars().filter(|(name, _)| name.starts_with("PARLOR_"));
    for (name, _) in settings {
        command.env_remove(name);
    }
    command.env("PARLOR_LOG", "warn");
    command
}

impl Server {
    /// A new server with an empty folder, as it comes.
    pub fn open() -> Self {
        Self::with(&[])
    }

    /// A new server with these options.
    pub fn with(options: &[&str]) -> Self {
        Self::amid(options, Vec::new())
    }

    /// A new server with these options and variables.
    pub fn amid(options: &[&str], surroundings: Surroundings) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::start(ANYWHERE, folder, options, surroundings)
    }

    /// A server on a data folder that `fill` has put files into.
    pub fn on(fill: impl FnOnce(&Path)) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let data = folder.path().join("data");
        std::fs::create_dir(&data).expect("a data folder");
        fill(&data);
        Self::start(ANYWHERE, folder, Vec::new(), Vec::new())
    }

    /// A new server with these options, whose log goes somewhere else.
    pub fn logging_to(log: impl Into<Stdio>, options: &[&str], surroundings: Surroundings) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Self::start_logging(ANYWHERE, folder, options, surroundings, log.into())
    }

    fn start(
        listen: &str,
        folder: Arc<TempDir>,
        options: Vec<String>,
        surroundings: Surroundings,
    ) -> Self {
        Self::start_logging(listen, folder, options, surroundings, Stdio::inherit())
    }

    fn start_logging(
        listen: &str,
        folder: Arc<TempDir>,
        options: Vec<String>,
        surroundings: Surroundings,
        log: Stdio,
    ) -> Self {
        let mut child = parlor()
            .envs(surroundings.iter().cloned())
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
            .expect("the server says something");
        let address = line
            .trim_end()
            .strip_prefix("listening on http://")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("not the line to expect: {line:?}"));
        Self {
            child,
            rest_of_output: output,
            address,
            folder,
            options,
            surroundings,
        }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The database in it, to be looked at from outside.
    fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.data().join("parlor.db")).expect("a database")
    }

    /// The page or socket at this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// SIGKILL, as by the kernel out of memory; then a new server on the same folder.
    pub fn killed_and_reopened(mut self) -> Self {
        self.child.kill().expect("a running process");
        self.child.wait().expect("it is dead");
        self.reopened(ANYWHERE)
    }

    /// The same, with something done to the database in between.
    pub fn killed_and_reopened_after(
        mut self,
        change: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<()>,
    ) -> Self {
        self.child.kill().expect("a running process");
        self.child.wait().expect("it is dead");
        let db = self.database();
        change(&db).expect("changed");
        drop(db);
        self.reopened(ANYWHERE)
    }

    /// This signal, then a new server on the same folder and the same port: for who knows no other
    /// address.
    pub fn restarted_in_place(mut self, signal: &str) -> Self {
        self.stop(signal);
        let address = self.address.to_string();
        self.reopened(&address)
    }

    /// SIGKILL, then a new server on the same port that knows nothing of the old one.
    pub fn replaced_in_place(mut self) -> Self {
        self.folder = Arc::new(TempDir::new().expect("a temporary folder"));
        self.restarted_in_place("KILL")
    }

    /// SIGTERM, then a new server on the same folder.
    pub fn stopped_and_reopened(mut self) -> Self {
        let (status, _) = self.stop("TERM");
        assert!(status.success(), "a clean stop: {status}");
        self.reopened(ANYWHERE)
    }

    /// A new server on the same folder; the old one has ended.
    pub fn stopped_long_ago_and_reopened(self) -> Self {
        self.reopened(ANYWHERE)
    }

    fn reopened(mut self, listen: &str) -> Self {
        let (options, surroundings) = (
            std::mem::take(&mut self.options),
            std::mem::take(&mut self.surroundings),
        );
        Self::start(listen, Arc::clone(&self.folder), options, surroundings)
    }

    /// The process, to be looked at from outside.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Everything that was ever said, read from the database, by room and number.
    pub fn logs(&self) -> BTreeMap<String, Vec<Stored>> {
        let db = self.database();
        let mut all = db
            .prepare(
                "SELECT r.name, e.seq, e.author, e.id, e.text
                 FROM events e JOIN rooms r ON r.id = e.room ORDER BY r.name, e.seq",
            )
            .expect("the tables are there");
        let rows = all.query_map([], |row| {
            let stored = Stored {
                seq: row.get(1)?,
                author: row.get(2)?,
                id: row.get(3)?,
                text: row.get(4)?,
            };
            Ok((row.get(0)?, stored))
        });
        let mut logs = BTreeMap::<String, Vec<Stored>>::new();
        for row in rows.expect("readable") {
            let (room, stored) = row.expect("a whole row");
            logs.entry(room).or_default().push(stored);
        }
        logs
    }

    /// The texts of a room, in order.
    pub fn texts(&self, room: &str) -> Vec<String> {
        let log = self.logs().remove(room).unwrap_or_default();
        log.into_iter().map(|stored| stored.text).collect()
    }

    /// The moves of every game, read from the database, by room and card.
    pub fn played(&self) -> Vec<RoomOfGames> {
        let db = self.database();
        let mut all = db
            .prepare(
                "SELECT r.name, e.seq, e.played FROM events e JOIN rooms r ON r.id = e.room
                 WHERE e.played IS NOT NULL ORDER BY r.name, e.seq",
            )
            .expect("the tables are there");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let mut rooms = Vec::<RoomOfGames>::new();
        for row in rows.expect("readable") {
            let (name, seq, played): (String, u64, String) = row.expect("a whole row");
            if rooms.last().is_none_or(|room| room.name != name) {
                let games = BTreeMap::new();
                rooms.push(RoomOfGames { name, games });
            }
            let games = &mut rooms.last_mut().expect("one was put in").games;
            match serde_json::from_str(&played).expect("what was played") {
                Played::Invited { .. } => drop(games.insert(seq, Vec::new())),
                Played::Moved { of, at, .. } => games.get_mut(&of).expect("its card").push(at),
                _ => {}
            }
        }
        rooms
    }

    /// Sends a signal and waits for the end. Returns the status, and whatever else than the first
    /// line had been printed on standard output.
    pub fn stop(&mut self, signal: &str) -> (ExitStatus, String) {
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.child.id().to_string())
            .status()
            .expect("kill is there");
        assert!(sent.success());
        let status = self.child.wait().expect("the server ends");
        let mut rest = String::new();
        self.rest_of_output
            .read_to_string(&mut rest)
            .expect("UTF-8");
        (status, rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A message as it is stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stored {
    pub seq: u64,
    pub author: i64,
    pub id: String,
    pub text: String,
}

/// The games of a room as its log tells them.
pub struct RoomOfGames {
    pub name: String,
    /// The places that were played at, by the number of the card.
    pub games: BTreeMap<u64, Vec<String>>,
}

/// Starts a server that is expected to give up: its exit code and what it said.
pub fn fails_to_start(data: &Path) -> (Option<i32>, String) {
    let output = parlor()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .output()
        .expect("the bot runs");
    assert!(output.stdout.is_empty(), "nothing is listening");
    (
        output.status.code(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}
