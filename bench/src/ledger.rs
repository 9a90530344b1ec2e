//! Who has heard what: notices what is lost, repeated or out of order.

use anyhow::{Result, bail};

/// Of each listener and each talker the number that was heard last. Talkers count from 1.
pub struct Ledger {
    talkers: usize,
    heard: Vec<u32>,
    said: Vec<u32>,
    wrong: Option<String>,
}

impl Ledger {
    pub fn new(listeners: usize, talkers: usize) -> Self {
        Self {
            talkers,
            heard: vec![0; listeners * talkers],
            said: vec![0; talkers],
            wrong: None,
        }
    }

    /// The number of what the talker is about to say.
    pub fn say(&mut self, talker: usize) -> u32 {
        self.said[talker] += 1;
        self.said[talker]
    }

    /// What has been said in all.
    pub fn said(&self) -> u64 {
        self.said.iter().map(|&said| u64::from(said)).sum()
    }

    /// Notes what a listener hears.
    pub fn hear(&mut self, listener: usize, talker: usize, number: u32) {
        let Some(last) = (talker < self.talkers)
            .then(|| self.heard.get_mut(listener * self.talkers + talker))
            .flatten()
        else {
            self.wrong
                .get_or_insert(format!("nobody is talker {talker}"));
            return;
        };
        let expected = *last + 1;
        if number == expected {
            *last = number;
        } else if self.wrong.is_none() {
            let what = match number < expected {
                true => "repeated or out of order",
                false => "lost or out of order",
            };
            self.wrong = Some(format!(
                "{what}: listener {listener} heard number {number} of talker {talker} after number {last}"
            ));
        }
    }

    /// Has this listener heard all that the talker said?
    pub fn is_even(&self, listener: usize, talker: usize) -> bool {
        self.heard[listener * self.talkers + talker] == self.said[talker]
    }

    /// Closes the books. `audiences`: of each talker those who listen.
    ///
    /// # Errors
    /// Whatever was lost, repeated or out of order, the first of it.
    pub fn close(self, audiences: impl IntoIterator<Item = Vec<usize>>) -> Result<()> {
        if let Some(wrong) = self.wrong {
            bail!(wrong);
        }
        for (talker, audience) in audiences.into_iter().enumerate() {
            for listener in audience {
                let heard = self.heard[listener * self.talkers + talker];
                let said = self.said[talker];
                if heard != said {
                    bail!(
                        "lost: listener {listener} heard {heard} of {said} messages of talker {talker}"
                    );
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two listeners; the second hears talker 1 say these numbers, of three that were said.
    fn heard(numbers: &[u32]) -> Result<(), String> {
        let mut ledger = Ledger::new(2, 2);
        for number in 1..=3 {
            assert_eq!(ledger.say(1), number);
            ledger.hear(0, 1, number);
        }
        for &number in numbers {
            ledger.hear(1, 1, number);
        }
        let all = || vec![0, 1];
        ledger.close([all(), all()]).map_err(|it| it.to_string())
    }

    #[test]
    fn what_comes_whole_and_in_order_is_well() {
        assert_eq!(heard(&[1, 2, 3]), Ok(()));
    }

    #[test]
    fn what_is_lost_is_noticed() {
        for numbers in [&[][..], &[1, 2], &[1, 3], &[2, 3]] {
            let error = heard(numbers).expect_err("one is missing");
            assert!(error.contains("lost"), "{error}");
        }
    }

    #[test]
    fn what_is_repeated_is_noticed() {
        for numbers in [[1, 1, 2, 3], [1, 2, 3, 3], [1, 2, 3, 1]] {
            let error = heard(&numbers).expect_err("one is there twice");
            assert!(error.contains("repeated"), "{error}");
        }
    }

    #[test]
    fn what_is_out_of_order_is_noticed() {
        for numbers in [[2, 1, 3], [1, 3, 2], [3, 2, 1]] {
            let error = heard(&numbers).expect_err("they changed places");
            assert!(error.contains("out of order"), "{error}");
        }
    }

    #[test]
    fn who_is_not_meant_need_not_hear() {
        let mut ledger = Ledger::new(2, 1);
        ledger.say(0);
        ledger.hear(1, 0, 1);
        assert!(ledger.is_even(1, 0) && !ledger.is_even(0, 0));
        assert!(ledger.close([vec![1]]).is_ok());
    }

    #[test]
    fn a_talker_that_there_is_not_is_noticed() {
        let mut ledger = Ledger::new(1, 1);
        ledger.hear(0, 7, 1);
        assert!(ledger.close([vec![]]).is_err());
    }
}
