//! What keeps a session going while nothing is said: a heart that beats, and an ear for silence.

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

/// One session's time. Its reader writes it, while [`Heartbeat::pass`] watches: one timer in all, for
/// most sockets are idle.
pub struct Heartbeat {
    opened: Instant,
    is_browser: bool,
    is_signed_in: Arc<AtomicBool>,
    /// When the client was last heard, in milliseconds after it was opened.
    touched_ms: AtomicU64,
}

impl Heartbeat {
    /// A socket was opened, by a browser or a bot; it is told when somebody has signed in.
    pub fn new(is_browser: bool, is_signed_in: Arc<AtomicBool>) -> Self {
        Self {
            opened: Instant::now(),
            is_browser,
            is_signed_in,
            touched_ms: AtomicU64::new(0),
        }
    }

    /// The client is being obeyed: until that is done nothing is read, so its silence says nothing.
    pub fn pause(&self) {
        self.touched_ms.store(u64::MAX, Ordering::Relaxed);
    }

    pub fn touch(&self) {
        let ms = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.touched_ms.store(ms, Ordering::Relaxed);
    }

    /// Beats the heart, until nothing was heard for [`limits::SILENCE`], or nobody has signed in
    /// within [`limits::LOGIN_TIME`].
    pub async fn run(&self, send_queue: &Arc<SendQueue>) -> SessionEnd {
        let login_due = self.opened + limits::LOGIN_TIME;
        sleep_until(login_due).await;
        if !self.is_signed_in.load(Ordering::Relaxed) {
            return SessionEnd::ReadClosed(Some(Close::LoginTimeout));
        }
        let mut beat_due = self.opened + limits::PING_EVERY;
        loop {
            sleep_until(beat_due.min(self.silence_due())).await;
            let now = Instant::now();
            if now >= self.silence_due() {
                return SessionEnd::WriteClosed(Some(Close::Silent));
            }
            if now >= beat_due {
                beat_due = now + limits::PING_EVERY;
                send_queue.push(Frame::PING);
                if self.is_browser {
                    // A page cannot see a Ping, so it could not tell a dead line from a hidden one.
                    send_queue.send(&ServerFrame::Ping);
                }
            }
        }
    }

    /// When the client will have been silent for too long.
    fn silence_due(&self) -> Instant {
        let now = Instant::now();
        match self.touched_ms.load(Ordering::Relaxed) {
            u64::MAX => now + limits::SILENCE,
            ms => self.opened + Duration::from_millis(ms) + limits::SILENCE,
        }
    }
}
