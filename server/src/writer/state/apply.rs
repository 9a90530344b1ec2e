//! How each write changes the database. What it changes in memory is not rolled back with a savepoint:
//! it comes last in each arm, unless it is true whatever the database says (a socket is gone, or its
//! user has a session).

use protocol::{Code, Nickname, Refusal, limits, name};

use super::Desk;
use crate::{
    limits::FIRST_RESERVATION,
    permissions::{Permissions, Scope},
    store::{Connection, Error, bots, games, users, webhooks},
    writer::writes::{
        Authenticate, Body, Change, Delivered, Draft, NewBot, Outcome, Reply, SignIn, Write,
        refused,
    },
};

impl Desk {
    /// Applies one write.
    ///
    /// # Errors
    /// An outage of the database, or what hinders this write alone.
    pub(super) fn apply(
        &mut self,
        db: &Connection,
        write: &Write,
        now: i64,
    ) -> Result<Outcome, Error> {
        match write {
            // Signed out while the line was still open: the nickname may be somebody else's by now.
            Write::Send(draft) if self.signed_out.contains(&draft.author.user) => {
                refused(Code::LoginFirst)
            }
            // Revoked since it was asked whose token that is.
            Write::Send(Draft {
                reply: Reply::Channel(_),
                author,
                ..
            }) if users::reserved_nickname(db, author.user, now)?.is_none() => {
                refused(Code::BadToken)
            }
            Write::Send(draft) => match &draft.body {
                Body::Text(text) => self.logs.append_message(db, draft, text, now),
                Body::Act(act) => {
                    self.game_timers.mark_changed();
                    self.logs.play(db, draft, act, &self.sockets, now)
                }
            },
            Write::TimeoutGames => {
                self.game_timers.mark_changed();
                Ok(Outcome::TimedOut(self.logs.time_out(db, now)?))
            }
            Write::Read(read) if self.signed_out.contains(&read.user) => Ok(Outcome::Done),
            Write::Read(read) => self.logs.read(db, read),
            Write::SignIn(new, _) => sign_in(db, new, now),
            Write::Authenticate(arrival, ..) => self.authenticate(db, arrival, now),
            Write::Disconnected(user) => {
                if self.sockets.close(*user) == 0 {
                    self.signed_out.remove(user);
                    users::start_expiry(db, *user, now)?;
                }
                Ok(Outcome::Done)
            }
            Write::SignOut(user, _) => {
                users::sign_out(db, *user)?;
                if self.sockets.of(*user) > 0 {
                    self.signed_out.insert(*user);
                }
                Ok(Outcome::Done)
            }
            Write::Change(change, _) => self.change(db, change, now),
            Write::Delivered(Delivered { row, upto }) => {
                webhooks::advance(db, *row, *upto)?;
                Ok(Outcome::Done)
            }
            Write::Expire => {
                users::expire(db, now)?;
                games::stay_alive(db, now)?;
                Ok(Outcome::Done)
            }
            Write::Flush(_) => Ok(Outcome::Done),
        }
    }

    fn change(&self, db: &Connection, change: &Change, now: i64) -> Result<Outcome, Error> {
        match change {
            Change::AddProgram(NewBot {
                name,
                grant,
                secret,
            }) => match bots::add(db, name, grant, *secret, now)? {
                true => Ok(Outcome::Done),
                false => refused(name_taken(name)),
            },
            Change::AddOutgoing(new, room, secret) => {
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
            Change::RemoveOutgoing(name) => match webhooks::remove(db, name)? {
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
                    Ok(n) if users::reserve(db, user, &n, session.reservation_ms, now)? => {
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
            users::pin(db, user)?;
        } else {
            users::extend(db, user, now)?;
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
    let reservation_ms = i64::try_from(sign_in.hold.as_millis()).unwrap_or(i64::MAX / 2);
    let user = users::add_user(db, nickname, now)?;
    users::reserve(db, user, nickname, reservation_ms, now)?;
    // Until the cookie or token has come back once, nobody may ever come back with it.
    let first = FIRST_RESERVATION.min(sign_in.hold);
    users::expire_at(db, user, now + first.as_millis() as i64)?;
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
