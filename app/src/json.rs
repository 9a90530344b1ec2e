//! A small reader of JSON (RFC 8259) for the types that this page reads, and nothing else.
//!
//! The page has to load the code that reads its JSON, and serde_json's reader is three times as
//! large. To stay small, this one reads an object into a struct by the names of its fields only, it
//! accepts no fractions, and its error does not say what is wrong: only the server's output is read
//! here, and nobody would read the explanation.

pub mod server_frame;
mod types;

use serde::de::{DeserializeOwned, Error};

/// How deep arrays and objects may be nested.
const DEPTH: u8 = 32;

/// The text is not JSON, or not JSON of the expected type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unreadable;

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not the JSON that was expected")
    }
}

impl std::error::Error for Unreadable {}

impl Error for Unreadable {
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Reads the one value that the text consists of.
///
/// # Errors
/// If the text is not JSON, or not JSON of that type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut parser = Parser {
        text,
        position: 0,
        depth: DEPTH,
    };
    let value = T::deserialize(&mut parser)?;
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(Unreadable),
    }
}

/// A text, and the position up to which it has been read.
struct Parser<'a> {
    text: &'a str,
    position: usize,
    /// How much deeper arrays and objects may be nested.
    depth: u8,
}

impl Parser<'_> {
    /// Skips white space and returns the next byte without reading it.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.position) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.position += 1;
        }
        None
    }

    /// Reads the next byte if it is this one, and returns whether it was.
    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.position += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        self.take(byte).then_some(()).ok_or(Unreadable)
    }

    /// Reads the next characters if they are this word, and returns whether they were.
    fn take_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.text.as_bytes()[self.position..].starts_with(word.as_bytes());
        if is_next {
            self.position += word.len();
        }
        is_next
    }

    /// Reads the beginning of an array or an object.
    fn open(&mut self, opening: u8) -> Result<(), Unreadable> {
        self.expect(opening)?;
        self.depth = self.depth.checked_sub(1).ok_or(Unreadable)?;
        Ok(())
    }

    /// Moves to the next member of an array or an object and returns `true`, or reads its end and
    /// returns `false`.
    fn next_member(&mut self, is_first: &mut bool, closing: u8) -> Result<bool, Unreadable> {
        let was_first = std::mem::replace(is_first, false);
        if self.take(closing) {
            self.depth += 1;
            return Ok(false);
        }
        if !was_first {
            self.expect(b',')?;
        }
        Ok(true)
    }

    fn string(&mut self) -> Result<String, Unreadable> {
        self.expect(b'"')?;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.position..];
            let end = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
            let end = end.ok_or(Unreadable)?;
            string.push_str(&rest[..end]);
            self.position += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(string),
                b'\\' => string.push(self.escaped()?),
                _ => return Err(Unreadable),
            }
        }
    }

    /// The character that an escape sequence stands for, after its backslash.
    fn escaped(&mut self) -> Result<char, Unreadable> {
        let byte = *self.text.as_bytes().get(self.position).ok_or(Unreadable)?;
        self.position += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.four_digits()?;
                // A character above U+FFFF is written as two surrogates.
                if (0xd800..0xdc00).contains(&code) {
                    if !self.text.as_bytes()[self.position..].starts_with(b"\\u") {
                        return Err(Unreadable);
                    }
                    self.position += 2;
                    let low = self.four_digits()?.wrapping_sub(0xdc00);
                    if low >= 0x400 {
                        return Err(Unreadable);
                    }
                    code = 0x1_0000 + ((code - 0xd800) << 10) + low;
                }
                char::from_u32(code).ok_or(Unreadable)?
            }
            _ => return Err(Unreadable),
        })
    }

    fn four_digits(&mut self) -> Result<u32, Unreadable> {
        let digits = self
            .text
            .get(self.position..self.position + 4)
            .ok_or(Unreadable)?;
        self.position += 4;
        // `from_str_radix` would accept a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Unreadable);
        }
        u32::from_str_radix(digits, 16).map_err(|_| Unreadable)
    }

    /// Whether an integer is negative, and the integer without its sign.
    fn number(&mut self) -> Result<(bool, u64), Unreadable> {
        let is_negative = self.take(b'-');
        let number = self.digits()?.parse().map_err(|_| Unreadable)?;
        match self.text.as_bytes().get(self.position) {
            Some(b'.' | b'e' | b'E') => Err(Unreadable),
            _ => Ok((is_negative, number)),
        }
    }

    fn digits(&mut self) -> Result<&str, Unreadable> {
        let rest = &self.text[self.position..];
        let other = rest.bytes().position(|byte| !byte.is_ascii_digit());
        let end = other.unwrap_or(rest.len());
        self.position += end;
        if end == 0 {
            Err(Unreadable)
        } else {
            Ok(&rest[..end])
        }
    }

    /// Reads a value of any type and drops it.
    fn skip(&mut self) -> Result<(), Unreadable> {
        let mut is_first = true;
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'[') => {
                self.open(b'[')?;
                while self.next_member(&mut is_first, b']')? {
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'{') => {
                self.open(b'{')?;
                while self.next_member(&mut is_first, b'}')? {
                    self.string()?;
                    self.expect(b':')?;
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => {
                self.take(b'-');
                self.digits()?;
                if self.text.as_bytes()[self.position..].starts_with(b".") {
                    self.position += 1;
                    self.digits()?;
                }
                if self.take_word("e") || self.take_word("E") {
                    let _ = self.take(b'+') || self.take(b'-');
                    self.digits()?;
                }
                Ok(())
            }
            _ => match ["null", "true", "false"]
                .iter()
                .any(|word| self.take_word(word))
            {
                true => Ok(()),
                false => Err(Unreadable),
            },
        }
    }
}

#[cfg(test)]
mod tests;
