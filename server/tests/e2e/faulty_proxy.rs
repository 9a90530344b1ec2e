//! A faulty network between clients and the server: a TCP proxy that cuts connections in the middle
//! of a frame, stalls and delays them, and forwards bytes in tiny pieces. A seed determines what it
//! does.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::{sleep, timeout},
};

/// A connection with pieces of fewer bytes than this counts as fragmented.
const SMALL_PIECE: usize = 100;
/// Longer than either side waits for the other.
const FOREVER: Duration = Duration::from_secs(90);

/// A proxy to one server.
pub struct FaultyProxy {
    pub address: SocketAddr,
    is_repaired: watch::Sender<bool>,
    faults: Arc<Faults>,
}

/// How often each fault has happened.
#[derive(Debug, Default)]
struct Faults {
    connections: AtomicUsize,
    cuts: AtomicUsize,
    stalls: AtomicUsize,
    permanent_stalls: AtomicUsize,
    delayed: AtomicUsize,
    fragmented: AtomicUsize,
}

/// How the bytes in one direction of one connection are treated.
struct Direction {
    /// The most bytes that are forwarded at once.
    piece: usize,
    /// The longest delay of each piece.
    delay: Duration,
    /// The most bytes that are forwarded between two faults.
    most: usize,
    random: StdRng,
}

#[derive(Clone, Copy)]
enum Fault {
    /// Ends both directions.
    Cut,
    /// Forwards nothing for so long, without closing the connection.
    Stall(Duration),
}

impl FaultyProxy {
    /// Starts a faulty proxy to this server.
    pub async fn to(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (is_repaired, repaired) = watch::channel(false);
        let faults = Arc::new(Faults::default());
        let mut random = StdRng::seed_from_u64(seed);
        tokio::spawn({
            let faults = Arc::clone(&faults);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    let Ok(server) = TcpStream::connect(server).await else {
                        continue;
                    };
                    let up = Direction::new(&mut random, 50_000);
                    let down = Direction::new(&mut random, 2_000_000);
                    tokio::spawn(relay(
                        client,
                        server,
                        [up, down],
                        repaired.clone(),
                        Arc::clone(&faults),
                    ));
                }
            }
        });
        Self {
            address,
            is_repaired,
            faults,
        }
    }

    /// Stops all faults, and resumes what is stalled.
    pub fn repair(&self) {
        self.is_repaired.send_replace(true);
    }

    /// The counts of all faults, as a sentence.
    pub fn figures(&self) -> String {
        let count = |faults: &AtomicUsize| faults.load(Ordering::Relaxed);
        format!(
            "{} connections: {} cut, {} directions stalled, {} of them forever, {} delayed, \
             {} fragmented",
            count(&self.faults.connections),
            count(&self.faults.cuts),
            count(&self.faults.stalls),
            count(&self.faults.permanent_stalls),
            count(&self.faults.delayed),
            count(&self.faults.fragmented),
        )
    }
}

impl Direction {
    fn new(random: &mut StdRng, most: usize) -> Self {
        let mut random = StdRng::seed_from_u64(random.random());
        let is_fragmented = random.random_ratio(1, 5);
        let is_slow = random.random_ratio(1, 3);
        Self {
            piece: if is_fragmented {
                random.random_range(1..SMALL_PIECE)
            } else {
                64 * 1024
            },
            delay: Duration::from_millis(if is_slow {
                random.random_range(1..50)
            } else {
                0
            }),
            most,
            random,
        }
    }

    /// The next fault, and after how many bytes it happens. Small numbers are more likely, and some
    /// faults happen during the handshake.
    fn next_fault(&mut self) -> (usize, Fault) {
        let random = &mut self.random;
        let bytes = (self.most as f64).powf(random.random_range(0.4..1.0));
        let fault = match random.random_range(0..10) {
            0..5 => Fault::Cut,
            5..8 => Fault::Stall(random.random_range(Duration::ZERO..Duration::from_millis(3_500))),
            _ => Fault::Stall(FOREVER),
        };
        (bytes as usize, fault)
    }
}

/// Forwards one connection until it ends.
async fn relay(
    client: TcpStream,
    server: TcpStream,
    [up, down]: [Direction; 2],
    repaired: watch::Receiver<bool>,
    faults: Arc<Faults>,
) {
    faults.connections.fetch_add(1, Ordering::Relaxed);
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    // When one direction ends, so does the connection, and what the other one still holds is lost.
    tokio::select! {
        () = forward(from_client, to_server, up, repaired.clone(), &faults) => {}
        () = forward(from_server, to_client, down, repaired, &faults) => {}
    }
}

/// Forwards one direction of a connection until it ends or is cut.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut direction: Direction,
    mut repaired: watch::Receiver<bool>,
    faults: &Faults,
) {
    let count = |faults: &AtomicUsize| {
        faults.fetch_add(1, Ordering::Relaxed);
    };
    if !direction.delay.is_zero() {
        count(&faults.delayed);
    }
    if direction.piece < SMALL_PIECE {
        count(&faults.fragmented);
    }
    let mut bytes = vec![0; 64 * 1024];
    let (mut left, mut fault) = direction.next_fault();
    loop {
        let is_repaired = *repaired.borrow();
        let most = if is_repaired {
            bytes.len()
        } else {
            direction.piece.min(left)
        };
        let Ok(some @ 1..) = from.read(&mut bytes[..most]).await else {
            return;
        };
        if !is_repaired && !direction.delay.is_zero() {
            sleep(
                direction
                    .random
                    .random_range(Duration::ZERO..direction.delay),
            )
            .await;
        }
        if to.write_all(&bytes[..some]).await.is_err() {
            return;
        }
        left = left.saturating_sub(some);
        if is_repaired || left > 0 {
            continue;
        }
        match fault {
            Fault::Cut => {
                count(&faults.cuts);
                return;
            }
            Fault::Stall(time) => {
                count(&faults.stalls);
                if time == FOREVER {
                    count(&faults.permanent_stalls);
                }
                // A repair ends the stall.
                let _ = timeout(time, repaired.wait_for(|is_repaired| *is_repaired)).await;
            }
        }
        (left, fault) = direction.next_fault();
    }
}
