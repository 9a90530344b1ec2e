//! Breaks texts into lines that fit, by the columns of each grapheme in a terminal (UAX 11).

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The lines of a text at this width. A line breaks between words if possible, or else within a
/// word. Control characters become spaces, so that no message sends commands to the terminal.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(2);
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut width = 0;
        for word in paragraph.split_word_bounds() {
            let word: String = word
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            if width + word.width() > columns && width > 0 && !word.trim().is_empty() {
                lines.push(std::mem::take(&mut line));
                width = 0;
            }
            for grapheme in word.graphemes(true) {
                if width + grapheme.width() > columns {
                    lines.push(std::mem::take(&mut line));
                    width = 0;
                    if grapheme == " " {
                        continue;
                    }
                }
                line.push_str(grapheme);
                width += grapheme.width();
            }
        }
        lines.push(line);
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_wide_characters_count_twice() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("日本語の文", 4), ["日本", "語の", "文"]);
        assert_eq!(wrap("日本語", 5), ["日本", "語"]);
        assert_eq!(wrap("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrap("\u{1b}[2Jx", 10), [" [2Jx"]);
        for columns in 2..12 {
            for line in wrap("Übermäßig 🫖🫖 lange Wörter, 他の言語も", columns) {
                assert!(line.width() <= columns, "{line:?} in {columns}");
            }
        }
    }
}
