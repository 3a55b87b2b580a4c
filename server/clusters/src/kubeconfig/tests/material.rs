//! Keys and certificates made by OpenSSL at test time, in all the forms that it writes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

pub struct Material {
    /// Kind, certificate, key.
    pub keys: Vec<(&'static str, String, String)>,
    pub authority: String,
    /// Certificate and key.
    pub p521: (String, String),
    pub expired: (String, String),
    pub future: (String, String),
    pub encrypted_pkcs8: String,
    pub encrypted_legacy: String,
}

pub fn material() -> &'static Material {
    static MATERIAL: OnceLock<Material> = OnceLock::new();
    MATERIAL.get_or_init(make)
}

fn openssl(folder: &Path, args: &str) -> String {
    let output = Command::new("openssl")
        .args(args.split(' ').filter(|arg| !arg.is_empty()))
        .current_dir(folder)
        .output()
        .expect("these tests need the program openssl (Debian package openssl)");
    assert!(output.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("PEM is text")
}

fn make() -> Material {
    let folder = tempfile::tempdir().expect("a folder for keys");
    let at = folder.path();
    let run = |args: &str| openssl(at, args);
    let file = |name: &str, text: &str| std::fs::write(at.join(name), text).expect("write");
    let signed = |key: &str, dates: &str| {
        file("key", key);
        run(&format!("req -x509 -key key -subj /O=team:a/CN=someone {dates}"))
    };
    let certified = |kind: &'static str, key: String| (kind, signed(&key, "-days 30"), key);

    let ec = run("ecparam -name prime256v1 -genkey");
    file("ec", &ec);
    let bare = run("ec -in ec");
    let pkcs8 = run("pkcs8 -topk8 -nocrypt -in ec");
    file("rsa", &run("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
    let rsa1 = run("rsa -in rsa -traditional");
    let rsa8 = run("pkey -in rsa");
    let p384 = run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384");
    let p521 = run("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521");
    let ed = run("genpkey -algorithm ED25519");
    let v1 = {
        file("key", &pkcs8);
        file("request", &run("req -new -key key -subj /CN=old"));
        run("x509 -req -in request -signkey key -days 30")
    };
    assert!(ec.contains("EC PARAMETERS") && !bare.contains("EC PARAMETERS"));
    let dates = |from: &str, to: &str| {
        // `req -x509` of older versions knows no dates: `ca`-less signing does it.
        file("request", &{
            file("key", &pkcs8);
            run("req -new -key key -subj /CN=dated")
        });
        file("index", "");
        file("serial", "01");
        file(
            "ca.cnf",
            "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n",
        );
        run(&format!(
            "ca -batch -notext -config ca.cnf -in request -selfsign -keyfile key -startdate {from} -enddate {to}"
        ))
    };
    let expired = dates("20190101000000Z", "20200101000000Z");
    let future = dates("20900101000000Z", "20910101000000Z");
    file("plain", &pkcs8);
    Material {
        authority: signed(&pkcs8, "-days 30"),
        p521: (signed(&p521, "-days 30"), p521),
        expired: (expired, pkcs8.clone()),
        future: (future, pkcs8.clone()),
        encrypted_pkcs8: run("pkcs8 -topk8 -in plain -passout pass:x"),
        encrypted_legacy: run("ec -in ec -aes128 -passout pass:x"),
        keys: vec![
            certified("EC SEC1 with parameters", ec),
            certified("EC SEC1", bare),
            certified("EC PKCS#8", pkcs8.clone()),
            certified("EC P-384", p384),
            certified("RSA PKCS#1", rsa1),
            certified("RSA PKCS#8", rsa8),
            certified("Ed25519", ed),
            ("X.509 v1", v1, pkcs8),
        ],
    }
}

/// The same key as PKCS#8, its base64 on one long line.
pub fn pkcs8_of(key: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder for keys");
    std::fs::write(folder.path().join("key"), key).expect("write");
    let pem = openssl(folder.path(), "pkcs8 -topk8 -nocrypt -in key");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(STANDARD.decode(&body).is_ok());
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}
