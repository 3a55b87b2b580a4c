//! Accounts, the own profile, sign-in and set-up.

pub mod accounts;
pub mod profile;
pub mod sign_in;
