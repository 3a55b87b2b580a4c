//! Rules of fields. The formats are those of Kubernetes and of the product's forms; [`super::check()`] applies them.

use serde::{Deserialize, Serialize};

/// A rule never refuses an empty value: that is what `required` is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Characters, not bytes. Code `too-long` with `max`.
    MaxLength { max: usize },
    /// Code `too-short` with `min`.
    MinLength { min: usize },
    /// Whole number within limits. Codes `not-a-number`, `out-of-range` with `min` and `max`.
    Range { min: i64, max: i64 },
    /// Code [`Format::code`]. Of a key-value list: the keys, for [`Format::LabelValue`] the values.
    Format { format: Format },
    /// Keys of a key-value list (`key`), or the values of the named fields (joined by `,`) over a group's items, may not
    /// repeat. Code `duplicate` with `value`.
    Unique { field: String },
    /// Not above the quantity of another field of the same level (request ≤ limit). Code `above` with `value` and `limit`.
    AtMost { field: String },
    /// Not below this quantity. Code `too-small` with `min`, as people read it.
    AtLeast { quantity: String },
    /// Equal to another field (password again). Code `not-same`.
    Same { field: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// RFC 1123 label: lower case, digits, `-`, at most 63.
    DnsLabel,
    /// As `DnsLabel` but must start with a letter (the manual's workload names); the length is a rule of its own.
    WorkloadName,
    DnsSubdomain,
    LabelKey,
    LabelValue,
    /// Environment variable name as Kubernetes takes it (any printable ASCII but `=`; relaxed since 1.30).
    EnvName,
    /// Image reference. Beside a field `tag` that is filled, it may have no tag of its own (code `image-has-tag`).
    Image,
    ImageTag,
    AbsolutePath,
    Port,
    /// IANA service name: at most 15 of lower case, digits, `-`, with a letter.
    PortName,
    AccountName,
    Password,
    Color,
    HttpUrl,
}
