//! The line that the user types: a text and a cursor that moves by graphemes.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text so far.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Composer {
    text: String,
    /// The cursor: the byte offset at which the next character goes.
    at: usize,
}

impl Composer {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Columns before the cursor.
    pub fn column(&self) -> usize {
        self.text[..self.at].width()
    }

    /// Returns the line and clears it.
    pub fn take(&mut self) -> String {
        self.at = 0;
        std::mem::take(&mut self.text)
    }

    /// Restores a line that was not accepted.
    pub fn restore(&mut self, text: String) {
        self.at = text.len();
        self.text = text;
    }

    /// Inserts a text at the cursor. Line breaks become spaces.
    pub fn insert(&mut self, text: &str) {
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        self.text.insert_str(self.at, &text);
        self.at += text.len();
    }

    pub fn backspace(&mut self) {
        let before = self.before();
        self.text.replace_range(before..self.at, "");
        self.at = before;
    }

    pub fn delete(&mut self) {
        let after = self.after();
        self.text.replace_range(self.at..after, "");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        let words = self.text[..self.at].split_word_bound_indices();
        let word = words.rev().find(|(_, word)| !word.trim().is_empty());
        let from = word.map_or(0, |(from, _)| from);
        self.text.replace_range(from..self.at, "");
        self.at = from;
    }

    pub fn left(&mut self) {
        self.at = self.before();
    }

    pub fn right(&mut self) {
        self.at = self.after();
    }

    pub fn home(&mut self) {
        self.at = 0;
    }

    pub fn end(&mut self) {
        self.at = self.text.len();
    }

    fn before(&self) -> usize {
        let mut graphemes = self.text[..self.at].grapheme_indices(true);
        graphemes.next_back().map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let next = self.text[self.at..].graphemes(true).next();
        self.at + next.map_or(0, str::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_moves_by_graphemes() {
        let mut line = Composer::default();
        line.insert("日本 👩‍👩‍👧 é");
        assert_eq!(line.column(), 9);
        line.backspace();
        line.backspace();
        line.left();
        assert_eq!(line.column(), 5, "before the emoji");
        line.delete();
        assert_eq!(line.text(), "日本 ");
        line.delete_word();
        assert_eq!(line.text(), "日", "each character is a word here");
        line.backspace();
        line.delete();
        assert_eq!(line.take(), "");
    }
}
