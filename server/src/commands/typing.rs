//! `typing`: for who is in the room, and only while it lasts.

use protocol::Refusal;

use super::{Caller, whereabouts::Whereabouts};

pub async fn typing(caller: &mut Caller, room: &str) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    // First, so that who types fast waits for nothing and asks the store nothing.
    if !caller.state.hub.heeds_typing(visitor.person, room) {
        return Ok(());
    }
    caller.settle().await;
    let whereabouts = Whereabouts::of(caller, &visitor, room).await?;
    let hub = &caller.state.hub;
    match whereabouts {
        Whereabouts::Public(room) => hub.type_in(&visitor, &room),
        Whereabouts::Direct { room, other } => hub.type_to(&visitor, &room, other),
    }
    Ok(())
}
