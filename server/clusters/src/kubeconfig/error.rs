//! Why a kubeconfig, or one context of it, is refused. Fields are named as they stand in the file
//! (`users[admin].client-key-data`), so that a person finds them.

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KubeconfigError {
    #[error("larger than {limit} bytes")]
    TooLarge { limit: usize },
    /// Binary, or in an encoding that is not Unicode.
    #[error("not a text file")]
    NotText,
    /// Not YAML; line and column count from 1. `key` is the mapping key that stands twice, where that is the fault.
    #[error("not YAML: line {line}, column {column}")]
    Yaml { line: u64, column: u64, key: Option<String> },
    /// A tab where YAML is indented with blanks.
    #[error("a tab indents line {line}")]
    Tab { line: u64 },
    /// YAML, but a list where a kubeconfig has a map, or the like.
    #[error("not as in a kubeconfig: line {line}, column {column}")]
    Shape { line: u64, column: u64 },
    /// More aliases, depth or nodes than any kubeconfig has.
    #[error("too complex")]
    TooComplex,
    /// YAML, but another thing (a manifest, a list, nothing).
    #[error("not a kubeconfig")]
    NotKubeconfig,
    #[error("no contexts")]
    NoContexts,
    /// The same name twice in a list: it is not guessed which one is meant.
    #[error("{name:?} stands twice in {list}")]
    Duplicate { list: &'static str, name: String },
    /// A context without a name: nobody could choose it.
    #[error("a context has no name")]
    NoName,
    /// The name is empty where the context names none.
    #[error("cluster {name:?} is not in the file")]
    MissingCluster { name: String },
    /// The name is empty where the context names none.
    #[error("user {name:?} is not in the file")]
    MissingUser { name: String },
    /// A file on the person's computer; [`super::EMBED_COMMAND`] embeds it.
    #[error("{field} is a path")]
    Path { field: String },
    /// A program on the person's computer.
    #[error("{field} runs {command:?}")]
    Exec { field: String, command: String },
    #[error("{field} needs {provider:?}")]
    AuthProvider { field: String, provider: String },
    /// `as`, `as-uid`, `as-groups`, `as-user-extra`: the console impersonates itself and cannot do both.
    #[error("{field} impersonates")]
    Impersonation { field: String },
    #[error("{field} is not supported")]
    Proxy { field: String },
    /// `DATA+OMITTED`, `REDACTED`: `kubectl config view` without `--raw` shows these instead of the data.
    #[error("{field} was left out")]
    Hidden { field: String },
    /// An authority and `insecure-skip-tls-verify` beside it: kubectl refuses this, too.
    #[error("{field} contradicts the authority beside it")]
    Contradiction { field: String },
    /// Not base64; `position` counts characters from 1.
    #[error("{field} is not base64 (character {position})")]
    Base64 { field: String, position: usize },
    /// Base64 of something that is not PEM, or PEM that is cut or broken.
    #[error("{field} is not PEM")]
    Pem { field: String },
    /// PEM, but without the part that belongs there; `found` names what is in it.
    #[error("{field} holds no certificate")]
    NoCertificate { field: String, found: String },
    #[error("{field} holds no private key")]
    NoKey { field: String, found: String },
    #[error("{field} cannot be read as X.509")]
    BadCertificate { field: String },
    #[error("{field} is encrypted with a password")]
    EncryptedKey { field: String },
    /// A key of a kind that cannot sign here (P-521, DSA, X25519), or a broken one.
    #[error("{field} is of an unsupported kind")]
    UnsupportedKey { field: String },
    #[error("{field} does not belong to the certificate")]
    KeyMismatch { field: String },
    /// A certificate without its key.
    #[error("{field} is missing")]
    MissingKey { field: String },
    /// A key without its certificate.
    #[error("{field} is missing")]
    MissingCertificate { field: String },
    /// Epoch milliseconds.
    #[error("{field} ended")]
    Expired { field: String, not_after: i64 },
    #[error("{field} is not valid yet")]
    NotYetValid { field: String, not_before: i64 },
    /// Characters that cannot be sent (line ends inside, control characters).
    #[error("{field} holds characters that cannot be sent")]
    BadToken { field: String },
    #[error("{field}: {fault:?}")]
    Server { field: String, server: String, fault: ServerFault },
    #[error("{field} is no host name")]
    BadServerName { field: String },
    /// The console does not run in a Pod with a service account.
    #[error("not in a cluster")]
    NotInCluster,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerFault {
    Missing,
    /// Neither `http` nor `https`.
    Scheme,
    /// Not an address.
    Malformed,
    /// `https://user:password@…`
    Credentials,
    /// `?…` or `#…`
    Query,
}

impl KubeconfigError {
    /// Key of its text.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "kubeconfig-error-too-large",
            Self::NotText => "kubeconfig-error-not-text",
            Self::Yaml { key: Some(_), .. } => "kubeconfig-error-key-twice",
            Self::Yaml { key: None, .. } => "kubeconfig-error-yaml",
            Self::Tab { .. } => "kubeconfig-error-tab",
            Self::Shape { .. } => "kubeconfig-error-shape",
            Self::TooComplex => "kubeconfig-error-too-complex",
            Self::NotKubeconfig => "kubeconfig-error-not-kubeconfig",
            Self::NoContexts => "kubeconfig-error-no-contexts",
            Self::Duplicate { .. } => "kubeconfig-error-duplicate",
            Self::NoName => "kubeconfig-error-no-name",
            Self::MissingCluster { name } if name.is_empty() => "kubeconfig-error-names-no-cluster",
            Self::MissingUser { name } if name.is_empty() => "kubeconfig-error-names-no-user",
            Self::MissingCluster { .. } => "kubeconfig-error-missing-cluster",
            Self::MissingUser { .. } => "kubeconfig-error-missing-user",
            Self::Path { .. } => "kubeconfig-error-path",
            Self::Exec { .. } => "kubeconfig-error-exec",
            Self::AuthProvider { .. } => "kubeconfig-error-auth-provider",
            Self::Impersonation { .. } => "kubeconfig-error-impersonation",
            Self::Proxy { .. } => "kubeconfig-error-proxy",
            Self::Hidden { .. } => "kubeconfig-error-hidden",
            Self::Contradiction { .. } => "kubeconfig-error-contradiction",
            Self::Base64 { .. } => "kubeconfig-error-base64",
            Self::Pem { .. } => "kubeconfig-error-pem",
            Self::NoCertificate { .. } => "kubeconfig-error-no-certificate",
            Self::NoKey { .. } => "kubeconfig-error-no-key",
            Self::BadCertificate { .. } => "kubeconfig-error-bad-certificate",
            Self::EncryptedKey { .. } => "kubeconfig-error-encrypted-key",
            Self::UnsupportedKey { .. } => "kubeconfig-error-unsupported-key",
            Self::KeyMismatch { .. } => "kubeconfig-error-key-mismatch",
            Self::MissingKey { .. } | Self::MissingCertificate { .. } => "kubeconfig-error-missing",
            Self::Expired { .. } => "kubeconfig-error-expired",
            Self::NotYetValid { .. } => "kubeconfig-error-not-yet-valid",
            Self::BadToken { .. } => "kubeconfig-error-token",
            Self::Server { fault, .. } => match fault {
                ServerFault::Missing => "kubeconfig-error-server-missing",
                ServerFault::Scheme => "kubeconfig-error-server-scheme",
                ServerFault::Malformed => "kubeconfig-error-server-malformed",
                ServerFault::Credentials => "kubeconfig-error-server-credentials",
                ServerFault::Query => "kubeconfig-error-server-query",
            },
            Self::BadServerName { .. } => "kubeconfig-error-server-name",
            Self::NotInCluster => "kubeconfig-error-not-in-cluster",
        }
    }

    /// Arguments of its text by name: `field`, `name`, `list`, `command`, `line`, `column`, `position`, `found`,
    /// `server`, `limit`; times stay numbers in the variants.
    #[must_use]
    pub fn arguments(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLarge { limit } => vec![("limit", limit.to_string())],
            Self::Yaml { line, column, key } => vec![
                ("line", line.to_string()),
                ("column", column.to_string()),
                ("name", key.clone().unwrap_or_default()),
            ],
            Self::Tab { line } => vec![("line", line.to_string())],
            Self::Shape { line, column } => vec![("line", line.to_string()), ("column", column.to_string())],
            Self::Duplicate { list, name } => vec![("list", (*list).to_owned()), ("name", name.clone())],
            Self::MissingCluster { name } | Self::MissingUser { name } => vec![("name", name.clone())],
            Self::Exec { field, command } => vec![("field", field.clone()), ("command", command.clone())],
            Self::AuthProvider { field, provider } => vec![("field", field.clone()), ("name", provider.clone())],
            Self::Base64 { field, position } => vec![("field", field.clone()), ("position", position.to_string())],
            Self::NoCertificate { field, found } | Self::NoKey { field, found } => {
                vec![("field", field.clone()), ("found", found.clone())]
            }
            Self::Server { field, server, .. } => vec![("field", field.clone()), ("server", server.clone())],
            Self::Path { field } | Self::Hidden { field } => {
                vec![("field", field.clone()), ("command", super::EMBED_COMMAND.to_owned())]
            }
            Self::Impersonation { field }
            | Self::Proxy { field }
            | Self::Contradiction { field }
            | Self::Pem { field }
            | Self::BadCertificate { field }
            | Self::EncryptedKey { field }
            | Self::UnsupportedKey { field }
            | Self::KeyMismatch { field }
            | Self::MissingKey { field }
            | Self::MissingCertificate { field }
            | Self::Expired { field, .. }
            | Self::NotYetValid { field, .. }
            | Self::BadToken { field }
            | Self::BadServerName { field } => vec![("field", field.clone())],
            Self::NotText
            | Self::TooComplex
            | Self::NotKubeconfig
            | Self::NoContexts
            | Self::NoName
            | Self::NotInCluster => Vec::new(),
        }
    }
}
