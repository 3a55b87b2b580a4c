//! What the functions that start the parts of a cluster share.

use std::path::Path;

use crate::Options;
use crate::certificates::Pki;
use crate::plane::Endpoints;
use crate::slot::Slot;
use crate::supervisor::Supervisor;
use crate::tools::Tools;

pub struct Parts<'a> {
    pub options: &'a Options,
    pub tools: &'a Tools,
    pub supervisor: &'a Supervisor,
    pub slot: &'a Slot,
    pub endpoints: &'a Endpoints,
    pub pki: &'a Pki,
    /// The cluster's folder.
    pub dir: &'a Path,
    pub pod_cidr: String,
    /// The programs run in the node's namespaces.
    pub inside: bool,
}
