//! What was typed, on its way: which tab sends it, and when.

use client::PendingMessage;

use super::{ChatState, Errand};

impl ChatState {
    /// Tries a refused draft once more.
    pub fn try_again(&mut self, id: &str) -> Vec<Errand> {
        self.outbox.try_again(id);
        self.sending()
    }

    /// Takes in a draft as it is kept: this tab sends it from now on, or another one does.
    pub fn keep_draft(&mut self, draft: PendingMessage, is_ours: bool) -> Vec<Errand> {
        self.outbox.keep(draft, is_ours);
        self.sending()
    }

    /// The draft's author throws it away, or another tab says that it is gone.
    pub fn drop_draft(&mut self, id: &str) -> Vec<Errand> {
        self.outbox.remove(id);
        self.sending()
    }

    /// Sends what another tab has not sent since the last call.
    pub fn adopt_drafts(&mut self) -> Vec<Errand> {
        self.outbox.adopt();
        self.sending()
    }

    /// The wait that the server asked for is over.
    pub fn resume_sending(&mut self) -> Vec<Errand> {
        self.outbox.resume();
        let mut errands = self.sending();
        errands.extend(self.playing());
        errands
    }

    pub(super) fn sending(&mut self) -> Vec<Errand> {
        let frames = self.outbox.release().into_iter();
        frames.map(Errand::Send).collect()
    }
}
