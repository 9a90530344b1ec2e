//! What can go wrong with the database.

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// An error of the store. [`Error::is_outage`] says whether it concerns the whole database or a
/// single request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database itself has failed: the disk is full, missing or broken, or another process
    /// locks the file.
    #[error(transparent)]
    Outage(Cause),
    /// A row with the same unique key is stored already.
    #[error(transparent)]
    Duplicate(Cause),
    /// The database has refused a statement for another reason: a violated constraint, or a sum
    /// that is too large.
    #[error(transparent)]
    Refused(Cause),
    /// A stored value is not of the expected type.
    #[error("the column {column} cannot be decoded: {cause}")]
    Decode {
        column: String,
        #[source]
        cause: Cause,
    },
    /// A value cannot be written as JSON.
    #[error("a value cannot be encoded: {0}")]
    Encode(#[source] serde_json::Error),
    /// Something that must be stored is not: what, or the statement that should have found it.
    #[error("not in the database: {0}")]
    Missing(&'static str),
}

impl Error {
    /// Returns whether the database itself has failed. Every other error concerns a single request.
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Outage(_) => true,
            Self::Duplicate(_)
            | Self::Refused(_)
            | Self::Decode { .. }
            | Self::Encode(_)
            | Self::Missing(_) => false,
        }
    }
}
