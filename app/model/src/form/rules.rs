//! Rules of fields. The formats are those of Kubernetes and of the product's forms.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Rule {
    /// Characters, not bytes.
    MaxLength {
        max: usize,
    },
    MinLength {
        min: usize,
    },
    /// Whole number within limits.
    Range {
        min: i64,
        max: i64,
    },
    Format {
        format: Format,
    },
    /// Keys of a key-value list, or the value of the named field over a group's items, may not repeat.
    Unique {
        field: String,
    },
    /// Not above the quantity of another field of the same level (request ≤ limit).
    AtMost {
        field: String,
    },
    /// Equal to another field (password again).
    Same {
        field: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 1123 label: lower case, digits, `-`, at most 63.
    DnsLabel,
    /// As `DnsLabel` but must start with a letter (the manual's workload names).
    WorkloadName,
    DnsSubdomain,
    LabelKey,
    LabelValue,
    /// Environment variable name as Kubernetes takes it (any printable ASCII but `=`; relaxed since 1.30).
    EnvName,
    /// Image reference without tag.
    Image,
    ImageTag,
    AbsolutePath,
    Port,
    AccountName,
    Password,
    Color,
    HttpUrl,
}
