//! A bad network between people and the server: a TCP proxy that cuts connections in mid-frame,
//! stalls them, delays them, and passes bytes on in tiny pieces. What it does follows from a seed.

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

/// Fewer bytes than this at once are a dribble.
const DRIBBLE: usize = 100;
/// Longer than either side waits.
const FOR_EVER: Duration = Duration::from_secs(90);

/// The way to one server.
pub struct Proxy {
    pub address: SocketAddr,
    is_well: watch::Sender<bool>,
    faults: Arc<Faults>,
}

/// How often which fault really happened.
#[derive(Debug, Default)]
struct Faults {
    connections: AtomicUsize,
    cuts: AtomicUsize,
    stalls: AtomicUsize,
    stalls_for_ever: AtomicUsize,
    delayed: AtomicUsize,
    dribbled: AtomicUsize,
}

/// What becomes of the bytes in one direction of one connection.
struct Way {
    /// So many are passed on at once, at most …
    piece: usize,
    /// … and each piece is kept for so long, at most.
    delay: Duration,
    /// The most that is passed on between two faults.
    most: usize,
    random: StdRng,
}

#[derive(Clone, Copy)]
enum Fault {
    /// Both directions end.
    Cut,
    /// Nothing moves, and nobody is told; after so long everything does.
    Stall(Duration),
}

impl Proxy {
    /// A bad way to this server.
    pub async fn to(server: SocketAddr, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (is_well, health) = watch::channel(false);
        let faults = Arc::new(Faults::default());
        let mut random = StdRng::seed_from_u64(seed);
        tokio::spawn({
            let faults = Arc::clone(&faults);
            async move {
                while let Ok((near, _)) = listener.accept().await {
                    let Ok(far) = TcpStream::connect(server).await else {
                        continue;
                    };
                    let up = Way::new(&mut random, 50_000);
                    let down = Way::new(&mut random, 2_000_000);
                    tokio::spawn(pass_on(
                        near,
                        far,
                        [up, down],
                        health.clone(),
                        Arc::clone(&faults),
                    ));
                }
            }
        });
        Self {
            address,
            is_well,
            faults,
        }
    }

    /// From now on it is a good network, and what was stalled goes on.
    pub fn heal(&self) {
        self.is_well.send_replace(true);
    }

    /// What it did, as a sentence.
    pub fn figures(&self) -> String {
        let count = |faults: &AtomicUsize| faults.load(Ordering::Relaxed);
        format!(
            "{} connections: {} cut, {} directions stalled, {} of them for ever, {} delayed, {} dribbled",
            count(&self.faults.connections),
            count(&self.faults.cuts),
            count(&self.faults.stalls),
            count(&self.faults.stalls_for_ever),
            count(&self.faults.delayed),
            count(&self.faults.dribbled),
        )
    }
}

impl Way {
    fn new(random: &mut StdRng, most: usize) -> Self {
        let mut random = StdRng::seed_from_u64(random.random());
        let is_dribbled = random.random_ratio(1, 5);
        let is_slow = random.random_ratio(1, 3);
        Self {
            piece: if is_dribbled {
                random.random_range(1..DRIBBLE)
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

    /// What happens next, and after how many bytes: soon rather than late, sometimes in the midst
    /// of the handshake.
    fn next_fault(&mut self) -> (usize, Fault) {
        let random = &mut self.random;
        let bytes = (self.most as f64).powf(random.random_range(0.4..1.0));
        let fault = match random.random_range(0..10) {
            0..5 => Fault::Cut,
            5..8 => Fault::Stall(random.random_range(Duration::ZERO..Duration::from_millis(3_500))),
            _ => Fault::Stall(FOR_EVER),
        };
        (bytes as usize, fault)
    }
}

/// One connection, to its end.
async fn pass_on(
    near: TcpStream,
    far: TcpStream,
    [up, down]: [Way; 2],
    health: watch::Receiver<bool>,
    faults: Arc<Faults>,
) {
    faults.connections.fetch_add(1, Ordering::Relaxed);
    for stream in [&near, &far] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (from_near, to_near) = near.into_split();
    let (from_far, to_far) = far.into_split();
    // Whichever ends, the connection does: what the other has not passed on yet is lost.
    tokio::select! {
        () = flow(from_near, to_far, up, health.clone(), &faults) => {}
        () = flow(from_far, to_near, down, health, &faults) => {}
    }
}

/// One direction of a connection, until it ends or is cut.
async fn flow(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut way: Way,
    mut health: watch::Receiver<bool>,
    faults: &Faults,
) {
    let count = |faults: &AtomicUsize| {
        faults.fetch_add(1, Ordering::Relaxed);
    };
    if !way.delay.is_zero() {
        count(&faults.delayed);
    }
    if way.piece < DRIBBLE {
        count(&faults.dribbled);
    }
    let mut bytes = vec![0; 64 * 1024];
    let (mut left, mut fault) = way.next_fault();
    loop {
        let is_well = *health.borrow();
        let most = if is_well {
            bytes.len()
        } else {
            way.piece.min(left)
        };
        let Ok(some @ 1..) = from.read(&mut bytes[..most]).await else {
            return;
        };
        if !is_well && !way.delay.is_zero() {
            sleep(way.random.random_range(Duration::ZERO..way.delay)).await;
        }
        if to.write_all(&bytes[..some]).await.is_err() {
            return;
        }
        left = left.saturating_sub(some);
        if is_well || left > 0 {
            continue;
        }
        match fault {
            Fault::Cut => {
                count(&faults.cuts);
                return;
            }
            Fault::Stall(time) => {
                count(&faults.stalls);
                if time == FOR_EVER {
                    count(&faults.stalls_for_ever);
                }
                // A network that is well again stalls nobody any longer.
                let _ = timeout(time, health.wait_for(|is_well| *is_well)).await;
            }
        }
        (left, fault) = way.next_fault();
    }
}
