//! Whole numbers from outside, bounded where they are parsed.

use serde::{Deserialize, Deserializer, de::Error};

/// The largest number that a frame or a request may carry: 2^53 - 1, the largest integer that
/// JavaScript represents exactly (ECMA-262, `Number.MAX_SAFE_INTEGER`). Every database can store it,
/// and adding to it overflows nothing.
pub const MAX: u64 = (1 << 53) - 1;

/// One or more numbers that share one bound.
pub trait Numbers {
    /// Is each of them at most [`MAX`]?
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

/// For `#[serde(deserialize_with)]` on each field that holds a number from outside.
///
/// # Errors
/// If a number is negative, above [`MAX`], or no whole number.
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
