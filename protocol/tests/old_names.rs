//! Protocol 2 renamed four fields and one code. The names of protocol 1 are still read, in frames
//! and in stored JSON.

use protocol::{Code, Message, ServerFrame, UserId, frame, games::Played};

fn read(frame: &str) -> ServerFrame {
    serde_json::from_str(frame).expect("a frame of protocol 1")
}

#[test]
fn person_is_read_as_user() {
    let limits = serde_json::to_string(&protocol::Limits::new(10)).expect("JSON");
    let welcome = read(&format!(
        r#"{{"type":"welcome","nickname":"Anna","person":7,"protocol":1,"limits":{limits}}}"#
    ));
    assert!(matches!(
        welcome,
        ServerFrame::Welcome(frame::Welcome {
            user: UserId(7),
            ..
        })
    ));
    let scores = read(
        r#"{"type":"scores","room":"tea","scores":[{"game":"tic_tac_toe","person":7,"name":"Anna",
            "won":1,"drawn":0,"lost":0}]}"#,
    );
    let ServerFrame::Scores(scores) = scores else {
        panic!("{scores:?}");
    };
    assert_eq!(scores.scores[0].user, UserId(7));
    let played: Played = serde_json::from_str(
        r#"{"invited":{"game":"tic_tac_toe","with":{"person":7,"name":"Anna"},"clock":0}}"#,
    )
    .expect("stored by protocol 1");
    let Played::Invited { with, .. } = played else {
        panic!("{played:?}");
    };
    assert_eq!(with.map(|player| player.user), Some(UserId(7)));
}

#[test]
fn program_and_quiet_are_read_as_bot_and_hidden() {
    let message = r#"{"room":"tea","seq":9,"from":"Anna","author":7,"id":"1","text":"b2","at":1,
        "program":true,"quiet":3}"#;
    let message: Message = serde_json::from_str(message).expect("a message of protocol 1");
    assert!(message.bot);
    assert_eq!(message.hidden, 3);
    let joined = read(
        r#"{"type":"joined","room":"tea","kind":"public","seq":9,"quiet":3,"members":[],"online":0,
            "messages":[],"read":8,"read_quiet":2}"#,
    );
    let ServerFrame::Joined(joined) = joined else {
        panic!("{joined:?}");
    };
    assert_eq!((joined.hidden, joined.read_hidden), (3, 2));
    let read_marker = read(r#"{"type":"read","room":"tea","seq":9,"quiet":3}"#);
    assert!(matches!(
        read_marker,
        ServerFrame::Read(frame::Read { hidden: 3, .. })
    ));
    let rooms = read(
        r#"{"type":"rooms","rooms":[],"directs":[{"room":"@0","with":"Ben","holds":true,"seq":9,
            "quiet":3,"read":8,"read_quiet":2}]}"#,
    );
    let ServerFrame::Rooms(rooms) = rooms else {
        panic!("{rooms:?}");
    };
    assert_eq!(
        (rooms.directs[0].hidden, rooms.directs[0].read_hidden),
        (3, 2)
    );
}

#[test]
fn no_such_person_is_read_as_no_such_user() {
    let error =
        read(r#"{"type":"error","code":"no_such_person","message":"Nobody is called that."}"#);
    assert!(matches!(error, ServerFrame::Error(error) if error.code == Code::NoSuchUser));
}
