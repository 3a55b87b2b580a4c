//! `gantry backup` and `gantry restore`.

use crate::config::Config;
use crate::wiring;
use std::path::PathBuf;

pub(super) async fn backup(config: Config, path: PathBuf) -> anyhow::Result<()> {
    let store = wiring::store(&config).await?;
    let result = store.backup(&path).await;
    store.close().await;
    result?;
    println!("{} holds the database; keep the secret key {} apart from it", path.display(), config.key_file().display());
    Ok(())
}

pub(super) async fn restore(config: Config, path: PathBuf) -> anyhow::Result<()> {
    let restored = store::restore(&path, &wiring::store_config(&config)?).await?;
    println!("{restored:?}");
    Ok(())
}
