//! Says what is being done and how long each step took.

use std::time::{Duration, Instant};

/// What a step found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// The work was done.
    Fresh,
    /// The inputs are those of the last time: nothing was done.
    Unchanged,
}

/// The steps of one command, in order.
#[derive(Debug, Default)]
pub struct Steps {
    taken: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs one step; its name and seconds are printed when it ends.
    ///
    /// # Errors
    /// The step's own.
    pub fn run(&mut self, name: &str, work: impl FnOnce() -> anyhow::Result<Done>) -> anyhow::Result<()> {
        let start = Instant::now();
        let result = work();
        let took = start.elapsed();
        let word = match &result {
            Ok(Done::Fresh) => "done",
            Ok(Done::Unchanged) => "unchanged",
            Err(_) => "FAILED",
        };
        eprintln!("  {name:<44} {word:<9} {:>7.1} s", took.as_secs_f64());
        self.taken.push((name.to_owned(), took));
        result.map(|_| ())
    }

    /// Time of all steps together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.taken.iter().map(|(_, took)| *took).sum()
    }
}
