//! The ids under which a client sends: random UUIDs (RFC 9562, version 4).

/// The id that is made of these random bytes. They have to be unique, not secret.
pub fn from_random(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = String::with_capacity(36);
    for (position, byte) in bytes.into_iter().enumerate() {
        if matches!(position, 4 | 6 | 8 | 10) {
            uuid.push('-');
        }
        for digit in [byte >> 4, byte & 0x0f] {
            uuid.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
        }
    }
    uuid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_that_the_protocol_accepts() {
        let id = from_random([0xff; 16]);
        assert_eq!(id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert!(protocol::MessageId::parse(&id).is_ok());
        assert_eq!(from_random([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
