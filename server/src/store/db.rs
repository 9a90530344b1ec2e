//! One interface for the databases that can hold the store: connections, transactions, statements
//! and rows. Today that is SQLite; a second one is a variant of each enum here.

use std::ops::ControlFlow;

use super::{Error, Value, sqlite, statements::Sql, value::FromValue};

/// A connection to the database.
pub enum Connection {
    Sqlite(rusqlite::Connection),
}

impl Connection {
    /// Runs statements outside of a transaction: each is one of its own.
    pub fn db(&self) -> Db<'_> {
        match self {
            Self::Sqlite(connection) => Db::Sqlite(connection),
        }
    }

    /// Begins a transaction that writes. If another connection writes, it waits at once instead of
    /// failing after it has read.
    pub fn begin(&mut self) -> Result<Transaction<'_>, Error> {
        self.transaction(rusqlite::TransactionBehavior::Immediate)
    }

    /// Begins a transaction that only reads: it sees one snapshot.
    pub fn snapshot(&mut self) -> Result<Transaction<'_>, Error> {
        self.transaction(rusqlite::TransactionBehavior::Deferred)
    }

    fn transaction(
        &mut self,
        behavior: rusqlite::TransactionBehavior,
    ) -> Result<Transaction<'_>, Error> {
        match self {
            Self::Sqlite(connection) => Ok(Transaction::Sqlite(
                connection.transaction_with_behavior(behavior)?,
            )),
        }
    }
}

/// An open transaction, which is rolled back when it is dropped.
pub enum Transaction<'connection> {
    Sqlite(rusqlite::Transaction<'connection>),
}

impl Transaction<'_> {
    /// Runs statements in the transaction.
    pub fn db(&self) -> Db<'_> {
        match self {
            Self::Sqlite(transaction) => Db::Sqlite(transaction),
        }
    }

    /// # Errors
    /// An outage of the database. The transaction may have been committed all the same.
    pub fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(transaction) => Ok(transaction.commit()?),
        }
    }
}

/// A database that runs statements: a connection, or the transaction that is open on it.
///
/// Every method returns the database's error, and an error of the closure that reads a row.
#[derive(Clone, Copy)]
pub enum Db<'a> {
    Sqlite(&'a rusqlite::Connection),
}

impl Db<'_> {
    /// Runs a statement that returns no rows, and returns how many rows it has changed.
    pub fn execute<const N: usize>(
        self,
        sql: impl Into<Sql<N>>,
        parameters: [Value<'_>; N],
    ) -> Result<usize, Error> {
        match self {
            Self::Sqlite(db) => sqlite::execute(db, sql.into().text(), &parameters),
        }
    }

    /// Returns the first row, if there is one.
    pub fn row<const N: usize, T>(
        self,
        sql: impl Into<Sql<N>>,
        parameters: [Value<'_>; N],
        read: impl FnOnce(Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = sqlite::prepare(db, sql.into().text(), &parameters)?;
                let mut rows = statement.raw_query();
                rows.next()?.map(|row| read(Row::Sqlite(row))).transpose()
            }
        }
    }

    /// Returns the first row of a statement that always has one.
    ///
    /// # Errors
    /// Also [`Error::Missing`].
    pub fn one_row<const N: usize, T>(
        self,
        sql: impl Into<Sql<N>>,
        parameters: [Value<'_>; N],
        read: impl FnOnce(Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let sql = sql.into();
        let row = self.row(sql, parameters, read)?;
        row.ok_or(Error::Missing(sql.text()))
    }

    /// Returns all rows.
    pub fn rows<const N: usize, T>(
        self,
        sql: impl Into<Sql<N>>,
        parameters: [Value<'_>; N],
        mut read: impl FnMut(Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        self.each_row(sql, parameters, |row| {
            all.push(read(row)?);
            Ok(ControlFlow::<()>::Continue(()))
        })?;
        Ok(all)
    }

    /// Reads one row after another, until `read` breaks or there are no more. Returns what `read`
    /// breaks with.
    pub fn each_row<const N: usize, B>(
        self,
        sql: impl Into<Sql<N>>,
        parameters: [Value<'_>; N],
        mut read: impl FnMut(Row<'_>) -> Result<ControlFlow<B>, Error>,
    ) -> Result<Option<B>, Error> {
        match self {
            Self::Sqlite(db) => {
                let mut statement = sqlite::prepare(db, sql.into().text(), &parameters)?;
                let mut rows = statement.raw_query();
                while let Some(row) = rows.next()? {
                    if let ControlFlow::Break(value) = read(Row::Sqlite(row))? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
        }
    }

    /// Runs statements that are no queries and have no parameters.
    fn batch(self, statements: &'static str) -> Result<(), Error> {
        match self {
            Self::Sqlite(db) => Ok(db.execute_batch(statements)?),
        }
    }
}

/// Runs `work` in a savepoint of the open transaction, and rolls the savepoint back if `work`
/// fails.
///
/// # Errors
/// The error of `work`, or the database's error if the savepoint itself fails.
pub fn in_savepoint<T>(db: Db<'_>, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    db.batch("SAVEPOINT alone")?;
    let done = work();
    match &done {
        Ok(_) => db.batch("RELEASE alone")?,
        // An outage may have ended the whole transaction, and the savepoint with it.
        Err(error) if error.is_outage() => {}
        Err(_) => db.batch("ROLLBACK TO alone; RELEASE alone")?,
    }
    done
}

/// A row of a result.
#[derive(Clone, Copy)]
pub enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
}

impl<'a> Row<'a> {
    /// Decodes the column at this index, from 0.
    ///
    /// # Errors
    /// [`Error::Decode`] if its value is not of this type.
    pub fn get<T: FromValue>(self, column: usize) -> Result<T, Error> {
        let value = self.value(column)?;
        T::from_value(value).ok_or_else(|| {
            let expected = std::any::type_name::<T>();
            self.decode_error(column, format!("it is no {expected}").into())
        })
    }

    /// Returns the value of the column at this index.
    pub fn value(self, column: usize) -> Result<Value<'a>, Error> {
        match self {
            Self::Sqlite(row) => sqlite::value(row, column),
        }
    }

    /// The error of a column whose value is not what is expected there.
    pub fn decode_error(
        self,
        column: usize,
        cause: Box<dyn std::error::Error + Send + Sync>,
    ) -> Error {
        let column = match self {
            Self::Sqlite(row) => sqlite::column_name(row, column),
        };
        Error::Decode { column, cause }
    }
}
