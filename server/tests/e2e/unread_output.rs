//! Nobody reads what the program prints: it goes on, and never panics.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, pipe},
    os::fd::OwnedFd,
    process::{Command, Stdio},
};

use protocol::ServerFrame;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;

use crate::{
    api_client::http,
    client::Client,
    faulty_disk::{Disk, Fault},
    server::{Server, Surroundings, parlor},
};

/// What `main` ends with after a panic, or the writer's thread after one of its own.
const PANICKED: [Option<i32>; 3] = [Some(101), Some(70), None];

/// The writing end of a pipe whose reader has gone away.
fn unread() -> Stdio {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    OwnedFd::from(writer).into()
}

/// A server that logs a lot, whose log's reader goes away once it listens.
fn unread_server(options: &[&str], surroundings: Surroundings) -> Server {
    let (reader, writer) = pipe().expect("a pipe");
    let options = [options, &["--log", "parlor=debug"]].concat();
    let server = Server::logging_to(OwnedFd::from(writer), &options, surroundings);
    drop(reader);
    server
}

async fn status(server: &Server, path: &str) -> u16 {
    let answer = http().get(server.url(path)).send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn without_a_reader_of_its_log_a_server_survives_a_full_disk_and_ends_cleanly() {
    let disk = Disk::new();
    let mut server = unread_server(&[], disk.surroundings());
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    disk.fail(Fault::Full);
    anna.expect_refusal(json!({"type": "room", "to": "tea", "id": "1", "text": "hello"}))
        .await;
    assert_eq!(status(&server, "/readyz").await, 503);
    disk.heal();
    while status(&server, "/readyz").await != 200 {}
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
    // Another site, a handler's error, a client that goes away: whatever else is logged.
    let foreign = [("Origin", "https://evil.example")];
    assert!(Client::connect_with(&server, "/ws", &foreign).await.is_err());
    let (status, _) = server.stop("TERM");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn without_a_reader_of_its_log_a_server_survives_having_no_file_descriptors() {
    let mut server = unread_server(&[], Vec::new());
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let limit = |files| {
        let process = Pid::from_raw(server.process().cast_signed());
        // The server has inherited the hard limit.
        let limit = Rlimit {
            current: Some(files),
            ..getrlimit(Resource::Nofile)
        };
        prlimit(process, Resource::Nofile, limit).expect("a limit");
    };
    // As many as are open already, and none more.
    limit(8);
    let crowd: Vec<_> = (0..20)
        .map(|_| std::net::TcpStream::connect(server.address))
        .collect();
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
    drop(crowd);
    limit(1_024);
    assert_eq!(status(&server, "/readyz").await, 200);
    let (status, _) = server.stop("TERM");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_server_whose_standard_output_nobody_reads_serves_all_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = parlor()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .stdout(unread())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // The log has the address instead.
    let log = BufReader::new(server.stderr.take().expect("piped"));
    let mut lines = log.lines().map(|line| line.expect("UTF-8"));
    let told = lines.find(|line| line.contains("standard output is closed"));
    let told = told.expect("a warning");
    let address = told.rsplit("address=").next().expect("an address").trim();
    let answer = http().get(format!("http://{address}/readyz")).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    let killed = Command::new("kill").arg(server.id().to_string()).status();
    assert!(killed.expect("kill is there").success());
    assert_eq!(server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn no_command_panics_over_what_it_cannot_print() {
    let server = Server::open();
    let url = server.url("");
    let of_server = [
        "--data".to_owned(),
        server.data().to_string_lossy().into_owned(),
    ];
    server.told(&["token", "create", "--name", "bot", "--may", "read"]);
    let with = |words: &[&str], more: &[String]| {
        let words = words.iter().map(|&word| word.to_owned());
        words.chain(more.iter().cloned()).collect::<Vec<_>>()
    };
    let at = ["--url".to_owned(), url.clone()];
    let away = ["--url".to_owned(), "http://127.0.0.1:9".to_owned()];
    let commands = [
        with(&["--help"], &[]),
        with(&["--version"], &[]),
        with(&["nonsense"], &[]),
        with(&["config"], &[]),
        with(&["serve", "--log", "a=b=c"], &[]),
        with(&["serve", "--listen", "127.0.0.1:0"], &of_server),
        with(&["token", "list"], &of_server),
        with(
            &["token", "create", "--name", "bot2", "--may", "read"],
            &of_server,
        ),
        with(&["token", "revoke", "--name", "nobody"], &of_server),
        with(
            &["incoming", "create", "--name", "hook", "--room", "tea"],
            &of_server,
        ),
        with(&["incoming", "list"], &of_server),
        with(&["outgoing", "list"], &of_server),
        with(&["send", "--nick", "a", "--room", "tea", "hello"], &at),
        with(&["send", "--nick", "b", "--to", "nobody", "hello"], &at),
        with(&["send", "--nick", "c", "--room", "tea", "hello"], &away),
        with(&["chat", "--nick", "d", "--room", "tea"], &at),
        with(&["chat", "--nick", "e", "--room", "tea"], &away),
        with(
            &["bot", "tic-tac-toe", "--nick", "f", "--room", "tea"],
            &away,
        ),
    ];
    for command in commands {
        let full = || {
            File::options()
                .write(true)
                .open("/dev/full")
                .expect("it is there")
                .into()
        };
        for (what, output) in [("unread", unread as fn() -> Stdio), ("full", full)] {
            let child = parlor()
                .args(&command)
                .env("PARLOR_LOG", "trace")
                .stdin(Stdio::null())
                .stdout(output())
                .stderr(output())
                .spawn();
            let status = child.expect("it runs").wait().expect("it ends");
            assert!(
                !PANICKED.contains(&status.code()),
                "{command:?} {what}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn a_pipe_that_nobody_reads_ends_though_its_input_stays_open() {
    let server = Server::open();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut child = parlor()
        .args([
            "chat",
            "--url",
            &server.url(""),
            "--nick",
            "logs",
            "--room",
            "tea",
        ])
        .stdin(Stdio::piped())
        .stdout(unread())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut input = child.stdin.take().expect("piped");
    std::io::Write::write_all(&mut input, b"one\ntwo\n").expect("it reads");
    // The echo of the first cannot be printed, and its input is still open.
    let heard = |frame: &ServerFrame| match frame {
        ServerFrame::Message(message) => Some(message.text.clone()),
        _ => None,
    };
    assert_eq!(anna.until(heard).await, "one");
    let mut said = String::new();
    let mut errors = child.stderr.take().expect("piped");
    errors.read_to_string(&mut said).expect("UTF-8");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "there may have been more");
    assert!(said.contains("standard output"), "{said}");
    drop(input);
}
