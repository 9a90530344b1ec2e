//! Messages on their way: which tab sends them, and when.

use client::PendingMessage;

use super::{ChatState, Output};

impl ChatState {
    /// Sends a refused message again.
    pub fn try_again(&mut self, id: &str) -> Vec<Output> {
        self.pending_messages.try_again(id);
        self.send_pending()
    }

    /// Adds a stored message, which this tab sends from now on, or another one.
    pub fn add_pending(&mut self, draft: PendingMessage, is_ours: bool) -> Vec<Output> {
        self.pending_messages.keep(draft, is_ours);
        self.send_pending()
    }

    /// The user discards a message, or another tab has removed it.
    pub fn remove_pending(&mut self, id: &str) -> Vec<Output> {
        self.pending_messages.remove(id);
        self.send_pending()
    }

    /// Sends what another tab has not sent since the last call.
    pub fn adopt_pending(&mut self) -> Vec<Output> {
        self.pending_messages.adopt();
        self.send_pending()
    }

    /// The wait that the server asked for is over.
    pub fn resume_sending(&mut self) -> Vec<Output> {
        self.pending_messages.resume();
        let mut outputs = self.send_pending();
        outputs.extend(self.send_actions());
        outputs
    }

    pub(super) fn send_pending(&mut self) -> Vec<Output> {
        let frames = self.pending_messages.release().into_iter();
        frames.map(Output::Send).collect()
    }
}
