//! What nobody can guess.

/// A session's secret: 256 random bits from the operating system's generator, as 64 hex digits.
pub fn new() -> String {
    let bits: [u8; 32] = rand::random();
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An id for a message whose sender gave none: 128 random bits, as 32 hex digits.
pub fn message_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
