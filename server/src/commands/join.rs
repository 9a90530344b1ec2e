//! `join`: into a public room, making it if it is new, or back to a private conversation.

use protocol::{Close, Code, PersonId, Refusal, RoomName, Seq, is_direct};

use super::{Caller, unavailable};
use crate::{
    hub::{ConnectionHandle, Past},
    permissions::Scope,
    store::{self, events, reads, rooms},
};

pub async fn join(caller: &mut Caller, room: &str, after: Option<Seq>) -> Result<(), Refusal> {
    let visitor = caller.visitor()?;
    caller.settle().await;
    if is_direct(room) {
        join_direct(caller, &visitor, room, after).await
    } else {
        join_public(caller, &visitor, room, after).await
    }
}

/// Enters first and reads then: what is committed meanwhile is held back by the hub, and is
/// delivered after the page unless the page has it.
async fn join_public(
    caller: &Caller,
    visitor: &ConnectionHandle,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let hub = &caller.state.hub;
    let name = RoomName::parse(room)?;
    visitor.permissions.check_in(Scope::Read, &name)?;
    let entered = hub.enter(visitor, name)?;
    let (person, asked) = (visitor.person, entered.name.clone());
    let joined = async {
        let past = caller
            .state
            .store
            .read(move |db| past(db, person, asked.as_str(), after));
        let past = past.await?;
        let reached = (past.upto.seq, past.is_all);
        hub.settle(visitor, &entered.name, room, past);
        catch_up(caller, visitor, entered.name.as_str(), reached).await
    };
    joined.await.or_else(|error| {
        hub.give_up(visitor, &entered);
        come_back(visitor, error)
    })
}

/// To a stranger it is a room that does not exist.
async fn join_direct(
    caller: &Caller,
    visitor: &ConnectionHandle,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let person = visitor.person;
    let known = room.to_owned();
    let direct = caller
        .state
        .store
        .read(move |db| rooms::direct(db, &known))
        .await
        .map_err(unavailable)?
        .filter(|direct| direct.other(person).is_some())
        .ok_or(Code::NoSuchRoom)?;
    let hub = &caller.state.hub;
    hub.hold_direct(visitor, room);
    let asked = room.to_owned();
    let joined = async {
        let read = caller.state.store.read(move |db| {
            let past = past(db, person, &asked, after)?;
            let [a, b] = direct.members;
            let nicknames = [rooms::last_nickname(db, a)?, rooms::last_nickname(db, b)?];
            Ok((past, nicknames))
        });
        let (past, [first, second]) = read.await?;
        let members = [(direct.members[0], first), (direct.members[1], second)];
        let reached = (past.upto.seq, past.is_all);
        hub.settle_direct(visitor, room, members, past);
        catch_up(caller, visitor, room, reached).await
    };
    joined.await.or_else(|error| {
        hub.release_direct(visitor, room);
        come_back(visitor, error)
    })
}

/// Sends page after page until the socket, which was brought up to `seq`, has all: each is read when the one before is written, so
/// who reads slowly fills no memory.
async fn catch_up(
    caller: &Caller,
    visitor: &ConnectionHandle,
    room: &str,
    (mut seq, mut is_all): (Seq, bool),
) -> Result<(), store::Error> {
    let hub = &caller.state.hub;
    while !is_all && !visitor.send_queue.is_closing() {
        visitor.send_queue.has_room().await;
        hub.begin_page(visitor, room);
        let (asked, after) = (room.to_owned(), seq);
        let read = caller
            .state
            .store
            .read(move |db| events::following(db, &asked, after));
        let page = read.await?;
        (seq, is_all) = (page.upto.seq, page.is_all);
        hub.end_page(visitor, room, &page.messages, (seq, is_all));
    }
    Ok(())
}

/// A room without its past, or with half of it, is no good, and a refused `join` is easily taken for
/// final: during an outage the socket closes, and whoever comes back goes on from where they were. A room
/// that cannot be read is refused: coming back would only meet the same again.
fn come_back(visitor: &ConnectionHandle, error: store::Error) -> Result<(), Refusal> {
    if !store::is_outage(&error) {
        return Err(unavailable(error));
    }
    visitor.send_queue.close(Close::StorageUnavailable);
    Ok(())
}

/// What the store holds of the room, in one view.
fn past(
    db: &store::Connection,
    person: PersonId,
    room: &str,
    after: Option<Seq>,
) -> Result<Past, store::Error> {
    let page = events::catch_up(db, room, after)?;
    Ok(Past {
        upto: page.upto,
        messages: page.messages,
        gap: page.gap,
        missing: page.missing,
        is_all: page.is_all,
        read: reads::of(db, person, room)?,
    })
}
