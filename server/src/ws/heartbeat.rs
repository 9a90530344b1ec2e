//! The heartbeat of a session: sends Pings, and ends sessions that are silent or never sign in.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use protocol::{Close, ServerFrame, limits};
use tokio::time::{Instant, sleep_until};

use super::session::SessionEnd;
use crate::{send_queue::SendQueue, send_queue::ws_frame::Frame};

/// Stands for the time of the last message while a frame is being handled.
const PAUSED: u64 = u64::MAX;

/// The timers of one session. The session's reader records when the client sent something, and
/// [`Heartbeat::run`] checks it. Most sockets are idle, so one timer serves for all of it.
pub struct Heartbeat {
    opened: Instant,
    /// Whether to send `ping` frames in addition to Pings.
    sends_ping_frames: bool,
    is_signed_in: Arc<AtomicBool>,
    /// When the client last sent something, in milliseconds since `opened`, or [`PAUSED`].
    touched_ms: AtomicU64,
}

impl Heartbeat {
    /// Creates the heartbeat of a socket that was just opened. `is_signed_in` is set when the
    /// client has signed in.
    pub fn new(sends_ping_frames: bool, is_signed_in: Arc<AtomicBool>) -> Self {
        Self {
            opened: Instant::now(),
            sends_ping_frames,
            is_signed_in,
            touched_ms: AtomicU64::new(0),
        }
    }

    /// Suspends the silence timeout until [`Heartbeat::touch`]. While a frame is handled, nothing
    /// is read, so the client may not be silent at all.
    pub fn pause(&self) {
        self.touched_ms.store(PAUSED, Ordering::Relaxed);
    }

    /// Records that the client has just sent something.
    pub fn touch(&self) {
        let ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.touched_ms.store(ms, Ordering::Relaxed);
    }

    /// Sends a Ping every [`limits::PING_EVERY`]. Returns when the client was silent for
    /// [`limits::SILENCE`], or has not signed in within [`limits::LOGIN_TIME`].
    pub async fn run(&self, send_queue: &Arc<SendQueue>) -> SessionEnd {
        let login_due = self.opened + limits::LOGIN_TIME;
        sleep_until(login_due).await;
        if !self.is_signed_in.load(Ordering::Relaxed) {
            return SessionEnd::ReadClosed(Some(Close::LoginTimeout));
        }
        let mut ping_due = self.opened + limits::PING_EVERY;
        loop {
            sleep_until(ping_due.min(self.silence_due())).await;
            let now = Instant::now();
            if now >= self.silence_due() {
                return SessionEnd::WriteClosed(Some(Close::Silent));
            }
            if now >= ping_due {
                ping_due = now + limits::PING_EVERY;
                send_queue.push(Frame::PING);
                if self.sends_ping_frames {
                    // A page cannot see a Ping, so without this frame it could not tell a dead
                    // connection from a quiet one.
                    send_queue.send(&ServerFrame::Ping);
                }
            }
        }
    }

    /// When the client will have been silent for too long.
    fn silence_due(&self) -> Instant {
        let now = Instant::now();
        match self.touched_ms.load(Ordering::Relaxed) {
            PAUSED => now + limits::SILENCE,
            ms => self.opened + Duration::from_millis(ms) + limits::SILENCE,
        }
    }
}
