//! Twenty regulars who talk in five rooms, and what they all have to agree on in the end.

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
    reconnecting_client::{Mishaps, Regular, Wish},
    server::{Server, Stored},
};

const REGULARS: u64 = 20;
const ROOMS: [&str; 5] = ["tea", "coffee", "milk", "sugar", "cake"];

/// Twenty regulars, busy.
pub struct Company {
    server: watch::Sender<SocketAddr>,
    wish: watch::Sender<Wish>,
    confirmed: mpsc::Receiver<()>,
    regulars: Vec<JoinHandle<Regular>>,
}

/// For how long a story goes on that was asked to be long, by `cargo xtask soak`.
pub fn soak_time() -> Option<Duration> {
    let minutes = std::env::var("PARLOR_SOAK_MINUTES").ok()?;
    let minutes: f64 = minutes.parse().expect("PARLOR_SOAK_MINUTES is a number");
    Some(Duration::from_secs_f64(60.0 * minutes))
}

impl Company {
    /// Signs everybody in and lets them talk, to where the server is found.
    pub async fn gather(server: &Server, found_at: SocketAddr, seed: u64) -> Self {
        let (sender, address) = watch::channel(found_at);
        let (wish, wished) = watch::channel(Wish::Talk);
        let (confirms, confirmed) = mpsc::channel(1);
        let mut regulars = Vec::new();
        for n in 0..REGULARS {
            let client = Client::sign_in(server, &format!("Regular {n}")).await;
            let random = StdRng::seed_from_u64(seed ^ n);
            let regular = Regular::new(client.user, client.token, &ROOMS, random);
            let living = regular.live(address.clone(), wished.clone(), confirms.clone());
            regulars.push(tokio::spawn(living));
        }
        Self {
            server: sender,
            wish,
            confirmed,
            regulars,
        }
    }

    /// From now on the server is found there.
    pub fn find_server_at(&self, address: SocketAddr) {
        self.server.send_replace(address);
    }

    /// Lets everybody finish and hear all; then what each has seen is held against what is stored.
    /// Returns the figures, as a sentence.
    pub async fn agree(mut self, server: &Server) -> String {
        self.wish.send_replace(Wish::Finish);
        // Comes to an end when each of them has dropped its sender.
        let confirmed = timeout(TIMEOUT, self.confirmed.recv()).await;
        assert_eq!(confirmed, Ok(None), "all that was said came back");
        let logs = server.logs();
        assert!(logs.keys().map(String::as_str).eq(sorted(ROOMS)));
        let ends = logs
            .iter()
            .map(|(room, log)| (room.clone(), log.len() as Seq));
        self.wish.send_replace(Wish::HearAll(ends.collect()));
        let mut figures = Figures::default();
        for regular in self.regulars {
            let regular = timeout(TIMEOUT, regular).await;
            let regular = regular.expect("everybody hears all").expect("no panic");
            figures.lines += regular.lines;
            for corner in &regular.corners {
                figures.mishaps += corner.notebook.mishaps;
                figures.gaps += corner.notebook.gaps;
                figures.answered += corner.notebook.answered;
                figures.said += corner.said.len();
                figures.heard += corner.notebook.lines().len();
                let log = &logs[&corner.room];
                let heard = corner.notebook.lines().iter();
                let stored = log
                    .iter()
                    .map(|it| (&it.seq, (it.author, &*it.id, &*it.text)));
                let is_same = heard
                    .map(|(seq, (author, id, text))| (seq, (*author, id.as_str(), text.as_str())))
                    .eq(stored);
                assert!(is_same, "{} saw another {}", regular.user, corner.room);
                assert_said_once_in_order(regular.user, &corner.said, log);
            }
        }
        for log in logs.values() {
            figures.stored += log.len();
            assert!(log.iter().map(|it| it.seq).eq(1..=log.len() as Seq));
        }
        assert_eq!(figures.mishaps, Mishaps::default());
        assert_eq!(figures.stored, figures.said, "nobody said anything else");
        assert!(figures.said > 0);
        figures.sentence()
    }
}

/// What a user said in a room is there once each, in the order in which it was said.
fn assert_said_once_in_order(user: i64, said: &[(String, String)], log: &[Stored]) {
    let theirs = log.iter().filter(|it| it.author == user);
    let is_same = theirs
        .map(|it| (it.id.as_str(), it.text.as_str()))
        .eq(said.iter().map(|(id, text)| (id.as_str(), text.as_str())));
    assert!(is_same, "what {user} said is not what is stored");
}

fn sorted<const N: usize>(mut rooms: [&str; N]) -> [&str; N] {
    rooms.sort_unstable();
    rooms
}

#[derive(Default)]
struct Figures {
    lines: usize,
    said: usize,
    stored: usize,
    heard: usize,
    gaps: usize,
    answered: usize,
    mishaps: Mishaps,
}

impl Figures {
    /// The three noughts are what was asserted: what each has seen is what is stored.
    fn sentence(&self) -> String {
        let Self {
            lines,
            said,
            heard,
            gaps,
            answered,
            ..
        } = self;
        format!(
            "{REGULARS} people in {} rooms over {lines} connections said {said} messages ({answered} \
             of them again, after they had arrived), recorded {heard} deliveries and filled {gaps} \
             gaps: 0 lost, 0 repeated, 0 out of order",
            ROOMS.len()
        )
    }
}
