//! Changing the secret key: every sealed value is opened with its old key and sealed with the new.

use crate::Store;
use crate::error::StoreError;
use crate::keyring::Keyring;
use crate::pool::args;
use crate::secret::{KeyId, Place, Sealed, SecretKey};

/// A column of sealed values. A test finds every column whose name ends in `_sealed` and holds it
/// against [`COLUMNS`].
pub(crate) struct SealedColumn {
    pub table: &'static str,
    pub column: &'static str,
    /// The column that names the row in [`Place`].
    pub key: &'static str,
    pub select: &'static str,
    pub update: &'static str,
}

pub(crate) const COLUMNS: &[SealedColumn] = &[crate::clusters::SEALED];

/// `table.column` of every sealed column, in order.
pub fn sealed_columns() -> Vec<String> {
    let mut names: Vec<_> = COLUMNS.iter().map(|column| format!("{}.{}", column.table, column.column)).collect();
    names.sort();
    names
}

impl Store {
    /// Seals everything with `new`, in one transaction, and goes on with it. Returns how many values
    /// that were.
    ///
    /// Write the key file first ([`crate::Keyring::with_primary`], [`crate::Keyring::write`]): then
    /// whatever happens between the two, every value has its key. Afterwards the older keys may go
    /// ([`crate::Keyring::primary_only`]). A program that is running with the old key file cannot open
    /// what was sealed anew: stop it before, or start it again after.
    ///
    /// # Errors
    /// [`StoreError::Secret`] when a value cannot be opened; nothing is changed then.
    pub async fn rotate(&self, new: SecretKey) -> Result<u64, StoreError> {
        let before = self.keys();
        let old = before.primary();
        let keys = before.with_primary(new);
        // From here on new values get the new key, so that none slips past the transaction.
        self.set_keys(keys.clone());
        let resealed = self.reseal(&keys).await;
        if resealed.is_err() {
            // Seal as before; what was sealed meanwhile still opens.
            self.set_keys(keys.with_primary(old));
        }
        resealed
    }

    async fn reseal(&self, keys: &Keyring) -> Result<u64, StoreError> {
        let mut resealed = 0;
        let mut tx = self.pool().begin().await?;
        for column in COLUMNS {
            for row in tx.all(column.select, args![]).await? {
                let id: String = row.get(column.key)?;
                let place = Place { table: column.table, column: column.column, row: &id };
                let sealed = Sealed::from_bytes(row.get(column.column)?)?;
                if sealed.key_id() == keys.primary_id() {
                    continue;
                }
                let plaintext = keys.open(place, &sealed)?;
                let sealed = keys.seal(place, &plaintext)?;
                tx.execute(column.update, args![&id, sealed.into_bytes()]).await?;
                resealed += 1;
            }
        }
        tx.commit().await?;
        Ok(resealed)
    }

    /// The keys that sealed values need, each once: for `gantry doctor`, and to see whether an older
    /// key may leave the key file.
    pub async fn sealed_key_ids(&self) -> Result<Vec<KeyId>, StoreError> {
        let mut ids = Vec::new();
        for column in COLUMNS {
            for row in self.pool().all(column.select, args![]).await? {
                ids.push(Sealed::from_bytes(row.get(column.column)?)?.key_id());
            }
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Keys that sealed values need and this program was not given.
    pub async fn missing_key_ids(&self) -> Result<Vec<KeyId>, StoreError> {
        let known = self.keys().ids();
        let mut needed = self.sealed_key_ids().await?;
        needed.retain(|id| !known.contains(id));
        Ok(needed)
    }
}
