//! The driver of SQLite: parameters, columns and errors.

use rusqlite::{CachedStatement, Connection, ErrorCode, Row, ToSql, ffi, types};

use super::{Error, Value};

/// Runs a statement that returns no rows, and returns how many rows it has changed.
pub fn execute(
    db: &Connection,
    sql: &'static str,
    parameters: &[Value<'_>],
) -> Result<usize, Error> {
    Ok(prepare(db, sql, parameters)?.raw_execute()?)
}

/// Prepares a statement, or takes it from the connection's cache, and binds its parameters.
pub fn prepare<'db>(
    db: &'db Connection,
    sql: &'static str,
    parameters: &[Value<'_>],
) -> Result<CachedStatement<'db>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    for (index, value) in parameters.iter().enumerate() {
        statement.raw_bind_parameter(index + 1, value)?;
    }
    Ok(statement)
}

/// Reads a column.
pub fn value<'row>(row: &'row Row<'_>, column: usize) -> Result<Value<'row>, Error> {
    match row.get_ref(column)? {
        types::ValueRef::Null => Ok(Value::Null),
        types::ValueRef::Integer(integer) => Ok(Value::Integer(integer)),
        types::ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text)),
            Err(error) => Err(Error::Decode {
                column: column_name(row, column),
                cause: error.into(),
            }),
        },
        types::ValueRef::Blob(blob) => Ok(Value::Blob(blob)),
        types::ValueRef::Real(_) => Err(Error::Decode {
            column: column_name(row, column),
            cause: "a real number is stored there".into(),
        }),
    }
}

/// Returns a column's name, for an error message.
pub fn column_name(row: &Row<'_>, column: usize) -> String {
    let name = row.as_ref().column_name(column);
    name.map_or_else(|_| column.to_string(), str::to_owned)
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<types::ToSqlOutput<'_>> {
        let value = match *self {
            Self::Null => types::ValueRef::Null,
            Self::Integer(integer) => types::ValueRef::Integer(integer),
            Self::Text(text) => types::ValueRef::Text(text.as_bytes()),
            Self::Blob(blob) => types::ValueRef::Blob(blob),
        };
        Ok(types::ToSqlOutput::Borrowed(value))
    }
}

/// Classifies SQLite's errors (<https://sqlite.org/rescode.html>).
impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let Some(failure) = error.sqlite_error() else {
            return Self::Refused(error.into());
        };
        match failure.code {
            ErrorCode::ConstraintViolation => match failure.extended_code {
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID => Self::Duplicate(error.into()),
                _ => Self::Refused(error.into()),
            },
            // `Unknown` includes SQLITE_ERROR: the statement is wrong, or a sum is too large.
            ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::ParameterOutOfRange
            | ErrorCode::ApiMisuse
            | ErrorCode::AuthorizationForStatementDenied
            | ErrorCode::Unknown => Self::Refused(error.into()),
            ErrorCode::InternalMalfunction
            | ErrorCode::PermissionDenied
            | ErrorCode::OperationAborted
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::OutOfMemory
            | ErrorCode::ReadOnly
            | ErrorCode::OperationInterrupted
            | ErrorCode::SystemIoFailure
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotFound
            | ErrorCode::DiskFull
            | ErrorCode::CannotOpen
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::SchemaChanged
            | ErrorCode::NoLargeFileSupport
            | ErrorCode::NotADatabase
            | _ => Self::Outage(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Nickname, UserId};

    use super::*;
    use crate::store::{Db, in_memory, rooms, users};

    #[test]
    fn errors_are_told_apart() {
        let connection = in_memory();
        let db = connection.db();
        let nickname = Nickname::parse("Anna").expect("is a nickname");
        let user = users::add_user(db, &nickname, 0).expect("inserts");
        let other = UserId(user.0 + 1);
        rooms::add_direct(db, "@1", user, other).expect("inserts");

        let again = rooms::add_direct(db, "@2", user, other);
        assert!(matches!(again, Err(Error::Duplicate(_))), "{again:?}");
        let with_self = rooms::add_direct(db, "@3", user, user);
        assert!(matches!(with_self, Err(Error::Refused(_))));
        let unknown = rooms::last_nickname(db, other);
        assert!(matches!(unknown, Err(Error::Missing(_))), "{unknown:?}");

        let Db::Sqlite(sqlite) = db;
        let damage = "UPDATE rooms SET hidden = -1; DROP TABLE users";
        sqlite.execute_batch(damage).expect("changes the database");
        let negative = rooms::log(db, "@1");
        assert!(matches!(negative, Err(Error::Decode { .. })));
        let no_table = rooms::last_nickname(db, user);
        assert!(matches!(no_table, Err(Error::Refused(_))), "{no_table:?}");

        sqlite
            .pragma_update(None, "query_only", true)
            .expect("forbids writing");
        let read_only = rooms::add_direct(db, "@4", user, other).expect_err("is forbidden");
        assert!(read_only.is_outage(), "{read_only}");
    }
}
