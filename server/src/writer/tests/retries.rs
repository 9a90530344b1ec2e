//! Checks that the writer's state of sockets and sign-outs is the same whether a batch is applied
//! once, or again after a failure.

use std::time::Duration;

use protocol::{Code, Nickname, UserId};
use tokio::sync::{oneshot, watch};

use super::{CORRUPTING, NOW, Outcome, ROOMS, TestSend, TestWriter, UNWRITABLE};
use crate::{
    send_queue::SendQueue,
    store::users::{self, SecretHash},
    writer::{Authenticate, SignIn, WriterHandle, queue::RequestQueue, requests::WriteRequest},
};

/// A handle without a writer. An authentication carries one for its guard.
fn detached_handle() -> WriterHandle {
    WriterHandle {
        queue: RequestQueue::new().0,
        next_timeout: watch::channel(None).1,
        integration_changes: Default::default(),
    }
}

fn sign_in(nickname: &str) -> WriteRequest {
    let sign_in = SignIn {
        nickname: Nickname::parse(nickname).expect("is a nickname"),
        reservation: Duration::from_secs(60),
        secret: SecretHash::of(nickname),
    };
    WriteRequest::SignIn(sign_in, oneshot::channel().0)
}

fn authenticate(nickname: &str) -> WriteRequest {
    let request = Authenticate {
        secret: SecretHash::of(nickname),
        nickname: None,
        send_queue: Some(SendQueue::detached()),
        token: None,
    };
    WriteRequest::Authenticate(request, detached_handle(), oneshot::channel().0)
}

fn send(author: UserId, id: u8) -> WriteRequest {
    let send = TestSend {
        author,
        room: ROOMS[0],
        id,
        text: 0,
    };
    WriteRequest::Send(send.draft())
}

fn sign_out(user: UserId) -> WriteRequest {
    WriteRequest::SignOut(user, oneshot::channel().0)
}

/// The outcome of each request, in short.
fn summary(outcomes: &[Outcome]) -> Vec<String> {
    let summary = outcomes.iter().map(|outcome| match outcome {
        Outcome::Stored { message, .. } => format!("stored {}", message.seq),
        Outcome::Authenticated { nickname, .. } => format!("authenticated {nickname}"),
        Outcome::Refused(refusal) => refusal.code.as_str().to_owned(),
        Outcome::Duplicate(_) => "duplicate".to_owned(),
        Outcome::TimedOut(_) | Outcome::ReadMarkerAdvanced(_) | Outcome::Done => "done".to_owned(),
    });
    summary.collect()
}

/// Writes a batch that must not fail.
fn write(writer: &mut TestWriter, batch: &[WriteRequest]) -> Vec<String> {
    let outcomes = writer.state.write(batch, NOW).outcomes;
    summary(&outcomes.expect("the database works"))
}

#[test]
fn a_batch_that_is_applied_again_counts_once() {
    let mut writer = TestWriter::open();
    let [eve, fay] = ["Eve", "Fay"];
    let signed_in = write(&mut writer, &[sign_in(eve), sign_in(fay)]);
    assert_eq!(signed_in, ["done", "done"]);
    let db = writer.reader();
    let id_of = |nickname| {
        let nickname = Nickname::parse(nickname).expect("is a nickname");
        let found = users::find_by_nickname(db.db(), &nickname, NOW).expect("reads");
        found.expect("is signed in").0
    };
    let (eve_id, fay_id) = (id_of(eve), id_of(fay));
    let batch = || {
        vec![
            authenticate(eve),
            authenticate(eve),
            authenticate(fay),
            send(eve_id, 1),
            WriteRequest::Disconnected(eve_id),
            send(fay_id, 1),
            sign_out(fay_id),
            send(fay_id, 2),
        ]
    };
    let expected = [
        "authenticated Eve",
        "authenticated Eve",
        "authenticated Fay",
        "stored 1",
        "done",
        "stored 2",
        "done",
        "login_first",
    ];
    // In an outage, sockets that were authenticated are undone, and sign-outs of users without a
    // socket are forgotten.
    let mut failing = batch();
    failing.push(send(CORRUPTING, 0));
    assert!(writer.state.write(&failing, NOW).outcomes.is_none());
    assert_eq!(writer.state.sockets.of(fay_id), 0, "no socket counts");
    assert!(writer.state.signed_out.is_empty(), "no sign-out counts");
    // Between requests that cannot be written, the others have the outcomes that they have alone.
    let mut requests = Vec::new();
    for (nth, request) in batch().into_iter().enumerate() {
        requests.push(request);
        requests.push(send(UNWRITABLE, nth as u8));
    }
    let outcomes = write(&mut writer, &requests);
    let (others, unwritable): (Vec<_>, Vec<_>) = outcomes
        .iter()
        .enumerate()
        .partition(|(nth, _)| nth % 2 == 0);
    let internal = Code::Internal.as_str();
    assert!(unwritable.iter().all(|(_, outcome)| *outcome == internal));
    let others: Vec<_> = others.into_iter().map(|(_, it)| it.as_str()).collect();
    assert_eq!(others, expected);
    assert_eq!(writer.state.sockets.of(eve_id), 1);
    assert_eq!(writer.state.sockets.of(fay_id), 1, "not closed yet");
    assert!(writer.state.signed_out.contains(&fay_id));
    assert!(writer.store.health.is_healthy());
    // Eve's first message is stored: when the batch is applied again, she has not signed out yet.
    let requests = [
        send(eve_id, 2),
        sign_out(eve_id),
        send(UNWRITABLE, 99),
        send(eve_id, 3),
    ];
    let expected = ["stored 3", "done", "internal", "login_first"];
    assert_eq!(write(&mut writer, &requests), expected);
    // When the last socket of a signed-out user closes, the user is forgotten, even in an outage.
    let outage = [WriteRequest::Disconnected(fay_id), send(CORRUPTING, 1)];
    assert!(writer.state.write(&outage, NOW).outcomes.is_none());
    assert!(!writer.state.signed_out.contains(&fay_id));
    assert_eq!(write(&mut writer, &[send(UserId(1), 9)]), ["stored 4"]);
}
