//! Signatures of outgoing webhooks: HMAC-SHA256 over id, timestamp and body
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The prefix by which a secret can be recognized.
const PREFIX: &str = "whsec_";

/// The shared secret of the server and a receiver.
pub struct Secret(Vec<u8>);

/// A new secret of 256 random bits, in the text form that the receiver is given.
pub fn new_secret() -> String {
    let bits: [u8; 32] = rand::random();
    format!("{PREFIX}{}", STANDARD.encode(bits))
}

impl Secret {
    /// Parses the text form of a secret.
    pub fn parse(text: &str) -> Option<Self> {
        STANDARD.decode(text.strip_prefix(PREFIX)?).ok().map(Self)
    }

    /// The value of the header `webhook-signature`. `timestamp` is in seconds since 1970-01-01
    /// 00:00 UTC.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC accepts keys of any length");
        mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_of_the_specifications_example_is_the_same() {
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a secret");
        let signed = secret.sign(
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(Secret::parse(&new_secret()).is_some());
    }
}
