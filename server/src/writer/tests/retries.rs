//! Checks that the writer's state of sockets and sign-outs is the same whether a batch is applied
//! once, or again after a failure.

use std::{sync::Arc, time::Duration};

use protocol::{Code, Nickname, UserId};

use super::{CORRUPTING, NOW, PostCommit, ROOMS, TestSend, TestWriter, UNWRITABLE};
use crate::{
    rate_limit::{RateLimiter, Rates},
    send_queue::SendQueue,
    store::users::{self, SecretHash},
    writer::{Authenticate, Reply, SignIn, requests::WriteRequest},
};

fn sign_in(nickname: &str) -> WriteRequest {
    let sign_in = SignIn {
        may_be_reserved: Ok(()),
        nickname: Nickname::parse(nickname).expect("is a nickname"),
        reservation: Duration::from_secs(600),
        secret: SecretHash::of(nickname),
    };
    WriteRequest::SignIn(sign_in, Reply::channel().0)
}

fn authenticate(nickname: &str, socket: &Arc<SendQueue>) -> WriteRequest {
    let request = Authenticate {
        address: None,
        secret: SecretHash::of(nickname),
        nickname: None,
        may_be_reserved: Ok(()),
        own_hosts: Vec::new(),
        send_queue: Arc::clone(socket),
        token: None,
    };
    WriteRequest::Authenticate(request, Reply::channel().0)
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
    WriteRequest::SignOut(user, Reply::channel().0)
}

/// The action of each request, in short.
fn summary(actions: &[PostCommit<'_>]) -> Vec<String> {
    let summary = actions.iter().map(|action| match action {
        PostCommit::Stored((message, _), _) => format!("stored {}", message.seq),
        PostCommit::Connect(connection, ..) => format!("authenticated {}", connection.nickname),
        PostCommit::Refuse(_, refusal) => refusal.code.as_str().to_owned(),
        PostCommit::Resent(..) => "resent".to_owned(),
        PostCommit::Deleted(..)
        | PostCommit::PublishAll(_)
        | PostCommit::ReadMarkerAdvanced(..)
        | PostCommit::Answer(_)
        | PostCommit::Nothing => "done".to_owned(),
    });
    summary.collect()
}

/// Writes a batch that must not fail.
fn write(writer: &mut TestWriter, batch: &[WriteRequest]) -> Vec<String> {
    let actions = writer.state.write(batch, NOW).actions;
    summary(&actions.expect("the database works"))
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
    let sockets: [_; 3] = std::array::from_fn(|_| SendQueue::detached());
    let batch = || {
        vec![
            authenticate(eve, &sockets[0]),
            authenticate(eve, &sockets[1]),
            authenticate(fay, &sockets[2]),
            send(eve_id, 1),
            WriteRequest::Disconnected(sockets[0].id()),
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
    assert!(writer.state.write(&failing, NOW).actions.is_none());
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
    let outage = [
        WriteRequest::Disconnected(sockets[2].id()),
        send(CORRUPTING, 1),
    ];
    assert!(writer.state.write(&outage, NOW).actions.is_none());
    assert!(!writer.state.signed_out.contains(&fay_id));
    assert_eq!(write(&mut writer, &[send(UserId(1), 9)]), ["stored 4"]);
}

#[test]
fn a_request_that_cannot_be_written_costs_the_others_no_second_token() {
    let mut writer = TestWriter::open();
    writer.state.rate_limiter = Arc::new(RateLimiter::new(Rates {
        messages_per_user: 1,
        ..Rates::default()
    }));
    let user = UserId(1);
    // The batch is applied again after the first attempt, which took a token as well.
    let batch = [send(user, 1), send(UNWRITABLE, 1)];
    assert_eq!(write(&mut writer, &batch), ["stored 1", "internal"]);
    let outage = [send(user, 2), send(CORRUPTING, 1)];
    assert!(writer.state.write(&outage, NOW).actions.is_none());
    // The burst is two messages: one is stored, and the failed one cost nothing.
    let burst = [send(user, 2), send(user, 3), send(user, 2)];
    assert_eq!(
        write(&mut writer, &burst),
        ["stored 2", "too_fast", "resent"]
    );
}

#[test]
fn a_used_session_is_renewed_once_it_is_stored_and_not_after_it_has_expired() {
    let mut writer = TestWriter::open();
    let [eve, fay] = ["Eve", "Fay"];
    write(&mut writer, &[sign_in(eve), sign_in(fay)]);
    let db = writer.reader();
    let session = |nickname: &str, at| {
        let session = users::session(db.db(), SecretHash::of(nickname), at).expect("reads");
        session.expect("is stored").user
    };
    let reserved = |user, at| {
        let reserved = users::reserved_nickname(db.db(), user, at).expect("reads");
        reserved.is_some()
    };
    let (eve_id, fay_id) = (session(eve, NOW), session(fay, NOW));
    let used = Arc::clone(&writer.state.used_sessions);
    used.add(SecretHash::of(eve), eve_id);
    // In an outage nothing is stored, and the session is renewed with the next cleanup.
    let outage = [WriteRequest::Expire, send(CORRUPTING, 1)];
    assert!(writer.state.write(&outage, NOW + 30_000).actions.is_none());
    let cleanup = writer.state.write(&[WriteRequest::Expire], NOW + 59_000);
    assert!(cleanup.actions.is_some());
    assert!(reserved(eve_id, NOW + 100_000), "for a minute more");
    used.add(SecretHash::of(fay), fay_id);
    let late = writer.state.write(&[WriteRequest::Expire], NOW + 70_000);
    assert!(late.actions.is_some());
    assert!(!reserved(fay_id, NOW + 70_001), "it was free already");
}
