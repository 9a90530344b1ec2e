use super::*;

mod properties;

/// Goes through events, each with luck 1, and gives what was to be done after the last.
fn after(events: &[Event]) -> (Machine, Vec<Action>) {
    let start = (Machine::default(), Vec::new());
    events
        .iter()
        .fold(start, |(machine, _), event| step(machine, *event, 1.0))
}

fn retry_in(actions: &[Action]) -> Option<Duration> {
    actions.iter().find_map(|action| match action {
        Action::Set(Timer::Retry, wait) => Some(*wait),
        _ => None,
    })
}

const LOST: Event = Event::Closed(BROKEN);

#[test]
fn it_connects_and_the_first_frame_says_that_it_stands() {
    let (machine, actions) = after(&[Event::Start]);
    assert!(actions.contains(&Action::Open));
    assert_eq!(machine.status(), Status::Fresh, "nothing was lost yet");
    let (machine, _) = after(&[Event::Start, Event::Heard]);
    assert_eq!(machine.status(), Status::Online);
}

#[test]
fn waits_double_from_half_a_second_to_half_a_minute() {
    let mut events = vec![Event::Start];
    let mut waits = Vec::new();
    for _ in 0..8 {
        events.push(LOST);
        let (machine, actions) = after(&events);
        assert_eq!(machine.status(), Status::Lost(BROKEN));
        waits.push(retry_in(&actions).expect("a retry").as_millis());
        events.push(Event::Elapsed(Timer::Retry));
        assert!(after(&events).1.contains(&Action::Open));
    }
    let doubled = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    assert_eq!(waits, doubled);
}

#[test]
fn luck_spreads_the_waits_down_to_nothing() {
    let (machine, _) = after(&[Event::Start]);
    let wait = |luck| retry_in(&step(machine.clone(), LOST, luck).1);
    assert_eq!(wait(0.0), Some(Duration::ZERO));
    assert_eq!(wait(0.5), Some(Duration::from_millis(250)));
}

#[test]
fn a_server_that_restarts_is_waited_for_under_that_name() {
    let restart = Event::Closed(protocol::Close::Restart.code());
    let retry = Event::Elapsed(Timer::Retry);
    let away = [Event::Start, Event::Heard, restart, retry, LOST];
    assert_eq!(after(&away).0.status(), Status::Lost(1012));
    let back = [away.as_slice(), &[retry, Event::Heard, LOST]].concat();
    assert_eq!(after(&back).0.status(), Status::Lost(BROKEN));
}

#[test]
fn only_a_connection_that_stood_for_a_while_forgives_the_failures_before_it() {
    let twice = [
        Event::Start,
        LOST,
        Event::Elapsed(Timer::Retry),
        LOST,
        Event::Elapsed(Timer::Retry),
        Event::Heard,
    ];
    let shaky = [twice.as_slice(), &[LOST]].concat();
    assert_eq!(retry_in(&after(&shaky).1), Some(Duration::from_secs(2)));
    let steady = [twice.as_slice(), &[Event::Elapsed(Timer::Steady), LOST]].concat();
    assert_eq!(retry_in(&after(&steady).1), Some(FIRST_WAIT));
}

#[test]
fn silence_ends_a_connection() {
    let online = [Event::Start, Event::Heard];
    let armed = Action::Set(Timer::Silence, SERVER_SILENCE);
    assert!(after(&online).1.contains(&armed));
    let again = [Event::Start, Event::Heard, Event::Heard];
    assert!(
        after(&again).1.contains(&armed),
        "each frame starts it anew"
    );
    let silent = [Event::Start, Event::Heard, Event::Elapsed(Timer::Silence)];
    let (machine, actions) = after(&silent);
    assert_eq!(machine.status(), Status::Lost(BROKEN));
    assert!(actions.contains(&Action::Close));
    assert!(retry_in(&actions).is_some());
}

#[test]
fn a_tab_that_is_shown_asks_and_gives_up_after_five_seconds() {
    let shown = [Event::Start, Event::Heard, Event::TabShown];
    let (_, actions) = after(&shown);
    assert_eq!(actions, [Action::Ping, Action::Set(Timer::Pong, PONG_TIME)]);
    let offline = [Event::Start, Event::Heard, Event::NetworkGone];
    assert_eq!(after(&offline).1, actions, "so does one without a network");
    let answered = [shown.as_slice(), &[Event::Heard]].concat();
    assert!(after(&answered).1.contains(&Action::Clear(Timer::Pong)));
    let unanswered = [shown.as_slice(), &[Event::Elapsed(Timer::Pong)]].concat();
    assert_eq!(after(&unanswered).0.status(), Status::Lost(BROKEN));
}

#[test]
fn a_network_that_is_back_cuts_the_wait_short() {
    for news in [Event::NetworkBack, Event::TabShown, Event::TryNow] {
        let (_, actions) = after(&[Event::Start, LOST, news]);
        assert!(actions.contains(&Action::Clear(Timer::Retry)), "{news:?}");
        assert!(actions.contains(&Action::Open), "{news:?}");
    }
}

#[test]
fn a_code_that_says_so_ends_it_for_good() {
    let signed_out = protocol::Close::SignedOut.code();
    let (machine, actions) = after(&[Event::Start, Event::Heard, Event::Closed(signed_out)]);
    assert_eq!(machine.status(), Status::Stopped(signed_out));
    assert_eq!(retry_in(&actions), None);
    for news in [Event::NetworkBack, Event::TabShown, Event::Start] {
        assert_eq!(step(machine.clone(), news, 1.0), (machine.clone(), vec![]));
    }
}

#[test]
fn a_server_that_says_when_to_come_back_is_not_bothered_before() {
    let retry_after = Duration::from_secs(3);
    let events = [Event::Start, Event::Heard, Event::Bye { retry_after }, LOST];
    assert_eq!(retry_in(&after(&events).1), Some(retry_after + FIRST_WAIT));
}
