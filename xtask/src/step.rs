//! Announces each step of a command and measures how long it takes.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps of one command, in the order in which they finished. All output goes to standard
/// error, so that standard output has only the output of the programs that are started.
#[derive(Default)]
pub struct Steps {
    finished: Vec<Finished>,
}

struct Finished {
    title: &'static str,
    duration: Duration,
    succeeded: bool,
}

impl Steps {
    /// Prints `title` and `reason`, does the work and prints how long it took.
    ///
    /// # Errors
    ///
    /// The work's error, with the step's title as context.
    pub fn step<T>(
        &mut self,
        title: &'static str,
        reason: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        eprintln!("▸ {title}: {reason}");
        let started = Instant::now();
        let outcome = work();
        let duration = started.elapsed();
        let succeeded = outcome.is_ok();
        let word = if succeeded { "done" } else { "failed" };
        eprintln!("  {word} after {}", format_duration(duration));
        self.finished.push(Finished {
            title,
            duration,
            succeeded,
        });
        outcome.with_context(|| format!("This step failed: {title}"))
    }

    /// A table with one line for each step and their sum, for the end of a long command. It is
    /// empty before the first step.
    pub fn summary(&self) -> String {
        if self.finished.is_empty() {
            return String::new();
        }
        let mut table = String::from("\nDurations:\n");
        let mut line = |mark: &str, duration: Duration, title: &str| {
            table += &format!("  {mark} {:>12}  {title}\n", format_duration(duration));
        };
        for step in &self.finished {
            let mark = if step.succeeded { "✓" } else { "✗" };
            line(mark, step.duration, step.title);
        }
        line(" ", self.finished.iter().map(|it| it.duration).sum(), "Sum");
        table
    }
}

fn format_duration(duration: Duration) -> String {
    if duration < Duration::from_secs(60) {
        return format!("{:.1} s", duration.as_secs_f64());
    }
    let seconds = duration.as_secs();
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_of_a_minute_or_more_is_printed_in_minutes() {
        assert_eq!(format_duration(Duration::from_millis(1_450)), "1.4 s");
        assert_eq!(format_duration(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failed_step_is_named_and_appears_in_the_summary() {
        let mut steps = Steps::default();
        assert_eq!(steps.summary(), "");
        let failed: Result<()> = steps.step("Compile", "it is a test", || anyhow::bail!("no disk"));
        let message = format!("{:#}", failed.expect_err("the work failed"));
        assert_eq!(message, "This step failed: Compile: no disk");
        let summary = steps.summary();
        let lines: Vec<_> = summary.trim().lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[1].starts_with("  ✗") && lines[1].ends_with("Compile"));
    }
}
