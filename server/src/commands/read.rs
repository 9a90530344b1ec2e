//! `read`: up to where one has read, for one's own other sockets and for next time.

use protocol::{Refusal, Seq};

use super::{Caller, whereabouts::Whereabouts};
use crate::writer::Read;

pub async fn read(caller: &mut Caller, room: &str, seq: Seq) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    // Before the store is asked about a private conversation: it is what the allowance spares.
    caller.state.hub.allow_aside(visitor.person)?;
    let room = Whereabouts::of(caller, &visitor, room).await?.into_room();
    // It queues up behind what was said before, and what comes after waits for its answer.
    caller.unsettled = true;
    let read = Read {
        person: visitor.person,
        room,
        seq,
    };
    caller.state.writer.read(read).await;
    Ok(())
}
