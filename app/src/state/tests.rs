use protocol::{Code, Limits, Message, Refusal, RoomKind, RoomLine, ServerFrame, frame};

use super::*;
use crate::initial_data::Conversation;

mod announcements;
mod conversations;
mod games;
mod read_state;
mod refused;
mod sidebar;
mod typing;

const ME: UserId = UserId(1);
const OTHER: UserId = UserId(2);

fn message(room: &str, seq: Seq, author: UserId, id: &str) -> Message {
    let (me, other) = ("Toto".to_owned(), "Tata".to_owned());
    let (from, to) = if author == ME {
        (me, other)
    } else {
        (other, me)
    };
    Message {
        room: room.into(),
        seq,
        from,
        author,
        id: id.into(),
        body: "hello".into(),
        at: 0,
        to: is_direct(room).then_some(to),
        ..Message::default()
    }
}

/// Toto's page: "tea" is open with three messages, "cake" exists, and there is a conversation "@t"
/// with Titi.
fn chat() -> ChatState {
    let line = |room: &str, online| RoomLine {
        room: room.into(),
        online,
    };
    let conversation = Conversation {
        room: "tea".into(),
        kind: RoomKind::Public,
        newest: 3.into(),
        messages: (1..=3).map(|seq| message("tea", seq, OTHER, "m")).collect(),
        members: vec!["Toto".into(), "Tata".into()],
        users: vec![ME, OTHER],
        online: 2,
        read: Some(3.into()),
    };
    let chat = Chat {
        account_slot: 0,
        user: ME,
        nickname: "Toto".into(),
        rooms: vec![line("tea", 2), line("cake", 1)],
        directs: vec![DirectLine {
            room: "@t".into(),
            with: "Titi".into(),
            user: OTHER,
            holds: true,
            seq: 4,
            hidden: 0,
            read: 4,
            read_hidden: 0,
        }],
        room: Some(conversation),
        to: None,
        games: Vec::new(),
    };
    let mut chat = ChatState::new(chat, 0);
    chat.set_visible(true);
    chat
}

fn lines(chat: &ChatState, room: &str) -> usize {
    chat.items(&To::Room(room.into()), Zone::Offset(0)).len()
}

fn welcome(user: UserId) -> ServerFrame {
    ServerFrame::Welcome(frame::Welcome {
        nickname: "Toto".into(),
        user,
        token: None,
        protocol: 2,
        limits: Limits::new(10),
    })
}

fn joined(room: &str, seq: Seq) -> ServerFrame {
    ServerFrame::Joined(frame::Joined {
        room: room.into(),
        asked: None,
        kind: RoomKind::Public,
        seq,
        hidden: 0,
        members: vec!["Toto".into()],
        users: vec![ME],
        online: 1,
        messages: vec![],
        gap: false,
        missing: None,
        read: None,
        read_hidden: 0,
    })
}

fn error(code: Code, id: Option<&str>, retry_after_ms: Option<u64>) -> ServerFrame {
    ServerFrame::Error(frame::Error {
        code,
        message: "No.".into(),
        id: id.map(str::to_owned),
        room: None,
        retry_after_ms,
    })
}

fn refused(code: Code, room: &str) -> ServerFrame {
    ServerFrame::error(code.into(), None, Some(room.to_owned()))
}

fn join(room: &str, after: Option<Seq>) -> Output {
    super::join(room.to_owned(), after)
}

/// The answer to a `join` of a room that has another spelling.
fn joined_as(asked: &str, room: &str, seq: Seq) -> ServerFrame {
    let mut frame = joined(room, seq);
    if let ServerFrame::Joined(frame::Joined { asked: spelled, .. }) = &mut frame {
        *spelled = Some(asked.to_owned());
    }
    frame
}

fn read(room: &str, seq: Seq) -> ServerFrame {
    ServerFrame::Read(frame::Read {
        room: room.into(),
        seq,
        hidden: 0,
    })
}

fn sync_reads(room: &str, seq: Seq) -> Output {
    let room = room.to_owned();
    Output::Send(ClientFrame::Read { room, seq })
}

fn came(room: &str, name: &str) -> ServerFrame {
    ServerFrame::Presence(frame::Presence {
        room: room.into(),
        joined: vec![name.into()],
        users: vec![],
        left: vec![],
        online: 2,
    })
}

fn open(room: &str) -> Output {
    Output::Navigate(Some(room.to_owned()))
}

#[test]
fn after_welcome_the_page_rejoins_its_rooms_and_then_sends_pending_messages() {
    let mut chat = chat();
    chat.restore(&["cake".into()], &[]);
    let offline = chat.send_message(To::Room("tea".into()), "x".into(), "hi".into(), 0);
    assert_eq!(offline, [Output::ScrollToEnd]);
    let said = ClientFrame::Room {
        to: "tea".into(),
        id: Some("x".into()),
        text: "hi".into(),
    };
    let expected = [
        join("tea", Some(3)),
        join("cake", None),
        join("@t", Some(4)),
        Output::Send(ClientFrame::Rooms),
        Output::Send(ClientFrame::Games),
        Output::Send(said),
        Output::EndReconnectGrace(1),
    ];
    assert_eq!(chat.apply_frame(welcome(ME)), expected);
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    chat.connection_closed(Close::Restart.code());
    let again = chat.apply_frame(welcome(ME));
    assert!(again.contains(&join("tea", Some(4))));
    assert!(again.contains(&expected[4]), "the same id");
}

#[test]
fn a_page_that_belongs_to_another_user_is_reloaded() {
    assert_eq!(chat().apply_frame(welcome(OTHER)), [Output::Reload]);
}

#[test]
fn messages_elsewhere_are_unread_and_visible_ones_are_not() {
    let mut chat = chat();
    chat.restore(&["cake".into()], &[]);
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("cake", 7));
    assert_eq!(chat.room_entry("cake").unread, 0, "nothing from before");
    chat.apply_frame(ServerFrame::Message(message("cake", 8, OTHER, "m")));
    chat.apply_frame(ServerFrame::Message(message("tea", 4, OTHER, "m")));
    assert_eq!(chat.room_entry("cake").unread, 1);
    assert_eq!(chat.room_entry("tea").unread, 0);
    chat.set_visible(false);
    chat.apply_frame(ServerFrame::Message(message("tea", 5, OTHER, "m")));
    assert_eq!(chat.room_entry("tea").unread, 1, "the tab is hidden");
    chat.set_visible(true);
    assert_eq!(chat.room_entry("tea").unread, 0);
    chat.apply_frame(read("cake", 8));
    assert_eq!(chat.room_entry("cake").unread, 0, "read in another tab");
}

#[test]
fn a_room_joined_by_name_opens_with_the_spelling_of_the_server() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    assert_eq!(chat.join_by_name("CAKE".into()), [join("CAKE", None)]);
    let outputs = chat.apply_frame(joined("tea", 3));
    assert!(!outputs.contains(&open("tea")), "that was rejoined");
    let entered = chat.apply_frame(joined_as("CAKE", "cake", 7));
    assert!(entered.contains(&open("cake")));
    assert!(!chat.is_join_pending());
    assert_eq!(chat.joined_room_names(), ["cake", "tea"]);
}

#[test]
fn a_stored_room_with_another_spelling_is_one_room() {
    let mut chat = chat();
    chat.restore(&["Cake".into()], &[]);
    chat.open(Some("Cake".into()));
    chat.apply_frame(welcome(ME));
    chat.send_message(To::Room("Cake".into()), "x".into(), "hi".into(), 0);
    let moved = Output::MoveDraft {
        from: To::Room("Cake".into()),
        to: To::Room("cake".into()),
    };
    assert_eq!(chat.apply_frame(joined_as("Cake", "cake", 0))[0], moved);
    assert_eq!(chat.joined_room_names(), ["cake", "tea"]);
    assert_eq!(lines(&chat, "cake"), 1);
    assert!(chat.room_entry("cake").is_open);
}

#[test]
fn users_who_reconnect_after_a_restart_are_not_shown() {
    let tea = To::Room("tea".into());
    let mut chat = chat();
    let before = lines(&chat, "tea");
    chat.disconnected();
    assert!(
        chat.apply_frame(welcome(ME))
            .contains(&Output::EndReconnectGrace(1))
    );
    chat.apply_frame(joined("tea", 3));
    chat.apply_frame(came("tea", "Tata"));
    assert_eq!(lines(&chat, "tea"), before);
    let members = chat.timeline(&tea).map(Timeline::members);
    assert_eq!(members, Some(&["Toto".to_owned(), "Tata".to_owned()][..]));

    chat.disconnected();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("tea", 3));
    chat.end_reconnect_grace(1);
    chat.apply_frame(came("tea", "Tata"));
    assert_eq!(
        lines(&chat, "tea"),
        before,
        "the time starts again with each connection"
    );
    chat.disconnected();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("tea", 3));
    chat.end_reconnect_grace(3);
    chat.apply_frame(came("tea", "Tata"));
    assert_eq!(lines(&chat, "tea"), before + 1, "that took too long");
}

#[test]
fn the_tabs_of_a_user_join_and_leave_together() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    assert_eq!(chat.sync_rooms(&["cake".into()], &[]), [join("cake", None)]);
    assert_eq!(chat.sync_rooms(&["cake".into()], &[]), []);
    let outputs = chat.sync_rooms(&[], &["tea".into(), "milk".into()]);
    assert!(outputs.contains(&Output::Navigate(None)));
    assert_eq!(chat.joined_room_names(), ["cake"]);
    assert_eq!(chat.other_rooms(), ["tea"], "it is there still");
}

#[test]
fn a_refused_page_can_be_requested_again() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(ServerFrame::Message(message("tea", 9, OTHER, "m")));
    chat.apply_frame(refused(Code::StorageUnavailable, "tea"));
    assert_eq!(chat.toasts().len(), 1);
    let gap = chat.apply_frame(ServerFrame::Message(message("tea", 10, OTHER, "n")));
    assert_eq!(gap, [], "not by itself");
    chat.disconnected();
    chat.apply_frame(welcome(ME));
    let gap = chat.apply_frame(ServerFrame::Message(message("tea", 11, OTHER, "o")));
    assert!(matches!(
        gap[..],
        [Output::Send(ClientFrame::History { .. })]
    ));
}

#[test]
fn an_invalid_room_name_is_reported_beside_the_form() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.join_by_name("<b>".into());
    chat.apply_frame(refused(Code::TooManyRooms, "cake"));
    assert_eq!(chat.join_problem(), None, "another room");
    let sentence = "A room has another name.";
    chat.apply_frame(ServerFrame::error(
        Refusal::new(Code::BadRoomName, sentence),
        None,
        Some("<b>".into()),
    ));
    assert_eq!(chat.join_problem(), Some(sentence));
    assert_eq!(chat.toasts().len(), 1);
    chat.join_by_name("b".into());
    assert_eq!(chat.join_problem(), None);
}

#[test]
fn a_refusal_without_a_subject_is_a_toast_that_can_be_dismissed() {
    let mut chat = chat();
    for _ in 0..5 {
        chat.apply_frame(error(Code::BadField, None, None));
    }
    let ids: Vec<u32> = chat.toasts().iter().map(|toast| toast.id).collect();
    assert_eq!(ids, [3, 4, 5]);
    chat.dismiss(4);
    assert_eq!(chat.toasts().len(), 2);
}

#[test]
fn after_too_fast_the_page_waits_as_long_as_told() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.send_message(To::Room("tea".into()), "x".into(), "hi".into(), 0);
    let too_fast = error(Code::TooFast, Some("x"), Some(300));
    assert_eq!(chat.apply_frame(too_fast), [Output::ResumeSending(300)]);
    assert_eq!(chat.resume_sending().len(), 1);
}

#[test]
fn leaving_the_open_room_shows_the_start_page() {
    let mut chat = chat();
    let outputs = chat.leave("tea");
    assert!(outputs.contains(&Output::Navigate(None)));
    assert!(!chat.room_entry("tea").is_joined);
    assert_eq!(chat.apply_frame(welcome(ME))[0], join("@t", Some(4)));
}

#[test]
fn opening_requests_only_what_is_not_loaded() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    chat.apply_frame(joined("@t", 4));
    let page = ClientFrame::History {
        room: "@t".into(),
        before: Some(5),
        limit: Some(50),
        all: false,
    };
    assert_eq!(chat.open(Some("@t".into())), [Output::Send(page)]);
    assert_eq!(chat.open(Some("tea".into())), [], "all three are here");
    assert_eq!(chat.open(Some("cake".into())), [join("cake", None)]);
    assert_eq!(chat.open(None), []);
}
