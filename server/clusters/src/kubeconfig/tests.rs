//! Kubeconfigs as people have them (traps.md, "Kubeconfigs"; issue 5.1).

mod generated;
mod material;

use super::*;
use crate::registry::Source;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use material::{Material, material, pkcs8_of};
use std::time::Duration;

/// A kubeconfig with one context; the arguments are the inside of its cluster and its user.
fn config(cluster: &str, user: &str) -> String {
    let indent = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    format!(
        "apiVersion: v1\nkind: Config\npreferences: {{}}\nclusters:\n- name: c\n  cluster:\n{}users:\n- name: u\n  user:\n{}contexts:\n- name: x\n  context:\n    cluster: c\n    user: u\ncurrent-context: x\n",
        indent(cluster),
        indent(user)
    )
}

fn only(text: &str) -> Context {
    let mut contexts = read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(contexts.len(), 1);
    contexts.remove(0)
}

/// Accepted, and its own output says the same again.
fn accepted(text: &str) -> Context {
    let context = only(text);
    assert_eq!(context.refused, None, "{text}");
    let again = only(&context.single);
    assert_eq!(again.single, context.single, "normal form is stable");
    assert_eq!(
        (&again.server, again.credential, &again.namespace),
        (&context.server, context.credential, &context.namespace)
    );
    assert!(endpoint(&context.single).is_ok());
    context
}

fn refused(text: &str) -> KubeconfigError {
    let context = only(text);
    assert_eq!(context.single, "", "nothing of a refused context is kept");
    context.refused.unwrap_or_else(|| panic!("accepted: {text}"))
}

const SERVER: &str = "server: https://10.0.0.1:6443";
const TOKEN: &str = "token: abc.def-ghi_jkl";

fn data(pem: &str) -> String {
    STANDARD.encode(pem)
}

fn with_certificate(certificate: &str, key: &str) -> String {
    config(SERVER, &format!("client-certificate-data: {}\nclient-key-data: {}", data(certificate), data(key)))
}

#[test]
fn every_key_kind_that_kubectl_takes() {
    let Material { keys, .. } = material();
    for (kind, certificate, key) in keys {
        let context = accepted(&with_certificate(certificate, key));
        assert_eq!(context.credential, Credential::Certificate, "{kind}");
        assert!(context.certificate_not_after.unwrap() > crate::health::now(), "{kind}");
        let endpoint = endpoint(&context.single).unwrap();
        crate::tls::client_config(&endpoint, None).unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
    let kinds: Vec<&str> = keys.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(
        kinds,
        [
            "EC SEC1 with parameters",
            "EC SEC1",
            "EC PKCS#8",
            "EC P-384",
            "RSA PKCS#1",
            "RSA PKCS#8",
            "Ed25519",
            "X.509 v1"
        ]
    );
}

#[test]
fn keys_that_cannot_be_used_are_told_apart() {
    let m = material();
    let (_, certificate, key) = &m.keys[0];
    let field = || "users[u].client-key-data".to_owned();
    let cases = [
        (m.encrypted_pkcs8.as_str(), KubeconfigError::EncryptedKey { field: field() }),
        (m.encrypted_legacy.as_str(), KubeconfigError::EncryptedKey { field: field() }),
        (m.keys[4].2.as_str(), KubeconfigError::KeyMismatch { field: field() }),
        (m.keys[3].2.as_str(), KubeconfigError::KeyMismatch { field: field() }),
        (m.p521.1.as_str(), KubeconfigError::UnsupportedKey { field: field() }),
        (certificate.as_str(), KubeconfigError::NoKey { field: field(), found: "CERTIFICATE".into() }),
    ];
    for (key, wanted) in cases {
        assert_eq!(refused(&with_certificate(certificate, key)), wanted);
    }
    let swapped = refused(&with_certificate(key, certificate));
    assert!(
        matches!(swapped, KubeconfigError::NoCertificate { field, .. } if field == "users[u].client-certificate-data")
    );
    let alone = config(SERVER, &format!("client-certificate-data: {}", data(certificate)));
    assert_eq!(refused(&alone), KubeconfigError::MissingKey { field: field() });
    let alone = config(SERVER, &format!("client-key-data: {}", data(key)));
    assert!(matches!(refused(&alone), KubeconfigError::MissingCertificate { .. }));
}

#[test]
fn a_certificate_that_ended_is_told_with_its_date() {
    let m = material();
    let KubeconfigError::Expired { field, not_after } = refused(&with_certificate(&m.expired.0, &m.expired.1)) else {
        panic!("not told")
    };
    assert_eq!(field, "users[u].client-certificate-data");
    assert_eq!(not_after, 1_577_836_800_000, "2020-01-01");
    let early = refused(&with_certificate(&m.future.0, &m.future.1));
    assert!(matches!(early, KubeconfigError::NotYetValid { .. }));
}

#[test]
fn base64_as_people_have_it() {
    let m = material();
    let (_, certificate, key) = &m.keys[0];
    let authority = data(&m.authority);
    let wrapped = |width: usize, end: &str| {
        authority.as_bytes().chunks(width).map(|c| format!("  {}{end}", String::from_utf8_lossy(c))).collect::<String>()
    };
    let field = "certificate-authority-data";
    let several = data(&format!("{}{}", m.authority, certificate));
    let around = data(&format!("subject=CN = kube\nissuer=…\n\n{}\nBag Attributes\n  x: y\n", m.authority));
    let forms = [
        ("one line", format!("{field}: {authority}")),
        ("quoted", format!("{field}: \"{authority}\"")),
        ("literal, wrapped at 64", format!("{field}: |\n{}", wrapped(64, "\n"))),
        ("folded, wrapped at 76", format!("{field}: >-\n{}", wrapped(76, "\n"))),
        ("plain over several lines", format!("{field}:\n{}", wrapped(60, "\n"))),
        ("double quotes with CRLF inside", format!("{field}: \"{}\"", authority.replace("Q", "Q\\r\\n"))),
        ("!!binary", format!("{field}: !!binary |\n{}", wrapped(76, "\n"))),
        ("several certificates", format!("{field}: {several}")),
        ("text around the PEM", format!("{field}: {around}")),
        ("PEM with CRLF", format!("{field}: {}", data(&m.authority.replace('\n', "\r\n")))),
        ("no padding", format!("{field}: {}", authority.trim_end_matches('='))),
        (
            "the PEM itself",
            format!("{field}: |\n{}", m.authority.lines().map(|l| format!("  {l}\n")).collect::<String>()),
        ),
    ];
    for (form, text) in forms {
        let context = accepted(&config(&format!("{SERVER}\n{}", text.trim_end()), TOKEN));
        let endpoint = endpoint(&context.single).unwrap();
        let wanted = if form == "several certificates" { 2 } else { 1 };
        assert_eq!(endpoint.authorities.as_ref().unwrap().len(), wanted, "{form}");
        crate::tls::client_config(&endpoint, None).unwrap();
    }
    // Windows line ends in the whole file.
    accepted(&with_certificate(certificate, key).replace('\n', "\r\n"));
}

#[test]
fn broken_data_is_named_by_field_and_place() {
    let with = |value: &str| config(&format!("{SERVER}\ncertificate-authority-data: {value}"), TOKEN);
    let field = || "clusters[c].certificate-authority-data".to_owned();
    assert_eq!(refused(&with("YWJj*ZGVm")), KubeconfigError::Base64 { field: field(), position: 5 });
    assert_eq!(refused(&with(&data("hello"))), KubeconfigError::Pem { field: field() });
    let m = material();
    let cut = &m.authority[..m.authority.len() - 40];
    assert_eq!(refused(&with(&data(cut))), KubeconfigError::Pem { field: field() });
    let (_, _, key) = &m.keys[0];
    assert!(matches!(refused(&with(&data(key))), KubeconfigError::NoCertificate { .. }));
    let garbage = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(&with(&data(garbage))), KubeconfigError::BadCertificate { field: field() });
}

#[test]
fn paths_and_programs_of_the_persons_computer_are_refused_by_name() {
    let cases = [
        (format!("{SERVER}\ncertificate-authority: ./ca.crt"), TOKEN, "clusters[c].certificate-authority"),
        (SERVER.into(), "client-certificate: /etc/passwd\nclient-key: C:\\keys\\k.pem", "users[u].client-certificate"),
        (SERVER.into(), "client-key: ../k.pem", "users[u].client-key"),
        (SERVER.into(), "tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token", "users[u].tokenFile"),
    ];
    for (cluster, user, field) in cases {
        let error = refused(&config(&cluster, user));
        assert_eq!(error, KubeconfigError::Path { field: field.into() });
        assert!(error.arguments().contains(&("command", EMBED_COMMAND.to_owned())));
    }
    let exec = "exec:\n  apiVersion: client.authentication.k8s.io/v1\n  command: aws\n  args: [eks, get-token]\n  env:\n  - name: AWS_PROFILE\n    value: secret";
    assert_eq!(
        refused(&config(SERVER, exec)),
        KubeconfigError::Exec { field: "users[u].exec".into(), command: "aws".into() }
    );
    let provider = "auth-provider:\n  name: gcp\n  config:\n    access-token: secret";
    assert_eq!(
        refused(&config(SERVER, provider)),
        KubeconfigError::AuthProvider { field: "users[u].auth-provider".into(), provider: "gcp".into() }
    );
    for field in ["as: admin", "as-uid: '1'", "as-groups: [system:masters]", "as-user-extra: {a: [b]}"] {
        let name = field.split(':').next().unwrap();
        let wanted = KubeconfigError::Impersonation { field: format!("users[u].{name}") };
        assert_eq!(refused(&config(SERVER, &format!("{TOKEN}\n{field}"))), wanted);
    }
    let proxied = format!("{SERVER}\nproxy-url: http://proxy:3128");
    assert_eq!(refused(&config(&proxied, TOKEN)), KubeconfigError::Proxy { field: "clusters[c].proxy-url".into() });
    // Data beside a path wins, as with kubectl.
    let m = material();
    accepted(&config(
        &format!("{SERVER}\ncertificate-authority: ./ca.crt\ncertificate-authority-data: {}", data(&m.authority)),
        &format!("{TOKEN}\ntokenFile: ./token"),
    ));
}

#[test]
fn addresses_of_servers() {
    for (text, wanted) in [
        ("https://10.0.0.1:6443", "https://10.0.0.1:6443"),
        ("https://10.0.0.1:6443/", "https://10.0.0.1:6443"),
        ("https://rancher.example/k8s/clusters/c-1/", "https://rancher.example/k8s/clusters/c-1"),
        ("https://[2001:db8::1]:6443", "https://[2001:db8::1]:6443"),
        ("https://[::1]", "https://[::1]"),
        ("HTTPS://Kube.example", "https://Kube.example"),
        ("kube.example:6443", "https://kube.example:6443"),
        ("10.0.0.1", "https://10.0.0.1"),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8001"),
        (" https://kube.example ", "https://kube.example"),
    ] {
        let context = accepted(&config(&format!("server: \"{text}\""), TOKEN));
        assert_eq!(context.server, wanted);
        assert_eq!(context.plain_http, wanted.starts_with("http:"));
    }
    for (text, wanted) in [
        ("\"\"", ServerFault::Missing),
        ("ftp://a", ServerFault::Scheme),
        ("unix:///run/k.sock", ServerFault::Scheme),
        ("https://user:pass@a", ServerFault::Credentials),
        ("https://a?x=1", ServerFault::Query),
        ("https://a/#b", ServerFault::Query),
        ("https://", ServerFault::Malformed),
        ("https://a b", ServerFault::Malformed),
        ("https://a:99999", ServerFault::Malformed),
        ("https://a:port", ServerFault::Malformed),
        ("https://exa_mple!.com", ServerFault::Malformed),
    ] {
        let error = refused(&config(&format!("server: {text}"), TOKEN));
        let KubeconfigError::Server { field, server, fault } = error else { panic!("{error}: {text}") };
        assert_eq!((field.as_str(), fault), ("clusters[c].server", wanted), "{text}");
        assert!(!server.contains("pass"), "no password in an error");
    }
    assert!(matches!(
        refused(&config("insecure-skip-tls-verify: true", TOKEN)),
        KubeconfigError::Server { fault: ServerFault::Missing, .. }
    ));
}

#[test]
fn tls_options_are_kept() {
    let context =
        accepted(&config(&format!("{SERVER}\ntls-server-name: kube.internal\ninsecure-skip-tls-verify: true"), TOKEN));
    assert!(context.insecure);
    let endpoint = endpoint(&context.single).unwrap();
    assert_eq!(endpoint.server_name().unwrap().to_str(), "kube.internal");
    let authority = data(&material().authority);
    let both = format!("{SERVER}\ncertificate-authority-data: {authority}\ninsecure-skip-tls-verify: true");
    let field = "clusters[c].insecure-skip-tls-verify".to_owned();
    assert_eq!(refused(&config(&both, TOKEN)), KubeconfigError::Contradiction { field }, "as kubectl");
    let bad = config(&format!("{SERVER}\ntls-server-name: 'no name'"), TOKEN);
    assert_eq!(refused(&bad), KubeconfigError::BadServerName { field: "clusters[c].tls-server-name".into() });
}

#[test]
fn tokens_and_passwords() {
    for (user, wanted) in [
        ("token: abc", Credential::Token),
        ("token: |\n  abc\n", Credential::Token),
        ("token: \"abc\\r\\n\"", Credential::Token),
        ("token: 123456", Credential::Token),
        ("token: 0123", Credential::Token),
        ("username: admin\npassword: 12345", Credential::Basic),
        ("username: 管理员\npassword: 'p:w \"x'", Credential::Basic),
        ("{}", Credential::Anonymous),
    ] {
        assert_eq!(accepted(&config(SERVER, user)).credential, wanted, "{user}");
    }
    let literal = accepted(&config(SERVER, "token: 0123"));
    assert!(literal.single.contains("\"0123\""), "a text, not an octal number");
    assert_eq!(
        refused(&config(SERVER, "token: \"a\\nb\"")),
        KubeconfigError::BadToken { field: "users[u].token".into() }
    );
    assert_eq!(refused(&config(SERVER, "token: '密'")), KubeconfigError::BadToken { field: "users[u].token".into() });
    assert!(matches!(refused(&config(SERVER, "password: x")), KubeconfigError::BadToken { .. }));
}

const SEVERAL: &str = "
apiVersion: v1
kind: Config
clusters:
- name: east
  cluster: {server: 'https://east:6443'}
- name: west
  cluster: {server: 'https://west:6443', extensions: [{name: x, extension: {a: 1}}]}
- name: twice
  cluster: {server: 'https://a'}
- name: twice
  cluster: {server: 'https://b'}
users:
- {name: alice, user: {token: a}}
- {name: bob, user: {token: b}}
contexts:
- {name: prod, context: {cluster: west, user: alice, namespace: payment}}
- {name: test, context: {cluster: east, user: bob}}
- {name: ghost, context: {cluster: nowhere, user: bob}}
- {name: nobody, context: {cluster: east, user: carol}}
- {name: unclear, context: {cluster: twice, user: bob}}
- {name: double, context: {cluster: east, user: bob}}
- {name: double, context: {cluster: west, user: bob}}
current-context: test
unknown-key: {kept: false}
";

#[test]
fn all_contexts_are_offered_and_none_is_guessed() {
    let contexts = read(SEVERAL).unwrap();
    let find = |name: &str| contexts.iter().find(|context| context.name == name).unwrap();
    let prod = find("prod");
    assert_eq!((prod.cluster.as_str(), prod.user.as_str(), prod.current), ("west", "alice", false));
    assert_eq!((prod.namespace.as_deref(), prod.server.as_str()), (Some("payment"), "https://west:6443"));
    assert!(find("test").current);
    let single = only(&prod.single);
    assert_eq!((single.name.as_str(), single.namespace.as_deref()), ("prod", Some("payment")));
    assert!(!prod.single.contains("east") && !prod.single.contains("bob"), "only what the context needs");
    assert_eq!(find("ghost").refused, Some(KubeconfigError::MissingCluster { name: "nowhere".into() }));
    assert_eq!(find("nobody").refused, Some(KubeconfigError::MissingUser { name: "carol".into() }));
    assert_eq!(find("unclear").refused, Some(KubeconfigError::Duplicate { list: "clusters", name: "twice".into() }));
    let doubles: Vec<_> = contexts.iter().filter(|context| context.name == "double").collect();
    assert_eq!(doubles.len(), 2);
    for double in doubles {
        assert_eq!(double.refused, Some(KubeconfigError::Duplicate { list: "contexts", name: "double".into() }));
    }
}

#[test]
fn files_as_a_whole() {
    let good = config(SERVER, TOKEN);
    accepted(&format!("\u{feff}{good}"));
    accepted(&format!("# mine\n---\n{good}"));
    accepted(&format!("{good}---\nkind: Secret\n"));
    let value: serde_json::Value = serde_saphyr::from_str(&good).unwrap();
    accepted(&value.to_string());
    accepted(&serde_json::to_string_pretty(&value).unwrap());
    let wide: Vec<u8> = std::iter::once(0xFEFF).chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(read_bytes(&wide).unwrap(), read(&good).unwrap(), "as PowerShell writes it");
    for (text, wanted) in [
        ("", KubeconfigError::NotKubeconfig),
        ("---\n", KubeconfigError::NotKubeconfig),
        ("apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n", KubeconfigError::NotKubeconfig),
        ("apiVersion: v1\nkind: Config\nclusters: []\nusers: null\n", KubeconfigError::NotKubeconfig),
        ("clusters: [{name: a, cluster: {server: b}}]\n", KubeconfigError::NoContexts),
        ("a\0b", KubeconfigError::NotText),
        ("\u{7f}ELF", KubeconfigError::NotText),
        ("just words", KubeconfigError::NotKubeconfig),
        ("# mine\n- a\n- b\n", KubeconfigError::NotKubeconfig),
        ("<!DOCTYPE html>\n<html><body>Sign in</body></html>", KubeconfigError::NotKubeconfig),
        ("clusters: 5", KubeconfigError::Shape { line: 1, column: 11 }),
        ("clusters: {a: {server: b}}", KubeconfigError::Shape { line: 1, column: 11 }),
        ("kind: Config\ncontexts: [[]]", KubeconfigError::Shape { line: 2, column: 12 }),
        ("clusters:\n\t- name: a", KubeconfigError::Tab { line: 2 }),
    ] {
        assert_eq!(read(text), Err(wanted), "{text:?}");
    }
    for text in ["{", "a: 'b", "a: b\n c: d"] {
        let error = read(text).unwrap_err();
        assert!(matches!(error, KubeconfigError::Yaml { line: 1.., column: 1.., .. }), "{text:?}: {error:?}");
    }
    let twice = good.replace("current-context: x", "current-context: x\ncurrent-context: y");
    assert!(matches!(read(&twice), Err(KubeconfigError::Yaml { key: Some(key), .. }) if key == "current-context"));
    assert_eq!(read_bytes(b"\xff\x00\xfe"), Err(KubeconfigError::NotText));
    assert_eq!(read_bytes(&[0x89, b'P', b'N', b'G', 0, 1]), Err(KubeconfigError::NotText));
    let huge = format!("{good}# {}", "x".repeat(LARGEST));
    assert_eq!(read(&huge), Err(KubeconfigError::TooLarge { limit: LARGEST }));
    assert_eq!(read_bytes(&vec![b'a'; 3 * LARGEST]), Err(KubeconfigError::TooLarge { limit: LARGEST }));
}

/// Time that this thread has worked: tests beside it do not count.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    Duration::from_nanos(text.split(' ').next().and_then(|word| word.parse().ok()).expect("nanoseconds"))
}

/// `cat a.conf b.conf`: both are offered, each context with the cluster and user of its own document.
#[test]
fn several_documents_are_all_offered() {
    let one = config("server: https://one", TOKEN);
    let two = config("server: https://two", TOKEN).replace("name: x", "name: y").replace("-context: x", "-context: y");
    for text in [
        format!("{one}---\n{two}"),
        format!("---\n---\n# first\n{one}...\n---\t# second\n{two}...\n---\n"),
        format!("{one}---\nkind: Secret\ndata: {{a: b}}\n---\n{two}").replace('\n', "\r\n"),
    ] {
        let contexts = read(&text).unwrap();
        let found: Vec<_> = contexts.iter().map(|c| (c.name.as_str(), c.server.as_str(), c.refused.clone())).collect();
        assert_eq!(found, [("x", "https://one", None), ("y", "https://two", None)], "{text}");
    }
    let twice = read(&format!("{one}---\n{one}")).unwrap();
    let wanted = KubeconfigError::Duplicate { list: "contexts", name: "x".into() };
    assert!(twice.iter().all(|context| context.refused.as_ref() == Some(&wanted)), "{twice:?}");
    let lines = one.lines().count() as u64;
    let broken = format!("{one}---\na: b\n c: d\n");
    assert!(matches!(read(&broken), Err(KubeconfigError::Yaml { line, .. }) if line == lines + 3));
    assert_eq!(read(&format!("a: b\n{}", "---\na: b\n".repeat(200))), Err(KubeconfigError::TooComplex));
}

/// What a context leaves out, and what kubectl left out of the text.
#[test]
fn what_is_missing_is_named() {
    let good = config(SERVER, TOKEN);
    let error = refused(&good.replace("    user: u\n", ""));
    assert_eq!(
        (error.code(), error),
        ("kubeconfig-error-names-no-user", KubeconfigError::MissingUser { name: "".into() })
    );
    let error = refused(&good.replace("    cluster: c\n", ""));
    assert_eq!(error.code(), "kubeconfig-error-names-no-cluster");
    assert_eq!(refused(&good.replace("- name: x\n  context", "- context")), KubeconfigError::NoName);
    for (cluster, user, field) in [
        ("certificate-authority-data: DATA+OMITTED", TOKEN, "clusters[c].certificate-authority-data"),
        (
            "{}",
            "client-certificate-data: DATA+OMITTED\nclient-key-data: DATA+OMITTED",
            "users[u].client-certificate-data",
        ),
        ("{}", "token: REDACTED", "users[u].token"),
    ] {
        let cluster = if cluster == "{}" { SERVER.to_owned() } else { format!("{SERVER}\n{cluster}") };
        assert_eq!(refused(&config(&cluster, user)), KubeconfigError::Hidden { field: field.into() });
    }
}

#[test]
fn bombs_are_refused_within_a_second() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let before = level - 1;
        let list = vec![format!("*a{before}"); 10].join(", ");
        aliases.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let bombs = [
        format!("{aliases}contexts: *a19\n"),
        format!("{aliases}clusters: []\n"),
        format!("contexts: {}", "[".repeat(500_000)),
        "{\"a\":".repeat(150_000),
        "- ".repeat(500_000),
        format!("a: &a\n  b: *a\ncontexts: [*a]\n{}", config(SERVER, TOKEN)),
        "? ".repeat(300_000),
        format!("contexts:\n{}", "- {name: x}\n".repeat(60_000)),
        format!("contexts:\n{}", "- {name: x, context: {cluster: y}}\n".repeat(5000)),
        format!("a: \"{}\"", "\\".repeat(1_000_000)),
    ];
    for bomb in bombs {
        let started = processor_time();
        let result = read(&bomb);
        let took = processor_time() - started;
        let head: String = bomb.chars().take(40).collect();
        assert!(took < Duration::from_secs(1), "{took:?} for {head}");
        match result {
            Ok(contexts) => assert!(contexts.iter().all(|c| c.refused.is_some()), "{head}"),
            Err(error) => assert!(
                !matches!(error, KubeconfigError::Yaml { .. }) || head.starts_with("a: \"\\"),
                "{error:?}: {head}"
            ),
        }
    }
}

#[test]
fn secrets_stand_in_no_error_and_no_debug_text() {
    let m = material();
    let (_, certificate, key) = &m.keys[2];
    let secret = STANDARD.encode(key);
    let config = with_certificate(certificate, key).replace("client-key-data", "token: s3cr3t\n    client-key-data");
    let context = only(&config);
    let source = Source::Kubeconfig { text: context.single.clone() };
    let shown = format!("{context:?} {source:?}");
    assert!(!shown.contains("s3cr3t") && !shown.contains(&secret[..40]));
    for broken in ["token: [s3cr3t", "token: {s3cr3t: 1}", "token: !!int s3cr3t", "token: &a s3cr3t\n  b: *c"] {
        let text = super::tests::config(SERVER, broken);
        let error = match read(&text) {
            Err(error) => error,
            Ok(contexts) => match &contexts[0].refused {
                Some(error) => error.clone(),
                None => continue,
            },
        };
        let shown = format!("{error} {error:?} {:?}", error.arguments());
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
}

#[test]
fn the_service_account_of_a_pod() {
    let folder = tempfile::tempdir().unwrap();
    let at = |port: &str| endpoint::in_cluster_at("fd00::1", port, folder.path());
    assert_eq!(at("443").err(), Some(KubeconfigError::NotInCluster));
    std::fs::write(folder.path().join("ca.crt"), &material().authority).unwrap();
    std::fs::write(folder.path().join("token"), "abc\n").unwrap();
    std::fs::write(folder.path().join("namespace"), "gantry\n").unwrap();
    let endpoint = at("443").unwrap();
    assert_eq!((endpoint.host(), endpoint.port(), endpoint.namespace.as_deref()), ("fd00::1", 443, Some("gantry")));
    assert!(matches!(endpoint.authorization, Authorization::TokenFile(_)));
    assert!(matches!(at("x").err(), Some(KubeconfigError::Server { .. })));
}

#[test]
fn a_key_in_another_wrapping_is_the_same_key() {
    let m = material();
    let (_, certificate, sec1) = &m.keys[1];
    accepted(&with_certificate(certificate, &pkcs8_of(sec1)));
}
