//! The YAML (or JSON) of a kubeconfig as plain words. Unknown keys are tolerated, as kubectl does; a key that stands
//! twice is not. No error carries text of the file: it may be a secret.

use super::{Credential, KubeconfigError, LARGEST};
use serde::{Deserialize, Deserializer};

/// A file has about 25 nodes for each cluster with its user and context, and hardly an alias.
const MOST_NODES: usize = 25_000;
const MOST_DEPTH: usize = 64;
const MOST_ALIASES: usize = 1000;
const MOST_REPLAYED: usize = 20_000;

#[derive(Default)]
pub(super) struct File {
    pub clusters: Vec<ClusterEntry>,
    pub users: Vec<UserEntry>,
    pub contexts: Vec<ContextEntry>,
    pub current_context: Option<String>,
}

#[derive(Default)]
pub(super) struct ContextEntry {
    pub name: String,
    pub cluster: String,
    pub user: String,
    pub namespace: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct ClusterEntry {
    #[serde(skip)]
    pub name: String,
    #[serde(deserialize_with = "word")]
    pub server: Option<String>,
    #[serde(deserialize_with = "word")]
    pub certificate_authority: Option<String>,
    #[serde(deserialize_with = "word")]
    pub certificate_authority_data: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub insecure_skip_tls_verify: bool,
    #[serde(deserialize_with = "word")]
    pub tls_server_name: Option<String>,
    #[serde(deserialize_with = "word")]
    pub proxy_url: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct UserEntry {
    #[serde(skip)]
    pub name: String,
    #[serde(deserialize_with = "word")]
    pub client_certificate: Option<String>,
    #[serde(deserialize_with = "word")]
    pub client_certificate_data: Option<String>,
    #[serde(deserialize_with = "word")]
    pub client_key: Option<String>,
    #[serde(deserialize_with = "word")]
    pub client_key_data: Option<String>,
    #[serde(deserialize_with = "word")]
    pub token: Option<String>,
    #[serde(rename = "tokenFile", deserialize_with = "word")]
    pub token_file: Option<String>,
    #[serde(deserialize_with = "word")]
    pub username: Option<String>,
    #[serde(deserialize_with = "word")]
    pub password: Option<String>,
    #[serde(rename = "as", deserialize_with = "word")]
    pub impersonate: Option<String>,
    pub exec: Option<Exec>,
    pub auth_provider: Option<AuthProvider>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Exec {
    #[serde(deserialize_with = "word")]
    pub command: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct AuthProvider {
    #[serde(deserialize_with = "word")]
    pub name: Option<String>,
}

impl UserEntry {
    /// What the server decides by when several are given: the certificate comes first, in the handshake.
    pub fn kind(&self) -> Credential {
        if self.client_certificate_data.is_some() || self.client_certificate.is_some() {
            Credential::Certificate
        } else if self.token.is_some() || self.token_file.is_some() || self.exec.is_some() {
            Credential::Token
        } else if self.username.is_some() || self.password.is_some() {
            Credential::Basic
        } else {
            Credential::Anonymous
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Raw {
    clusters: Option<Vec<Named>>,
    users: Option<Vec<Named>>,
    contexts: Option<Vec<Named>>,
    #[serde(deserialize_with = "word")]
    current_context: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "word")]
    name: Option<String>,
    cluster: Option<ClusterEntry>,
    user: Option<UserEntry>,
    context: Option<RawContext>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawContext {
    #[serde(deserialize_with = "word")]
    cluster: Option<String>,
    #[serde(deserialize_with = "word")]
    user: Option<String>,
    #[serde(deserialize_with = "word")]
    namespace: Option<String>,
}

/// A scalar as it is written: `token: 123456` and `namespace: on` are texts for kubectl, too. Empty is absent.
fn word<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.is_empty()))
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::<bool>::deserialize(from)?.unwrap_or(false))
}

/// Reads the text into the lists of a kubeconfig.
pub(super) fn parse(text: &str) -> Result<File, KubeconfigError> {
    if text.len() > LARGEST {
        return Err(KubeconfigError::TooLarge { limit: LARGEST });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.chars().any(|c| c == '\0' || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))) {
        return Err(KubeconfigError::NotText);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MOST_NODES,
            max_events: 2 * MOST_NODES,
            max_depth: MOST_DEPTH,
            max_aliases: MOST_ALIASES,
            max_anchors: MOST_ALIASES,
            max_total_scalar_bytes: 4 * LARGEST,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: MOST_REPLAYED },
        with_snippet: false,
        ignore_binary_tag_for_string: true,
    };
    let raw = serde_saphyr::from_str_with_options::<Option<Raw>>(first_document(text), options);
    let raw = raw.map_err(|error| refusal(&error))?.unwrap_or_default();
    let name = |name: Option<String>| name.unwrap_or_default();
    Ok(File {
        clusters: raw
            .clusters
            .unwrap_or_default()
            .into_iter()
            .map(|named| ClusterEntry { name: name(named.name), ..named.cluster.unwrap_or_default() })
            .collect(),
        users: raw
            .users
            .unwrap_or_default()
            .into_iter()
            .map(|named| UserEntry { name: name(named.name), ..named.user.unwrap_or_default() })
            .collect(),
        contexts: raw
            .contexts
            .unwrap_or_default()
            .into_iter()
            .map(|named| {
                let context = named.context.unwrap_or_default();
                ContextEntry {
                    name: name(named.name),
                    cluster: name(context.cluster),
                    user: name(context.user),
                    namespace: context.namespace,
                }
            })
            .collect(),
        current_context: raw.current_context,
    })
}

/// kubectl reads the first document of a stream and no other.
fn first_document(text: &str) -> &str {
    let mut content = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        let marker = trimmed == "---" || trimmed.starts_with("--- ") || trimmed == "...";
        if marker && content {
            return &text[..at];
        }
        content |= !marker && !trimmed.is_empty() && !trimmed.starts_with(['#', '%']);
        at += line.len();
    }
    text
}

/// What a YAML error means, without any of its text except the name of a key that stands twice.
fn refusal(error: &serde_saphyr::Error) -> KubeconfigError {
    use serde_saphyr::Error as E;
    match error {
        E::WithSnippet { error, .. } => refusal(error),
        E::Budget { .. }
        | E::AliasReplayCounterOverflow { .. }
        | E::AliasReplayLimitExceeded { .. }
        | E::AliasExpansionLimitExceeded { .. }
        | E::AliasReplayStackDepthExceeded { .. }
        | E::RecursiveReferencesRequireWeakTypes { .. } => KubeconfigError::TooComplex,
        other => {
            let (line, column) = other.location().map_or((1, 1), |at| (at.line(), at.column()));
            let key = match other {
                E::DuplicateMappingKey { key, .. } => Some(key.clone().unwrap_or_default()),
                _ => None,
            };
            KubeconfigError::Yaml { line, column, key }
        }
    }
}
