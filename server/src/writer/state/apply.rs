//! Applies each kind of request to the database.
//!
//! A savepoint does not roll back changes in memory, so these come last in each arm. The exceptions
//! are true whatever the database returns: that a socket has closed, and that a user has a session.

use protocol::{Code, Nickname, Refusal, limits, name};

use super::WriterState;
use crate::{
    limits::FIRST_RESERVATION,
    permissions::{Permissions, Scope},
    store::{Db, Error, bots, games, users, webhooks},
    writer::requests::{
        Authenticate, DeliveryProgress, Draft, DraftBody, IntegrationChange, NewBot, Outcome,
        Reply, SignIn, WriteRequest, refused,
    },
};

impl WriterState {
    /// Applies one request.
    ///
    /// # Errors
    /// An outage of the database, or an error that concerns this request alone.
    pub(super) fn apply(
        &mut self,
        db: Db<'_>,
        request: &WriteRequest,
        now: i64,
    ) -> Result<Outcome, Error> {
        match request {
            // The user has signed out while the socket was still open: the nickname may have a new
            // owner.
            WriteRequest::Send(draft) if self.signed_out.contains(&draft.author.user) => {
                refused(Code::LoginFirst)
            }
            // The token was revoked after the HTTP request was authenticated.
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
                    self.logs.append_action(db, draft, act, &self.sockets, now)
                }
            },
            WriteRequest::TimeoutGames => {
                self.game_timers.mark_changed();
                Ok(Outcome::TimedOut(self.logs.time_out_games(db, now)?))
            }
            WriteRequest::AdvanceReadMarker(marker) if self.signed_out.contains(&marker.user) => {
                Ok(Outcome::Done)
            }
            WriteRequest::AdvanceReadMarker(marker) => self.logs.advance_read_marker(db, marker),
            WriteRequest::SignIn(new, _) => sign_in(db, new, now),
            WriteRequest::Authenticate(request, ..) => self.authenticate(db, request, now),
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
        db: Db<'_>,
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
        db: Db<'_>,
        request: &Authenticate,
        now: i64,
    ) -> Result<Outcome, Error> {
        let Some(session) = users::session(db, request.secret, now)? else {
            return refused(Code::BadToken);
        };
        let user = session.user;
        let permissions = Permissions::of(session.grant);
        if permissions.is_bot() && request.send_queue.is_none() {
            // Pages are for people: they show whatever a user may see, so a token's scopes do not
            // apply.
            return refused(Code::BadToken);
        }
        if let Err(refusal) = permissions.check(Scope::Read) {
            // A socket receives messages.
            return refused(refusal);
        }
        // There is a session, so no sign-out of this user has committed.
        self.signed_out.remove(&user);
        let nickname = match users::reserved_nickname(db, user, now)? {
            Some(reserved)
                if request
                    .nickname
                    .as_ref()
                    .is_some_and(|it| !name::is_same(it.as_str(), &reserved)) =>
            {
                return refused(already_signed_in(&reserved));
            }
            Some(reserved) => reserved,
            None => {
                let wanted = match &request.nickname {
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
        if request.send_queue.is_some() {
            if self.sockets.of(user) >= limits::SOCKETS_PER_USER {
                return refused(Code::TooManySockets);
            }
            users::stop_expiry(db, user)?;
        } else {
            users::renew_reservation(db, user, now)?;
        }
        if now - session.used_at > users::TOUCH_MS {
            users::touch_session(db, request.secret, now)?;
        }
        // Last, because the count is not rolled back with the savepoint.
        if request.send_queue.is_some() {
            self.sockets.open(user);
        }
        Ok(Outcome::Authenticated {
            user,
            nickname,
            permissions,
        })
    }
}

fn sign_in(db: Db<'_>, sign_in: &SignIn, now: i64) -> Result<Outcome, Error> {
    let nickname = &sign_in.nickname;
    if users::is_in_use(db, nickname, None, now)? {
        return refused(name_taken(nickname));
    }
    let reservation_ms = i64::try_from(sign_in.reservation.as_millis()).unwrap_or(i64::MAX / 2);
    let user = users::add_user(db, nickname, now)?;
    users::reserve_nickname(db, user, nickname, reservation_ms, now)?;
    // If the answer is lost, no client has the secret. The reservation is short until a page or a
    // socket uses it.
    let unconfirmed = FIRST_RESERVATION.min(sign_in.reservation);
    users::set_expiry(db, user, now + unconfirmed.as_millis() as i64)?;
    users::add_session(db, sign_in.secret, user, reservation_ms, now)?;
    Ok(Outcome::Done)
}

fn already_signed_in(nickname: &str) -> Refusal {
    Refusal::new(
        Code::AlreadySignedIn,
        format!("You are signed in as “{nickname}”. Sign out first, or choose “Use another name”."),
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
