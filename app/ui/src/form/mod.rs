//! Draws forms: one renderer for form pages and for the small forms of dialogs.

mod desk;
mod draft;
mod editor;
mod group;
mod page;
mod pairs;
mod path;
mod review;
mod side;
mod state;
mod values;
mod widget;
mod yaml;

pub use page::FormPage;
pub(crate) use state::FormState;
pub(crate) use widget::draw_fields;
pub use widget::field_row;

/// The place of a form's own fields.
pub(crate) fn root() -> path::Path {
    path::Path::default()
}
pub use yaml::YamlPanel;

#[cfg(test)]
mod tests;
