//! WebSocket frames (RFC 6455, section 5.2) for both ends of a connection, as cheap as possible:
//! nothing is copied, and no JSON is decoded.

/// The opcode of a text frame.
pub const TEXT: u8 = 0x1;
/// The opcode of a Close.
pub const CLOSE: u8 = 0x8;
/// The opcode of a Ping.
pub const PING: u8 = 0x9;
/// The opcode of a Pong.
pub const PONG: u8 = 0xA;

/// A whole frame at the beginning of some bytes.
#[derive(Debug, Eq, PartialEq)]
pub struct Frame {
    pub opcode: u8,
    /// The range of its payload in the bytes.
    pub payload: std::ops::Range<usize>,
    /// The mask of its payload, if a client sent it.
    pub mask: Option<[u8; 4]>,
}

/// The frame at the beginning of these bytes; `None` if it is incomplete.
pub fn first(bytes: &[u8]) -> Option<Frame> {
    let (&[head, length], _) = bytes.split_first_chunk()?;
    let (length, mut at) = match length & 0x7F {
        126 => (u16::from_be_bytes(chunk(bytes, 2)?).into(), 4),
        127 => (u64::from_be_bytes(chunk(bytes, 2)?), 10),
        short => (u64::from(short), 2),
    };
    let mask = match bytes[1] & 0x80 {
        0 => None,
        _ => {
            let mask = chunk(bytes, at)?;
            at += mask.len();
            Some(mask)
        }
    };
    let end = at.checked_add(usize::try_from(length).ok()?)?;
    (end <= bytes.len()).then_some(Frame {
        opcode: head & 0x0F,
        payload: at..end,
        mask,
    })
}

fn chunk<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// Appends a server's frame.
pub fn put(into: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    header(into, opcode, payload.len(), 0);
    into.extend_from_slice(payload);
}

/// Appends a client's frame. Its mask is zero, which is as good as any other if there is no proxy
/// to protect, and which is the same work for the server.
pub fn put_masked(into: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    header(into, opcode, payload.len(), 0x80);
    into.extend_from_slice(&[0; 4]);
    into.extend_from_slice(payload);
}

fn header(into: &mut Vec<u8>, opcode: u8, length: usize, masked: u8) {
    into.push(0x80 | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => into.push(masked | short),
        (_, Ok(medium)) => {
            into.push(masked | 126);
            into.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            into.push(masked | 127);
            into.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
}

/// Removes a client's mask.
pub fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    if mask != [0; 4] {
        let masks = mask.iter().cycle();
        payload.iter_mut().zip(masks).for_each(|(it, by)| *it ^= by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_every_length_are_decoded() {
        let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000];
        for put in [put, put_masked] {
            let mut bytes = Vec::new();
            for length in lengths {
                put(&mut bytes, TEXT, &vec![b'x'; length]);
            }
            put(&mut bytes, PING, b"");
            let mut rest = &bytes[..];
            for length in lengths {
                let frame = first(rest).expect("a whole frame");
                assert_eq!((frame.opcode, frame.payload.len()), (TEXT, length));
                rest = &rest[frame.payload.end..];
            }
            assert_eq!(first(rest).map(|it| it.opcode), Some(PING));
        }
    }

    #[test]
    fn an_incomplete_frame_is_none() {
        for length in [0, 5, 126, 70_000] {
            let mut bytes = Vec::new();
            put_masked(&mut bytes, TEXT, &vec![b'x'; length]);
            let cuts = (0..bytes.len().min(20)).chain([bytes.len() - 1]);
            for cut in cuts {
                assert_eq!(first(&bytes[..cut]), None, "{cut} of {}", bytes.len());
            }
            assert!(first(&bytes).is_some());
        }
    }

    #[test]
    fn masking_twice_restores_the_payload() {
        let mut payload = *b"hello";
        unmask(&mut payload, [1, 2, 3, 4]);
        assert_ne!(&payload, b"hello");
        unmask(&mut payload, [1, 2, 3, 4]);
        assert_eq!(&payload, b"hello");
    }
}
