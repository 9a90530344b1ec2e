//! Makes secrets and ids that cannot be guessed.

/// Makes a session's secret: 256 random bits as 64 hex digits, from a cryptographically secure
/// generator that the operating system seeds.
pub fn new() -> String {
    let bits: [u8; 32] = rand::random();
    bits.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes an id for a message whose sender gave none: 128 random bits, as 32 hex digits.
pub fn message_id() -> String {
    format!("{:032x}", rand::random::<u128>())
}
