//! Twenty reconnecting clients that send to five rooms, and the comparison of what each of them
//! received with what is stored.

use std::{net::SocketAddr, time::Duration};

use protocol::Seq;
use rand::{SeedableRng, rngs::StdRng};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::timeout,
};

use crate::{
    client::{Client, TIMEOUT},
    reconnecting_client::{Goal, ReconnectingClient, Violations},
    server::{Server, StoredMessage},
};

const CLIENTS: u64 = 20;
const ROOMS: [&str; 5] = ["tea", "coffee", "milk", "sugar", "cake"];

/// Twenty running clients.
pub struct ClientPool {
    server: watch::Sender<SocketAddr>,
    goal: watch::Sender<Goal>,
    confirmed: mpsc::Receiver<()>,
    clients: Vec<JoinHandle<ReconnectingClient>>,
}

/// How long a test runs under `cargo xtask soak`. `None` otherwise.
pub fn soak_time() -> Option<Duration> {
    let minutes = std::env::var("PARLOR_SOAK_MINUTES").ok()?;
    let minutes: f64 = minutes.parse().expect("PARLOR_SOAK_MINUTES is a number");
    Some(Duration::from_secs_f64(60.0 * minutes))
}

impl ClientPool {
    /// Signs all clients in and lets them send to the server at this address.
    pub async fn start(server: &Server, address: SocketAddr, seed: u64) -> Self {
        let (sender, address) = watch::channel(address);
        let (goal, goal_receiver) = watch::channel(Goal::Send);
        let (confirmed_sender, confirmed) = mpsc::channel(1);
        let mut clients = Vec::new();
        for n in 0..CLIENTS {
            let client = Client::sign_in(server, &format!("Client {n}")).await;
            let random = StdRng::seed_from_u64(seed ^ n);
            let client = ReconnectingClient::new(client.user, client.token, &ROOMS, random);
            let run = client.run(
                address.clone(),
                goal_receiver.clone(),
                confirmed_sender.clone(),
            );
            clients.push(tokio::spawn(run));
        }
        Self {
            server: sender,
            goal,
            confirmed,
            clients,
        }
    }

    /// Makes all clients connect to this address from now on.
    pub fn set_server_address(&self, address: SocketAddr) {
        self.server.send_replace(address);
    }

    /// Waits until all messages are confirmed and received by all clients, then asserts that each
    /// client has received exactly what is stored. Returns the figures as a sentence.
    pub async fn assert_agreement(mut self, server: &Server) -> String {
        self.goal.send_replace(Goal::Confirm);
        // Ends when each client has dropped its sender.
        let confirmed = timeout(TIMEOUT, self.confirmed.recv()).await;
        assert_eq!(confirmed, Ok(None), "every message is confirmed");
        let logs = server.logs();
        assert!(logs.keys().map(String::as_str).eq(sorted(ROOMS)));
        let ends = logs
            .iter()
            .map(|(room, log)| (room.clone(), log.len() as Seq));
        self.goal.send_replace(Goal::ReceiveAll(ends.collect()));
        let mut figures = Figures::default();
        for client in self.clients {
            let client = timeout(TIMEOUT, client).await;
            let client = client
                .expect("every client receives all")
                .expect("no panic");
            figures.connections += client.connections;
            for room in &client.rooms {
                figures.violations += room.log.violations;
                figures.gaps += room.log.gaps;
                figures.duplicate_answers += room.log.duplicate_answers;
                figures.sent += room.sent.len();
                figures.received += room.log.entries().len();
                let log = &logs[&room.name];
                let received = room.log.entries().iter();
                let stored = log
                    .iter()
                    .map(|it| (&it.seq, (it.author, &*it.id, &*it.text)));
                let is_same = received
                    .map(|(seq, (author, id, text))| (seq, (*author, id.as_str(), text.as_str())))
                    .eq(stored);
                assert!(is_same, "{} received another {}", client.user, room.name);
                assert_sent_once_in_order(client.user, &room.sent, log);
            }
        }
        for log in logs.values() {
            figures.stored += log.len();
            assert!(log.iter().map(|it| it.seq).eq(1..=log.len() as Seq));
        }
        assert_eq!(figures.violations, Violations::default());
        assert_eq!(figures.stored, figures.sent, "nothing else is stored");
        assert!(figures.sent > 0);
        figures.summary()
    }
}

/// Asserts that each message of a user is stored once, in the order in which it was sent.
fn assert_sent_once_in_order(user: i64, sent: &[(String, String)], log: &[StoredMessage]) {
    let by_user = log.iter().filter(|it| it.author == user);
    let is_same = by_user
        .map(|it| (it.id.as_str(), it.text.as_str()))
        .eq(sent.iter().map(|(id, text)| (id.as_str(), text.as_str())));
    assert!(is_same, "what user {user} sent is not what is stored");
}

fn sorted<const N: usize>(mut rooms: [&str; N]) -> [&str; N] {
    rooms.sort_unstable();
    rooms
}

#[derive(Default)]
struct Figures {
    connections: usize,
    sent: usize,
    stored: usize,
    received: usize,
    gaps: usize,
    duplicate_answers: usize,
    violations: Violations,
}

impl Figures {
    /// The three zeros are what [`ClientPool::assert_agreement`] has asserted.
    fn summary(&self) -> String {
        let Self {
            connections,
            sent,
            received,
            gaps,
            duplicate_answers,
            ..
        } = self;
        format!(
            "{CLIENTS} clients in {} rooms over {connections} connections sent {sent} messages \
             ({duplicate_answers} of them again after they were stored), recorded {received} \
             deliveries and filled {gaps} gaps: 0 lost, 0 repeated, 0 out of order",
            ROOMS.len()
        )
    }
}
