//! `gantry backup` and `gantry restore`.

use crate::config::Config;
use crate::wiring;
use anyhow::bail;
use std::path::Path;

pub(super) async fn backup(config: Config, path: &Path) -> anyhow::Result<()> {
    let store = wiring::store(&config).await?;
    let result = store.backup(path).await;
    store.close().await;
    let info = result?;
    println!(
        "{}: schema {}, {} accounts, {} clusters, {} bytes. It opens only with the secret key, which is kept apart: {}",
        path.display(),
        info.schema_version,
        info.accounts,
        info.clusters,
        info.bytes,
        config.key_file().display()
    );
    Ok(())
}

pub(super) async fn restore(config: Config, path: &Path, force: bool) -> anyhow::Result<()> {
    let Some(target) = wiring::store_config(&config)?.sqlite_path() else {
        bail!("PostgreSQL is restored with its own tool: pg_restore");
    };
    if target.exists() && !force {
        bail!("{} is there already; --force keeps it beside the restored one", target.display());
    }
    let restored = store::restore(path, &target, force).await?;
    println!(
        "{}: schema {}, {} accounts, {} clusters",
        target.display(),
        restored.info.schema_version,
        restored.info.accounts,
        restored.info.clusters
    );
    if let Some(previous) = restored.previous {
        println!("the database that was there is now {}", previous.display());
    }
    Ok(())
}
