//! How `chat` and `send` ended.

use std::process::ExitCode;

use crate::async_client::ClientError;

/// The result of a command, as an exit code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// All messages are on the server's disk.
    Stored = 0,
    /// Something was refused; standard error says why.
    Refused = 1,
    /// The server is unreachable, or has closed the connection for good.
    Unreachable = 3,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(outcome as u8)
    }
}

/// An unreachable server may be tried again later. After a refusal, the request has to change.
impl From<&ClientError> for Outcome {
    fn from(error: &ClientError) -> Self {
        match error {
            ClientError::Unreachable { .. }
            | ClientError::Closed { .. }
            | ClientError::AlreadyClosed => Self::Unreachable,
            ClientError::BadAddress(_) | ClientError::Refused(_) => Self::Refused,
        }
    }
}
