//! Limits for what one client may do. [`IpLimiter`] counts by address before sign-in, and each user
//! has [token buckets](TokenBucket) in the hub.

mod ip_limiter;
mod token_bucket;

pub use ip_limiter::{IpLimiter, PendingConnection};
pub use token_bucket::TokenBucket;
