//! Why a request was not applied.

use protocol::{Code, Refusal};

use crate::store;

/// The error of one request.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The request is refused, and the batch continues. What the request has written before stays.
    #[error("refused: {}", .0.message)]
    Refused(Refusal),
    /// The database's error.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<Refusal> for WriteError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Code> for WriteError {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}
