//! What each person may still do.

use std::time::Instant;

use protocol::{Code, PersonId, Refusal};

use super::{Hub, State, person::Person};
use crate::rate_limit::TokenBucket;

impl Hub {
    /// Uses the person's allowance for one message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_message(&self, person: PersonId) -> Result<(), Refusal> {
        take(&mut self.state(), person, |person| &mut person.messages)
    }

    /// The same, of somebody who need not be connected.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait.
    pub fn allow_post(&self, person: PersonId) -> Result<(), Refusal> {
        let mut state = self.state();
        self.remember(&mut state, person);
        take(&mut state, person, |person| &mut person.messages)
    }

    /// Somebody does something without being connected: remembered for as long as it counts.
    pub(super) fn remember(&self, state: &mut State, id: PersonId) {
        let now = Instant::now();
        state.people.entry(id).or_insert_with(|| {
            state.presence.rest(id, now);
            self.stirred.notify_one();
            Person::new(self.messages_per_second, now)
        });
    }

    /// Gives back what a refused message had used.
    pub fn refund(&self, person: PersonId) {
        if let Some(person) = self.state().people.get_mut(&person) {
            person.messages.refund();
        }
    }

    /// Uses the person's allowance for one aside: what is worth no message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_aside(&self, person: PersonId) -> Result<(), Refusal> {
        take(&mut self.state(), person, |person| &mut person.asides)
    }
}

fn take(
    state: &mut State,
    person: PersonId,
    of: fn(&mut Person) -> &mut TokenBucket,
) -> Result<(), Refusal> {
    match state.people.get_mut(&person) {
        Some(person) => of(person)
            .take(Instant::now())
            .map_err(|wait| Refusal::retry_after(Code::TooFast, wait)),
        None => Err(Code::LoginFirst.into()),
    }
}
