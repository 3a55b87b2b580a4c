//! Pages by area. A page loads its data from the services, then returns a view; it never talks to a cluster itself.

pub mod access;
pub mod clusters;
pub mod objects;
