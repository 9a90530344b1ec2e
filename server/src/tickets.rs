//! Values that the next request refers to by a name that cannot be guessed.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::secret;

/// How long a ticket is valid: a browser follows a redirect at once.
const TIME: Duration = Duration::from_secs(60);
/// The most tickets that are valid at a time.
const MAX_TICKETS: usize = 10_000;

/// Values that are each named by a ticket, which can be redeemed once.
pub struct Tickets<T>(Mutex<HashMap<String, (T, Instant)>>);

impl<T> Default for Tickets<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Tickets<T> {
    /// Issues a ticket for the value, or none if there are too many.
    pub fn issue(&self, value: T) -> Option<String> {
        self.issue_at(value, Instant::now())
    }

    fn issue_at(&self, value: T, now: Instant) -> Option<String> {
        let mut valid = self.lock();
        if valid.len() >= MAX_TICKETS {
            valid.retain(|_, (_, issued_at)| is_valid(*issued_at, now));
        }
        (valid.len() < MAX_TICKETS).then(|| {
            let ticket = secret::message_id();
            valid.insert(ticket.clone(), (value, now));
            ticket
        })
    }

    /// Takes the value of a ticket that is still valid.
    pub fn redeem(&self, ticket: &str) -> Option<T> {
        self.redeem_at(ticket, Instant::now())
    }

    fn redeem_at(&self, ticket: &str, now: Instant) -> Option<T> {
        let (value, issued_at) = self.lock().remove(ticket)?;
        is_valid(issued_at, now).then_some(value)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (T, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_valid(issued_at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(issued_at) < TIME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_redeemed_once_and_within_a_minute() {
        let (tickets, start) = (Tickets::default(), Instant::now());
        let issue = |value| tickets.issue_at(value, start).expect("there are few");
        let (first, second) = (issue(1), issue(2));
        assert_ne!(first, second);
        assert_eq!(tickets.redeem_at(&first, start), Some(1));
        assert_eq!(tickets.redeem_at(&first, start), None);
        assert_eq!(tickets.redeem_at(&second, start + TIME), None);
        assert_eq!(tickets.redeem_at("unknown", start), None);
    }

    #[test]
    fn tickets_are_bounded_and_make_room_when_they_expire() {
        let (tickets, start) = (Tickets::default(), Instant::now());
        for _ in 0..MAX_TICKETS {
            assert!(tickets.issue_at((), start).is_some());
        }
        assert!(tickets.issue_at((), start).is_none());
        assert!(tickets.issue_at((), start + TIME).is_some());
        assert_eq!(tickets.lock().len(), 1);
    }
}
