//! Bounds for the integers that come from outside.

use serde::{Deserialize, Deserializer, de::Error};

/// The largest number that a frame or a request may carry: 2^53 - 1, the largest integer that
/// JavaScript represents exactly (ECMA-262, `Number.MAX_SAFE_INTEGER`). Every database can store
/// it, and adding to it does not overflow.
pub const MAX: u64 = (1 << 53) - 1;

/// A type of one or more integers.
pub trait Numbers {
    /// Whether each of them is at most [`MAX`].
    fn are_bounded(&self) -> bool;
}

impl Numbers for u64 {
    fn are_bounded(&self) -> bool {
        *self <= MAX
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn are_bounded(&self) -> bool {
        self.as_ref().is_none_or(Numbers::are_bounded)
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn are_bounded(&self) -> bool {
        self.iter().all(Numbers::are_bounded)
    }
}

/// Deserializes integers from outside. Used with `#[serde(deserialize_with)]` on each such field.
///
/// # Errors
/// If a number is negative, above [`MAX`], or not an integer.
pub fn bounded<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Numbers,
    D: Deserializer<'de>,
{
    let numbers = T::deserialize(deserializer)?;
    match numbers.are_bounded() {
        true => Ok(numbers),
        false => Err(D::Error::custom(format_args!(
            "use a number of {MAX} or less"
        ))),
    }
}
