//! What follows from a refusal: a request is repeated after a wait, or the user is told.

use protocol::{ClientFrame, Code};

use super::toasts::ToastKind;
use super::{ChatState, Output, history, join};
use crate::timeline::Timeline;

/// The wait before sending again what the server could not take, if it named no time.
const RETRY_MS: u64 = 2_000;

impl ChatState {
    pub(super) fn refused(
        &mut self,
        code: Code,
        sentence: String,
        id: Option<String>,
        room: Option<String>,
        retry_after_ms: Option<u64>,
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        if code == Code::TooFast {
            // This may concern the watched games. They are sent again when they change.
            self.games.watched = None;
            if id.is_none() {
                return vec![self.put_off(room, retry_after_ms)];
            }
        } else if let Some(room) = &room
            && let Some(timeline) = self.timelines.get_mut(room)
        {
            timeline.refused();
            outputs = history(room.clone(), timeline.request_gap());
        }
        match id {
            Some(id)
                if matches!(
                    code,
                    Code::TooFast | Code::StorageUnavailable | Code::StorageFull
                ) =>
            {
                if code == Code::StorageFull {
                    // It may last, and only people can end it. The message is kept and sent again.
                    self.show_toast_once(ToastKind::Refused(sentence.clone()));
                }
                let is_play = self.action_refused(&id, true);
                if is_play {
                    self.pending_messages.pause();
                }
                if is_play || self.pending_messages.put_off(&id) {
                    let wait = retry_after_ms.unwrap_or(RETRY_MS);
                    return vec![Output::ResumeSending(wait)];
                }
            }
            Some(id) if self.action_refused(&id, false) => {
                self.show_toast(ToastKind::Refused(sentence))
            }
            Some(id) => {
                if self.pending_messages.refuse(&id, sentence) {
                    // The other messages need not wait for it.
                    return self.send_pending();
                }
            }
            None => match self
                .pending_join
                .as_mut()
                .filter(|pending_join| Some(&pending_join.name) == room.as_ref())
            {
                Some(pending_join) if pending_join.is_beside => {
                    pending_join.problem = Some(sentence)
                }
                Some(_) => {
                    self.pending_join = None;
                    self.show_toast(ToastKind::Refused(sentence));
                }
                // This concerns read markers and typing, which do not matter any more.
                None if code == Code::NotInRoom => {}
                None if code == Code::NoSuchRoom && room.is_some() && room == self.open => {
                    self.is_gone = true;
                }
                None => self.show_toast(ToastKind::Refused(sentence)),
            },
        }
        outputs
    }

    /// A request without an id came too soon: one that concerns this room, or the lists. If many
    /// rooms wait, each waits longer than the one before, because together they would be too fast
    /// again.
    fn put_off(&mut self, room: Option<String>, retry_after_ms: Option<u64>) -> Output {
        let wait = retry_after_ms.unwrap_or(RETRY_MS);
        self.put_off.insert(room.as_deref().unwrap_or_default(), ());
        let waiting = self.put_off.names().count() as u64;
        Output::Retry {
            room,
            wait: wait * waiting,
        }
    }

    /// The wait is over: requests again what the server has not answered.
    pub fn retry(&mut self, room: Option<String>) -> Vec<Output> {
        self.put_off.remove(room.as_deref().unwrap_or_default());
        let Some(room) = room else {
            return vec![Output::Send(ClientFrame::Rooms)];
        };
        let pending_join = self.pending_join.as_ref();
        if pending_join.is_some_and(|it| it.name == room && it.problem.is_none()) {
            return vec![join(room, None)];
        }
        if self.timelines.get(&room).is_some_and(Timeline::is_live) {
            let timeline = self.timelines.get_mut(&room);
            let page = timeline.and_then(Timeline::request_again);
            return history(room, page);
        }
        let is_wanted = self.joined_rooms.contains(&room)
            || self.open.as_ref() == Some(&room)
            || self.direct_line(&room).is_some();
        match is_wanted {
            true => vec![self.rejoin(&room)],
            false => Vec::new(),
        }
    }
}
