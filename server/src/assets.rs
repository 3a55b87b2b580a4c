//! Files of the pages: embedded in release builds, read from the target folder in debug builds.

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::Value;
use std::fmt::Write;

#[derive(RustEmbed)]
#[folder = "$GANTRY_SITE"]
struct Site;

/// Names with a hash never change their content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The address of a file by its name in the manifest (`start.js` → `/assets/start.XIQD2UM3.js`); `None` when the pages'
/// files were not built.
#[must_use]
pub fn url(name: &str) -> Option<String> {
    let path = |manifest: &Value| {
        let place = ["assets", "files"].iter().find_map(|group| manifest[*group][name]["path"].as_str())?;
        Some(format!("/{place}"))
    };
    // In debug builds the files change while the server runs.
    if cfg!(debug_assertions) {
        return path(&manifest());
    }
    static MANIFEST: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    path(MANIFEST.get_or_init(manifest))
}

fn manifest() -> Value {
    Site::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
}

/// `/assets/{*path}`.
pub(crate) async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    answer(&format!("assets/{path}"), &headers, FOREVER)
}

/// The few files that have their place at the root.
pub(crate) async fn root_file(uri: Uri, headers: HeaderMap) -> Response {
    answer(uri.path().trim_start_matches('/'), &headers, AN_HOUR)
}

fn answer(path: &str, headers: &HeaderMap, cache: HeaderValue) -> Response {
    // Compressed siblings are answers, not files; and no way leads up.
    let odd = path.ends_with(".br") || path.ends_with(".gz") || path.split('/').any(|part| part == "..");
    let Some(plain) = Site::get(path).filter(|_| !odd) else {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    };
    let (file, encoding) = best(path, plain, headers);
    let tag = tag(&file);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let unchanged = known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));

    let mut response = if unchanged {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data.into_owned()))
    };
    let answer = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    answer.insert(header::CACHE_CONTROL, cache);
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        answer.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
    if let Ok(kind) = HeaderValue::from_str(&format!("{kind}{charset}")) {
        answer.insert(header::CONTENT_TYPE, kind);
    }
    response
}

/// The smallest form that the browser takes.
fn best(path: &str, plain: EmbeddedFile, headers: &HeaderMap) -> (EmbeddedFile, Option<&'static str>) {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (ending, encoding) in [("br", "br"), ("gz", "gzip")] {
        if accepts(accepted, encoding)
            && let Some(file) = Site::get(&format!("{path}.{ending}"))
        {
            return (file, Some(encoding));
        }
    }
    (plain, None)
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let refused =
            parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0)));
        named && !refused
    })
}

fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_by_name() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("gzip;q=0.5, BR;q=1", "br"));
        assert!(!accepts("gzip, deflate", "br"));
        assert!(!accepts("br;q=0", "br"));
        assert!(!accepts("", "gzip"));
    }

    #[test]
    fn nothing_outside_the_site_is_served() {
        for path in
            ["assets/../manifest.json", "assets/../../Cargo.toml", "assets//etc/passwd", "assets/", "assets/.br"]
        {
            assert_eq!(answer(path, &HeaderMap::new(), FOREVER).status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
