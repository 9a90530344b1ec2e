//! `leave`: out of a public room. A private conversation is not left; it just falls silent.

use protocol::{Refusal, ServerFrame};

use super::visitor;
use crate::session::Session;

pub async fn leave(session: &mut Session, room: &str) -> Result<(), Refusal> {
    let visitor = visitor(session)?;
    session.settle().await;
    let room = session.house.hub.leave(&visitor, room)?;
    session.outbox.send(&ServerFrame::Left { room });
    Ok(())
}
