//! What the writer remembers of sockets and sign-outs is as if a batch had been written at once, however
//! often it had to be tried.

use tokio::sync::{oneshot, watch};

use super::{NOBODY, NOW, Office, Outcome, ROOMS, Saying, UNWRITABLE};
use crate::{
    send_queue::SendQueue,
    store::users::{self, SecretHash},
    writer::{Authenticate, SignIn, WriterHandle, queue::RequestQueue, requests::WriteRequest},
};
use protocol::{Code, Nickname, UserId};

/// A handle that goes nowhere: an arrival carries one.
fn writer() -> WriterHandle {
    WriterHandle {
        queue: RequestQueue::new().0,
        next_timeout: watch::channel(None).1,
        integration_changes: Default::default(),
    }
}

fn sign_in(nickname: &str) -> WriteRequest {
    let sign_in = SignIn {
        nickname: Nickname::parse(nickname).expect("a nickname"),
        reservation: std::time::Duration::from_secs(60),
        secret: SecretHash::of(nickname),
    };
    WriteRequest::SignIn(sign_in, oneshot::channel().0)
}

fn arrive(nickname: &str) -> WriteRequest {
    let arrival = Authenticate {
        secret: SecretHash::of(nickname),
        nickname: None,
        send_queue: Some(SendQueue::detached()),
        token: None,
    };
    WriteRequest::Authenticate(arrival, writer(), oneshot::channel().0)
}

fn say(author: UserId, id: u8) -> WriteRequest {
    let saying = Saying {
        author,
        room: ROOMS[0],
        id,
        text: 0,
    };
    WriteRequest::Send(saying.draft())
}

/// What came of each write, in short.
fn told(outcomes: &[Outcome]) -> Vec<String> {
    let told = outcomes.iter().map(|outcome| match outcome {
        Outcome::Stored { message, .. } => format!("said {}", message.seq),
        Outcome::Authenticated { nickname, .. } => format!("arrived {nickname}"),
        Outcome::Refused(refusal) => refusal.code.as_str().to_owned(),
        Outcome::Duplicate(_) => "said before".to_owned(),
        Outcome::TimedOut(_) | Outcome::ReadMarkerAdvanced(_) | Outcome::Done => "done".to_owned(),
    });
    told.collect()
}

#[test]
fn a_batch_that_is_tried_twice_counts_once() {
    let mut office = Office::open();
    let [eve, fay] = ["Eve", "Fay"];
    let signed_in = office.state.write(&[sign_in(eve), sign_in(fay)], NOW);
    assert_eq!(
        told(&signed_in.outcomes.expect("written")),
        ["done", "done"]
    );
    let db = office.reader();
    let user = |nickname| {
        let nickname = Nickname::parse(nickname).expect("a nickname");
        let holder = users::find_by_nickname(&db, &nickname, NOW).expect("an answer");
        holder.expect("signed in").0
    };
    let (eve_id, fay_id) = (user(eve), user(fay));
    let batch = || {
        vec![
            arrive(eve),
            arrive(eve),
            arrive(fay),
            say(eve_id, 1),
            WriteRequest::Disconnected(eve_id),
            say(fay_id, 1),
            WriteRequest::SignOut(fay_id, oneshot::channel().0),
            say(fay_id, 2),
        ]
    };
    let expected = [
        "arrived Eve",
        "arrived Eve",
        "arrived Fay",
        "said 1",
        "done",
        "said 2",
        "done",
        "login_first",
    ];
    // An outage: all of it goes again, but for the socket that is gone and for what is not sure.
    let mut failing = batch();
    failing.push(say(NOBODY, 0));
    assert!(office.state.write(&failing, NOW).outcomes.is_none());
    assert_eq!(office.desk.sockets.of(fay_id), 0, "nobody was let in");
    // What cannot be written, between everything else.
    let mut writes = Vec::new();
    for (nth, write) in batch().into_iter().enumerate() {
        writes.push(write);
        writes.push(say(UNWRITABLE, nth as u8));
    }
    assert!(office.desk.signed_out.is_empty(), "nor signed out");
    let outcomes = told(&office.desk.write(&writes, NOW).outcomes.expect("written"));
    let (others, unwritable): (Vec<_>, Vec<_>) = outcomes
        .iter()
        .enumerate()
        .partition(|(nth, _)| nth % 2 == 0);
    assert!(
        unwritable
            .iter()
            .all(|(_, told)| *told == Code::Internal.as_str())
    );
    let others: Vec<_> = others.into_iter().map(|(_, told)| told.as_str()).collect();
    assert_eq!(others, expected);
    assert_eq!(office.state.sockets.of(eve_id), 1);
    assert_eq!(office.desk.sockets.of(fay_id), 1, "until it is closed");
    assert!(office.state.signed_out.contains(&fay_id));
    assert!(office.store.health.is_healthy());
    // What she said before she signed out counts, though she had signed out when it was tried again.
    let writes = [
        say(eve_id, 2),
        WriteRequest::SignOut(eve_id, oneshot::channel().0),
        say(UNWRITABLE, 99),
        say(eve_id, 3),
    ];
    let outcomes = office.state.write(&writes, NOW).outcomes;
    let expected = ["said 3", "done", "internal", "login_first"];
    assert_eq!(told(&outcomes.expect("written")), expected);
    // The last socket of somebody who signed out takes that with it, also if it goes in an outage.
    let outage = [WriteRequest::Disconnected(fay_id), say(NOBODY, 1)];
    assert!(office.state.write(&outage, NOW).outcomes.is_none());
    assert!(!office.state.signed_out.contains(&fay_id));
    let well = office.state.write(&[say(UserId(1), 9)], NOW);
    assert_eq!(told(&well.outcomes.expect("written")), ["said 4"]);
}
