//! The connection's state machine: when to connect, when to wait and when to give up.
//!
//! [`step`] is a pure function from an event to actions. A driver owns the socket and the timers,
//! and runs the actions.

use std::time::Duration;

use protocol::{close::should_reconnect, limits::SERVER_SILENCE};

/// The first wait after a lost connection is a random part of this. Each further wait is a random
/// part of twice as much …
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// … up to this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long the answer to a `ping` may take that tests a doubtful connection.
const PONG_TIME: Duration = Duration::from_secs(5);
/// A connection that has lasted this long clears the count of failures before it.
const STEADY_TIME: Duration = Duration::from_secs(10);
/// The code of a connection that broke without a close frame (RFC 6455, section 7.1.5).
pub const ABNORMAL_CLOSURE: u16 = 1006;

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Phase {
    #[default]
    Idle,
    Connecting,
    Online,
    Waiting,
    Stopped(u16),
}

/// The state of the connection. At first it is idle.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Machine {
    phase: Phase,
    /// How many times in a row connecting failed or the connection broke.
    failures: u32,
    /// The close code of the first failure since the client was online; `None` while it is online.
    lost: Option<u16>,
    /// The time that the server's `bye` asked to wait. The random wait is added to it.
    asked_to_wait: Duration,
}

/// An event that the driver reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The client starts.
    Start,
    /// A frame was received. With the first one, `welcome`, the client is online.
    FrameReceived,
    /// The server announced that it will close, and when to reconnect.
    Bye { retry_after: Duration },
    /// The socket closed, or could not be opened.
    Closed(u16),
    /// A timer ran out.
    Elapsed(Timer),
    /// The browser reports that there is a network again …
    NetworkBack,
    /// … or that there is none.
    NetworkGone,
    /// The user does not want to wait.
    TryNow,
    /// The tab became visible. Its timers may have been suspended for hours.
    TabShown,
}

/// The kinds of timers. Of each kind at most one runs at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Timer {
    /// Nothing was received for too long.
    Silence,
    /// The answer to a `ping` is overdue.
    Pong,
    /// The wait before the next attempt is over.
    Retry,
    /// The connection has lasted for a while.
    Steady,
}

impl Timer {
    /// How many kinds there are.
    pub const KINDS: usize = 4;
}

/// What the driver has to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// Open a socket, and ignore everything from earlier sockets.
    Open,
    /// Close the socket, if it is open.
    Close,
    /// Send a `ping`.
    Ping,
    /// Start a timer, or restart it if it runs.
    SetTimer(Timer, Duration),
    /// Stop a timer, if it runs.
    ClearTimer(Timer),
}

/// The status of the connection, as the user sees it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// The client is connecting for the first time.
    #[default]
    Fresh,
    Online,
    /// The connection was lost with this close code, and the client reconnects.
    Lost(u16),
    /// The connection was closed with this close code, and the client does not reconnect.
    Stopped(u16),
}

impl Machine {
    /// The status for the user.
    pub fn status(&self) -> Status {
        match self.phase {
            Phase::Stopped(code) => Status::Stopped(code),
            Phase::Online => Status::Online,
            _ => self.lost.map_or(Status::Fresh, Status::Lost),
        }
    }
}

/// Applies an event. Returns the new state, and the actions to run.
///
/// `jitter`, from 0 to 1, spreads the reconnects after a restart of the server over time: full
/// jitter, after Brooker, "Exponential Backoff and Jitter" (2015).
pub fn step(machine: Machine, event: Event, jitter: f64) -> (Machine, Vec<Action>) {
    match (machine.phase, event) {
        (Phase::Idle, Event::Start)
        | (
            Phase::Waiting,
            Event::Elapsed(Timer::Retry) | Event::NetworkBack | Event::TabShown | Event::TryNow,
        ) => connect(machine),
        // A request that was sent through the old network will not arrive.
        (Phase::Connecting, Event::NetworkBack | Event::TryNow) => {
            let (machine, mut actions) = connect(machine);
            actions.insert(0, Action::Close);
            (machine, actions)
        }
        (Phase::Connecting, Event::FrameReceived) => {
            let actions = vec![
                Action::SetTimer(Timer::Silence, SERVER_SILENCE),
                Action::SetTimer(Timer::Steady, STEADY_TIME),
            ];
            let online = Machine {
                phase: Phase::Online,
                lost: None,
                asked_to_wait: Duration::ZERO,
                ..machine
            };
            (online, actions)
        }
        (Phase::Online, Event::FrameReceived) => {
            // Any frame answers a ping.
            let actions = vec![
                Action::SetTimer(Timer::Silence, SERVER_SILENCE),
                Action::ClearTimer(Timer::Pong),
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
            let actions = vec![Action::Ping, Action::SetTimer(Timer::Pong, PONG_TIME)];
            (machine, actions)
        }
        (Phase::Connecting | Phase::Online, Event::Closed(code)) => closed(machine, code, jitter),
        (Phase::Connecting | Phase::Online, Event::Elapsed(Timer::Silence | Timer::Pong)) => {
            closed(machine, ABNORMAL_CLOSURE, jitter)
        }
        // A late event: a timer that ran out while it was cleared, a tab shown while connecting.
        _ => (machine, Vec::new()),
    }
}

fn connect(machine: Machine) -> (Machine, Vec<Action>) {
    let actions = vec![
        Action::ClearTimer(Timer::Retry),
        Action::Open,
        Action::SetTimer(Timer::Silence, SERVER_SILENCE),
    ];
    let connecting = Machine {
        phase: Phase::Connecting,
        ..machine
    };
    (connecting, actions)
}

fn closed(machine: Machine, code: u16, jitter: f64) -> (Machine, Vec<Action>) {
    let mut actions = vec![
        Action::Close,
        Action::ClearTimer(Timer::Silence),
        Action::ClearTimer(Timer::Pong),
        Action::ClearTimer(Timer::Steady),
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
    let wait = machine.asked_to_wait + longest.mul_f64(jitter.clamp(0.0, 1.0));
    actions.push(Action::SetTimer(Timer::Retry, wait));
    let waiting = Machine {
        phase: Phase::Waiting,
        failures: machine.failures.saturating_add(1),
        // The first close code is the reason. Later ones are its consequences: there is no server
        // yet.
        lost: machine.lost.or(Some(code)),
        asked_to_wait: Duration::ZERO,
    };
    (waiting, actions)
}

#[cfg(test)]
mod tests;
