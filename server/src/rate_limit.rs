//! Limits for what one client may do. [`IpLimiter`] counts by address before sign-in, [`UserLimiter`]
//! by user.

mod ip_limiter;
mod token_bucket;
mod user_limiter;

pub use ip_limiter::{IpLimiter, PendingConnection};
pub use token_bucket::TokenBucket;
pub use user_limiter::UserLimiter;
