//! Users who sign in, and the sockets that sessions authenticate.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use protocol::{Code, Nickname, Refusal, UserId, limits, name};

use super::WriterState;
use crate::{
    error::name_taken,
    hub::ConnectionHandle,
    limits::FIRST_RESERVATION,
    permissions::{Permissions, Scope},
    store::{
        Db,
        users::{self, SecretHash, SessionRow},
    },
    writer::{
        error::WriteError,
        requests::{Authenticate, ReserveNickname, SignIn},
    },
};

/// The sessions that were used since the last time was stored, and their users. Pages add to it,
/// because a page is read without a request to the writer.
#[derive(Default)]
pub struct UsedSessions(Mutex<HashMap<SecretHash, UserId>>);

impl UsedSessions {
    /// Records that the session is in use.
    pub fn add(&self, secret: SecretHash, user: UserId) {
        self.lock().insert(secret, user);
    }

    /// The sessions and their users.
    pub fn all(&self) -> Vec<(SecretHash, UserId)> {
        self.lock()
            .iter()
            .map(|(secret, user)| (*secret, *user))
            .collect()
    }

    /// Removes sessions whose use is stored.
    pub fn remove(&self, stored: &[SecretHash]) {
        let mut sessions = self.lock();
        for secret in stored {
            sessions.remove(secret);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SecretHash, UserId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nickname that a user wants.
enum Wanted<'a> {
    /// This one, and the refusal if nobody may choose it.
    Chosen(&'a Nickname, &'a Result<(), Refusal>),
    /// The last one, which must not look like one of these hosts.
    Last(&'a [String]),
}

impl WriterState {
    pub(super) fn sign_in(db: Db<'_>, sign_in: &SignIn, now: i64) -> Result<(), WriteError> {
        let nickname = &sign_in.nickname;
        if users::is_in_use(db, nickname, None, now)? {
            return Err(name_taken(nickname).into());
        }
        sign_in.may_be_reserved.clone()?;
        let reservation_ms = i64::try_from(sign_in.reservation.as_millis()).unwrap_or(i64::MAX / 2);
        let user = users::add_user(db, nickname, now)?;
        users::reserve_nickname(db, user, nickname, reservation_ms, now)?;
        // If the answer is lost, no client has the secret. The reservation is short until a socket
        // uses it.
        let unconfirmed = FIRST_RESERVATION.min(sign_in.reservation);
        users::set_expiry(db, user, now + unconfirmed.as_millis() as i64)?;
        users::add_session(db, sign_in.secret, user, reservation_ms, now)?;
        Ok(())
    }

    /// Reserves a nickname for the user of a session, who may have lost the old one, and replaces
    /// the session's secret. Returns the user.
    pub(super) fn reserve_nickname(
        &mut self,
        db: Db<'_>,
        wanted: &ReserveNickname,
        now: i64,
    ) -> Result<UserId, WriteError> {
        let session = self.persons_session(db, wanted.old_secret, now)?;
        let nickname = Wanted::Chosen(&wanted.nickname, &wanted.may_be_reserved);
        self.nickname(db, &session, &nickname, now)?;
        users::replace_secret(db, wanted.old_secret, wanted.secret, now)?;
        if self.sockets.of(session.user) == 0 {
            // As with a new user, the answer may get lost.
            let unconfirmed = (FIRST_RESERVATION.as_millis() as i64).min(session.reservation_ms);
            users::set_expiry(db, session.user, now + unconfirmed)?;
        }
        Ok(session.user)
    }

    /// Replaces the secret of a person's session. Returns the user.
    pub(super) fn replace_secret(
        &mut self,
        db: Db<'_>,
        old: SecretHash,
        new: SecretHash,
        now: i64,
    ) -> Result<UserId, WriteError> {
        let session = self.persons_session(db, old, now)?;
        users::replace_secret(db, old, new, now)?;
        Ok(session.user)
    }

    /// The session of a user who is no bot. Pages are for people: they show whatever a user may
    /// see, so a token's scopes do not apply.
    fn persons_session(
        &mut self,
        db: Db<'_>,
        secret: SecretHash,
        now: i64,
    ) -> Result<SessionRow, WriteError> {
        match self.session(db, secret, now)? {
            (_, permissions) if permissions.is_bot() => Err(Code::BadToken.into()),
            (session, _) => Ok(session),
        }
    }

    /// Authenticates a socket by its session.
    pub(super) fn authenticate(
        &mut self,
        db: Db<'_>,
        request: &Authenticate,
        now: i64,
    ) -> Result<ConnectionHandle, WriteError> {
        let (session, permissions) = self.session(db, request.secret, now)?;
        let user = session.user;
        // A socket receives messages.
        permissions.check(Scope::Read)?;
        let wanted = match &request.nickname {
            Some(nickname) => Wanted::Chosen(nickname, &request.may_be_reserved),
            None => Wanted::Last(&request.own_hosts),
        };
        let nickname = self.nickname(db, &session, &wanted, now)?;
        if self.sockets.of(user) >= limits::SOCKETS_PER_USER {
            return Err(Code::TooManySockets.into());
        }
        users::stop_expiry(db, user)?;
        if now - session.used_at > users::TOUCH_MS {
            self.used_sessions.add(request.secret, user);
        }
        // Last, because the count is not rolled back with the savepoint.
        self.sockets.open(user, request.send_queue.id());
        Ok(ConnectionHandle {
            user,
            nickname,
            send_queue: Arc::clone(&request.send_queue),
            permissions,
            address: request.address,
        })
    }

    fn session(
        &mut self,
        db: Db<'_>,
        secret: SecretHash,
        now: i64,
    ) -> Result<(SessionRow, Permissions), WriteError> {
        let session = users::session(db, secret, now)?.ok_or(Code::BadToken)?;
        // There is a session, so no sign-out of this user has committed.
        self.signed_out.remove(&session.user);
        let permissions = Permissions::of(session.grant.clone());
        Ok((session, permissions))
    }

    /// Returns the nickname that is reserved for the user. If it has expired, reserves it again, or
    /// the one that the user wants instead, if that may be reserved.
    fn nickname(
        &self,
        db: Db<'_>,
        session: &SessionRow,
        wanted: &Wanted<'_>,
        now: i64,
    ) -> Result<String, WriteError> {
        let user = session.user;
        if let Some(reserved) = users::reserved_nickname(db, user, now)? {
            let is_other = |wanted: &Nickname| !name::is_same(wanted.as_str(), &reserved);
            return match wanted {
                Wanted::Chosen(wanted, _) if is_other(wanted) => {
                    Err(already_signed_in(&reserved).into())
                }
                Wanted::Chosen(..) | Wanted::Last(_) => Ok(reserved),
            };
        }
        let nickname = match wanted {
            Wanted::Chosen(nickname, may_be_reserved) => {
                if users::is_in_use(db, nickname, Some(user), now)? {
                    return Err(name_taken(nickname).into());
                }
                (*may_be_reserved).clone()?;
                (*nickname).clone()
            }
            Wanted::Last(own_hosts) => {
                let own_hosts = own_hosts.iter().map(String::as_str);
                Nickname::parse_chosen(&session.nickname, own_hosts)?
            }
        };
        match users::reserve_nickname(db, user, &nickname, session.reservation_ms, now)? {
            true => Ok(nickname.as_str().to_owned()),
            false => Err(name_taken(&nickname).into()),
        }
    }
}

fn already_signed_in(nickname: &str) -> Refusal {
    Refusal::new(
        Code::AlreadySignedIn,
        format!("You are signed in as “{nickname}”. Sign out first, or choose “Use another name”."),
    )
}
