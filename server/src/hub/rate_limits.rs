//! What each user may still do.

use std::time::Instant;

use protocol::{Code, Refusal, UserId};

use super::{Hub, State, user::User};
use crate::rate_limit::TokenBucket;

impl Hub {
    /// Uses the user's allowance for one message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_message(&self, user: UserId) -> Result<(), Refusal> {
        take(&mut self.state(), user, |user| &mut user.messages)
    }

    /// The same, of somebody who need not be connected.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_post(&self, user: UserId) -> Result<(), Refusal> {
        let mut state = self.state();
        self.remember(&mut state, user);
        take(&mut state, user, |user| &mut user.messages)
    }

    /// Somebody does something without being connected: remembered for as long as it counts.
    pub(super) fn remember(&self, state: &mut State, id: UserId) {
        let now = Instant::now();
        state.users.entry(id).or_insert_with(|| {
            state.presence.schedule_forget(id, now);
            self.presence_changed.notify_one();
            User::new(self.messages_per_second, now)
        });
    }

    /// Gives back what a refused message had used.
    pub fn refund(&self, user: UserId) {
        if let Some(user) = self.state().users.get_mut(&user) {
            user.messages.refund();
        }
    }

    /// Uses the user's allowance for one aside: what is worth no message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_aside(&self, user: UserId) -> Result<(), Refusal> {
        take(&mut self.state(), user, |user| &mut user.asides)
    }
}

fn take(
    state: &mut State,
    user: UserId,
    of: fn(&mut User) -> &mut TokenBucket,
) -> Result<(), Refusal> {
    match state.users.get_mut(&user) {
        Some(user) => of(user)
            .take(Instant::now())
            .map_err(|wait| Refusal::retry_after(Code::TooFast, wait)),
        None => Err(Code::LoginFirst.into()),
    }
}
