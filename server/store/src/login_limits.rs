//! Failed sign-ins per account name and per address. Kept in the database, so that neither a restart
//! nor a second replica resets them.

use std::net::IpAddr;

use crate::error::StoreError;
use crate::pool::{Tx, args};
use crate::statements::statements;
use crate::{Millis, Store};

/// The first wait; each further failure doubles it.
const FIRST_WAIT: Millis = 30_000;
const LONGEST_WAIT: Millis = 15 * 60_000;
/// After this long without a failure the count begins anew.
const FORGET: Millis = 24 * 3_600_000;

/// What failures are counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginKey {
    /// The name as it was typed, also of an account that does not exist: the answer must not differ.
    Account(String),
    /// IPv6 by its /64, which is what one subscriber has.
    Address(IpAddr),
}

impl LoginKey {
    /// Failures that cost nothing yet; an address may be shared by an office.
    const fn free(&self) -> i64 {
        match self {
            Self::Account(_) => 5,
            Self::Address(_) => 20,
        }
    }

    /// Hashed: people type passwords into the name field.
    fn hash(&self) -> String {
        let text = match self {
            Self::Account(name) => format!("account:{}", name.to_lowercase()),
            Self::Address(address) => match address.to_canonical() {
                IpAddr::V4(v4) => format!("address:{v4}"),
                IpAddr::V6(v6) => {
                    let [a, b, c, d, ..] = v6.segments();
                    format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
        };
        crate::sha256_hex(text.as_bytes())
    }

    /// 0 while failures are free, then 30 s, 60 s, … up to 15 minutes.
    fn wait(&self, failures: i64) -> Millis {
        let over = failures - self.free();
        if over < 0 {
            return 0;
        }
        // Ten doublings are beyond the longest wait.
        (FIRST_WAIT << over.min(10)).min(LONGEST_WAIT)
    }
}

/// The answer to [`LoginLimits::attempt`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Go on and compare the password. The attempt is counted as failed until it is cleared.
    Allowed { failures: i64 },
    /// Do not compare; say when to come back.
    Blocked { until: Millis },
}

statements! {
    GET = "SELECT failures, blocked_until FROM login_attempts WHERE key_hash = $1";
    COUNT = "INSERT INTO login_attempts (key_hash, failures, last_failed_at, blocked_until) VALUES ($1, 1, $2, 0) \
             ON CONFLICT (key_hash) DO UPDATE SET last_failed_at = $2, \
             failures = CASE WHEN login_attempts.last_failed_at < $3 THEN 1 ELSE login_attempts.failures + 1 END \
             RETURNING failures";
    LOCK = "INSERT INTO login_attempts (key_hash, failures, last_failed_at, blocked_until) VALUES ($1, 0, $2, 0) \
            ON CONFLICT (key_hash) DO UPDATE SET key_hash = $1 RETURNING blocked_until";
    BLOCK = "UPDATE login_attempts SET blocked_until = $2 WHERE key_hash = $1";
    FORGIVE = "UPDATE login_attempts SET failures = failures - 1, \
               blocked_until = CASE WHEN failures - 1 < $2 THEN 0 ELSE blocked_until END \
               WHERE key_hash = $1 AND failures > 0";
    CLEAR = "DELETE FROM login_attempts WHERE key_hash = $1";
    PRUNE = "DELETE FROM login_attempts WHERE last_failed_at < $1 AND blocked_until < $2";
}

/// The login limits of a store: [`Store::login_limits`].
#[derive(Clone, Copy)]
pub struct LoginLimits<'a>(&'a Store);

impl Store {
    pub fn login_limits(&self) -> LoginLimits<'_> {
        LoginLimits(self)
    }
}

impl LoginLimits<'_> {
    /// Checks the limit and counts the attempt in one step, before the password is compared: a
    /// hundred attempts at the same moment get no hundred guesses. After a success call
    /// [`Self::clear`] for the account and [`Self::forgive`] for the address.
    pub async fn attempt(&self, key: &LoginKey, now: Millis) -> Result<Attempt, StoreError> {
        let hash = key.hash();
        let mut tx = self.0.pool().begin().await?;
        // Locks the row (PostgreSQL) for the rest of the transaction.
        let row = tx.optional(LOCK, args![&hash, now]).await?;
        let until = row.map_or(Ok(0), |row| row.get::<Millis>("blocked_until"))?;
        if until > now {
            return Ok(Attempt::Blocked { until });
        }
        let failures = count(&mut tx, key, &hash, now).await?;
        tx.commit().await?;
        Ok(Attempt::Allowed { failures })
    }

    /// Counts a failure; returns how many there are.
    pub async fn record_failure(&self, key: &LoginKey, now: Millis) -> Result<i64, StoreError> {
        let mut tx = self.0.pool().begin().await?;
        let failures = count(&mut tx, key, &key.hash(), now).await?;
        tx.commit().await?;
        Ok(failures)
    }

    /// When the next attempt is allowed; `None` when it is now.
    pub async fn blocked_until(&self, key: &LoginKey, now: Millis) -> Result<Option<Millis>, StoreError> {
        let Some(row) = self.0.pool().optional(GET, args![key.hash()]).await? else {
            return Ok(None);
        };
        let until: Millis = row.get("blocked_until")?;
        Ok((until > now).then_some(until))
    }

    /// Forgets all failures: the account has signed in.
    pub async fn clear(&self, key: &LoginKey) -> Result<(), StoreError> {
        self.0.pool().execute(CLEAR, args![key.hash()]).await.map(drop)
    }

    /// Takes one attempt back: an address that signed in keeps its other failures, so that an own
    /// account does not buy guesses at others.
    pub async fn forgive(&self, key: &LoginKey) -> Result<(), StoreError> {
        self.0.pool().execute(FORGIVE, args![key.hash(), key.free()]).await.map(drop)
    }

    /// Deletes counters that say nothing any more; returns how many.
    pub async fn prune(&self, now: Millis) -> Result<u64, StoreError> {
        self.0.pool().execute(PRUNE, args![now - FORGET, now]).await
    }
}

async fn count(tx: &mut Tx, key: &LoginKey, hash: &str, now: Millis) -> Result<i64, StoreError> {
    let row = tx.optional(COUNT, args![hash, now, now - FORGET]).await?;
    let failures = row.map_or(Ok(1), |row| row.get("failures"))?;
    let wait = key.wait(failures);
    if wait > 0 {
        tx.execute(BLOCK, args![hash, now + wait]).await?;
    }
    Ok(failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_from_the_fifth_failure_up_to_fifteen_minutes() {
        let key = LoginKey::Account("root".to_owned());
        let seconds: Vec<_> = (1..=12).map(|failures| key.wait(failures) / 1000).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(key.wait(i64::MAX), LONGEST_WAIT);
    }

    #[test]
    fn an_address_is_one_subscriber() {
        let hash = |text: &str| LoginKey::Address(text.parse().expect("address")).hash();
        assert_eq!(hash("2001:db8:1:2::1"), hash("2001:db8:1:2:ffff::2"));
        assert_ne!(hash("2001:db8:1:2::1"), hash("2001:db8:1:3::1"));
        assert_eq!(hash("::ffff:192.0.2.1"), hash("192.0.2.1"));
        assert_ne!(hash("192.0.2.1"), hash("192.0.2.2"));
    }

    #[test]
    fn names_are_counted_whatever_their_case() {
        let hash = |name: &str| LoginKey::Account(name.to_owned()).hash();
        assert_eq!(hash("Root"), hash("root"));
        assert_ne!(hash("root"), hash("root2"));
    }
}
