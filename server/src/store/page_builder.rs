//! Collects the events of a page, up to its size limit.

use std::ops::ControlFlow;

use protocol::{Message, limits};

use super::Error;

/// The events of a page, in the order of the query.
#[derive(Default)]
pub struct PageBuilder {
    pub messages: Vec<Message>,
    /// The size of the messages as JSON.
    pub bytes: usize,
}

impl PageBuilder {
    /// Adds an event, unless [`limits::PAGE_BYTES`] of JSON are used up. The first event is always
    /// added.
    pub fn add(&mut self, message: Message) -> Result<ControlFlow<()>, Error> {
        let bytes = self.bytes + serde_json::to_string(&message).map_or(0, |json| json.len());
        if bytes > limits::PAGE_BYTES && !self.messages.is_empty() {
            return Ok(ControlFlow::Break(()));
        }
        self.bytes = bytes;
        self.messages.push(message);
        Ok(ControlFlow::Continue(()))
    }
}
