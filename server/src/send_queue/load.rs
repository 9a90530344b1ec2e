//! How busy a flusher would be if it wrote each frame by itself. From that follows how long frames
//! may be delayed: not at all while there is time, because then a delay saves nothing that anybody
//! lacks.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use tokio::time::Instant;

/// Up to this part of its time no frame is delayed …
const IDLE: f64 = 0.4;
/// … and from this part on frames are delayed for the longest time.
const BUSY: f64 = 0.8;
/// How often the load is computed.
const INTERVAL: Duration = Duration::from_millis(50);

/// Frames and system calls that a flusher has written.
#[derive(Clone, Copy, Debug, Default)]
pub struct WriteCounts {
    pub frames: usize,
    pub calls: usize,
}

/// The part of the longest delay, in thousandths: 1,000 for a busy flusher.
#[derive(Default)]
pub struct LoadFactor(AtomicU32);

impl LoadFactor {
    /// The delay that the load asks for.
    pub fn scale(&self, longest: Duration) -> Duration {
        longest * self.0.load(Ordering::Relaxed) / 1_000
    }
}

/// Measures the load of one flusher.
pub struct LoadMeter {
    counts: WriteCounts,
    busy: Duration,
    since: Instant,
    /// The part of its time that the flusher would need, averaged over some intervals.
    load: f64,
}

impl LoadMeter {
    pub fn new(now: Instant) -> Self {
        Self {
            counts: WriteCounts::default(),
            busy: Duration::ZERO,
            since: now,
            load: 0.0,
        }
    }

    /// Records what was written, and how long it took.
    pub fn record(&mut self, written: WriteCounts, took: Duration) {
        self.counts.frames += written.frames;
        self.counts.calls += written.calls;
        self.busy += took;
    }

    /// Computes the load anew if the last time was an [`INTERVAL`] ago.
    pub fn publish(&mut self, factor: &LoadFactor, now: Instant) {
        let passed = now.saturating_duration_since(self.since);
        if passed < INTERVAL {
            return;
        }
        let WriteCounts { frames, calls } = std::mem::take(&mut self.counts);
        let busy = std::mem::take(&mut self.busy);
        self.since = now;
        let frames_per_call = frames as f64 / calls.max(1) as f64;
        let load = busy.as_secs_f64() * frames_per_call / passed.as_secs_f64();
        self.load = f64::midpoint(self.load, load);
        let part = ((self.load - IDLE) / (BUSY - IDLE)).clamp(0.0, 1.0);
        factor.0.store((part * 1_000.0) as u32, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONGEST: Duration = Duration::from_millis(10);

    /// The delay after a second in which writing took this part of the time, with this many frames
    /// in a system call.
    fn delay(busy: f64, frames_per_call: usize) -> Duration {
        let mut now = Instant::now();
        let mut meter = LoadMeter::new(now);
        let factor = LoadFactor::default();
        for _ in 0..20 {
            let written = WriteCounts {
                frames: 100 * frames_per_call,
                calls: 100,
            };
            meter.record(written, INTERVAL.mul_f64(busy));
            now += INTERVAL;
            meter.publish(&factor, now);
        }
        factor.scale(LONGEST)
    }

    #[test]
    fn frames_are_delayed_only_if_writing_each_by_itself_would_take_too_much_time() {
        assert_eq!(LoadFactor::default().scale(LONGEST), Duration::ZERO);
        assert_eq!(delay(0.1, 1), Duration::ZERO);
        assert_eq!(delay(0.4, 1), Duration::ZERO);
        assert!((Duration::from_millis(1)..LONGEST).contains(&delay(0.7, 1)));
        assert_eq!(delay(0.9, 1), LONGEST);
        assert_eq!(delay(0.1, 10), LONGEST, "the delay keeps it so low");
    }
}
