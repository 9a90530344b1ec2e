//! Says what is being done and why, and how long it took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Every step of one command, in the order they ended. All of it is said on standard error, so that
/// standard output stays with the programs we start.
#[derive(Default)]
pub struct Steps {
    ended: Vec<Ended>,
}

struct Ended {
    what: &'static str,
    took: Duration,
    well: bool,
}

impl Steps {
    /// Announces `what` and `why`, does the work and says how long it took.
    ///
    /// # Errors
    ///
    /// The work's own, below a line that names the step.
    pub fn step<T>(
        &mut self,
        what: &'static str,
        why: &str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        eprintln!("▸ {what}: {why}");
        let begun = Instant::now();
        let outcome = work();
        let took = begun.elapsed();
        let well = outcome.is_ok();
        let word = if well { "done" } else { "failed" };
        eprintln!("  {word} after {}", seconds(took));
        self.ended.push(Ended { what, took, well });
        outcome.with_context(|| format!("This step failed: {what}"))
    }

    /// One line a step, for the end of a long command.
    pub fn print_summary(&self) {
        eprintln!("\nWhat took how long:");
        for Ended { what, took, well } in &self.ended {
            let mark = if *well { "✓" } else { "✗" };
            eprintln!("  {mark} {:>9}  {what}", seconds(*took));
        }
    }
}

fn seconds(took: Duration) -> String {
    if took < Duration::from_secs(60) {
        return format!("{:.1} s", took.as_secs_f64());
    }
    let whole = took.as_secs();
    format!("{} min {:02} s", whole / 60, whole % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_and_more_is_said_in_minutes() {
        assert_eq!(seconds(Duration::from_millis(1_450)), "1.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }

    #[test]
    fn a_failing_step_is_named_and_kept_for_the_summary() {
        let mut steps = Steps::default();
        let failed = steps.step("Bake", "to see it burn", || anyhow::bail!("too hot"));
        let told = format!("{:#}", failed.map(|(): ()| ()).expect_err("it burnt"));
        assert_eq!(told, "This step failed: Bake: too hot");
        assert!(!steps.ended[0].well);
    }
}
