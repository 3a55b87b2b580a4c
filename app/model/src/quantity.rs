//! Kubernetes quantities (`resource.Quantity`): parsed exactly, compared by value, shown humanly.
