use super::*;

mod properties;

/// The state after these events, each with jitter 1, and the actions of the last event.
fn after(events: &[Event]) -> (Machine, Vec<Action>) {
    let start = (Machine::default(), Vec::new());
    events
        .iter()
        .fold(start, |(machine, _), event| step(machine, *event, 1.0))
}

fn retry_in(actions: &[Action]) -> Option<Duration> {
    actions.iter().find_map(|action| match action {
        Action::SetTimer(Timer::Retry, wait) => Some(*wait),
        _ => None,
    })
}

const LOST: Event = Event::Closed(ABNORMAL_CLOSURE);

#[test]
fn the_first_frame_says_that_the_client_is_online() {
    let (machine, actions) = after(&[Event::Start]);
    assert!(actions.contains(&Action::Open));
    assert_eq!(machine.status(), Status::Fresh, "nothing was lost yet");
    let (machine, _) = after(&[Event::Start, Event::FrameReceived]);
    assert_eq!(machine.status(), Status::Online);
}

#[test]
fn waits_double_from_500_ms_to_30_s() {
    let mut events = vec![Event::Start];
    let mut waits = Vec::new();
    for _ in 0..8 {
        events.push(LOST);
        let (machine, actions) = after(&events);
        assert_eq!(machine.status(), Status::Lost(ABNORMAL_CLOSURE));
        waits.push(retry_in(&actions).expect("a retry").as_millis());
        events.push(Event::Elapsed(Timer::Retry));
        assert!(after(&events).1.contains(&Action::Open));
    }
    let doubled = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    assert_eq!(waits, doubled);
}

#[test]
fn jitter_shortens_a_wait_down_to_zero() {
    let (machine, _) = after(&[Event::Start]);
    let wait = |jitter| retry_in(&step(machine.clone(), LOST, jitter).1);
    assert_eq!(wait(0.0), Some(Duration::ZERO));
    assert_eq!(wait(0.5), Some(Duration::from_millis(250)));
}

#[test]
fn the_status_keeps_the_first_close_code_until_the_client_is_online() {
    let restart = Event::Closed(protocol::Close::Restart.code());
    let retry = Event::Elapsed(Timer::Retry);
    let away = [Event::Start, Event::FrameReceived, restart, retry, LOST];
    assert_eq!(after(&away).0.status(), Status::Lost(1012));
    let back = [away.as_slice(), &[retry, Event::FrameReceived, LOST]].concat();
    assert_eq!(after(&back).0.status(), Status::Lost(ABNORMAL_CLOSURE));
}

#[test]
fn only_a_steady_connection_clears_the_count_of_failures() {
    let twice = [
        Event::Start,
        LOST,
        Event::Elapsed(Timer::Retry),
        LOST,
        Event::Elapsed(Timer::Retry),
        Event::FrameReceived,
    ];
    let shaky = [twice.as_slice(), &[LOST]].concat();
    assert_eq!(retry_in(&after(&shaky).1), Some(Duration::from_secs(2)));
    let steady = [twice.as_slice(), &[Event::Elapsed(Timer::Steady), LOST]].concat();
    assert_eq!(retry_in(&after(&steady).1), Some(FIRST_WAIT));
}

#[test]
fn silence_closes_the_connection() {
    let online = [Event::Start, Event::FrameReceived];
    let armed = Action::SetTimer(Timer::Silence, SERVER_SILENCE);
    assert!(after(&online).1.contains(&armed));
    let again = [Event::Start, Event::FrameReceived, Event::FrameReceived];
    assert!(after(&again).1.contains(&armed), "each frame restarts it");
    let silent = [
        Event::Start,
        Event::FrameReceived,
        Event::Elapsed(Timer::Silence),
    ];
    let (machine, actions) = after(&silent);
    assert_eq!(machine.status(), Status::Lost(ABNORMAL_CLOSURE));
    assert!(actions.contains(&Action::Close));
    assert!(retry_in(&actions).is_some());
}

#[test]
fn a_tab_that_is_shown_pings_and_gives_up_after_5_s() {
    let shown = [Event::Start, Event::FrameReceived, Event::TabShown];
    let (_, actions) = after(&shown);
    assert_eq!(
        actions,
        [Action::Ping, Action::SetTimer(Timer::Pong, PONG_TIME)]
    );
    let offline = [Event::Start, Event::FrameReceived, Event::NetworkGone];
    assert_eq!(after(&offline).1, actions, "the same without a network");
    let answered = [shown.as_slice(), &[Event::FrameReceived]].concat();
    assert!(
        after(&answered)
            .1
            .contains(&Action::ClearTimer(Timer::Pong))
    );
    let unanswered = [shown.as_slice(), &[Event::Elapsed(Timer::Pong)]].concat();
    assert_eq!(
        after(&unanswered).0.status(),
        Status::Lost(ABNORMAL_CLOSURE)
    );
}

#[test]
fn a_network_that_is_back_ends_the_wait() {
    for event in [Event::NetworkBack, Event::TabShown, Event::TryNow] {
        let (_, actions) = after(&[Event::Start, LOST, event]);
        assert!(
            actions.contains(&Action::ClearTimer(Timer::Retry)),
            "{event:?}"
        );
        assert!(actions.contains(&Action::Open), "{event:?}");
    }
}

#[test]
fn a_final_close_code_stops_the_client() {
    let signed_out = protocol::Close::SignedOut.code();
    let (machine, actions) = after(&[
        Event::Start,
        Event::FrameReceived,
        Event::Closed(signed_out),
    ]);
    assert_eq!(machine.status(), Status::Stopped(signed_out));
    assert_eq!(retry_in(&actions), None);
    for event in [Event::NetworkBack, Event::TabShown, Event::Start] {
        assert_eq!(step(machine.clone(), event, 1.0), (machine.clone(), vec![]));
    }
}

#[test]
fn the_client_waits_as_long_as_bye_asks() {
    let retry_after = Duration::from_secs(3);
    let events = [
        Event::Start,
        Event::FrameReceived,
        Event::Bye { retry_after },
        LOST,
    ];
    assert_eq!(retry_in(&after(&events).1), Some(retry_after + FIRST_WAIT));
}
