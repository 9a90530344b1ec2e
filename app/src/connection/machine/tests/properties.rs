//! What holds whatever happens, in whatever order: also for late news, such as a timer that ran out
//! while it was being cleared, or the last words of a socket that is gone already.

use proptest::prelude::*;
use protocol::Close;

use super::*;

/// Something that happens, and with how much luck.
fn happenings() -> impl Strategy<Value = Vec<(Event, f64)>> {
    // Luck goes from end to end, the ends included.
    let luck = prop_oneof![Just(0.0), Just(1.0), 0.0..=1.0];
    prop::collection::vec((event(), luck), 0..60)
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
        6 => Just(Event::Heard),
        2 => bye.prop_map(|ms| Event::Bye { retry_after: Duration::from_millis(ms) }),
        5 => code().prop_map(Event::Closed),
        6 => timer.prop_map(Event::Elapsed),
        1 => Just(Event::NetworkBack),
        1 => Just(Event::NetworkGone),
        1 => Just(Event::TryNow),
        1 => Just(Event::TabShown),
    ]
}

/// A close code: mostly of a line that broke, so that one comes back often.
fn code() -> impl Strategy<Value = u16> {
    prop_oneof![
        6 => Just(BROKEN),
        3 => prop::sample::select(Close::ALL.to_vec()).prop_map(Close::code),
        1 => any::<u16>(),
    ]
}

/// What the actions have made of the world: the socket and the timers that run.
#[derive(Default)]
struct World {
    machine: Machine,
    socket: bool,
    running: Vec<Timer>,
    /// For how long the `bye` of the last connection asked to be left alone.
    asked: Duration,
    /// How often in a row a connection was lost before it was steady.
    losses: u32,
}

impl World {
    fn after(happenings: &[(Event, f64)]) -> Self {
        let mut world = Self::default();
        for (event, luck) in happenings {
            world.live(*event, *luck);
        }
        world
    }

    /// Lets something happen, does what is to be done about it, and looks whether all is well.
    fn live(&mut self, event: Event, luck: f64) -> Vec<Action> {
        let before = self.machine.clone();
        match event {
            Event::Elapsed(timer) => self.running.retain(|running| *running != timer),
            Event::Bye { retry_after } if before.phase == Phase::Online => self.asked = retry_after,
            _ => {}
        }
        if (before.phase, event) == (Phase::Online, Event::Elapsed(Timer::Steady)) {
            self.losses = 0;
        }
        let (machine, actions) = step(before.clone(), event, luck);
        self.machine = machine;
        for action in &actions {
            self.act(*action);
        }
        self.look();
        self.compare(&before);
        actions
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open => {
                assert!(!self.socket, "never two sockets at once");
                self.socket = true;
                self.asked = Duration::ZERO;
            }
            Action::Close => self.socket = false,
            Action::Ping => assert_eq!(self.machine.phase, Phase::Online, "somebody listens"),
            Action::Set(timer, wait) => {
                self.running.retain(|running| *running != timer);
                self.running.push(timer);
                if timer == Timer::Retry {
                    self.waits(wait);
                }
            }
            Action::Clear(timer) => self.running.retain(|running| *running != timer),
        }
    }

    /// Not before the server asked, though no server may ask for more than the longest wait; and
    /// not later than the failures so far call for.
    fn waits(&mut self, wait: Duration) {
        let asked = self.asked.min(LONGEST_WAIT);
        let doubled = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(self.losses));
        let latest = asked + doubled.min(LONGEST_WAIT);
        assert!((asked..=latest).contains(&wait), "{wait:?} of {latest:?}");
        self.losses += 1;
    }

    /// In no state is anything forgotten that leads out of it, and nothing runs for nobody.
    fn look(&self) {
        let runs = |timer| self.running.contains(&timer);
        let phase = self.machine.phase;
        let is_on_line = matches!(phase, Phase::Connecting | Phase::Online);
        assert_eq!(self.socket, is_on_line, "a socket, in {phase:?}");
        assert_eq!(runs(Timer::Silence), is_on_line, "in {phase:?}");
        assert_eq!(runs(Timer::Retry), phase == Phase::Waiting, "in {phase:?}");
        let is_online = phase == Phase::Online;
        assert!(is_online || !runs(Timer::Pong), "in {phase:?}");
        assert!(is_online || !runs(Timer::Steady), "in {phase:?}");
        assert_eq!(self.machine.status() == Status::Online, is_online);
    }

    /// What people are told is true, and never goes back to "not yet".
    fn compare(&self, before: &Machine) {
        match self.machine.status() {
            Status::Fresh => assert_eq!(before.status(), Status::Fresh),
            Status::Lost(code) => assert!(should_reconnect(code)),
            Status::Stopped(code) => assert!(!should_reconnect(code)),
            Status::Online => {}
        }
        if let Phase::Stopped(_) = before.phase {
            assert_eq!(self.machine, *before, "stopped for ever");
        }
    }
}

/// The state after some happenings, with a new event: what is to be done at once?
fn at_once(happenings: &[(Event, f64)], event: Event) -> (Phase, Vec<Action>) {
    let mut world = World::after(happenings);
    let phase = world.machine.phase;
    (phase, world.live(event, 1.0))
}

proptest! {
    #[test]
    fn there_is_one_socket_at_most_and_always_a_timer_that_leads_on(happenings in happenings()) {
        World::after(&happenings);
    }

    #[test]
    fn a_reader_who_will_not_wait_does_not_have_to(happenings in happenings()) {
        let (phase, actions) = at_once(&happenings, Event::TryNow);
        let is_wanted = matches!(phase, Phase::Waiting | Phase::Connecting);
        prop_assert_eq!(actions.contains(&Action::Open), is_wanted);
    }

    #[test]
    fn a_network_that_is_back_and_a_tab_that_is_shown_make_sure_of_the_connection(
        happenings in happenings(),
        is_network in any::<bool>(),
    ) {
        let news = if is_network { Event::NetworkBack } else { Event::TabShown };
        let (phase, actions) = at_once(&happenings, news);
        match phase {
            Phase::Waiting => prop_assert!(actions.contains(&Action::Open)),
            Phase::Online => {
                let asked = [Action::Ping, Action::Set(Timer::Pong, PONG_TIME)];
                prop_assert_eq!(actions, asked);
            }
            // What is being opened goes through the network that was before; a tab says nothing of
            // that, and the answer, or the silence, is still to come.
            Phase::Connecting => prop_assert_eq!(actions.contains(&Action::Open), is_network),
            // Before the start and after the end nothing is wanted.
            Phase::Idle | Phase::Stopped(_) => prop_assert_eq!(actions, []),
        }
    }

    #[test]
    fn whatever_was_a_server_that_answers_is_online_after_one_wait(happenings in happenings()) {
        let mut world = World::after(&happenings);
        let was = world.machine.phase;
        if was == Phase::Idle {
            world.live(Event::Start, 1.0);
        }
        if was == Phase::Waiting {
            world.live(Event::Elapsed(Timer::Retry), 1.0);
        }
        world.live(Event::Heard, 1.0);
        match was {
            Phase::Stopped(code) => prop_assert_eq!(world.machine.status(), Status::Stopped(code)),
            _ => prop_assert_eq!(world.machine.status(), Status::Online),
        }
    }

    #[test]
    fn a_doubt_ends_with_the_next_word_or_with_the_connection(happenings in happenings()) {
        let mut world = World::after(&happenings);
        world.live(Event::TabShown, 1.0);
        if world.machine.phase == Phase::Online {
            let mut answered = World::after(&happenings);
            answered.live(Event::TabShown, 1.0);
            answered.live(Event::Heard, 1.0);
            prop_assert!(!answered.running.contains(&Timer::Pong));
            world.live(Event::Elapsed(Timer::Pong), 1.0);
            prop_assert_eq!(world.machine.phase, Phase::Waiting);
        }
    }
}
