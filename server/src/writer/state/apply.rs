//! How each write changes the database. What it changes in memory is not rolled back with a savepoint:
//! it comes last in each arm, unless it is true whatever the database says (a socket is gone, or its
//! user has a session).

use protocol::{Code, Nickname, Refusal, limits, name};

use super::WriterState;
use crate::{
    permissions::{Permissions, Scope},
    store::{Connection, Error, bots, games, users, webhooks},
    writer::requests::{
        Authenticate, DeliveryProgress, Draft, DraftBody, IntegrationChange, NewBot, Outcome,
        Reply, SignIn, WriteRequest, refused,
    },
};

impl WriterState {
    /// Applies one write.
    ///
    /// # Errors
    /// An outage of the database, or what hinders this write alone.
    pub(super) fn apply(
        &mut self,
        db: &Connection,
        write: &WriteRequest,
        now: i64,
    ) -> Result<Outcome, Error> {
        match write {
            // Signed out while the line was still open: the nickname may be somebody else's by now.
            WriteRequest::Send(draft) if self.signed_out.contains(&draft.author.user) => {
                refused(Code::LoginFirst)
            }
            // Revoked since it was asked whose token that is.
            WriteRequest::Send(Draft {
                reply: Reply::Channel(_),
                author,
                ..
            }) if users::reserved_nickname(db, author.user, now)?.is_none() => {
                refused(Code::BadToken)
            }
            WriteRequest::Send(draft) => match &draft.body {
                DraftBody::Text(text) => self.logs.append_message(db, draft, text, now),
                DraftBody::Game(act) => {
                    self.game_timers.mark_changed();
                    self.logs.play(db, draft, act, &self.sockets, now)
                }
            },
            WriteRequest::TimeoutGames => {
                self.game_timers.mark_changed();
                Ok(Outcome::TimedOut(self.logs.time_out(db, now)?))
            }
            WriteRequest::AdvanceReadMarker(marker) if self.signed_out.contains(&marker.user) => {
                Ok(Outcome::Done)
            }
            WriteRequest::AdvanceReadMarker(marker) => self.logs.advance_read_marker(db, marker),
            WriteRequest::SignIn(new, _) => sign_in(db, new, now),
            WriteRequest::Authenticate(arrival, ..) => self.authenticate(db, arrival, now),
            WriteRequest::Disconnected(user) => {
                if self.sockets.close(*user) == 0 {
                    self.signed_out.remove(user);
                    users::start_expiry(db, *user, now)?;
                }
                Ok(Outcome::Done)
            }
            WriteRequest::SignOut(user, _) => {
                users::sign_out(db, *user)?;
                if self.sockets.of(*user) > 0 {
                    self.signed_out.insert(*user);
                }
                Ok(Outcome::Done)
            }
            WriteRequest::ChangeIntegrations(change, _) => {
                self.change_integrations(db, change, now)
            }
            WriteRequest::RecordDelivery(DeliveryProgress {
                webhook,
                delivered_seq,
            }) => {
                webhooks::advance(db, *webhook, *delivered_seq)?;
                Ok(Outcome::Done)
            }
            WriteRequest::Expire => {
                users::delete_expired(db, now)?;
                games::record_alive(db, now)?;
                Ok(Outcome::Done)
            }
            WriteRequest::Flush(_) => Ok(Outcome::Done),
        }
    }

    fn change_integrations(
        &self,
        db: &Connection,
        change: &IntegrationChange,
        now: i64,
    ) -> Result<Outcome, Error> {
        match change {
            IntegrationChange::AddBot(NewBot {
                name,
                grant,
                secret,
            }) => match bots::add(db, name, grant, *secret, now)? {
                true => Ok(Outcome::Done),
                false => refused(name_taken(name)),
            },
            IntegrationChange::AddWebhook(new, room, secret) => {
                match webhooks::add(db, new, room, secret, now)? {
                    true => Ok(Outcome::Done),
                    false => refused(Refusal::new(
                        Code::NicknameTaken,
                        format!(
                            "An outgoing webhook named “{}” already exists. Choose another name.",
                            new.name
                        ),
                    )),
                }
            }
            IntegrationChange::RemoveWebhook(name) => match webhooks::remove(db, name)? {
                true => Ok(Outcome::Done),
                false => refused(Refusal::new(
                    Code::NotFound,
                    format!(
                        "There is no outgoing webhook named “{name}”. Use “list” to see their names."
                    ),
                )),
            },
        }
    }

    fn authenticate(
        &mut self,
        db: &Connection,
        arrival: &Authenticate,
        now: i64,
    ) -> Result<Outcome, Error> {
        let Some(session) = users::session(db, arrival.secret, now)? else {
            return refused(Code::BadToken);
        };
        let user = session.user;
        let permissions = Permissions::of(session.grant);
        if permissions.is_bot() && arrival.send_queue.is_none() {
            // Pages are for people: they show whatever a user may see.
            return refused(Code::BadToken);
        }
        if let Err(refusal) = permissions.check(Scope::Read) {
            // A socket hears what is said.
            return refused(refusal);
        }
        // There is a session, so no sign-out of this user came to pass.
        self.signed_out.remove(&user);
        let nickname = match users::reserved_nickname(db, user, now)? {
            Some(held)
                if arrival
                    .nickname
                    .as_ref()
                    .is_some_and(|n| !name::is_same(n.as_str(), &held)) =>
            {
                return refused(already_signed_in(&held));
            }
            Some(held) => held,
            None => {
                let wanted = match &arrival.nickname {
                    Some(nickname) => Ok(nickname.clone()),
                    None => Nickname::parse(&session.nickname),
                };
                match wanted {
                    Err(refusal) => return refused(refusal),
                    Ok(n)
                        if users::reserve_nickname(db, user, &n, session.reservation_ms, now)? =>
                    {
                        n.as_str().to_owned()
                    }
                    Ok(n) => return refused(name_taken(&n)),
                }
            }
        };
        if arrival.send_queue.is_some() {
            if self.sockets.of(user) >= limits::SOCKETS_PER_USER {
                return refused(Code::TooManySockets);
            }
            users::stop_expiry(db, user)?;
        } else {
            users::renew_reservation(db, user, now)?;
        }
        if now - session.used_at > users::TOUCH_MS {
            users::touch_session(db, arrival.secret, now)?;
        }
        // Last: the count is not rolled back with what is written.
        if arrival.send_queue.is_some() {
            self.sockets.open(user);
        }
        Ok(Outcome::Authenticated {
            user,
            nickname,
            permissions,
        })
    }
}

fn sign_in(db: &Connection, sign_in: &SignIn, now: i64) -> Result<Outcome, Error> {
    let nickname = &sign_in.nickname;
    if users::is_in_use(db, nickname, None, now)? {
        return refused(name_taken(nickname));
    }
    let reservation_ms = i64::try_from(sign_in.reservation.as_millis()).unwrap_or(i64::MAX / 2);
    let user = users::add_user(db, nickname, now)?;
    users::reserve_nickname(db, user, nickname, reservation_ms, now)?;
    // Until the cookie or token has come back once, nobody may ever come back with it.
    let first = limits::FIRST_HOLD.min(sign_in.reservation);
    users::set_expiry(db, user, now + first.as_millis() as i64)?;
    users::add_session(db, sign_in.secret, user, reservation_ms, now)?;
    Ok(Outcome::Done)
}

fn already_signed_in(held: &str) -> Refusal {
    Refusal::new(
        Code::AlreadySignedIn,
        format!("You are signed in as “{held}”. Sign out first, or choose “Use another name”."),
    )
}

fn name_taken(nickname: &Nickname) -> Refusal {
    Refusal::new(
        Code::NicknameTaken,
        format!(
            "“{}” is already in use. Choose another nickname.",
            nickname.as_str()
        ),
    )
}
