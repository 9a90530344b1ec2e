//! Reads and writes JSON columns.

use rusqlite::{Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::Error;

/// Decodes a JSON column. NULL is `None`.
///
/// # Errors
/// If the text is not JSON of this type.
pub fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, Error> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// Encodes a value for a JSON column.
///
/// # Errors
/// If the value cannot be encoded as JSON.
pub fn write<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}
