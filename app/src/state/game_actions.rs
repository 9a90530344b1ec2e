//! What the user does in games, and what the server reports about them.

use std::sync::Arc;

use protocol::games::{Act, Played, Stage};
use protocol::{ClientFrame, Message, Seq, frame, is_direct, limits};

use super::games::{GameEvent, KnownGame, MAX_REQUESTED, PendingAction, Scores, involves};
use super::{ChatState, Output};

impl ChatState {
    /// A game, if anything is known of it.
    pub fn game(&self, room: &str, of: Seq) -> Option<KnownGame> {
        self.games.game(room, of).cloned()
    }

    /// The user's action in a game that the server has not confirmed.
    pub fn pending_action(&self, room: &str, of: Seq) -> Option<&Act> {
        let mut sent = self.games.pending.iter();
        let sent = sent.find(|sent| sent.room == room && sent.act.of() == Some(of))?;
        Some(&sent.act)
    }

    /// Submits an action in a game under a fresh id, or offers a game.
    pub fn submit_action(&mut self, room: String, act: Act, id: String) -> Vec<Output> {
        // Only one action of a game is on its way at a time.
        let is_new = act
            .of()
            .is_none_or(|of| self.pending_action(&room, of).is_none());
        if is_new {
            self.games.pending.push(PendingAction {
                id,
                room,
                act,
                in_flight: false,
            });
        }
        self.send_actions()
    }

    /// The user's running games and invitations: those that wait for the user first, then the
    /// newest.
    pub fn my_games(&self) -> Vec<(String, KnownGame)> {
        let rooms = self.games.known.pairs().iter();
        let all = rooms.flat_map(|(room, known)| known.iter().map(move |known| (room, known)));
        let alive =
            all.filter(|(_, known)| known.game.is_alive() && involves(&known.game, self.user));
        let (mine, others): (Vec<_>, Vec<_>) =
            alive.partition(|(_, known)| known.game.waits_for(self.user));
        let all = mine.into_iter().rev().chain(others.into_iter().rev());
        all.map(|(room, known)| (room.clone(), known.clone()))
            .collect()
    }

    /// How many games wait for this user.
    pub fn games_waiting(&self) -> u64 {
        let known = self.games.known.pairs().iter().flat_map(|(_, known)| known);
        known
            .filter(|known| known.game.waits_for(self.user))
            .count() as u64
    }

    /// Does the clock of any known game run?
    pub fn has_running_clocks(&self) -> bool {
        let known = self.games.known.pairs().iter();
        let mut known = known.flat_map(|(_, known)| known);
        known.any(|known| known.due.is_some() && known.game.stage == Stage::Running)
    }

    /// The last event of another player in a game of the user or of the open room.
    pub fn last_game_event(&self) -> Option<&GameEvent> {
        self.games.last_event.as_ref()
    }

    /// The scores of a room, if they were requested.
    pub fn scores(&self, room: &str) -> Option<Arc<Vec<frame::Score>>> {
        let scores = self.games.scores.as_ref()?;
        (scores.room == room).then(|| Arc::clone(&scores.lines))
    }

    /// Requests the scores of a room.
    pub fn request_scores(&mut self, room: String) -> Vec<Output> {
        vec![Output::Send(ClientFrame::Scores { room })]
    }

    pub(super) fn games_welcome(&mut self) -> Vec<Output> {
        self.games.reset_connection();
        let mut outputs = vec![Output::Send(ClientFrame::Games)];
        outputs.extend(self.send_actions());
        outputs
    }

    pub(super) fn games_disconnected(&mut self) {
        self.games.reset_connection();
    }

    /// Sends the actions that may be sent now.
    pub(super) fn send_actions(&mut self) -> Vec<Output> {
        if !self.pending_messages.is_flowing() {
            return Vec::new();
        }
        let waiting = self.games.pending.iter_mut().filter(|sent| !sent.in_flight);
        let frames = waiting.map(|sent| {
            sent.in_flight = true;
            Output::Send(ClientFrame::Game {
                to: sent.room.clone(),
                id: Some(sent.id.clone()),
                act: sent.act.clone(),
            })
        });
        frames.collect()
    }

    /// The effects of a message on games, in whichever frame it came.
    pub(super) fn apply_game_event(&mut self, message: &Message) -> Option<Output> {
        let played = message.played()?;
        self.games.insert_message(message);
        if let Played::Invited {
            again: Some(again), ..
        } = played
        {
            self.games.apply_event(*again, message);
        }
        if message.author == self.user {
            self.games.pending.retain(|sent| sent.id != message.id);
        }
        let of = played.of()?;
        let is_drawn = || {
            let timeline = self.timelines.get(&message.room);
            timeline.is_some_and(|timeline| timeline.has(of))
        };
        // A game's message contains the state of the game as of when it was sent. If that state is
        // unknown by now, or an event was missed, the message is requested again.
        let is_unknown = self.games.game(&message.room, of).is_none() && is_drawn();
        if is_unknown || !self.games.apply_event(of, message) {
            return self.request_game_message(message.room.clone(), of);
        }
        let known = self.games.game(&message.room, of)?;
        let is_open = self.open.as_ref() == Some(&message.room);
        let is_joined = involves(&known.game, self.user);
        if message.author != self.user && (is_joined || is_open) {
            self.games.last_event = Some(GameEvent {
                room: message.room.clone(),
                of,
                event: Arc::new(message.clone()),
            });
        }
        None
    }

    fn request_game_message(&mut self, room: String, of: Seq) -> Option<Output> {
        let message = (room.clone(), of);
        if self.games.requested.contains(&message) || self.games.requested.len() >= MAX_REQUESTED {
            return None;
        }
        self.games.requested.push(message);
        Some(Output::Send(ClientFrame::History {
            room,
            before: Some(of + 1),
            limit: Some(1),
            all: false,
        }))
    }

    /// Is this page of history the answer to a single game message that was requested? Then it is
    /// for the games only.
    pub(super) fn is_requested_game_message(&mut self, room: &str, messages: &[Message]) -> bool {
        let [message] = messages else {
            return false;
        };
        let requested = &mut self.games.requested;
        let place = requested
            .iter()
            .position(|(at, of)| at == room && *of == message.seq);
        if let Some(place) = place {
            requested.remove(place);
            self.games.insert_message(message);
        }
        place.is_some()
    }

    pub(super) fn apply_watchers(&mut self, room: &str, games: &[[u64; 2]]) {
        for [of, watchers] in games {
            if let Some(known) = self.games.game_mut(room, *of) {
                known.watchers = *watchers;
            }
        }
    }

    pub(super) fn apply_game_messages(&mut self, messages: &[Message]) {
        for message in messages {
            self.games.insert_message(message);
        }
    }

    /// Applies the list of the user's running games. Known games that are not in the list are over,
    /// or their room was left.
    pub(super) fn apply_games(&mut self, messages: &[Message]) -> Vec<Output> {
        self.apply_game_messages(messages);
        let received =
            |room: &str, of: Seq| messages.iter().any(|it| it.seq == of && it.room == room);
        let gone = self.my_games().into_iter();
        let gone = gone.filter(|(room, known)| !received(room, known.of));
        let gone: Vec<_> = gone.collect();
        let requests = gone.into_iter().filter_map(|(room, known)| {
            if is_direct(&room) || self.joined_rooms.contains(&room) {
                return self.request_game_message(room, known.of);
            }
            self.games.forget(&room, known.of);
            None
        });
        requests.collect()
    }

    /// Messages of a room were missed: requests the state of its running games, unless `received`
    /// contains it.
    pub(super) fn refetch_games(&mut self, room: &str, received: &[Message]) -> Vec<Output> {
        let known = self.games.known.get(room).into_iter().flatten();
        let alive = known.filter(|known| known.game.is_alive()).map(|it| it.of);
        let alive = alive.filter(|of| received.iter().all(|message| message.seq != *of));
        let newest: Vec<_> = alive.collect();
        let newest = newest.into_iter().rev();
        let requests = newest.filter_map(|of| self.request_game_message(room.to_owned(), of));
        requests.collect()
    }

    pub(super) fn apply_scores(&mut self, room: String, lines: Vec<frame::Score>) {
        let lines = Arc::new(lines);
        self.games.scores = Some(Scores { room, lines });
    }

    /// If a game action was refused, returns true. An action that `passes` is sent again after a
    /// wait.
    pub(super) fn action_refused(&mut self, id: &str, passes: bool) -> bool {
        let sent = &mut self.games.pending;
        let Some(place) = sent.iter().position(|sent| sent.id == id) else {
            return false;
        };
        match passes {
            true => sent[place].in_flight = false,
            false => drop(sent.remove(place)),
        }
        true
    }

    /// If the visible games have changed, the server is notified in a moment.
    pub(super) fn watched_changed(&mut self) -> Option<Output> {
        let is_news = self.watched_now() != self.games.watched;
        let is_first = is_news && !self.games.is_sync_scheduled;
        self.games.is_sync_scheduled |= is_news;
        is_first.then_some(Output::SyncWatchedSoon)
    }

    /// Sends which games are visible, if that has changed.
    pub fn sync_watched(&mut self) -> Vec<Output> {
        self.games.is_sync_scheduled = false;
        let now = self.watched_now();
        if now == self.games.watched || !self.pending_messages.is_flowing() {
            return Vec::new();
        }
        let mut frames = Vec::new();
        let before = self.games.watched.take();
        if let Some((room, _)) = before
            && now.as_ref().is_none_or(|(here, _)| *here != room)
            && self.joined_rooms.contains(&room)
        {
            let games = Vec::new();
            frames.push(ClientFrame::Watch { room, games });
        }
        if let Some((room, games)) = &now {
            let others = games.iter().filter(|of| {
                let known = self.games.game(room, **of);
                known.is_some_and(|known| known.game.player_index(self.user).is_none())
            });
            frames.push(ClientFrame::Watch {
                room: room.clone(),
                games: others.copied().collect(),
            });
        }
        self.games.watched = now;
        frames.into_iter().map(Output::Send).collect()
    }

    /// The visible games; none if there never was one.
    fn watched_now(&self) -> Option<(String, Vec<Seq>)> {
        if self.games.known.is_empty() {
            return None;
        }
        let room = self.open.as_ref();
        let room = room.filter(|room| self.visible && !is_direct(room))?;
        let running = self.running_here(room);
        let before = self.games.watched.as_ref();
        let is_known = before.is_some_and(|(known, _)| known == room);
        (!running.is_empty() || is_known).then(|| (room.clone(), running))
    }

    /// The running games whose messages are drawn.
    fn running_here(&self, room: &str) -> Vec<Seq> {
        let shown = self
            .timelines
            .get(room)
            .map_or(&[][..], |timeline| timeline.shown());
        let messages = shown.iter().filter(|message| message.played().is_some());
        let running = messages.filter(|message| {
            let known = self.games.game(room, message.seq);
            known.is_some_and(|known| known.game.stage == Stage::Running)
        });
        let running = running.map(|message| message.seq).rev();
        running.take(limits::GAMES_WATCHED).collect()
    }
}
