//! The SQL of the store. [`statements!`] declares the statements of a module, and [`registry`] lists
//! the modules, so that a test can prepare every statement on every kind of database. A statement
//! that is declared in another way does not compile.

pub mod registry;

/// A statement with `N` parameters.
#[derive(Clone, Copy)]
pub struct Sql<const N: usize> {
    text: &'static str,
}

impl<const N: usize> Sql<N> {
    pub fn text(self) -> &'static str {
        self.text
    }
}

/// Declares the statements of a module as constants of its submodule `sql`. A text may have several
/// parts.
///
/// Parameters are `$1`, `$2` and so on in the order in which they first appear, because SQLite
/// numbers them by that order. Anything else does not compile.
macro_rules! statements {
    ($($name:ident: $($part:expr),+;)+) => {
        pub(super) mod sql {
            /// A statement with `N` parameters. Nothing outside of this module can make one.
            #[derive(Clone, Copy)]
            pub struct Statement<const N: usize>(&'static str);

            impl<const N: usize> Statement<N> {
                pub fn text(self) -> &'static str {
                    self.0
                }
            }

            $(pub const $name: Statement<
                { $crate::store::statements::count_parameters(concat!($($part),+)) },
            > = Statement(concat!($($part),+));)+

            #[cfg(test)]
            pub const ALL: &[&str] = &[$($name.0),+];
        }
    };
}
pub(super) use statements;

/// Counts the parameters of a statement.
///
/// # Panics
/// If they are not `$1`, `$2` and so on in the order in which they first appear. A constant that
/// panics does not compile.
pub const fn count_parameters(text: &str) -> usize {
    let text = text.as_bytes();
    let mut count = 0;
    let mut at = 0;
    while at < text.len() {
        assert!(text[at] != b'?', "PostgreSQL has no parameter `?`");
        if text[at] == b'$' {
            let mut number = 0;
            while at + 1 < text.len() && text[at + 1].is_ascii_digit() {
                at += 1;
                number = number * 10 + (text[at] - b'0') as usize;
            }
            assert!(
                1 <= number && number <= count + 1,
                "parameters are numbered in the order in which they first appear",
            );
            if number > count {
                count = number;
            }
        }
        at += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{in_memory, value::params};

    #[test]
    fn a_parameter_that_is_used_twice_is_bound_once() {
        let sql = Sql::<3> {
            text: "SELECT $1 || $2 || $1 || $3 || $2",
        };
        let bound: Result<String, _> =
            in_memory()
                .db()
                .one_row(sql, params!["a", "b", "c"], |row| row.get(0));
        assert_eq!(bound.expect("reads"), "abacb");
    }

    #[test]
    fn parameters_are_numbered_in_the_order_of_their_first_appearance() {
        assert_eq!(count_parameters("SELECT 1"), 0);
        assert_eq!(count_parameters("SELECT $1, $2, $1, $3"), 3);
        assert_eq!(count_parameters("$1 $2 $3 $4 $5 $6 $7 $8 $9 $10"), 10);
        for wrong in ["SELECT ?", "SELECT $2", "SELECT $1, $3, $2", "SELECT $"] {
            let counted = std::panic::catch_unwind(|| count_parameters(wrong));
            assert!(counted.is_err(), "{wrong}");
        }
    }
}
