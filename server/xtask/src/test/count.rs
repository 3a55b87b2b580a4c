//! Reads what test runners report.

use std::ops::AddAssign;

use serde_json::Value;

/// Checks that passed and failed. What was skipped counts as failed: a check that did not run proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
}

impl Counts {
    pub const PASSED: Self = Self { passed: 1, failed: 0 };
    pub const FAILED: Self = Self { passed: 0, failed: 1 };

    /// One check, passed or not.
    #[must_use]
    pub fn one(passed: bool) -> Self {
        if passed { Self::PASSED } else { Self::FAILED }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// One line of `cargo test`: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
#[must_use]
pub fn cargo_line(line: &str) -> Option<Counts> {
    let rest = line.trim().strip_prefix("test result: ")?;
    let number = |word: &str| {
        let before = &rest[..rest.find(word)?];
        before.trim_end().rsplit([' ', '.']).next()?.parse::<u64>().ok()
    };
    Some(Counts { passed: number("passed")?, failed: number("failed")? + number("ignored")? })
}

/// One line of `node --test --test-reporter=tap`: `# pass 3`, `# fail 0`, `# skipped 1`, `# todo 0`, `# cancelled 0`.
#[must_use]
pub fn node_line(line: &str) -> Option<Counts> {
    let (word, number) = line.strip_prefix("# ")?.split_once(' ')?;
    let number = number.trim().parse().ok()?;
    match word {
        "pass" => Some(Counts { passed: number, failed: 0 }),
        "fail" | "cancelled" | "skipped" | "todo" => Some(Counts { passed: 0, failed: number }),
        _ => None,
    }
}

/// The `stats` of Playwright's JSON report. A test that passed at its second try has passed; the report names it as flaky.
#[must_use]
pub fn playwright(report: &[u8]) -> Option<Counts> {
    let report: Value = serde_json::from_slice(report).ok()?;
    let number = |name: &str| report["stats"][name].as_u64();
    let errors = report["errors"].as_array().map_or(0, Vec::len) as u64;
    Some(Counts {
        passed: number("expected")? + number("flaky")?,
        failed: number("unexpected")? + number("skipped")? + errors,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargo() {
        let line = "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.03s";
        assert_eq!(cargo_line(line), Some(Counts { passed: 12, failed: 0 }));
        let line =
            "test result: FAILED. 1 passed; 2 failed; 4 ignored; 0 measured; 0 filtered out; finished in 0.03s\n";
        assert_eq!(cargo_line(line), Some(Counts { passed: 1, failed: 6 }));
        assert_eq!(cargo_line("test rows::keeps_order ... ok"), None);
    }

    #[test]
    fn reads_node() {
        let lines = [
            "TAP version 13",
            "ok 1 - x",
            "# tests 5",
            "# suites 0",
            "# pass 3",
            "# fail 1",
            "# cancelled 0",
            "# skipped 1",
            "# todo 0",
            "# duration_ms 31.2",
        ];
        let mut counts = Counts::default();
        lines.into_iter().filter_map(node_line).for_each(|more| counts += more);
        assert_eq!(counts, Counts { passed: 3, failed: 2 });
    }

    #[test]
    fn reads_playwright() {
        let report =
            br#"{"stats":{"expected":7,"unexpected":1,"flaky":1,"skipped":2},"errors":[{"message":"no tests found"}]}"#;
        assert_eq!(playwright(report), Some(Counts { passed: 8, failed: 4 }));
        assert_eq!(playwright(b"{}"), None);
    }
}
