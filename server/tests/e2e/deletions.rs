//! Messages whose text was deleted: the number remains, and the words are gone for everybody.

use protocol::{EventBody, Message, ServerFrame};
use serde_json::json;

use crate::{
    api_client::ApiClient,
    browser::Browser,
    client::{Client, texts},
    server::Server,
};

fn remove(server: &Server, room: &str, seq: u64) {
    let seq = seq.to_string();
    let printed = server.command_output(&["message", "remove", "--room", room, "--seq", &seq]);
    assert_eq!(printed, "");
}

/// The deletion that the client receives next.
async fn next_deletion(client: &mut Client) -> (Message, u64) {
    let message = client.next_message().await;
    match &message.body {
        EventBody::Delete(deletion) => (message.clone(), deletion.of),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_deleted_text_is_gone_for_those_who_are_here_and_for_those_who_come_later() {
    let server = Server::start();
    let mut browser = Browser::new(&server);
    browser.sign_in("Carl", "tea").await;
    let mut anna = Client::in_room(&server, "Anna", "Tea").await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    for (id, text) in [("a", "one"), ("b", "my password is tulip"), ("c", "three")] {
        anna.post("Tea", id, text).await;
        ben.next_message().await;
    }
    remove(&server, "tea", 2);
    for client in [&mut anna, &mut ben] {
        let (event, of) = next_deletion(client).await;
        assert_eq!((event.seq, event.hidden, of), (4, 1, 2));
        assert_eq!((event.from.as_str(), event.author.0), ("Parlor", 0));
        assert_eq!(event.text(), "Parlor deletes message 2.");
    }

    let joined = Client::sign_in(&server, "Dora").await.join("tea").await;
    assert_eq!(texts(&joined.messages), ["one", "", "three"]);
    assert_eq!(joined.seq, 4);
    let deleted = &joined.messages[1];
    assert_eq!(deleted.body, EventBody::Deleted);
    assert_eq!((deleted.seq, deleted.revision), (2, 4));
    let mut behind = Client::sign_in(&server, "Emil").await;
    let events = behind.catch_up("tea", 1, 4).await;
    assert_eq!(texts(&events), ["", "three", "Parlor deletes message 2."]);
    let page = browser.get("/rooms/Tea").await.body;
    assert!(page.contains("Message deleted") && page.contains("three"));
    let bot: ApiClient = server.create_bot("reader", "read");
    let history = bot.get("/api/v1/rooms/tea/messages").await.ok();
    assert_eq!(history["messages"][1]["deleted"], true);
    assert_eq!(history["messages"][1]["text"], "");
    for text in [page, history.to_string()] {
        assert!(!text.contains("tulip"), "{text}");
    }
}

#[tokio::test]
async fn a_resend_of_a_deleted_message_is_answered_with_its_present_state() {
    let server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "a", "hello").await;
    remove(&server, "tea", 1);
    next_deletion(&mut anna).await;
    for text in ["hello", "another text"] {
        let again = anna.post("tea", "a", text).await;
        assert_eq!((again.seq, again.body), (1, EventBody::Deleted));
    }
    // After a crash as well.
    let server = server.kill_and_restart();
    let mut anna = Client::in_room(&server, "Berta", "tea").await;
    assert_eq!(anna.post("tea", "b", "new").await.seq, 3);
}

#[tokio::test]
async fn removing_a_message_twice_changes_nothing_and_one_that_does_not_exist_is_refused() {
    let mut server = Server::start();
    let mut anna = Client::in_room(&server, "Anna", "tea").await;
    anna.post("tea", "a", "hello").await;
    let invite = json!({"type": "game", "to": "tea", "id": "g",
        "act": {"invite": {"game": protocol::games::GameName::ALL[0]}}});
    anna.send(invite).await;
    anna.next_message().await;
    remove(&server, "tea", 1);
    remove(&server, "tea", 1);
    let later = anna.frames_so_far().await;
    let deletions = later
        .iter()
        .filter(|frame| matches!(frame, ServerFrame::Message(_)));
    assert_eq!(deletions.count(), 1, "{later:?}");
    for (room, seq, problem) in [
        ("milk", "1", "That room doesn't exist. Check its name."),
        ("tea", "9", "There is no text message 9 in that room."),
        ("tea", "2", "There is no text message 2 in that room."),
    ] {
        let words = ["message", "remove", "--room", room, "--seq", seq];
        let printed = server.command_error(&words);
        assert!(printed.contains(problem), "{printed}");
    }
    // Without a running server the command changes the data itself.
    anna.post("tea", "z", "last").await;
    server.stop("TERM");
    remove(&server, "tea", 4);
    let server = server.start_again();
    let joined = Client::sign_in(&server, "Ben").await.join("tea").await;
    assert_eq!(joined.messages.last().map(Message::text), Some(""));
}

#[tokio::test]
async fn a_private_message_can_be_removed_by_the_conversations_id() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut ben = Client::sign_in(&server, "Ben").await;
    let sent = anna.send_direct("Ben", "a", "between us").await;
    ben.next_message().await;
    remove(&server, &sent.room, sent.seq);
    for client in [&mut anna, &mut ben] {
        assert_eq!(next_deletion(client).await.1, sent.seq);
    }
}
