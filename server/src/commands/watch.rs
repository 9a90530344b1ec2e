//! `watch`: which games are before somebody's eyes. Only in public rooms: in private there is nobody
//! to watch.

use protocol::{Code, Refusal, Seq, limits};

use super::{Caller, whereabouts::Whereabouts};

pub async fn watch(caller: &mut Caller, room: &str, games: &[Seq]) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    if games.len() > limits::GAMES_WATCHED {
        let sentence = format!("“games” names {} games at most.", limits::GAMES_WATCHED);
        return Err(Refusal::new(Code::BadField, sentence));
    }
    caller.state.hub.allow_aside(visitor.person)?;
    caller.settle().await;
    match Whereabouts::of(caller, &visitor, room).await? {
        Whereabouts::Public(room) => caller.state.hub.watch(&visitor, &room, games),
        Whereabouts::Direct { .. } => {}
    }
    Ok(())
}
