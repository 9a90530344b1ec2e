//! The list of public rooms and its changes.

use protocol::{RoomLine, ServerFrame, frame};
use serde_json::json;

use crate::{client::Client, server::Server};

/// The next change of the list: the rooms with their numbers of users, and the rooms that are gone.
async fn next_change(client: &mut Client) -> (Vec<(String, usize)>, Vec<String>) {
    let changed = client.until(|frame| match frame {
        ServerFrame::RoomsChanged(changed) => Some(changed.clone()),
        _ => None,
    });
    let frame::RoomsChanged { rooms, gone } = changed.await;
    let rooms = rooms
        .into_iter()
        .map(|RoomLine { room, online }| (room, online));
    (rooms.collect(), gone)
}

#[tokio::test]
async fn who_has_requested_the_list_is_told_what_changes() {
    let server = Server::start();
    let mut anna = Client::sign_in(&server, "Anna").await;
    let mut carl = Client::sign_in(&server, "Carl").await;
    anna.send(json!({"type": "rooms"})).await;
    anna.until(|frame| matches!(frame, ServerFrame::Rooms(_)).then_some(()))
        .await;
    let mut ben = Client::in_room(&server, "Ben", "tea").await;
    assert_eq!(
        next_change(&mut anna).await,
        (vec![("tea".into(), 1)], vec![])
    );
    ben.send(json!({"type": "leave", "room": "tea"})).await;
    assert_eq!(next_change(&mut anna).await, (vec![], vec!["tea".into()]));
    let frames = carl.frames_so_far().await;
    let is_change = |frame: &ServerFrame| matches!(frame, ServerFrame::RoomsChanged(_));
    assert!(!frames.iter().any(is_change), "{frames:?}");
}
