//! `join`: into a public room, making it if it is new, or back to a private conversation.

use protocol::{Close, Code, Refusal, RoomName, Seq, UserId, is_direct};

use super::{ConnectionContext, unavailable};
use crate::{
    hub::{ConnectionHandle, JoinSnapshot},
    permissions::Scope,
    store::{self, events, read_markers, rooms},
};

pub async fn join(
    context: &mut ConnectionContext,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let connection = context.identity()?;
    context.flush().await;
    if is_direct(room) {
        join_direct(context, &connection, room, after).await
    } else {
        join_public(context, &connection, room, after).await
    }
}

/// Enters first and reads then: what is committed meanwhile is held back by the hub, and is
/// delivered after the page unless the page has it.
async fn join_public(
    context: &ConnectionContext,
    connection: &ConnectionHandle,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let hub = &context.state.hub;
    let name = RoomName::parse(room)?;
    connection.permissions.check_in(Scope::Read, &name)?;
    let entered = hub.subscribe(connection, name)?;
    let (user, asked) = (connection.user, entered.name.clone());
    let joined = async {
        let past = context
            .state
            .store
            .read(move |db| past(db, user, asked.as_str(), after));
        let past = past.await?;
        let reached = (past.upto.seq, past.is_all);
        hub.complete_join(connection, &entered.name, room, past);
        catch_up(context, connection, entered.name.as_str(), reached).await
    };
    joined.await.or_else(|error| {
        hub.abort_join(connection, &entered);
        come_back(connection, error)
    })
}

/// To a stranger it is a room that does not exist.
async fn join_direct(
    context: &ConnectionContext,
    connection: &ConnectionHandle,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let user = connection.user;
    let known = room.to_owned();
    let direct = context
        .state
        .store
        .read(move |db| rooms::direct(db, &known))
        .await
        .map_err(unavailable)?
        .filter(|direct| direct.other(user).is_some())
        .ok_or(Code::NoSuchRoom)?;
    let hub = &context.state.hub;
    hub.begin_direct_join(connection, room);
    let asked = room.to_owned();
    let joined = async {
        let read = context.state.store.read(move |db| {
            let past = past(db, user, &asked, after)?;
            let [a, b] = direct.members;
            let nicknames = [rooms::last_nickname(db, a)?, rooms::last_nickname(db, b)?];
            Ok((past, nicknames))
        });
        let (past, [first, second]) = read.await?;
        let members = [(direct.members[0], first), (direct.members[1], second)];
        let reached = (past.upto.seq, past.is_all);
        hub.complete_direct_join(connection, room, members, past);
        catch_up(context, connection, room, reached).await
    };
    joined.await.or_else(|error| {
        hub.abort_direct_join(connection, room);
        come_back(connection, error)
    })
}

/// Sends page after page until the socket, which was brought up to `seq`, has all: each is read when the one before is written, so
/// who reads slowly fills no memory.
async fn catch_up(
    context: &ConnectionContext,
    connection: &ConnectionHandle,
    room: &str,
    (mut seq, mut is_all): (Seq, bool),
) -> Result<(), store::Error> {
    let hub = &context.state.hub;
    while !is_all && !connection.send_queue.is_closing() {
        connection.send_queue.has_room().await;
        hub.begin_page(connection, room);
        let (asked, after) = (room.to_owned(), seq);
        let read = context
            .state
            .store
            .read(move |db| events::page_after(db, &asked, after));
        let page = read.await?;
        (seq, is_all) = (page.end.seq, page.is_all);
        hub.end_page(connection, room, &page.messages, (seq, is_all));
    }
    Ok(())
}

/// A room without its past, or with half of it, is no good, and a refused `join` is easily taken for
/// final: during an outage the socket closes, and whoever comes back goes on from where they were. A room
/// that cannot be read is refused: coming back would only meet the same again.
fn come_back(connection: &ConnectionHandle, error: store::Error) -> Result<(), Refusal> {
    if !store::is_outage(&error) {
        return Err(unavailable(error));
    }
    connection.send_queue.close(Close::StorageUnavailable);
    Ok(())
}

/// What the store holds of the room, in one view.
fn past(
    db: &store::Connection,
    user: UserId,
    room: &str,
    after: Option<Seq>,
) -> Result<JoinSnapshot, store::Error> {
    let page = events::catch_up(db, room, after)?;
    Ok(JoinSnapshot {
        upto: page.end,
        messages: page.messages,
        gap: page.gap,
        missing: page.missing,
        is_all: page.is_all,
        read: read_markers::of(db, user, room)?,
    })
}
