//! What a receiver of an outgoing webhook does not accept, and what cannot be read, holds up
//! nothing after it, and `parlor outgoing list` says what became of it.

use std::time::Duration;

use crate::{
    client::Client,
    outgoing_webhooks::{Behavior, Receiver, outgoing},
    server::Server,
};

/// The columns of the only webhook in `parlor outgoing list`.
fn listed(server: &Server) -> Vec<String> {
    let list = server.command(&["outgoing", "list"]);
    let list = String::from_utf8(list.stdout).expect("UTF-8");
    let line = list.lines().next().expect("a webhook");
    line.split('\t').map(str::to_owned).collect()
}

#[tokio::test]
async fn a_message_that_the_receiver_rejects_is_given_up_and_the_next_one_is_delivered() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let rejects = [Behavior::Responds(404); 3];
    let mut receiver = Receiver::open(&rejects).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "unwanted").await;
    anna.post("ops", "b", "wanted").await;
    let expected = ["unwanted", "unwanted", "unwanted", "wanted"];
    assert_eq!(receiver.texts(4).await, expected);
    // The next message is delivered after the outcome of those before was stored.
    anna.post("ops", "c", "next").await;
    assert_eq!(receiver.texts(1).await, ["next"]);
    let list = listed(&server);
    let error = "message 1: the response was 404 Not Found";
    assert_eq!(list[5..], ["active", "1", error], "{list:?}");
    let delivered: u64 = list[4].parse().expect("a number");
    assert!((2..=3).contains(&delivered), "{list:?}");
    // A restart does not bring it back.
    let server = server.kill_and_restart();
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("ops").await;
    anna.post("ops", "d", "later").await;
    let mut texts = receiver.texts(1).await;
    if texts == ["next"] {
        texts = receiver.texts(1).await;
    }
    assert_eq!(texts, ["later"]);
    assert_eq!(listed(&server)[5..], ["active", "1", error]);
}

#[tokio::test]
async fn a_message_that_was_delivered_in_the_end_leaves_the_error_of_the_one_that_was_given_up() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut behaviors = vec![Behavior::Responds(404); 3];
    behaviors.push(Behavior::Fails);
    let mut receiver = Receiver::open(&behaviors).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "unwanted").await;
    anna.post("ops", "b", "late").await;
    let expected = ["unwanted", "unwanted", "unwanted", "late", "late"];
    assert_eq!(receiver.texts(5).await, expected);
    while listed(&server)[4] != "2" {
        tokio::task::yield_now().await;
    }
    let error = "message 1: the response was 404 Not Found";
    assert_eq!(listed(&server)[5..], ["active", "1", error]);
}

#[tokio::test]
async fn a_message_is_tried_as_often_as_any_other_if_the_one_before_was_deleted_meanwhile() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let rejects = Behavior::Responds(404);
    let mut receiver =
        Receiver::open(&[rejects, rejects, Behavior::AsksToWait(3), rejects, rejects]).await;
    let trigger = ["--allow-private", "--trigger", "deploy"];
    outgoing(&server, &receiver, &trigger);
    anna.post("ops", "a", "deploy one").await;
    assert_eq!(receiver.texts(3).await, ["deploy one"; 3]);
    // While the server waits.
    anna.post("ops", "b", "deploy two").await;
    server.command_output(&["message", "remove", "--room", "ops", "--seq", "1"]);
    assert_eq!(receiver.texts(3).await, ["deploy two"; 3]);
    let deletion = receiver.texts(1).await;
    assert!(deletion[0].contains("deletes message 1"), "{deletion:?}");
    while listed(&server)[4] != "3" {
        tokio::task::yield_now().await;
    }
    assert_eq!(listed(&server)[5..], ["active", "0", ""]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_gets_nothing_until_its_webhook_is_enabled() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Behavior::Responds(410)]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "one").await;
    assert_eq!(receiver.texts(1).await, ["one"]);
    while listed(&server)[5] != "disabled" {}
    let error = "message 1: the response was 410 Gone";
    assert_eq!(listed(&server)[4..], ["0", "disabled", "0", error]);
    // Neither a new message nor a restart nor another webhook reaches it.
    anna.post("ops", "b", "two").await;
    let server = server.kill_and_restart();
    let mut other = Receiver::open(&[]).await;
    let create = ["--name", "zother", "--room", "ops", "--url", &other.url];
    let create = [&["outgoing", "create", "--allow-private"], &create[..]].concat();
    server.command_output(&create);
    let mut anna = Client::sign_in_with_token(&server, &anna.token).await;
    anna.join("ops").await;
    anna.post("ops", "c", "three").await;
    assert_eq!(other.texts(1).await, ["three"]);
    server.command_output(&["outgoing", "enable", "--name", "mirror"]);
    assert_eq!(receiver.texts(3).await, ["one", "two", "three"]);
    assert_eq!(listed(&server)[5..], ["active", "0", ""]);
    let unknown = server.command_error(&["outgoing", "enable", "--name", "nobody"]);
    assert!(unknown.contains("no outgoing webhook"), "{unknown}");
}

#[tokio::test]
async fn a_receiver_that_asks_to_wait_is_tried_again_after_that_time() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[
        Behavior::AsksToWait(2),
        Behavior::Responds(408),
        Behavior::Responds(429),
    ])
    .await;
    outgoing(&server, &receiver, &["--allow-private"]);
    anna.post("ops", "a", "patience").await;
    let [first, second] = [receiver.next().await, receiver.next().await];
    let waited = second.received_at - first.received_at;
    // An upper bound would depend on the machine. Without the request it would be a second at most.
    assert!(waited >= Duration::from_secs(2), "{waited:?}");
    // None of these rejects the message, however often.
    assert_eq!(receiver.texts(2).await, ["patience"; 2]);
    anna.post("ops", "b", "next").await;
    assert_eq!(receiver.texts(1).await, ["next"]);
    // The outcome is stored a moment after it is known.
    while listed(&server)[4] != "2" {}
    assert_eq!(listed(&server)[5..], ["active", "0", ""]);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_left_out_and_those_around_it_are_delivered() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "ops").await;
    let mut receiver = Receiver::open(&[Behavior::Fails; 100]).await;
    outgoing(&server, &receiver, &["--allow-private"]);
    for n in 1..=4 {
        anna.post("ops", &n.to_string(), &format!("message {n}"))
            .await;
    }
    assert_eq!(receiver.texts(1).await, ["message 1"]);
    let server = server.kill_and_restart_after(|db| {
        db.execute_batch("UPDATE events SET text = CAST(x'ff' AS TEXT) WHERE seq IN (2, 3)")
    });
    receiver.behaviors.lock().expect("no panic").clear();
    let mut texts = receiver.texts(1).await;
    while texts == ["message 1"] {
        texts = receiver.texts(1).await;
    }
    assert_eq!(texts, ["message 4"]);
    while listed(&server)[4] != "4" {}
    let list = listed(&server);
    assert_eq!(list[5..7], ["active", "2"]);
    assert!(list[7].starts_with("message 3: "), "{list:?}");
    assert!(list[7].contains("cannot be decoded"), "{list:?}");
}
