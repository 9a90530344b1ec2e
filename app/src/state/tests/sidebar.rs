use super::*;

fn changed(rooms: &[(&str, usize)], gone: &[&str]) -> ServerFrame {
    let line = |(room, online): &(&str, usize)| RoomLine {
        room: (*room).to_owned(),
        online: *online,
    };
    ServerFrame::RoomsChanged(frame::RoomsChanged {
        rooms: rooms.iter().map(line).collect(),
        gone: gone.iter().map(|&name| name.to_owned()).collect(),
    })
}

#[test]
fn rooms_that_change_stay_where_they_are() {
    let mut chat = chat();
    let online = |chat: &ChatState, room: &str| chat.room_entry(room).online;
    let new = changed(&[("garden", 9), ("cake", 9), ("pond", 1)], &[]);
    assert_eq!(chat.apply_frame(new), []);
    assert_eq!(chat.other_rooms(), ["garden", "cake", "pond"]);
    assert_eq!(online(&chat, "cake"), Some(9));
    chat.apply_frame(changed(&[("garden", 2)], &["cake", "unknown"]));
    assert_eq!(chat.other_rooms(), ["garden", "pond"]);
    assert_eq!(
        (online(&chat, "garden"), online(&chat, "cake")),
        (Some(2), None)
    );
}

#[test]
fn after_a_reconnect_the_whole_list_is_requested() {
    let mut chat = chat();
    let outputs = chat.apply_frame(welcome(ME));
    assert!(outputs.contains(&Output::Send(ClientFrame::Rooms)));
    chat.apply_frame(ServerFrame::Rooms(frame::Rooms {
        rooms: vec![RoomLine {
            room: "pond".into(),
            online: 3,
        }],
        directs: vec![],
    }));
    assert_eq!(chat.other_rooms(), ["pond"]);
    assert_eq!(chat.room_entry("cake").online, None);
}
