//! What clients learn about failures of the store.

use protocol::{Code, Refusal, limits};

use crate::store;

/// The refusal of a request that the store could not serve. The store has logged the error. Only an
/// outage is temporary.
pub fn unavailable(logged: store::Error) -> Refusal {
    match logged.is_outage() {
        true => Refusal::retry_after(Code::StorageUnavailable, limits::STORAGE_RETRY),
        false => Code::Internal.into(),
    }
}
