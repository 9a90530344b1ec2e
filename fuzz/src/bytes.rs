//! A source of numbers, made of input bytes. It ends with the bytes.

/// The bytes that are not used yet.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next byte; `None` at the end.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A position in a log: a small one in one byte, or any number in the eight bytes after a 255.
    pub fn seq(&mut self) -> Option<u64> {
        match self.byte()? {
            u8::MAX => {
                let (wide, rest) = self.0.split_first_chunk()?;
                self.0 = rest;
                Some(u64::from_le_bytes(*wide))
            }
            small => Some(u64::from(small)),
        }
    }
}
