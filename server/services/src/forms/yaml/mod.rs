//! The YAML view of an object. Reading follows kubectl's YAML 1.1 and says where other readers differ; writing is read
//! the same by both.

mod read;
mod scalar;
mod strict;
mod write;

pub use read::{KeyPlace, MAX_BYTES, Problem, Reading, read};
pub use strict::StrictProblem;
pub use write::to_yaml;

use super::words::Words;
use i18n::Arg;
use model::Locale;
use model::rpc::Diagnostic;
use serde_json::Value;

/// The object of a text with exactly one document.
///
/// # Errors
/// What is wrong, with line and column, in the person's language. Warnings alone are no error.
pub fn from_yaml(text: &str, locale: Locale) -> Result<Value, Vec<Diagnostic>> {
    let reading = read(text);
    if reading.usable()
        && let Some(value) = reading.value
    {
        return Ok(value);
    }
    Err(diagnostics(&reading, locale))
}

/// The problems of a reading, translated.
#[must_use]
pub fn diagnostics(reading: &Reading, locale: Locale) -> Vec<Diagnostic> {
    let words = Words(locale);
    let translated = reading.problems.iter().map(|problem| {
        let args: Vec<_> = problem.args.iter().map(|(name, value)| (*name, Arg::Text(value.clone()))).collect();
        let message = words.t_args(&format!("forms-yaml-{}", problem.code), &args);
        diagnostic(problem.line, problem.column, message, problem.warning)
    });
    translated.collect()
}

/// The fields that the apiserver's decoding refused, at their lines: misspelt ones with the likely name, and values of
/// the wrong type.
#[must_use]
pub fn refused_diagnostics(message: &str, text: &str, locale: Locale) -> Vec<Diagnostic> {
    let words = Words(locale);
    let reading = read(text);
    let problems = strict::problems(message, &reading);
    let wrong = strict::wrong_type(message, &reading).map(|wrong| {
        let message = words.t_args(&format!("forms-yaml-type-{}", wrong.wanted), &[("path", Arg::Text(wrong.path))]);
        diagnostic(wrong.line, wrong.column, message, false)
    });
    let translated = problems.into_iter().map(|problem| {
        let path = ("path", Arg::Text(problem.path));
        let message = match problem.meant {
            Some(meant) => words.t_args("forms-yaml-unknown-meant", &[path, ("meant", Arg::Text(meant))]),
            None if problem.duplicate => words.t_args("forms-yaml-twice", &[path]),
            None => words.t_args("forms-yaml-unknown", &[path]),
        };
        diagnostic(problem.line, problem.column, message, false)
    });
    translated.chain(wrong).collect()
}

fn diagnostic(line: usize, column: usize, message: String, warning: bool) -> Diagnostic {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let severity = if warning { "warning" } else { "error" };
    Diagnostic { line: number(line), column: number(column), message, severity: severity.to_owned() }
}

#[cfg(test)]
mod tests;
