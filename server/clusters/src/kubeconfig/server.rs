//! The server address of a cluster entry.

use super::{KubeconfigError, ServerFault};
use http::Uri;
use rustls::pki_types::ServerName;

/// Reads `server`. Without a scheme it is HTTPS: kubectl decides by the credential, and nobody means a credential to
/// go in the clear by leaving eight characters out.
pub(super) fn read(field: &str, text: Option<&str>) -> Result<Uri, KubeconfigError> {
    let text = text.map(str::trim).unwrap_or_default();
    let refuse = |fault| {
        // An address with a password is not repeated.
        let shown = if fault == ServerFault::Credentials { "…" } else { text };
        KubeconfigError::Server { field: field.to_owned(), server: shown.chars().take(200).collect(), fault }
    };
    if text.is_empty() {
        return Err(refuse(ServerFault::Missing));
    }
    if text.contains('@') {
        return Err(refuse(ServerFault::Credentials));
    }
    if text.contains(['?', '#']) {
        return Err(refuse(ServerFault::Query));
    }
    let with_scheme = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => format!("https://{rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => format!("http://{rest}"),
        Some(_) => return Err(refuse(ServerFault::Scheme)),
        None => format!("https://{text}"),
    };
    let uri: Uri = with_scheme.trim_end_matches('/').parse().map_err(|_| refuse(ServerFault::Malformed))?;
    let host = uri.host().unwrap_or_default();
    let host_ok = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']')).is_ok();
    let port_ok = uri.authority().is_some_and(|authority| {
        authority
            .as_str()
            .rsplit_once(':')
            .is_none_or(|(_, port)| port.ends_with(']') || authority.port_u16().is_some_and(|p| p > 0))
    });
    if !host_ok || !port_ok {
        return Err(refuse(ServerFault::Malformed));
    }
    Ok(uri)
}
