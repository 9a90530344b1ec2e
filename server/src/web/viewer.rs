//! The user behind a request for a page. A page is read without a request to the writer. It
//! reserves no nickname: its socket does. That it was read renews the reservation with the next
//! cleanup.

use protocol::{Nickname, Refusal, UserId};

use super::account_slot::AccountSlot;
use crate::{
    error::{name_taken, unavailable},
    rate_limit::Requester,
    state::AppState,
    store::{
        Db, Error, now_ms,
        users::{self, SecretHash, SessionRow},
    },
};

/// Whom a page is for.
pub enum Viewer {
    SignedIn(UserId, String),
    /// The session is valid, but the nickname is not: another user has taken it, or it expired and
    /// no new user could have it.
    MustRename(Refusal),
    SignedOut,
}

/// Finds the user of an account slot.
///
/// # Errors
/// [`protocol::Code::TooFast`]; those of a store that cannot be read.
pub async fn find(state: &AppState, slot: &AccountSlot) -> Result<Viewer, Refusal> {
    let Some(secret) = slot.secret else {
        return Ok(Viewer::SignedOut);
    };
    let now = now_ms();
    let own_hosts = state.config.proxies.own_hosts();
    let own_hosts: Vec<_> = own_hosts.map(str::to_owned).collect();
    let read = state.store.read(move |db| {
        let Some(session) = page_session(db, secret, now)? else {
            return Ok(None);
        };
        let viewer = viewer_of(db, &session, &own_hosts, now)?;
        Ok(Some((session, viewer)))
    });
    match read.await.map_err(unavailable)? {
        Some((session, viewer)) => {
            state
                .rate_limiter
                .take_query(Requester::from(session.user))?;
            state.writer.used_sessions().add(secret, session.user);
            Ok(viewer)
        }
        None => Ok(Viewer::SignedOut),
    }
}

/// Finds the first of these account slots that is not signed in.
///
/// # Errors
/// Those of a store that cannot be read.
pub async fn free_slot(
    state: &AppState,
    slots: Vec<AccountSlot>,
) -> Result<Option<AccountSlot>, Refusal> {
    let read = state.store.read(move |db| {
        for slot in slots {
            let session = slot.secret.map(|it| page_session(db, it, now_ms()));
            // A session whose nickname was taken still occupies its slot.
            if session.transpose()?.flatten().is_none() {
                return Ok(Some(slot));
            }
        }
        Ok(None)
    });
    read.await.map_err(unavailable)
}

/// The session with this secret. Pages are for people: they show whatever a user may see, so the
/// token of a bot, whose scopes would not apply, opens none.
fn page_session(db: Db<'_>, secret: SecretHash, now: i64) -> Result<Option<SessionRow>, Error> {
    let session = users::session(db, secret, now)?;
    Ok(session.filter(|session| session.grant.is_none()))
}

fn viewer_of(
    db: Db<'_>,
    session: &SessionRow,
    own_hosts: &[String],
    now: i64,
) -> Result<Viewer, Error> {
    let user = session.user;
    if let Some(reserved) = users::reserved_nickname(db, user, now)? {
        return Ok(Viewer::SignedIn(user, reserved));
    }
    // The page's socket will reserve the last nickname again, if nobody else has it.
    let own_hosts = own_hosts.iter().map(String::as_str);
    Ok(match Nickname::parse_chosen(&session.nickname, own_hosts) {
        Err(refusal) => Viewer::MustRename(refusal),
        Ok(nickname) if users::is_in_use(db, &nickname, Some(user), now)? => {
            Viewer::MustRename(name_taken(&nickname))
        }
        Ok(nickname) => Viewer::SignedIn(user, nickname.as_str().to_owned()),
    })
}
