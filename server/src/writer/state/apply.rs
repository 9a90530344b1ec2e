//! Applies each kind of request to the database, and says what follows from it.
//!
//! A savepoint does not roll back changes in memory, so these come last in each arm. The exceptions
//! are true whatever the database returns: that a socket has closed, and that a user has a session.
//! Tokens are returned if the batch is undone.

use protocol::{Code, Refusal, UserId};

use super::WriterState;
use crate::{
    error::name_taken,
    store::{Db, bots, events, games, removed_rooms, room_use, server_clock, users, webhooks},
    writer::{
        error::WriteError,
        post_commit::PostCommit,
        reply::{MessageReply, Reply},
        requests::{DeliveryProgress, Draft, DraftBody, IntegrationChange, NewBot, WriteRequest},
        room_logs::{Appended, resent},
    },
};

impl WriterState {
    /// Applies one request.
    ///
    /// # Errors
    /// The request's refusal; an outage of the database, or an error of it that concerns this
    /// request alone.
    pub(super) fn apply<'a>(
        &mut self,
        db: Db<'_>,
        request: &'a WriteRequest,
        now: i64,
    ) -> Result<PostCommit<'a>, WriteError> {
        match request {
            WriteRequest::Send(draft) => self.send(db, draft, now),
            WriteRequest::DeleteMessage(message, reply) => {
                self.has_deleted = true;
                let deleted = self.logs.delete_message(db, message, now)?;
                Ok(match deleted {
                    Some(publication) => PostCommit::Deleted(publication, reply),
                    None => reply.answer(()),
                })
            }
            WriteRequest::RemoveRoom(removal, reply) => {
                // Its games are gone as well.
                self.game_timers.mark_changed();
                Ok(match self.logs.remove_room(db, removal)? {
                    true => PostCommit::Answer(Box::new(move |hub| {
                        hub.remove_stored_room(&removal.room);
                        drop(reply.send(Ok(true)));
                    })),
                    false => reply.answer(false),
                })
            }
            WriteRequest::PurgeRooms(reply) => {
                self.has_deleted = true;
                Ok(reply.answer(removed_rooms::purge(db)?))
            }
            WriteRequest::RecordRoomUse(rooms, reply) => {
                room_use::record(db, rooms, now)?;
                Ok(reply.answer(()))
            }
            WriteRequest::TimeoutGames => {
                self.game_timers.mark_changed();
                let ended = self.logs.time_out_games(db, now)?;
                Ok(PostCommit::PublishAll(ended))
            }
            WriteRequest::AdvanceReadMarker(marker) if self.signed_out.contains(&marker.user) => {
                Ok(PostCommit::Nothing)
            }
            WriteRequest::AdvanceReadMarker(marker) => {
                Ok(match self.logs.advance_read_marker(db, marker)? {
                    Some(position) => PostCommit::ReadMarkerAdvanced(marker, position),
                    None => PostCommit::Nothing,
                })
            }
            WriteRequest::SignIn(new, reply) => {
                self.store.storage.allow_user()?;
                Self::sign_in(db, new, now)?;
                Ok(reply.answer(()))
            }
            WriteRequest::ReserveNickname(wanted, reply) => {
                let user = self.reserve_nickname(db, wanted, now)?;
                Ok(secret_replaced(user, reply))
            }
            WriteRequest::ReplaceSecret(old, new, reply) => {
                let user = self.replace_secret(db, *old, *new, now)?;
                Ok(secret_replaced(user, reply))
            }
            WriteRequest::Authenticate(socket, reply) => {
                let connection = self.authenticate(db, socket, now)?;
                Ok(PostCommit::Connect(
                    connection,
                    socket.token.as_ref(),
                    reply,
                ))
            }
            WriteRequest::Disconnected(socket) => {
                if let Some((user, 0)) = self.sockets.close(*socket) {
                    self.signed_out.remove(&user);
                    users::start_expiry(db, user, now)?;
                }
                Ok(PostCommit::Nothing)
            }
            WriteRequest::SignOut(user, reply) => {
                users::sign_out(db, *user)?;
                if self.sockets.of(*user) > 0 {
                    self.signed_out.insert(*user);
                }
                Ok(PostCommit::Answer(Box::new(move |hub| {
                    hub.sign_out(*user);
                    drop(reply.send(Ok(())));
                })))
            }
            WriteRequest::ChangeIntegrations(change, reply) => {
                change_integrations(db, change, now)?;
                Ok(reply.answer(()))
            }
            WriteRequest::RecordDelivery(DeliveryProgress {
                webhook,
                seq,
                delivery,
            }) => {
                webhooks::record(db, *webhook, *seq, delivery)?;
                Ok(PostCommit::Nothing)
            }
            WriteRequest::Expire => {
                // First, because what has expired is not renewed.
                users::delete_expired(db, now)?;
                let used = self.used_sessions.all();
                for (secret, user) in &used {
                    users::touch_session(db, *secret, now)?;
                    users::renew_reservation(db, *user, now)?;
                }
                games::record_alive(db, now)?;
                if now - self.seen_at >= server_clock::RECORD_EVERY_MS {
                    server_clock::record(db, now)?;
                    self.seen_at = now;
                }
                self.stored_sessions
                    .extend(used.into_iter().map(|(secret, _)| secret));
                Ok(PostCommit::Nothing)
            }
            WriteRequest::Flush(reply) => Ok(reply.answer(())),
        }
    }

    /// Appends a message or an act in a game. A resend is answered with its original event, also if
    /// a new message would be refused. A message that reaches a room costs a token, whether it is
    /// stored or refused there: both are work for the writer.
    fn send<'a>(
        &mut self,
        db: Db<'_>,
        draft: &'a Draft,
        now: i64,
    ) -> Result<PostCommit<'a>, WriteError> {
        let user = draft.author.user;
        // The user has signed out while the socket was still open: the nickname may have a new
        // owner.
        if self.signed_out.contains(&user) {
            return Err(Code::LoginFirst.into());
        }
        // The token was revoked after the HTTP request was authenticated.
        if matches!(draft.reply, MessageReply::Channel(_))
            && users::reserved_nickname(db, user, now)?.is_none()
        {
            return Err(Code::BadToken.into());
        }
        let precondition = draft.precondition.clone();
        let (requester, bytes) = (draft.author.requester(), draft.body.bytes());
        let take = || self.rate_limiter.take_message(requester, bytes);
        let allowed = precondition
            .and_then(|()| self.store.storage.allow_message())
            .and_then(|()| take());
        let is_charged = allowed.is_ok();
        if is_charged {
            self.charged.push((requester, bytes));
        }
        let appended = match allowed {
            Ok(()) => self.append(db, draft, now)?,
            Err(refusal) => match events::find_by_client_id(db, user, draft.id.as_str())? {
                Some(original) => resent(draft, original)?,
                None => return Err(refusal.into()),
            },
        };
        Ok(match appended {
            Appended::Stored(publication) => PostCommit::Stored(publication, &draft.reply),
            Appended::Resent(original) => {
                if is_charged {
                    self.charged.pop();
                    self.rate_limiter.refund_message(requester, bytes);
                }
                PostCommit::Resent(original, &draft.reply)
            }
        })
    }

    fn append(&mut self, db: Db<'_>, draft: &Draft, now: i64) -> Result<Appended, WriteError> {
        match &draft.body {
            DraftBody::Text(text) => self.logs.append_message(db, draft, text, now),
            DraftBody::Game(act) => {
                self.game_timers.mark_changed();
                self.logs.append_action(db, draft, act, &self.sockets, now)
            }
        }
    }
}

/// Any of the user's sockets may be of somebody else who knows the old secret.
fn secret_replaced(user: UserId, reply: &Reply<()>) -> PostCommit<'_> {
    PostCommit::Answer(Box::new(move |hub| {
        hub.reconnect_user(user);
        drop(reply.send(Ok(())));
    }))
}

fn change_integrations(db: Db<'_>, change: &IntegrationChange, now: i64) -> Result<(), WriteError> {
    let refusal = match change {
        IntegrationChange::AddBot(NewBot {
            name,
            grant,
            secret,
        }) => match bots::add(db, name, grant, *secret, now)? {
            true => return Ok(()),
            false => name_taken(name),
        },
        IntegrationChange::AddWebhook(new, room, secret) => {
            match webhooks::add(db, new, room, secret, now)? {
                true => return Ok(()),
                false => Refusal::new(
                    Code::NicknameTaken,
                    format!(
                        "An outgoing webhook named “{}” already exists. Choose another name.",
                        new.name
                    ),
                ),
            }
        }
        IntegrationChange::RemoveWebhook(name) => match webhooks::remove(db, name)? {
            true => return Ok(()),
            false => no_webhook(name),
        },
        IntegrationChange::EnableWebhook(name) => match webhooks::enable(db, name)? {
            true => return Ok(()),
            false => no_webhook(name),
        },
    };
    Err(refusal.into())
}

fn no_webhook(name: &str) -> Refusal {
    let sentence =
        format!("There is no outgoing webhook named “{name}”. Use “list” to see their names.");
    Refusal::new(Code::NotFound, sentence)
}
