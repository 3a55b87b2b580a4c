//! Choices that a confirmation offers, and the role of an account.

use super::dialogs::{Filled, filled};
use super::words::Words;
use model::Locale;
use model::form::{Choice, Field, Widget};
use model::permission::Role;

/// Options of a deletion: `keep` (dependents stay) where there are dependents, `force` for Pods. Both off (ux.md §8).
#[must_use]
pub fn delete(locale: Locale, dependents: bool, forceable: bool) -> Option<Filled> {
    let words = Words(locale);
    let mut fields = Vec::new();
    if dependents {
        fields.push(
            Field::new("keep", words.t("forms-delete-keep"), Widget::Switch).hint(words.t("forms-delete-keep-hint")),
        );
    }
    if forceable {
        fields.push(
            Field::new("force", words.t("forms-delete-force"), Widget::Switch).hint(words.t("forms-delete-force-hint")),
        );
    }
    (!fields.is_empty()).then(|| filled("delete", words, &[], fields))
}

/// The role of a sub-account: `role`.
#[must_use]
pub fn account_role(locale: Locale, current: Role) -> Filled {
    let words = Words(locale);
    let roles = Role::ALL.map(|role| {
        let word = role.name().replace('_', "-");
        Choice::new(role.name(), words.t(&format!("forms-account-role-{word}")))
            .hint(words.t(&format!("forms-account-role-{word}-hint")))
    });
    let field = Field::new("role", words.t("forms-account-role"), Widget::Radio { choices: roles.to_vec() })
        .required()
        .default(current.name());
    filled("account-role", words, &[], vec![field])
}
