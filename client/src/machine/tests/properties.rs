//! Invariants over any sequence of events, late ones included: a timer that ran out while it was
//! being cleared, or a frame of a socket that is already closed.

use proptest::prelude::*;
use protocol::Close;

use super::*;

/// Events, each with its jitter.
fn sequence() -> impl Strategy<Value = Vec<(Event, f64)>> {
    // Both ends are included.
    let jitter = prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0];
    prop::collection::vec((event(), jitter), 0..60)
}

fn event() -> impl Strategy<Value = Event> {
    let timer = prop_oneof![
        Just(Timer::Silence),
        Just(Timer::Pong),
        Just(Timer::Retry),
        Just(Timer::Steady),
    ];
    let bye = prop_oneof![0..40_000_u64, any::<u64>()];
    prop_oneof![
        2 => Just(Event::Start),
        6 => Just(Event::FrameReceived),
        2 => bye.prop_map(|ms| Event::Bye { retry_after: Duration::from_millis(ms) }),
        5 => code().prop_map(Event::Closed),
        6 => timer.prop_map(Event::Elapsed),
        1 => Just(Event::NetworkBack),
        1 => Just(Event::NetworkGone),
        1 => Just(Event::TryNow),
        1 => Just(Event::TabShown),
    ]
}

/// A close code: mostly of a connection that broke, so that the client reconnects often.
fn code() -> impl Strategy<Value = u16> {
    prop_oneof![
        6 => Just(ABNORMAL_CLOSURE),
        3 => prop::sample::select(Close::ALL.to_vec()).prop_map(Close::code),
        1 => any::<u16>(),
    ]
}

/// A driver with a simulated socket and simulated timers.
#[derive(Default)]
struct Driver {
    machine: Machine,
    socket: bool,
    running: Vec<Timer>,
    /// The wait that the `bye` of the last connection asked for.
    asked: Duration,
    /// How many times in a row a connection was lost before it was steady.
    losses: u32,
}

impl Driver {
    fn after(sequence: &[(Event, f64)]) -> Self {
        let mut driver = Self::default();
        for (event, jitter) in sequence {
            driver.apply(*event, *jitter);
        }
        driver
    }

    /// Applies an event and its actions, and checks the invariants.
    fn apply(&mut self, event: Event, jitter: f64) -> Vec<Action> {
        let before = self.machine.clone();
        match event {
            Event::Elapsed(timer) => self.running.retain(|running| *running != timer),
            Event::Bye { retry_after } if before.phase == Phase::Online => self.asked = retry_after,
            _ => {}
        }
        if (before.phase, event) == (Phase::Online, Event::Elapsed(Timer::Steady)) {
            self.losses = 0;
        }
        let (machine, actions) = step(before.clone(), event, jitter);
        self.machine = machine;
        for action in &actions {
            self.run(*action);
        }
        self.check_phase();
        self.check_status(&before);
        actions
    }

    fn run(&mut self, action: Action) {
        match action {
            Action::Open => {
                assert!(!self.socket, "never two sockets at once");
                self.socket = true;
                self.asked = Duration::ZERO;
            }
            Action::Close => self.socket = false,
            Action::Ping => assert_eq!(self.machine.phase, Phase::Online, "a socket is open"),
            Action::SetTimer(timer, wait) => {
                self.running.retain(|running| *running != timer);
                self.running.push(timer);
                if timer == Timer::Retry {
                    self.check_wait(wait);
                }
            }
            Action::ClearTimer(timer) => self.running.retain(|running| *running != timer),
        }
    }

    /// A wait is at least as long as the server asked, up to the longest wait. The failures so far
    /// limit how much longer it is.
    fn check_wait(&mut self, wait: Duration) {
        let asked = self.asked.min(LONGEST_WAIT);
        let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.losses));
        let latest = asked + doubled.min(LONGEST_WAIT);
        assert!((asked..=latest).contains(&wait), "{wait:?} of {latest:?}");
        self.losses += 1;
    }

    /// Each phase has the socket and the timers that lead out of it, and no others.
    fn check_phase(&self) {
        let runs = |timer| self.running.contains(&timer);
        let phase = self.machine.phase;
        let has_socket = matches!(phase, Phase::Connecting | Phase::Online);
        assert_eq!(self.socket, has_socket, "a socket, in {phase:?}");
        assert_eq!(runs(Timer::Silence), has_socket, "in {phase:?}");
        assert_eq!(runs(Timer::Retry), phase == Phase::Waiting, "in {phase:?}");
        let is_online = phase == Phase::Online;
        assert!(is_online || !runs(Timer::Pong), "in {phase:?}");
        assert!(is_online || !runs(Timer::Steady), "in {phase:?}");
        assert_eq!(self.machine.status() == Status::Online, is_online);
    }

    /// The status fits its close code, and is never `Fresh` again.
    fn check_status(&self, before: &Machine) {
        match self.machine.status() {
            Status::Fresh => assert_eq!(before.status(), Status::Fresh),
            Status::Lost(code) => assert!(should_reconnect(code)),
            Status::Stopped(code) => assert!(!should_reconnect(code)),
            Status::Online => {}
        }
        if let Phase::Stopped(_) = before.phase {
            assert_eq!(self.machine, *before, "a stopped client stays stopped");
        }
    }
}

/// The phase after a sequence, and the actions of one more event.
fn actions_of_next(sequence: &[(Event, f64)], event: Event) -> (Phase, Vec<Action>) {
    let mut driver = Driver::after(sequence);
    let phase = driver.machine.phase;
    (phase, driver.apply(event, 1.0))
}

proptest! {
    #[test]
    fn there_is_at_most_one_socket_and_always_a_timer_that_leads_on(sequence in sequence()) {
        Driver::after(&sequence);
    }

    #[test]
    fn try_now_opens_a_socket_unless_one_is_open(sequence in sequence()) {
        let (phase, actions) = actions_of_next(&sequence, Event::TryNow);
        let is_expected = matches!(phase, Phase::Waiting | Phase::Connecting);
        prop_assert_eq!(actions.contains(&Action::Open), is_expected);
    }

    #[test]
    fn a_network_that_is_back_and_a_tab_that_is_shown_check_the_connection(
        sequence in sequence(),
        is_network in any::<bool>(),
    ) {
        let event = if is_network { Event::NetworkBack } else { Event::TabShown };
        let (phase, actions) = actions_of_next(&sequence, event);
        match phase {
            Phase::Waiting => prop_assert!(actions.contains(&Action::Open)),
            Phase::Online => {
                let asked = [Action::Ping, Action::SetTimer(Timer::Pong, PONG_TIME)];
                prop_assert_eq!(actions, asked);
            }
            // The socket that is being opened uses the old network. A tab that is shown says
            // nothing about the network; a frame or the timer decides.
            Phase::Connecting => prop_assert_eq!(actions.contains(&Action::Open), is_network),
            // Before the start and after the end nothing happens.
            Phase::Idle | Phase::Stopped(_) => prop_assert_eq!(actions, []),
        }
    }

    #[test]
    fn a_server_that_answers_is_online_after_at_most_one_wait(sequence in sequence()) {
        let mut driver = Driver::after(&sequence);
        let before = driver.machine.phase;
        if before == Phase::Idle {
            driver.apply(Event::Start, 1.0);
        }
        if before == Phase::Waiting {
            driver.apply(Event::Elapsed(Timer::Retry), 1.0);
        }
        driver.apply(Event::FrameReceived, 1.0);
        match before {
            Phase::Stopped(code) => prop_assert_eq!(driver.machine.status(), Status::Stopped(code)),
            _ => prop_assert_eq!(driver.machine.status(), Status::Online),
        }
    }

    #[test]
    fn a_ping_ends_with_the_next_frame_or_with_the_connection(sequence in sequence()) {
        let mut driver = Driver::after(&sequence);
        driver.apply(Event::TabShown, 1.0);
        if driver.machine.phase == Phase::Online {
            let mut answered = Driver::after(&sequence);
            answered.apply(Event::TabShown, 1.0);
            answered.apply(Event::FrameReceived, 1.0);
            prop_assert!(!answered.running.contains(&Timer::Pong));
            driver.apply(Event::Elapsed(Timer::Pong), 1.0);
            prop_assert_eq!(driver.machine.phase, Phase::Waiting);
        }
    }
}
