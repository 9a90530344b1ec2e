//! Refusals that several parts of the server send.

use protocol::{Code, Nickname, Refusal, limits};

use crate::store;

/// The refusal of a request that the store could not serve. The store has logged the error. Only an
/// outage is temporary.
pub fn unavailable(logged: store::Error) -> Refusal {
    match logged.is_outage() {
        true => Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY),
        false => Code::Internal.into(),
    }
}

/// The refusal of a nickname that another user has.
pub fn name_taken(nickname: &Nickname) -> Refusal {
    Refusal::new(
        Code::NicknameTaken,
        format!(
            "“{}” is already in use. Choose another nickname.",
            nickname.as_str()
        ),
    )
}
