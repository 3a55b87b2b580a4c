//! The forms engine on the server: forms as values with lenses over objects, drafts in two views, plans.
//!
//! Everything here is a pure function of its arguments. A draft is turned into an object ([`object_of`]), the object
//! into the smallest plan ([`plan_of`]); what a form does not show is never touched.

mod confirmations;
mod definition;
mod dialogs;
mod group;
mod hidden;
mod import;
mod lens;
mod pairs;
mod patch;
mod record;
mod resources;
mod view;
mod words;
pub mod workload;
pub mod yaml;

pub use confirmations::{account_role, delete};
pub use definition::{FormDefinition, OBJECT};
pub use dialogs::{Filled, checked, cluster_edit, scale};
pub use group::AT;
pub use import::{cluster_credential, cluster_import};
pub use lens::{Lens, Marks};
pub use patch::{Patch, diff_patch};
pub use view::{OpenContext, draft_of, meant, object_of, open, plan, plan_of, switch, text_of};
