//! A real `parlor bot` process, and what it prints.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use tokio::{sync::mpsc, time::timeout};

use crate::{
    client::TIMEOUT,
    server::{Server, parlor},
};

/// A running bot, which is killed when it is dropped.
pub struct Bot {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
}

/// How a game ended for the bot.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    Won,
    Drawn,
    Lost,
}

impl Bot {
    /// Starts a bot that plays in `tea`, with these further options.
    pub fn start(server: &Server, nickname: &str, options: &[&str]) -> Self {
        let mut child = parlor()
            .args(["bot", "tic-tac-toe", "--room", "tea", "--nick", nickname])
            .args(["--url", &server.url("")])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the bot starts");
        let output = BufReader::new(child.stdout.take().expect("standard output is piped"));
        let (sender, lines) = mpsc::unbounded_channel();
        // Ends with the bot.
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                // Fails if the test no longer reads.
                let _ = sender.send(line);
            }
        });
        Self { child, lines }
    }

    /// Waits until so many games are over, then sends SIGTERM. Returns the outcome of every game
    /// that ended, and the exit code.
    pub async fn stop_after(mut self, games: usize) -> (Vec<Outcome>, Option<i32>) {
        let (mut begun, mut outcomes) = (0, Vec::new());
        let all = async {
            while outcomes.len() < games {
                let line = self.lines.recv().await.expect("the bot still plays");
                begun += usize::from(line.ends_with(" has started."));
                outcomes.extend(outcome(&line));
            }
        };
        let is_over = timeout(TIMEOUT, all).await.is_ok();
        let so_far = outcomes.len();
        assert!(is_over, "{so_far} of {begun} games are over");
        assert_eq!(begun, games, "each start is printed once");
        let sent = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status()
            .expect("kill is installed");
        assert!(sent.success());
        while let Some(line) = self.lines.recv().await {
            outcomes.extend(outcome(&line));
        }
        let status = self.child.wait().expect("the bot ends");
        (outcomes, status.code())
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn outcome(line: &str) -> Option<Outcome> {
    let (_, ending) = line.split_once(" is over: ")?;
    Some(match ending {
        "won." => Outcome::Won,
        "drawn." => Outcome::Drawn,
        "lost." => Outcome::Lost,
        other => panic!("unexpected outcome: {other}"),
    })
}
