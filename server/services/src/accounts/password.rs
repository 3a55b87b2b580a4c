//! Hashing of passwords: argon2id, off the async threads, few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// What one hash costs. The default is what OWASP asks for at least of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2 }
    }
}

/// Why a password could not be hashed or compared: the system has no memory or no random numbers, or this program is
/// stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HashFailure;

impl std::fmt::Display for HashFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the password could not be hashed")
    }
}

/// The answer to a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub matches: bool,
    /// The stored hash is cheaper than today's and should be made anew.
    pub outdated: bool,
}

pub(crate) struct Hasher {
    argon2: Argon2<'static>,
    cost: HashCost,
    /// Bounds memory: a flood of sign-ins waits here and nowhere else.
    turns: Semaphore,
    /// Compared when there is no such account, so that both answers take the same time.
    nobody: OnceLock<String>,
}

impl Hasher {
    pub fn new(cost: HashCost, parallel: usize) -> Self {
        // Parameters out of range are the operator's slip; the default is always in range.
        let params = Params::new(cost.memory_kib, cost.passes, 1, None).unwrap_or_default();
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params),
            cost,
            turns: Semaphore::new(parallel.max(1)),
            nobody: OnceLock::new(),
        }
    }

    /// A PHC string of the password.
    pub async fn hash(self: &Arc<Self>, password: &str) -> Result<String, HashFailure> {
        let (this, password) = (Arc::clone(self), password.to_owned());
        self.off_thread(move || this.hash_now(&password)).await
    }

    /// Compares; `None` stands for an account that does not exist and costs the same.
    pub async fn verify(self: &Arc<Self>, password: &str, phc: Option<&str>) -> Result<Verified, HashFailure> {
        let (this, password, phc) = (Arc::clone(self), password.to_owned(), phc.map(str::to_owned));
        self.off_thread(move || this.verify_now(&password, phc.as_deref())).await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashFailure> + Send + 'static,
    ) -> Result<T, HashFailure> {
        let _turn = self.turns.acquire().await.map_err(|_| HashFailure)?;
        tokio::task::spawn_blocking(work).await.map_err(|_| HashFailure)?
    }

    fn hash_now(&self, password: &str) -> Result<String, HashFailure> {
        self.argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| HashFailure)
    }

    fn verify_now(&self, password: &str, phc: Option<&str>) -> Result<Verified, HashFailure> {
        let known = phc.is_some();
        let phc = match phc {
            Some(phc) => phc,
            None => self.nobody()?,
        };
        let hash = PasswordHash::new(phc).map_err(|_| HashFailure)?;
        match self.argon2.verify_password(password.as_bytes(), &hash) {
            Ok(()) => Ok(Verified { matches: known, outdated: self.outdated(&hash) }),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verified { matches: false, outdated: false }),
            Err(_) => Err(HashFailure),
        }
    }

    fn nobody(&self) -> Result<&str, HashFailure> {
        if self.nobody.get().is_none() {
            let made = self.hash_now("nobody has this password")?;
            // Somebody else may have been first; theirs is as good.
            let _ = self.nobody.set(made);
        }
        self.nobody.get().map(String::as_str).ok_or(HashFailure)
    }

    fn outdated(&self, hash: &PasswordHash) -> bool {
        Params::try_from(hash)
            .map_or(true, |params| params.m_cost() < self.cost.memory_kib || params.t_cost() < self.cost.passes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Arc<Hasher> {
        Arc::new(Hasher::new(HashCost { memory_kib: 64, passes: 1 }, 2))
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let hasher = cheap();
        let phc = hasher.hash("one horse 4 sale").await.expect("hash");
        assert!(phc.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{phc}");
        assert!(hasher.verify("one horse 4 sale", Some(&phc)).await.expect("verify").matches);
        assert!(!hasher.verify("one horse 4 sale ", Some(&phc)).await.expect("verify").matches);
        assert_ne!(phc, hasher.hash("one horse 4 sale").await.expect("hash"), "salted");
    }

    /// The dummy's own password opens nothing.
    #[tokio::test]
    async fn nobody_is_never_matched() {
        let answer = cheap().verify("nobody has this password", None).await.expect("verify");
        assert!(!answer.matches);
    }

    /// The dummy hash has the parameters of real ones, so both comparisons do the same work.
    #[tokio::test]
    async fn the_hash_of_nobody_costs_what_a_real_one_costs() {
        let hasher = Arc::new(Hasher::new(HashCost::default(), 1));
        let real = hasher.hash("one horse 4 sale").await.expect("hash");
        let parameters = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(parameters(&real), parameters(hasher.nobody().expect("dummy")));
        assert!(parameters(&real).ends_with("m=19456,t=2,p=1"), "{real}");
    }

    #[tokio::test]
    async fn a_cheaper_hash_is_outdated() {
        let phc = cheap().hash("one horse 4 sale").await.expect("hash");
        let dearer = Arc::new(Hasher::new(HashCost { memory_kib: 128, passes: 1 }, 1));
        assert!(dearer.verify("one horse 4 sale", Some(&phc)).await.expect("verify").outdated);
        assert!(!cheap().verify("one horse 4 sale", Some(&phc)).await.expect("verify").outdated);
    }
}
