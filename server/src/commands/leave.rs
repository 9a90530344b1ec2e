//! `leave`: out of a public room. A private conversation is not left; it just falls silent.

use protocol::{Refusal, ServerFrame};

use super::Caller;

pub async fn leave(caller: &mut Caller, room: &str) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    caller.settle().await;
    let room = caller.house.hub.leave(&visitor, room)?;
    caller.outbox.send(&ServerFrame::Left { room });
    Ok(())
}
