//! Actions that many kinds share. The order in a kind's list is the order on the screen.

use super::{ActionDef, Applies, How};

const YES: fn(&super::Object) -> Applies = |_| Applies::Yes;

/// Not offered again once the object is on its way out.
const NOT_DELETING: fn(&super::Object) -> Applies =
    |object| if object.deleting() { Applies::Refused("refusal-terminating") } else { Applies::Yes };

pub const LOGS: ActionDef = ActionDef {
    id: "logs",
    label: "action-logs",
    icon: "scroll-text",
    how: How::Open { below: "?tab=logs", new_window: false },
    verb: "get",
    subresource: Some("log"),
    changes: false,
    danger: false,
    bulk: false,
    inline: true,
    shortcut: Some("l"),
    applies: YES,
};

/// The logs of a workload's Pods: the right is asked where a Pod is chosen.
pub const WORKLOAD_LOGS: ActionDef = ActionDef { subresource: None, ..LOGS };

pub const SCALE: ActionDef = ActionDef {
    id: "scale",
    label: "action-scale",
    icon: "scaling",
    how: How::Dialog,
    verb: "patch",
    subresource: Some("scale"),
    changes: true,
    danger: false,
    bulk: true,
    inline: true,
    shortcut: None,
    applies: NOT_DELETING,
};

pub const EDIT: ActionDef = ActionDef {
    id: "edit",
    label: "action-edit",
    icon: "pencil",
    how: How::Open { below: "/~edit", new_window: false },
    verb: "patch",
    subresource: None,
    changes: true,
    danger: false,
    bulk: false,
    inline: true,
    shortcut: Some("e"),
    applies: NOT_DELETING,
};

pub const YAML: ActionDef = ActionDef {
    id: "yaml",
    label: "action-yaml",
    icon: "file-code",
    how: How::Open { below: "?tab=yaml", new_window: false },
    verb: "get",
    subresource: None,
    changes: false,
    danger: false,
    bulk: false,
    inline: false,
    shortcut: Some("y"),
    applies: YES,
};

pub const REDEPLOY: ActionDef = ActionDef {
    id: "redeploy",
    label: "action-redeploy",
    icon: "rotate-cw",
    how: How::Dialog,
    verb: "patch",
    subresource: None,
    changes: true,
    danger: false,
    bulk: true,
    inline: false,
    shortcut: None,
    applies: NOT_DELETING,
};

pub const DELETE: ActionDef = ActionDef {
    id: "delete",
    label: "action-delete",
    icon: "trash-2",
    how: How::Dialog,
    verb: "delete",
    subresource: None,
    changes: true,
    danger: true,
    bulk: true,
    inline: false,
    shortcut: Some("Delete"),
    // Stays possible while terminating: force is a choice of the dialog.
    applies: YES,
};
