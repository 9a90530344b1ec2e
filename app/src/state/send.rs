//! Messages on their way: which tab sends them, and when.

use client::PendingMessage;

use super::{ChatState, Output};

impl ChatState {
    /// Sends a refused message again.
    pub fn try_again(&mut self, id: &str) -> Vec<Output> {
        self.outbox.try_again(id);
        self.send_pending()
    }

    /// Adds a stored message: either this tab sends it from now on, or another one does.
    pub fn keep_draft(&mut self, draft: PendingMessage, is_ours: bool) -> Vec<Output> {
        self.outbox.keep(draft, is_ours);
        self.send_pending()
    }

    /// The user discards a message, or another tab reports that it is gone.
    pub fn drop_draft(&mut self, id: &str) -> Vec<Output> {
        self.outbox.remove(id);
        self.send_pending()
    }

    /// Sends what another tab has not sent since the last call.
    pub fn adopt_drafts(&mut self) -> Vec<Output> {
        self.outbox.adopt();
        self.send_pending()
    }

    /// The wait that the server asked for is over.
    pub fn resume_sending(&mut self) -> Vec<Output> {
        self.outbox.resume();
        let mut outputs = self.send_pending();
        outputs.extend(self.send_actions());
        outputs
    }

    pub(super) fn send_pending(&mut self) -> Vec<Output> {
        let frames = self.outbox.release().into_iter();
        frames.map(Output::Send).collect()
    }
}
