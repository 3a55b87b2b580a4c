//! Puts codes of the cluster side into words. Codes that are ours have a text (`state-PartlyReady`); Kubernetes' own
//! reasons (CrashLoopBackOff) stay as they are: people search the web for them.

use model::Locale;
use model::table::{Cell, Row, State};

/// The word of a state code.
pub fn word(locale: Locale, code: &str) -> String {
    // Only letters can be a key; `Init:0/2` and `ExitCode:3` pass through.
    if code.bytes().all(|b| b.is_ascii_alphanumeric()) && !code.is_empty() {
        i18n::find(locale, &format!("state-{code}")).unwrap_or_else(|| code.to_owned())
    } else {
        code.to_owned()
    }
}

pub fn state(locale: Locale, state: &mut State) {
    state.word = word(locale, &state.word);
}

pub fn cell(locale: Locale, cell: &mut Cell) {
    match cell {
        Cell::State(inner) => state(locale, inner),
        Cell::Stack { main, sub } => {
            self::cell(locale, main);
            self::cell(locale, sub);
        }
        _ => {}
    }
}

pub fn row(locale: Locale, row: &mut Row) {
    for inner in &mut row.cells {
        cell(locale, inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_own_reasons_pass_through() {
        for code in ["CrashLoopBackOff", "Init:0/2", "ExitCode:3", ""] {
            assert_eq!(word(Locale::ZhCn, code), code);
        }
    }
}
