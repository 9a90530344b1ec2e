//! Columns that hold JSON.

use rusqlite::{Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::Error;

/// What a column holds as JSON, if anything.
///
/// # Errors
/// If it is none of that type.
pub fn read<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<Option<T>, Error> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A value for such a column.
///
/// # Errors
/// If it cannot be JSON.
pub fn write<T: Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}
