//! The two clocks of a server.
//!
//! [`wall_ms`] is the time of day, which people and other machines read. It may jump: somebody sets
//! it, or the network corrects it. [`now_ms`] is the server's own clock, which decides what has
//! expired. It starts with the time of day, advances with the monotonic clock, and never jumps,
//! also not over a restart: of the time since the server was last seen running, [`LONGEST_STOP_MS`]
//! count at most. So a wall clock that is set 400 days ahead ends no session, game or reservation.

use std::{
    sync::OnceLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The most time that passes on the server's clock while the server is stopped: a day. A longer
/// stop cannot be told from a wall clock that has jumped.
const LONGEST_STOP_MS: i64 = 24 * 60 * 60 * 1_000;

/// A smaller difference between the clocks is no jump.
const LEAST_JUMP_MS: i64 = 1_000;

/// A moment, on the monotonic clock and on the server's clock.
static START: OnceLock<(Instant, i64)> = OnceLock::new();

/// Starts the server's clock, unless it runs already. `seen_at` is its last known time, from before
/// the last stop.
pub fn start(seen_at: Option<i64>) {
    START.get_or_init(|| (Instant::now(), first(wall_ms(), seen_at)));
}

fn first(wall: i64, seen_at: Option<i64>) -> i64 {
    match seen_at {
        Some(seen_at) => wall.clamp(seen_at, seen_at.saturating_add(LONGEST_STOP_MS)),
        None => wall,
    }
}

/// The server's clock: milliseconds, near to those since 1970-01-01 00:00 UTC unless the wall clock
/// has jumped.
pub fn now_ms() -> i64 {
    let (instant, at) = START.get_or_init(|| (Instant::now(), wall_ms()));
    let elapsed = i64::try_from(instant.elapsed().as_millis()).unwrap_or(i64::MAX);
    at.saturating_add(elapsed)
}

/// The time of day: milliseconds since 1970-01-01 00:00 UTC.
pub fn wall_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What the wall clock shows, or would have shown, at this time of the server's clock. They are the
/// same unless the wall clock has jumped.
pub fn to_wall(at: i64) -> i64 {
    let ahead = wall_ms().saturating_sub(now_ms());
    match ahead.saturating_abs() < LEAST_JUMP_MS {
        true => at,
        false => at.saturating_add(ahead),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_starts_where_it_was_unless_the_stop_was_short() {
        const DAY: i64 = LONGEST_STOP_MS;
        assert_eq!(first(100 * DAY, None), 100 * DAY);
        assert_eq!(first(100 * DAY + 5, Some(100 * DAY)), 100 * DAY + 5);
        assert_eq!(first(500 * DAY, Some(100 * DAY)), 101 * DAY);
        assert_eq!(
            first(99 * DAY, Some(100 * DAY)),
            100 * DAY,
            "it never goes back"
        );
    }
}
