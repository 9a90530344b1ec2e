//! Bytes as a supply of small numbers; it ends when they do.

/// What is left of them.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next one; none at the end.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// A place in a log: mostly a small one, in one byte; after 255 any at all, in eight.
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
