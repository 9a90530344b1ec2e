//! `join`: enters a public room, which is created if it is new, or reads a private conversation.
//! Answers with `joined`; further pages follow as `message`.

use protocol::{Close, Code, Refusal, RoomName, Seq, UserId, is_direct};

use super::{ConnectionContext, room_to_enter};
use crate::{
    error::unavailable,
    hub::{ConnectionHandle, JoinSnapshot},
    permissions::Scope,
    rate_limit::Budget,
    store::{self, events, read_markers, rooms},
};

pub async fn join(
    context: &mut ConnectionContext,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let connection = context.connection()?;
    let from = connection.requester();
    context.state.rate_limiter.take_query(from)?;
    context.flush().await;
    if is_direct(room) {
        join_direct(context, &connection, room, after).await
    } else {
        join_public(context, &connection, room, after).await
    }
}

/// Subscribes first, and then reads the store. The hub buffers events that are committed meanwhile,
/// and delivers those that the page does not have after it.
async fn join_public(
    context: &ConnectionContext,
    connection: &ConnectionHandle,
    room: &str,
    after: Option<Seq>,
) -> Result<(), Refusal> {
    let hub = &context.state.hub;
    let name = RoomName::parse(room)?;
    connection.permissions.check_in(Scope::Read, &name)?;
    let name = room_to_enter(&context.state, connection.requester(), name)?;
    let ticket = hub.subscribe(connection, name)?;
    let (user, requested) = (connection.user, ticket.name.clone());
    let joined = async {
        let read = context
            .state
            .store
            .read(move |db| snapshot(db, user, requested.as_str(), after));
        let snapshot = read.await?;
        charge_read(context, connection, snapshot.bytes);
        let reached = (snapshot.end.seq, snapshot.is_all);
        hub.complete_join(connection, &ticket.name, room, snapshot);
        catch_up(context, connection, ticket.name.as_str(), reached).await
    };
    joined.await.or_else(|error| {
        hub.abort_join(connection, &ticket);
        close_or_refuse(connection, error)
    })
}

/// A private conversation of other users gets the same refusal as one that does not exist.
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
        .read(move |db| rooms::direct_of(db, user, &known))
        .await
        .map_err(unavailable)?
        .ok_or(Code::NoSuchRoom)?;
    let hub = &context.state.hub;
    hub.begin_direct_join(connection, room);
    let requested = room.to_owned();
    let joined = async {
        let read = context.state.store.read(move |db| {
            let snapshot = snapshot(db, user, &requested, after)?;
            Ok((snapshot, rooms::last_nicknames(db, direct.members)?))
        });
        let (snapshot, [first, second]) = read.await?;
        charge_read(context, connection, snapshot.bytes);
        let members = [(direct.members[0], first), (direct.members[1], second)];
        let reached = (snapshot.end.seq, snapshot.is_all);
        hub.complete_direct_join(connection, room, members, snapshot);
        catch_up(context, connection, room, reached).await
    };
    joined.await.or_else(|error| {
        hub.abort_direct_join(connection, room);
        close_or_refuse(connection, error)
    })
}

/// Sends pages to a connection that was brought up to `seq`, until it has everything. Each page is
/// read once the one before is written, so a client that reads slowly takes no memory.
async fn catch_up(
    context: &ConnectionContext,
    connection: &ConnectionHandle,
    room: &str,
    (mut seq, mut is_all): (Seq, bool),
) -> Result<(), store::Error> {
    let hub = &context.state.hub;
    while !is_all && !connection.send_queue.is_closing() {
        connection.send_queue.wait_for_capacity().await;
        // The rest of a join that has begun is not refused. It comes later.
        let rate_limiter = &context.state.rate_limiter;
        rate_limiter
            .wait(connection.requester(), Budget::ReadBytes)
            .await;
        hub.begin_page(connection, room);
        let (requested, after) = (room.to_owned(), seq);
        let read = context
            .state
            .store
            .read(move |db| events::page_after(db, &requested, after));
        let page = read.await?;
        charge_read(context, connection, page.bytes);
        (seq, is_all) = (page.end.seq, page.is_all);
        hub.end_page(connection, room, &page.messages, (seq, is_all));
    }
    Ok(())
}

fn charge_read(context: &ConnectionContext, connection: &ConnectionHandle, bytes: usize) {
    let from = connection.requester();
    let rate_limiter = &context.state.rate_limiter;
    rate_limiter.charge(from, Budget::ReadBytes, bytes);
}

/// Ends a join whose page could not be read.
///
/// During an outage it closes the connection, and the client resumes when it reconnects: a room
/// with only a part of its events would be wrong, and clients may take a refused `join` for final.
/// Any other error is refused, because it would happen again after reconnecting.
fn close_or_refuse(connection: &ConnectionHandle, error: store::Error) -> Result<(), Refusal> {
    if !error.is_outage() {
        return Err(unavailable(error));
    }
    connection.send_queue.close(Close::StorageUnavailable);
    Ok(())
}

/// Reads what the store has of the room, in one transaction.
fn snapshot(
    db: store::Db<'_>,
    user: UserId,
    room: &str,
    after: Option<Seq>,
) -> Result<JoinSnapshot, store::Error> {
    let page = events::catch_up(db, room, after)?;
    Ok(JoinSnapshot {
        end: page.end,
        messages: page.messages,
        bytes: page.bytes,
        gap: page.gap,
        missing: page.missing,
        is_all: page.is_all,
        read: read_markers::of(db, user, room)?,
    })
}
