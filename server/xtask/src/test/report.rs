//! The table at the end of a test run.

use std::{fmt::Write, time::Duration};

use super::count::Counts;

/// What became of one step.
#[derive(Debug)]
pub struct Row {
    pub name: &'static str,
    pub took: Duration,
    /// Seconds that the step may take on two cores: with warm caches, and on a fresh machine.
    pub budget: (u64, u64),
    pub counts: Counts,
    /// Why it could not run, or what must not be overlooked.
    pub note: Option<String>,
}

/// Checks over all rows.
#[must_use]
pub fn total(rows: &[Row]) -> Counts {
    let mut counts = Counts::default();
    rows.iter().for_each(|row| counts += row.counts);
    counts
}

/// Steps with seconds, budgets and counts; the notes; and alone on the last line `N passed, M failed`.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\n{:<10} {:>9} {:>12} {:>12} {:>8} {:>8}",
        "step", "seconds", "budget warm", "budget cold", "passed", "failed"
    );
    for row in rows {
        let Row { name, took, budget: (warm, cold), counts, .. } = row;
        let over = if took.as_secs() > *cold { "  over budget" } else { "" };
        let _ = writeln!(
            text,
            "{name:<10} {:>9.1} {warm:>12} {cold:>12} {:>8} {:>8}{over}",
            took.as_secs_f64(),
            counts.passed,
            counts.failed
        );
    }
    let all = total(rows);
    let took: Duration = rows.iter().map(|row| row.took).sum();
    let (warm, cold) = rows.iter().fold((0, 0), |sum, row| (sum.0 + row.budget.0, sum.1 + row.budget.1));
    let _ = writeln!(
        text,
        "{:<10} {:>9.1} {warm:>12} {cold:>12} {:>8} {:>8}\n",
        "all",
        took.as_secs_f64(),
        all.passed,
        all.failed
    );
    for row in rows {
        if let Some(note) = &row.note {
            let _ = writeln!(text, "{}: {note}", row.name);
        }
    }
    let _ = write!(text, "{} passed, {} failed", all.passed, all.failed);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &'static str, passed: u64, failed: u64) -> Row {
        Row {
            name,
            took: Duration::from_millis(1500),
            budget: (1, 2),
            counts: Counts { passed, failed },
            note: (failed > 0).then(|| "broken".to_owned()),
        }
    }

    #[test]
    fn the_last_line_is_the_sum() {
        let text = table(&[row("fmt", 1, 0), row("unit", 40, 2)]);
        assert_eq!(text.lines().last(), Some("41 passed, 2 failed"));
        assert!(text.contains("unit: broken"));
    }
}
