//! Reads JSON (RFC 8259) into our types, and nothing else: a page has to load what reads it, and
//! serde_json's reader costs it three times as much code. An object is read into a struct by its
//! names only, a number has no fraction, and whatever is wrong is just wrong: what the server says
//! is read here, and it needs no telling.

mod types;

use serde::de::{DeserializeOwned, Error};

/// Values inside each other; deeper ones are not read.
const DEPTH: u8 = 32;

/// The text is not what was asked for.
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

/// Reads a value that takes up the whole text.
///
/// # Errors
/// When it is not JSON, or not of that type.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: DEPTH,
    };
    let value = T::deserialize(&mut reader)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(Unreadable),
    }
}

/// A text, and how far it is read.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: u8,
}

impl Reader<'_> {
    /// The next byte that means something.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// Is it this one? Then it is read.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, byte: u8) -> Result<(), Unreadable> {
        self.takes(byte).then_some(()).ok_or(Unreadable)
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.peek();
        let is_next = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if is_next {
            self.at += word.len();
        }
        is_next
    }

    /// Enters an array or an object.
    fn enter(&mut self, opening: u8) -> Result<(), Unreadable> {
        self.expect(opening)?;
        self.depth = self.depth.checked_sub(1).ok_or(Unreadable)?;
        Ok(())
    }

    /// Goes on to the next member, or out of the array or object.
    fn goes_on(&mut self, is_first: &mut bool, closing: u8) -> Result<bool, Unreadable> {
        let was_first = std::mem::replace(is_first, false);
        if self.takes(closing) {
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
            let rest = &self.text[self.at..];
            let end = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | ..0x20));
            let end = end.ok_or(Unreadable)?;
            string.push_str(&rest[..end]);
            self.at += end + 1;
            match rest.as_bytes()[end] {
                b'"' => return Ok(string),
                b'\\' => string.push(self.escaped()?),
                _ => return Err(Unreadable),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, Unreadable> {
        let byte = *self.text.as_bytes().get(self.at).ok_or(Unreadable)?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let mut code = self.four_digits()?;
                // Beyond the first 65,536 characters two of them stand for one.
                if (0xd800..0xdc00).contains(&code) {
                    if !self.text.as_bytes()[self.at..].starts_with(b"\\u") {
                        return Err(Unreadable);
                    }
                    self.at += 2;
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
        let digits = self.text.get(self.at..self.at + 4).ok_or(Unreadable)?;
        self.at += 4;
        // `from_str_radix` takes a sign.
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Unreadable);
        }
        u32::from_str_radix(digits, 16).map_err(|_| Unreadable)
    }

    /// Whether a whole number is negative, and the number without its sign.
    fn number(&mut self) -> Result<(bool, u64), Unreadable> {
        let is_negative = self.takes(b'-');
        let number = self.digits()?.parse().map_err(|_| Unreadable)?;
        match self.text.as_bytes().get(self.at) {
            Some(b'.' | b'e' | b'E') => Err(Unreadable),
            _ => Ok((is_negative, number)),
        }
    }

    fn digits(&mut self) -> Result<&str, Unreadable> {
        let rest = &self.text[self.at..];
        let other = rest.bytes().position(|byte| !byte.is_ascii_digit());
        let end = other.unwrap_or(rest.len());
        self.at += end;
        if end == 0 {
            Err(Unreadable)
        } else {
            Ok(&rest[..end])
        }
    }

    /// Reads past a value that nobody asks for.
    fn skip(&mut self) -> Result<(), Unreadable> {
        let mut is_first = true;
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'[') => {
                self.enter(b'[')?;
                while self.goes_on(&mut is_first, b']')? {
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'{') => {
                self.enter(b'{')?;
                while self.goes_on(&mut is_first, b'}')? {
                    self.string()?;
                    self.expect(b':')?;
                    self.skip()?;
                }
                Ok(())
            }
            Some(b'-' | b'0'..=b'9') => {
                self.takes(b'-');
                self.digits()?;
                if self.text.as_bytes()[self.at..].starts_with(b".") {
                    self.at += 1;
                    self.digits()?;
                }
                if self.takes_word("e") || self.takes_word("E") {
                    let _ = self.takes(b'+') || self.takes(b'-');
                    self.digits()?;
                }
                Ok(())
            }
            _ => match ["null", "true", "false"]
                .iter()
                .any(|word| self.takes_word(word))
            {
                true => Ok(()),
                false => Err(Unreadable),
            },
        }
    }
}

#[cfg(test)]
mod tests;
