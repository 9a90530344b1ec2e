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
