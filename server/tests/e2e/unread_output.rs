//! Output that is not read: `parlor` keeps running, and never panics.

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
    faulty_disk::{Fault, FaultyDisk},
    server::{EnvVars, Server, parlor},
};

/// The exit codes after a panic in `main` or in the writer's thread, and of a signal.
const PANICKED: [Option<i32>; 3] = [Some(101), Some(70), None];

/// The write end of a pipe whose reader is closed.
fn unread() -> Stdio {
    let (reader, writer) = pipe().expect("a pipe");
    drop(reader);
    OwnedFd::from(writer).into()
}

/// Starts a server that logs a lot, and closes the reader of its log once it listens.
fn unread_server(options: &[&str], env: EnvVars) -> Server {
    let (reader, writer) = pipe().expect("a pipe");
    let options = [options, &["--log", "parlor=debug"]].concat();
    let server = Server::logging_to(OwnedFd::from(writer), &options, env);
    drop(reader);
    server
}

async fn status(server: &Server, path: &str) -> u16 {
    let answer = http().get(server.url(path)).send().await;
    answer.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn a_server_whose_log_is_not_read_survives_a_full_disk_and_stops_cleanly() {
    let disk = FaultyDisk::new();
    let mut server = unread_server(&[], disk.env());
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    disk.fail(Fault::Full);
    anna.expect_refusal(json!({"type": "room", "to": "tea", "id": "1", "text": "hello"}))
        .await;
    assert_eq!(status(&server, "/readyz").await, 503);
    disk.repair();
    while status(&server, "/readyz").await != 200 {}
    assert_eq!(anna.post("tea", "1", "hello").await.seq, 1);
    // Something else that is logged: a socket from another site.
    let foreign = [("Origin", "https://evil.example")];
    assert!(
        Client::connect_with(&server, "/ws", &foreign)
            .await
            .is_err()
    );
    let (status, _) = server.stop("TERM");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_server_whose_log_is_not_read_survives_running_out_of_file_descriptors() {
    let mut server = unread_server(&[], Vec::new());
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let limit = |files| {
        let process = Pid::from_raw(server.pid().cast_signed());
        // The server has inherited the hard limit of this process.
        let limit = Rlimit {
            current: Some(files),
            ..getrlimit(Resource::Nofile)
        };
        prlimit(process, Resource::Nofile, limit).expect("a limit");
    };
    // At most as many as are open already, so no more can be opened.
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
async fn a_server_whose_standard_output_is_closed_serves_requests() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = parlor()
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .stdout(unread())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    // The address is in the log instead.
    let log = BufReader::new(server.stderr.take().expect("piped"));
    let mut lines = log.lines().map(|line| line.expect("UTF-8"));
    let warning = lines.find(|line| line.contains("standard output is closed"));
    let warning = warning.expect("a warning");
    let address = warning
        .rsplit("address=")
        .next()
        .expect("an address")
        .trim();
    let answer = http().get(format!("http://{address}/readyz")).send().await;
    assert_eq!(answer.expect("an answer").status(), 200);
    let killed = Command::new("kill").arg(server.id().to_string()).status();
    assert!(killed.expect("kill is installed").success());
    assert_eq!(server.wait().expect("it ends").code(), Some(0));
}

#[test]
fn no_command_panics_when_it_cannot_print() {
    let server = Server::start();
    let url = server.url("");
    let on_data = [
        "--data".to_owned(),
        server.data().to_string_lossy().into_owned(),
    ];
    server.command_output(&["token", "create", "--name", "bot", "--may", "read"]);
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
        with(&["serve", "--listen", "127.0.0.1:0"], &on_data),
        with(&["token", "list"], &on_data),
        with(
            &["token", "create", "--name", "bot2", "--may", "read"],
            &on_data,
        ),
        with(&["token", "revoke", "--name", "nobody"], &on_data),
        with(
            &["incoming", "create", "--name", "hook", "--room", "tea"],
            &on_data,
        ),
        with(&["incoming", "list"], &on_data),
        with(&["outgoing", "list"], &on_data),
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
                .expect("it exists")
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
            let status = child.expect("parlor runs").wait().expect("it ends");
            assert!(
                !PANICKED.contains(&status.code()),
                "{command:?} {what}: {status}"
            );
        }
    }
}

#[tokio::test]
async fn chat_whose_output_is_closed_ends_although_its_input_stays_open() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    let mut child = server
        .piped_chat("logs", "tea")
        .stdout(unread())
        .stderr(Stdio::piped())
        .spawn()
        .expect("parlor runs");
    let mut input = child.stdin.take().expect("piped");
    std::io::Write::write_all(&mut input, b"one\ntwo\n").expect("it reads");
    // The echo of the first line cannot be printed, while the input is still open.
    let received = |frame: &ServerFrame| match frame {
        ServerFrame::Message(message) => Some(message.text().to_owned()),
        _ => None,
    };
    assert_eq!(anna.until(received).await, "one");
    let mut stderr = String::new();
    let mut errors = child.stderr.take().expect("piped");
    errors.read_to_string(&mut stderr).expect("UTF-8");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(1), "messages may have been missed");
    assert!(stderr.contains("standard output"), "{stderr}");
    drop(input);
}
