//! The form "New Workload" (spec 30 §4), which is the update form too. Deployment is the first kind; the others are
//! values in [`KINDS`].

mod causes;
mod fields;
mod kinds;
mod lenses;

pub use causes::form_path;
pub use kinds::{KINDS, WorkloadKind};

use super::definition::FormDefinition;
use super::words::Words;
use model::Locale;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Create,
    Update,
}

/// What the form offers to choose from.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub namespaces: Vec<String>,
    /// The chosen one; offered even when it is not in the list.
    pub namespace: String,
}

/// The form of a kind with its lenses.
#[must_use]
pub fn definition(kind: &WorkloadKind, mode: Mode, locale: Locale, context: &Context) -> FormDefinition {
    let mut fixed: Vec<Vec<&str>> = lenses::FIXED.iter().map(|path| path.to_vec()).collect();
    if mode == Mode::Create {
        fixed.extend(kind.start.iter().map(|(key, _)| vec!["spec", *key]));
    }
    FormDefinition { form: fields::form(kind, mode, Words(locale), context), record: lenses::record(mode), fixed }
}
