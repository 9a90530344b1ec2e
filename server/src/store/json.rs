//! Reads and writes JSON columns.

use serde::{Serialize, de::DeserializeOwned};

use super::{Error, Row, Value};

/// Decodes a JSON column. NULL is `None`.
///
/// # Errors
/// If it is not JSON of this type.
pub fn read<T: DeserializeOwned>(row: Row<'_>, column: usize) -> Result<Option<T>, Error> {
    let parsed = match row.value(column)? {
        Value::Null => return Ok(None),
        Value::Text(text) => serde_json::from_str(text),
        Value::Integer(_) | Value::Blob(_) => {
            return Err(row.decode_error(column, "it is no text".into()));
        }
    };
    match parsed {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(row.decode_error(column, error.into())),
    }
}

/// Decodes a JSON column that is never NULL.
///
/// # Errors
/// If it is not JSON of this type.
pub fn read_required<T: DeserializeOwned>(row: Row<'_>, column: usize) -> Result<T, Error> {
    read(row, column)?.ok_or_else(|| row.decode_error(column, "it is NULL".into()))
}

/// Encodes a value for a JSON column.
///
/// # Errors
/// If the value cannot be encoded as JSON.
pub fn write<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::Encode)
}
