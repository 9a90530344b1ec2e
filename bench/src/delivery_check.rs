//! Checks that every message is delivered exactly once and in order.

use anyhow::{Result, bail};

/// The number of each sender's latest message, and the number that each receiver has got last of
/// each sender. A sender numbers its messages from 1.
pub struct DeliveryCheck {
    senders: usize,
    received: Vec<u32>,
    sent: Vec<u32>,
    /// The first error.
    error: Option<String>,
}

impl DeliveryCheck {
    pub fn new(receivers: usize, senders: usize) -> Self {
        Self {
            senders,
            received: vec![0; receivers * senders],
            sent: vec![0; senders],
            error: None,
        }
    }

    /// The number of the message that the sender sends next.
    pub fn send(&mut self, sender: usize) -> u32 {
        self.sent[sender] += 1;
        self.sent[sender]
    }

    /// How many messages have been sent in all.
    pub fn sent(&self) -> u64 {
        self.sent.iter().map(|&sent| u64::from(sent)).sum()
    }

    /// Records that a receiver has got a message.
    pub fn receive(&mut self, receiver: usize, sender: usize, number: u32) {
        let Some(last) = (sender < self.senders)
            .then(|| self.received.get_mut(receiver * self.senders + sender))
            .flatten()
        else {
            self.error
                .get_or_insert(format!("there is no sender {sender}"));
            return;
        };
        let expected = *last + 1;
        if number == expected {
            *last = number;
        } else if self.error.is_none() {
            let what = match number < expected {
                true => "repeated or out of order",
                false => "lost or out of order",
            };
            self.error = Some(format!(
                "{what}: receiver {receiver} got number {number} of sender {sender} after number \
                 {last}"
            ));
        }
    }

    /// Whether this receiver has got all messages of the sender.
    pub fn is_complete(&self, receiver: usize, sender: usize) -> bool {
        self.received[receiver * self.senders + sender] == self.sent[sender]
    }

    /// Ends the check. `audiences` has the receivers of each sender.
    ///
    /// # Errors
    /// The first message that was lost, repeated or out of order.
    pub fn finish(self, audiences: impl IntoIterator<Item = Vec<usize>>) -> Result<()> {
        if let Some(error) = self.error {
            bail!(error);
        }
        for (sender, audience) in audiences.into_iter().enumerate() {
            for receiver in audience {
                let received = self.received[receiver * self.senders + sender];
                let sent = self.sent[sender];
                if received != sent {
                    bail!(
                        "lost: receiver {receiver} got {received} of {sent} messages of sender \
                         {sender}"
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

    /// Sender 1 sends three messages. The second of two receivers gets those with these numbers.
    fn received(numbers: &[u32]) -> Result<(), String> {
        let mut check = DeliveryCheck::new(2, 2);
        for number in 1..=3 {
            assert_eq!(check.send(1), number);
            check.receive(0, 1, number);
        }
        for &number in numbers {
            check.receive(1, 1, number);
        }
        let all = || vec![0, 1];
        check.finish([all(), all()]).map_err(|it| it.to_string())
    }

    #[test]
    fn complete_messages_in_order_are_fine() {
        assert_eq!(received(&[1, 2, 3]), Ok(()));
    }

    #[test]
    fn a_lost_message_is_an_error() {
        for numbers in [&[][..], &[1, 2], &[1, 3], &[2, 3]] {
            let error = received(numbers).expect_err("one is missing");
            assert!(error.contains("lost"), "{error}");
        }
    }

    #[test]
    fn a_repeated_message_is_an_error() {
        for numbers in [[1, 1, 2, 3], [1, 2, 3, 3], [1, 2, 3, 1]] {
            let error = received(&numbers).expect_err("one is there twice");
            assert!(error.contains("repeated"), "{error}");
        }
    }

    #[test]
    fn a_message_out_of_order_is_an_error() {
        for numbers in [[2, 1, 3], [1, 3, 2], [3, 2, 1]] {
            let error = received(&numbers).expect_err("two have changed places");
            assert!(error.contains("out of order"), "{error}");
        }
    }

    #[test]
    fn a_receiver_outside_of_the_audience_may_miss_messages() {
        let mut check = DeliveryCheck::new(2, 1);
        check.send(0);
        check.receive(1, 0, 1);
        assert!(check.is_complete(1, 0) && !check.is_complete(0, 0));
        assert!(check.finish([vec![1]]).is_ok());
    }

    #[test]
    fn an_unknown_sender_is_an_error() {
        let mut check = DeliveryCheck::new(1, 1);
        check.receive(0, 7, 1);
        assert!(check.finish([vec![]]).is_err());
    }
}
