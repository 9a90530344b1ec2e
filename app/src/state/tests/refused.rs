use super::*;

/// The server asks to wait 20 milliseconds before another request for this room.
fn too_fast(room: Option<&str>) -> ServerFrame {
    ServerFrame::Error(frame::Error {
        room: room.map(str::to_owned),
        retry_after_ms: Some(20),
        ..Refusal::from(Code::TooFast).into()
    })
}

fn retry(room: Option<&str>, wait: u64) -> [Output; 1] {
    let room = room.map(str::to_owned);
    [Output::Retry { room, wait }]
}

#[test]
fn rooms_that_are_refused_for_being_too_fast_are_joined_after_a_wait() {
    let mut chat = chat();
    chat.sync_rooms(&["cake".into()], &[]);
    chat.apply_frame(welcome(ME));
    assert_eq!(
        chat.apply_frame(too_fast(Some("tea"))),
        retry(Some("tea"), 20)
    );
    let later = retry(Some("cake"), 40);
    assert_eq!(
        chat.apply_frame(too_fast(Some("cake"))),
        later,
        "one after the other"
    );
    assert_eq!(chat.retry(Some("tea".into())), [join("tea", Some(3))]);
    chat.apply_frame(joined("tea", 3));
    assert_eq!(
        chat.retry(Some("tea".into())),
        [],
        "that was something else"
    );
    chat.leave("cake");
    assert_eq!(chat.retry(Some("cake".into())), [], "not wanted any more");
    assert_eq!(chat.toasts().len(), 0);
}

#[test]
fn a_page_that_is_refused_for_being_too_fast_is_requested_again() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("tea", 3));
    let requested = chat.apply_frame(ServerFrame::Message(message("tea", 9, OTHER, "m")));
    let page = |outputs: &[Output]| {
        let pages = outputs.iter().filter_map(|output| match output {
            Output::Send(ClientFrame::History { before, .. }) => *before,
            _ => None,
        });
        pages.collect::<Vec<_>>()
    };
    assert_eq!(page(&requested).len(), 1, "{requested:?}");
    let wait = retry(Some("tea"), 20);
    assert_eq!(chat.apply_frame(too_fast(Some("tea"))), wait);
    let again = chat.retry(Some("tea".into()));
    assert_eq!(page(&again), page(&requested));
}

#[test]
fn a_room_joined_by_name_and_the_lists_are_requested_again() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.join_by_name("Garden".into());
    let wait = retry(Some("Garden"), 20);
    assert_eq!(chat.apply_frame(too_fast(Some("Garden"))), wait);
    assert_eq!(chat.join_problem(), None);
    assert_eq!(chat.retry(Some("Garden".into())), [join("Garden", None)]);
    assert_eq!(chat.apply_frame(too_fast(None)), retry(None, 20));
    assert_eq!(chat.retry(None), [Output::Send(ClientFrame::Rooms)]);
}

#[test]
fn a_message_that_a_full_server_refuses_is_kept_and_sent_again_and_the_user_is_told_once() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    let tea = To::Room("tea".into());
    chat.send_message(tea, "a".into(), "hello".into(), 0);
    for _ in 0..2 {
        let refused = error(Code::StorageFull, Some("a"), Some(20));
        assert_eq!(chat.apply_frame(refused), [Output::ResumeSending(20)]);
        assert_eq!(chat.pending_messages.entries().len(), 1);
        let told: Vec<_> = chat.toasts().iter().map(|toast| &toast.kind).collect();
        assert_eq!(told, [&ToastKind::Refused("No.".into())]);
        let resent = chat.resume_sending();
        assert!(matches!(
            resent[..],
            [Output::Send(ClientFrame::Room { .. })]
        ));
    }
}
