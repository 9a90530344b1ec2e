//! Rate limits of each user, over all of the user's connections.

use std::time::Instant;

use protocol::{Code, Refusal, UserId};

use super::{Hub, HubState, user::UserState};
use crate::rate_limit::TokenBucket;

impl Hub {
    /// Takes a token for one message of a connected user.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_message(&self, user: UserId) -> Result<(), Refusal> {
        take(&mut self.state(), user, |user| &mut user.messages)
    }

    /// Takes a token for one message of a user who need not be connected, such as a bot over HTTP.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_post(&self, user: UserId) -> Result<(), Refusal> {
        let mut state = self.state();
        self.remember(&mut state, user);
        take(&mut state, user, |user| &mut user.messages)
    }

    /// Adds a user without connections to the hub, until the user's token buckets are full again.
    pub(super) fn remember(&self, state: &mut HubState, id: UserId) {
        let now = Instant::now();
        state.users.entry(id).or_insert_with(|| {
            state.presence.schedule_forget(id, now);
            self.presence_changed.notify_one();
            UserState::new(self.messages_per_second, now)
        });
    }

    /// Returns the token of a message that was a resend.
    pub fn refund(&self, user: UserId) {
        if let Some(user) = self.state().users.get_mut(&user) {
            user.messages.refund();
        }
    }

    /// Takes a token for one `read`, `watch` or `games`. `typing` takes from the same bucket, in
    /// [`Hub::should_broadcast_typing`].
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_ephemeral(&self, user: UserId) -> Result<(), Refusal> {
        take(&mut self.state(), user, |user| &mut user.ephemeral)
    }
}

fn take(
    state: &mut HubState,
    user: UserId,
    bucket: fn(&mut UserState) -> &mut TokenBucket,
) -> Result<(), Refusal> {
    match state.users.get_mut(&user) {
        Some(user) => bucket(user)
            .take(Instant::now())
            .map_err(|wait| Refusal::retry_after(Code::TooFast, wait)),
        None => Err(Code::LoginFirst.into()),
    }
}
