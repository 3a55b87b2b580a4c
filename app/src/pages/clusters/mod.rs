//! Clusters: the list, the import form, the basic information page.

pub mod import;
pub mod list;
pub mod overview;
