//! The YAML (or JSON) of a kubeconfig as plain words. Unknown keys are tolerated, as kubectl does; a key that stands
//! twice is not. No error carries text of the file: it may be a secret.

use super::{Credential, KubeconfigError, LARGEST};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// A file has about 25 nodes for each cluster with its user and context, and hardly an alias.
const MOST_NODES: usize = 25_000;
const MOST_DEPTH: usize = 64;
const MOST_ALIASES: usize = 1000;
const MOST_REPLAYED: usize = 20_000;
const MOST_DOCUMENTS: usize = 100;

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
    #[serde(deserialize_with = "word")]
    pub as_uid: Option<String>,
    pub as_groups: Option<IgnoredAny>,
    pub as_user_extra: Option<IgnoredAny>,
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

/// Reads the documents of a text, each into the lists of a kubeconfig. What `cat a.conf b.conf` makes is two documents
/// (kubectl would drop the second without a word); one that is no kubeconfig has empty lists.
pub(super) fn parse(text: &str) -> Result<Vec<File>, KubeconfigError> {
    if text.len() > LARGEST {
        return Err(KubeconfigError::TooLarge { limit: LARGEST });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.chars().any(|c| c == '\0' || (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))) {
        return Err(KubeconfigError::NotText);
    }
    let documents = documents(text);
    if documents.len() > MOST_DOCUMENTS {
        return Err(KubeconfigError::TooComplex);
    }
    documents.into_iter().map(parse_one).collect()
}

fn parse_one(document: Document<'_>) -> Result<File, KubeconfigError> {
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
    let raw = serde_saphyr::from_str_with_options::<Option<Raw>>(document.text, options);
    let raw = raw.map_err(|error| refusal(&error, &document))?.unwrap_or_default();
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

/// One document of a stream.
struct Document<'a> {
    text: &'a str,
    /// Lines of the stream before it.
    before: u64,
}

/// The documents with something in them. PEM blocks (`-----BEGIN`) are no markers.
fn documents(text: &str) -> Vec<Document<'_>> {
    let mut out = Vec::new();
    let (mut start, mut before, mut content) = (0, 0, false);
    let mut at = 0;
    for (line, number) in text.split_inclusive('\n').zip(0..) {
        let trimmed = line.trim_end();
        let begins = trimmed.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        if content && (begins.is_some() || trimmed == "...") {
            out.push(Document { text: &text[start..at], before });
            (start, before, content) = (at, number, false);
        }
        if trimmed == "..." {
            (start, before) = (at + line.len(), number + 1);
        } else {
            let rest = begins.unwrap_or(trimmed).trim_start();
            let directive = rest.starts_with('%') && begins.is_none();
            content |= !(rest.is_empty() || rest.starts_with('#') || directive);
            // An empty document before this marker has nothing to say.
            if begins.is_some() {
                (start, before) = (at, number);
            }
        }
        at += line.len();
    }
    if content {
        out.push(Document { text: &text[start..], before });
    }
    out
}

/// What a YAML error means, without any of its text except the name of a key that stands twice.
fn refusal(error: &serde_saphyr::Error, document: &Document<'_>) -> KubeconfigError {
    use serde_saphyr::Error as E;
    let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
    let here = line + document.before;
    match error {
        E::WithSnippet { error, .. } => refusal(error, document),
        E::Budget { .. }
        | E::AliasError { .. }
        | E::AliasReplayCounterOverflow { .. }
        | E::AliasReplayLimitExceeded { .. }
        | E::AliasExpansionLimitExceeded { .. }
        | E::AliasReplayStackDepthExceeded { .. }
        | E::RecursiveReferencesRequireWeakTypes { .. } => KubeconfigError::TooComplex,
        E::DuplicateMappingKey { key, .. } => {
            KubeconfigError::Yaml { line: here, column, key: Some(key.clone().unwrap_or_default()) }
        }
        // Words, a list, a web page: nothing of it can be a kubeconfig.
        E::Unexpected { .. } if first_place(document.text) == Some((line, column)) => KubeconfigError::NotKubeconfig,
        E::Unexpected { .. }
        | E::InvalidBooleanStrict { .. }
        | E::InvalidScalar { .. }
        | E::NullIntoString { .. }
        | E::SerdeInvalidType { .. }
        | E::SerdeInvalidValue { .. }
        | E::TaggedScalarCannotDeserializeIntoString { .. } => KubeconfigError::Shape { line: here, column },
        // The parser's own limit has no variant; its words are fixed and hold nothing of the text.
        other if other.to_string().starts_with("recursion limit") => KubeconfigError::TooComplex,
        _ if tab_at(document.text, line) => KubeconfigError::Tab { line: here },
        _ => KubeconfigError::Yaml { line: here, column, key: None },
    }
}

/// Line and column of the first value of a document.
fn first_place(text: &str) -> Option<(u64, u64)> {
    let mut lines = text.lines().zip(1..).filter(|(line, _)| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with(['#', '%']) && line != "---"
    });
    let (line, number) = lines.next()?;
    Some((number, (line.len() - line.trim_start().len()) as u64 + 1))
}

/// Whether a line is indented with a tab.
fn tab_at(text: &str, line: u64) -> bool {
    let index = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let line = text.lines().nth(index).unwrap_or_default();
    line[..line.len() - line.trim_start_matches([' ', '\t']).len()].contains('\t')
}
