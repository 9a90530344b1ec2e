//! Brings a keyed list from one order to another in steps that move no row.
//!
//! The keyed lists of Leptos keep the node of a key, but they also move nodes that could stay where
//! they are, for example when two rows come at the same time. A node that is moved loses the focus,
//! and a click on it is lost if it is moved between mousedown and mouseup. Two kinds of steps move
//! no other node: removing rows, and inserting one row.

/// The keys to draw next on the way from `shown` to `wanted`.
///
/// Rows that change their place are removed, as few as possible, and inserted again.
pub fn next_step(shown: &[String], wanted: &[String]) -> Vec<String> {
    let kept = longest_common_subsequence(shown, wanted);
    if kept.len() < shown.len() {
        return kept;
    }
    let same = shown.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    if same == shown.len() {
        // What is missing comes at the end.
        return wanted.to_vec();
    }
    let mut next = kept;
    next.insert(same, wanted[same].clone());
    next
}

/// The longest part of `shown`, in its order, that is also a part of `wanted` in its order. No key
/// occurs twice.
fn longest_common_subsequence(shown: &[String], wanted: &[String]) -> Vec<String> {
    // Lists change in few places: what is the same at both ends is not looked at again.
    let start = shown.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    let (middle, wanted) = (&shown[start..], &wanted[start..]);
    let both = middle.iter().rev().zip(wanted.iter().rev());
    let end = both.take_while(|(a, b)| a == b).count();
    let (middle, last) = middle.split_at(middle.len() - end);
    let wanted = &wanted[..wanted.len() - end];
    let mut kept = shown[..start].to_vec();
    kept.extend(longest_increasing(middle, wanted));
    kept.extend_from_slice(last);
    kept
}

fn longest_increasing(shown: &[String], wanted: &[String]) -> Vec<String> {
    let known = shown.iter().filter_map(|key| {
        let place = wanted.iter().position(|it| it == key)?;
        Some((key, place))
    });
    let known: Vec<_> = known.collect();
    // For each key: how many can be kept up to it, and which one is kept before it.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(known.len());
    for (at, (_, place)) in known.iter().enumerate() {
        let before = (0..at).filter(|it| known[*it].1 < *place);
        let before = before.max_by_key(|it| best[*it].0);
        best.push((before.map_or(0, |it| best[it].0) + 1, before));
    }
    // Of several that are as long, the one that begins first in `shown`: of two rows that change
    // places, the one that moves up is drawn again.
    let mut here = (0..best.len()).rev().max_by_key(|it| best[*it].0);
    let mut kept = Vec::new();
    while let Some(at) = here {
        kept.push(known[at].0.clone());
        here = best[at].1;
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn keys(keys: &str) -> Vec<String> {
        keys.chars().map(String::from).collect()
    }

    /// The steps from one list to another, each as one word.
    fn steps(shown: &str, wanted: &str) -> Vec<String> {
        let (mut shown, wanted) = (keys(shown), keys(wanted));
        let mut steps = Vec::new();
        while shown != wanted {
            shown = next_step(&shown, &wanted);
            steps.push(shown.concat());
        }
        steps
    }

    #[test]
    fn a_row_that_moves_up_or_down_is_the_only_one_that_is_drawn_again() {
        assert_eq!(steps("abc", "cab"), ["ab", "cab"]);
        assert_eq!(steps("abc", "bca"), ["bc", "bca"]);
        assert_eq!(steps("ab", "ba"), ["a", "ba"]);
        assert_eq!(steps("abcd", "abcd"), [""; 0]);
    }

    #[test]
    fn rows_are_removed_together_and_inserted_one_by_one() {
        assert_eq!(steps("abcde", "bd"), ["bd"]);
        assert_eq!(steps("c", "abcd"), ["ac", "abc", "abcd"]);
        assert_eq!(steps("", "abc"), ["abc"]);
        assert_eq!(steps("abc", "bcd"), ["bc", "bcd"]);
    }

    proptest! {
        #[test]
        fn every_step_removes_rows_or_inserts_one_or_appends(
            shown in Just(keys("abcdef")).prop_shuffle(),
            wanted in Just(keys("defghi")).prop_shuffle(),
        ) {
            let mut shown = shown;
            for _ in 0..10 {
                let next = next_step(&shown, &wanted);
                let kept: Vec<_> = next.iter().filter(|it| shown.contains(it)).collect();
                let order: Vec<_> = shown.iter().filter(|it| next.contains(it)).collect();
                prop_assert_eq!(&kept, &order);
                let is_removal = next.len() == kept.len();
                let is_insertion = kept.len() == shown.len() && next.len() == shown.len() + 1;
                prop_assert!(is_removal || is_insertion || next.starts_with(&shown));
                shown = next;
            }
            prop_assert_eq!(shown, wanted);
        }
    }
}
