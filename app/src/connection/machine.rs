//! When to connect, when to wait and when to give up: a pure function from what happened to what
//! to do. [`crate::connection`] does it.

use std::time::Duration;

use protocol::{close::should_reconnect, limits::SERVER_SILENCE};

/// The first wait after a lost connection is a random part of this …
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// … and each further one of twice as much, up to this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a `pong` may take when there is reason to doubt the connection.
const PONG_TIME: Duration = Duration::from_secs(5);
/// A connection that stood for so long makes up for all failures before it.
const STEADY_TIME: Duration = Duration::from_secs(10);
/// What a line that just broke is called (RFC 6455, section 7.1.5).
const BROKEN: u16 = 1006;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    #[default]
    Idle,
    Connecting,
    Online,
    Waiting,
    Stopped(u16),
}

/// What the connection is doing. It starts out doing nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Machine {
    phase: Phase,
    /// How often in a row connecting failed or the connection broke.
    failures: u32,
    /// With which code a connection was lost, if none has stood since.
    lost: Option<u16>,
    /// Wait at least this long, as the server's `bye` asked.
    asked_to_wait: Duration,
}

/// What happened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The page is alive.
    Start,
    /// A frame came. The first one, `welcome`, says that the connection stands.
    Heard,
    /// The server announced that it will close, and when to come back.
    Bye { retry_after: Duration },
    /// The socket closed, or could not be opened.
    Closed(u16),
    /// A timer that was set has run out.
    Elapsed(Timer),
    /// The browser says that there is a network again …
    NetworkBack,
    /// … or none any more.
    NetworkGone,
    /// The reader does not want to wait.
    TryNow,
    /// The tab came into view; its timers may have slept for hours.
    TabShown,
}

/// What is waited for; each kind of timer runs at most once at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// Nothing was heard for too long.
    Silence,
    /// The answer to a `ping` is overdue.
    Pong,
    /// It is time to try again.
    Retry,
    /// The connection has stood for a while.
    Steady,
}

impl Timer {
    /// How many kinds there are.
    pub const KINDS: usize = 4;
}

/// What to do about it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Open a socket; whatever an earlier one still says does not count any more.
    Open,
    /// Close the socket, if it stands.
    Close,
    /// Send a `ping`.
    Ping,
    /// Start a timer, anew if it runs.
    Set(Timer, Duration),
    /// Stop a timer, if it runs.
    Clear(Timer),
}

/// What people are told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// The first connection is on its way.
    #[default]
    Fresh,
    Online,
    /// Lost with this code, and looked for.
    Lost(u16),
    /// Closed for good, with this code.
    Stopped(u16),
}

impl Machine {
    /// What people are told about it.
    pub fn status(&self) -> Status {
        match self.phase {
            Phase::Stopped(code) => Status::Stopped(code),
            Phase::Online => Status::Online,
            _ => self.lost.map_or(Status::Fresh, Status::Lost),
        }
    }
}

/// What to do when something happens. `luck`, in 0 to 1, spreads the clients of a server that
/// restarts over time: full jitter, after Brooker, "Exponential Backoff and Jitter" (2015).
pub fn step(machine: Machine, event: Event, luck: f64) -> (Machine, Vec<Action>) {
    match (machine.phase, event) {
        (Phase::Idle, Event::Start)
        | (
            Phase::Waiting,
            Event::Elapsed(Timer::Retry) | Event::NetworkBack | Event::TabShown | Event::TryNow,
        ) => connect(machine),
        // What is on its way through a network that is no more will not arrive.
        (Phase::Connecting, Event::NetworkBack | Event::TryNow) => {
            let (machine, mut actions) = connect(machine);
            actions.insert(0, Action::Close);
            (machine, actions)
        }
        (Phase::Connecting, Event::Heard) => {
            let actions = vec![
                Action::Set(Timer::Silence, SERVER_SILENCE),
                Action::Set(Timer::Steady, STEADY_TIME),
            ];
            let online = Machine {
                phase: Phase::Online,
                lost: None,
                asked_to_wait: Duration::ZERO,
                ..machine
            };
            (online, actions)
        }
        (Phase::Online, Event::Heard) => {
            // Whatever is heard answers the question that a ping asks.
            let actions = vec![
                Action::Set(Timer::Silence, SERVER_SILENCE),
                Action::Clear(Timer::Pong),
            ];
            (machine, actions)
        }
        (Phase::Online, Event::Bye { retry_after }) => {
            let asked = Machine {
                asked_to_wait: retry_after.min(LONGEST_WAIT),
                ..machine
            };
            (asked, Vec::new())
        }
        (Phase::Online, Event::Elapsed(Timer::Steady)) => {
            let steady = Machine {
                failures: 0,
                ..machine
            };
            (steady, Vec::new())
        }
        (Phase::Online, Event::NetworkBack | Event::NetworkGone | Event::TabShown) => {
            let actions = vec![Action::Ping, Action::Set(Timer::Pong, PONG_TIME)];
            (machine, actions)
        }
        (Phase::Connecting | Phase::Online, Event::Closed(code)) => closed(machine, code, luck),
        (Phase::Connecting | Phase::Online, Event::Elapsed(Timer::Silence | Timer::Pong)) => {
            closed(machine, BROKEN, luck)
        }
        // Late news: a timer that ran out while it was cleared, a tab shown while connecting.
        _ => (machine, Vec::new()),
    }
}

fn connect(machine: Machine) -> (Machine, Vec<Action>) {
    let actions = vec![
        Action::Clear(Timer::Retry),
        Action::Open,
        Action::Set(Timer::Silence, SERVER_SILENCE),
    ];
    let connecting = Machine {
        phase: Phase::Connecting,
        ..machine
    };
    (connecting, actions)
}

fn closed(machine: Machine, code: u16, luck: f64) -> (Machine, Vec<Action>) {
    let mut actions = vec![
        Action::Close,
        Action::Clear(Timer::Silence),
        Action::Clear(Timer::Pong),
        Action::Clear(Timer::Steady),
    ];
    if !should_reconnect(code) {
        let stopped = Machine {
            phase: Phase::Stopped(code),
            ..machine
        };
        return (stopped, actions);
    }
    let longest = FIRST_WAIT
        .saturating_mul(1 << machine.failures.min(16))
        .min(LONGEST_WAIT);
    let wait = machine.asked_to_wait + longest.mul_f64(luck.clamp(0.0, 1.0));
    actions.push(Action::Set(Timer::Retry, wait));
    let waiting = Machine {
        phase: Phase::Waiting,
        failures: machine.failures.saturating_add(1),
        // Why it was lost in the first place; that there is no server yet is a consequence.
        lost: machine.lost.or(Some(code)),
        asked_to_wait: Duration::ZERO,
    };
    (waiting, actions)
}

#[cfg(test)]
mod tests;
