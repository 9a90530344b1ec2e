//! Joins texts.

/// The texts with a separator between them. The `join` of the standard library is a kilobyte of
/// WebAssembly for each type of text.
pub fn join(texts: &[String], separator: &str) -> String {
    let mut joined = String::new();
    for (nth, text) in texts.iter().enumerate() {
        if nth > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn a_separator_stands_between_two_texts() {
        let texts = ["a", "", "c"].map(str::to_owned);
        assert_eq!(join(&texts, ", "), "a, , c");
        assert_eq!(join(&texts[..1], ", "), "a");
        assert_eq!(join(&[], ", "), "");
    }
}
