//! Quantiles of a set of values.

/// The value below which this part of all values lies: 0.5 for the median. `None` if there are
/// none.
pub fn quantile<T: Copy + PartialOrd>(values: &mut [T], part: f64) -> Option<T> {
    let last = values.len().checked_sub(1)?;
    let index = ((values.len() as f64 * part) as usize).min(last);
    let by = |a: &T, b: &T| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal);
    Some(*values.select_nth_unstable_by(index, by).1)
}

/// The value in the middle.
pub fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> Option<T> {
    quantile(&mut values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_few_and_many_values() {
        assert_eq!(median(Vec::<u32>::new()), None);
        assert_eq!(median(vec![7]), Some(7));
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        let mut hundred: Vec<u32> = (0..100).rev().collect();
        assert_eq!(quantile(&mut hundred, 0.99), Some(99));
        assert_eq!(quantile(&mut hundred, 0.5), Some(50));
        assert_eq!(quantile(&mut hundred, 0.0), Some(0));
        assert_eq!(quantile(&mut hundred, 1.0), Some(99));
    }
}
