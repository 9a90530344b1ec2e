//! Checks that the writer's state of sockets and sign-outs is the same whether a batch is applied
//! once, or again after a failure.

use std::{sync::Arc, time::Duration};

use protocol::{Code, Nickname, UserId};

use super::{CORRUPTING, NOW, PostCommit, ROOMS, TestSend, TestWriter, UNWRITABLE};
use crate::{
    send_queue::SendQueue,
    store::users::{self, SecretHash},
    writer::{Authenticate, Reply, SignIn, requests::WriteRequest},
};

fn sign_in(nickname: &str) -> WriteRequest {
    let sign_in = SignIn {
        nickname: Nickname::parse(nickname).expect("is a nickname"),
        reservation: Duration::from_secs(60),
        secret: SecretHash::of(nickname),
    };
    WriteRequest::SignIn(sign_in, Reply::channel().0)
}

fn authenticate(nickname: &str, socket: &Arc<SendQueue>) -> WriteRequest {
    let request = Authenticate {
        secret: SecretHash::of(nickname),
        nickname: None,
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
