//! The cluster's certificate authorities, the certificates of its parts, and kubeconfigs made of them.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine as _;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};

/// The folder `pki` of a cluster.
#[derive(Clone, Debug)]
pub struct Pki {
    dir: PathBuf,
}

/// Who a certificate speaks for.
pub struct Subject<'a> {
    pub name: &'a str,
    pub groups: &'a [&'a str],
    /// Names and addresses under which a server is reached.
    pub dns: &'a [&'a str],
    pub ips: &'a [IpAddr],
}

impl<'a> Subject<'a> {
    pub fn client(name: &'a str, groups: &'a [&'a str]) -> Self {
        Self { name, groups, dns: &[], ips: &[] }
    }
}

/// Certificate and key as PEM text.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Pki {
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    /// As `path`, for program arguments.
    pub fn arg(&self, file: &str) -> String {
        self.path(file).display().to_string()
    }

    /// Makes everything that a control plane (and a node at `address`) needs.
    pub fn create(&self, address: IpAddr, service_address: IpAddr, node: &str) -> Result<()> {
        fs::create_dir_all(&self.dir).with_context(|| format!("create {}", self.dir.display()))?;
        for ca in ["ca", "front-proxy-ca"] {
            let key = KeyPair::generate()?;
            let certificate = ca_params(ca).self_signed(&key)?;
            self.write(&format!("{ca}.crt"), &certificate.pem())?;
            self.write(&format!("{ca}.key"), &key.serialize_pem())?;
        }

        let loopback = IpAddr::from([127, 0, 0, 1]);
        let dns = [
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ];
        let server =
            Subject { name: "kube-apiserver", groups: &[], dns: &dns, ips: &[loopback, service_address, address] };
        self.issue("ca", "apiserver", &server)?;
        let node_user = format!("system:node:{node}");
        let kubelet = Subject { name: &node_user, groups: &["system:nodes"], dns: &[node], ips: &[address] };
        self.issue("ca", "kubelet", &kubelet)?;
        for (file, name, groups) in [
            ("admin", "gantry-test-admin", &["system:masters"][..]),
            ("kube-controller-manager", "system:kube-controller-manager", &[]),
            ("kube-scheduler", "system:kube-scheduler", &[]),
            ("kube-proxy", "system:kube-proxy", &[]),
            ("apiserver-kubelet", "kube-apiserver-kubelet-client", &["system:masters"]),
        ] {
            self.issue("ca", file, &Subject::client(name, groups))?;
        }
        self.issue("front-proxy-ca", "front-proxy", &Subject::client("front-proxy-client", &[]))?;

        // The key of ServiceAccount tokens: the apiserver takes elliptic curves as well as RSA.
        let tokens = KeyPair::generate()?;
        self.write("sa.key", &tokens.serialize_pem())?;
        self.write("sa.pub", &tokens.public_key_pem())?;
        Ok(())
    }

    /// A new certificate signed by the cluster, kept nowhere.
    pub fn sign(&self, ca: &str, subject: &Subject<'_>) -> Result<Pair> {
        let ca_key = KeyPair::from_pem(&self.read(&format!("{ca}.key"))?)?;
        // Name and key make the issuer; its certificate need not be read.
        let issuer = Issuer::new(ca_params(ca), ca_key);
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, subject.name);
        for dns in subject.dns {
            params.subject_alt_names.push(SanType::DnsName((*dns).try_into()?));
        }
        params.subject_alt_names.extend(subject.ips.iter().map(|ip| SanType::IpAddress(*ip)));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        if !subject.ips.is_empty() {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        let mut organisations = subject.groups.iter();
        if let Some(first) = organisations.next() {
            params.distinguished_name.push(DnType::OrganizationName, *first);
        }
        anyhow::ensure!(
            organisations.next().is_none(),
            "one group per certificate: a distinguished name here holds each type once"
        );
        let certificate = params.signed_by(&key, &issuer)?;
        Ok(Pair { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    fn issue(&self, ca: &str, file: &str, subject: &Subject<'_>) -> Result<()> {
        let pair = self.sign(ca, subject)?;
        self.write(&format!("{file}.crt"), &pair.certificate)?;
        self.write(&format!("{file}.key"), &pair.key)
    }

    /// A kubeconfig for one of the certificates of [`Pki::create`].
    pub fn kubeconfig(&self, cluster: &str, server: &str, file: &str) -> Result<String> {
        let pair = Pair { certificate: self.read(&format!("{file}.crt"))?, key: self.read(&format!("{file}.key"))? };
        Ok(kubeconfig(cluster, server, &self.read("ca.crt")?, file, &pair))
    }

    /// A kubeconfig for a new user of the cluster: what a test of permissions needs.
    pub fn user_kubeconfig(&self, cluster: &str, server: &str, user: &str, groups: &[&str]) -> Result<String> {
        let pair = self.sign("ca", &Subject::client(user, groups))?;
        Ok(kubeconfig(cluster, server, &self.read("ca.crt")?, user, &pair))
    }

    pub fn read(&self, file: &str) -> Result<String> {
        let path = self.path(file);
        fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))
    }

    fn write(&self, file: &str, text: &str) -> Result<()> {
        write_private(&self.path(file), text)
    }
}

/// Writes a file that only its owner reads.
pub fn write_private(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("write {}", path.display()))
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("testcluster-{name}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    params
}

/// All data inside, no paths: it can be given to the console as a user would.
/// JSON is YAML, and quotes what needs quoting.
fn kubeconfig(cluster: &str, server: &str, ca: &str, user: &str, pair: &Pair) -> String {
    let base64 = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let (cluster, user) = (quoted(cluster), quoted(user));
    format!(
        "apiVersion: v1\nkind: Config\nclusters:\n- name: {cluster}\n  cluster:\n    server: {server}\n    \
         certificate-authority-data: {ca}\nusers:\n- name: {user}\n  user:\n    client-certificate-data: {certificate}\n    \
         client-key-data: {key}\ncontexts:\n- name: {cluster}\n  context:\n    cluster: {cluster}\n    user: {user}\n\
         current-context: {cluster}\n",
        ca = base64(ca),
        certificate = base64(&pair.certificate),
        key = base64(&pair.key),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kubeconfig_holds_its_data_and_no_paths() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::at(dir.path().join("pki"));
        pki.create([10, 213, 1, 2].into(), [10, 96, 0, 1].into(), "node-0").unwrap();
        let text = pki.kubeconfig("dev", "https://10.213.1.2:6443", "admin").unwrap();
        assert!(text.contains("client-certificate-data: LS0t"), "{text}");
        assert!(!text.contains(&dir.path().display().to_string()));
        let user = pki.user_kubeconfig("dev", "https://10.213.1.2:6443", "jane", &["team"]).unwrap();
        assert!(user.contains("name: \"jane\""));
    }

    #[test]
    fn keys_are_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::at(dir.path().to_owned());
        pki.create([127, 0, 0, 1].into(), [10, 96, 0, 1].into(), "node-0").unwrap();
        let mode = fs::metadata(pki.path("ca.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
