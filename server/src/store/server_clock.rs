//! Stores how far the server's clock has run, so that it does not jump over a restart.

use super::{Db, Error, statements::statements, value::params};

statements! {
    SEEN_AT: "SELECT seen_at FROM server_state";
    RECORD: "UPDATE server_state SET seen_at = $1";
}

/// How old the stored time may be while the server runs, in milliseconds: ten minutes. Storing it
/// more often would keep the disk of an idle server busy.
pub const RECORD_EVERY_MS: i64 = 10 * 60 * 1_000;

/// Returns the last time that was stored; `None` if there is none yet.
pub fn seen_at(db: Db<'_>) -> Result<Option<i64>, Error> {
    db.one_row(sql::SEEN_AT, params![], |row| row.get(0))
}

/// Stores the time.
pub fn record(db: Db<'_>, now: i64) -> Result<(), Error> {
    db.execute(sql::RECORD, params![now])?;
    Ok(())
}
