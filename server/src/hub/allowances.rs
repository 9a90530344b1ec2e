//! What each person may still do.

use std::time::Instant;

use protocol::{Code, PersonId, Refusal};

use super::{Hub, person::Person};
use crate::allowance::Allowance;

impl Hub {
    /// Uses the person's allowance for one message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_message(&self, person: PersonId) -> Result<(), Refusal> {
        self.take(person, |person| &mut person.messages)
    }

    /// Gives back what a refused message had used.
    pub fn give_back(&self, person: PersonId) {
        if let Some(person) = self.state().people.get_mut(&person) {
            person.messages.give_back();
        }
    }

    /// Uses the person's allowance for one aside: what is worth no message.
    ///
    /// # Errors
    /// [`Code::TooFast`], with the time to wait; [`Code::LoginFirst`] once signed out.
    pub fn allow_aside(&self, person: PersonId) -> Result<(), Refusal> {
        self.take(person, |person| &mut person.asides)
    }

    fn take(&self, person: PersonId, of: fn(&mut Person) -> &mut Allowance) -> Result<(), Refusal> {
        match self.state().people.get_mut(&person) {
            Some(person) => of(person)
                .take(Instant::now())
                .map_err(|wait| Refusal::retry_after(Code::TooFast, wait)),
            None => Err(Code::LoginFirst.into()),
        }
    }
}
