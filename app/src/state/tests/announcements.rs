//! The toasts of announcements, and their deletion.

use protocol::limits::ANNOUNCEMENTS;
use protocol::{Deletion, EventBody};

use super::*;
use crate::state::toasts::ToastKind;

fn deletion(seq: Seq, of: Seq) -> Message {
    let text = String::from("Parlor deletes an announcement.");
    let mut deletion = message(ANNOUNCEMENTS, seq, UserId::SERVER, "d");
    deletion.hidden = 1;
    deletion.body = EventBody::Delete(Deletion { of, text });
    deletion
}

fn announced(chat: &ChatState) -> Vec<Seq> {
    let toasts = chat.toasts().iter();
    toasts
        .filter_map(|toast| match &toast.kind {
            ToastKind::Announced { seq, .. } => Some(*seq),
            _ => None,
        })
        .collect()
}

#[test]
fn a_deleted_announcement_leaves_the_screen_and_is_not_announced_itself() {
    let mut chat = chat();
    chat.apply_frame(welcome(ME));
    let announcement = message(ANNOUNCEMENTS, 1, OTHER, "a");
    chat.apply_frame(ServerFrame::Message(announcement.clone()));
    assert_eq!(announced(&chat), [1]);
    chat.apply_frame(ServerFrame::Message(deletion(2, 1)));
    assert_eq!(announced(&chat), [0; 0]);
    // It was read from the store before the deletion, and arrives after it.
    chat.apply_frame(ServerFrame::Message(announcement));
    assert_eq!(announced(&chat), [0; 0]);
    chat.apply_frame(ServerFrame::Message(message(ANNOUNCEMENTS, 3, OTHER, "b")));
    assert_eq!(announced(&chat), [3]);
}
