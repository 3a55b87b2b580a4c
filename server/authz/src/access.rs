//! What stands in front of a page, a call or a socket.

use model::permission::Permission;

/// Every route states one; there is no default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Answers without a session. The list of these may only shrink (held by the inventory test).
    Public,
    /// Answers to an account that holds the permission somewhere; the handler asks for the exact scope.
    Permission(Permission),
}
