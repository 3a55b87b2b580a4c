//! `gantry admin`: for whoever can log in to the machine but not to the console.

use crate::config::Config;
use crate::wiring;
use anyhow::bail;
use authz::Actor;
use model::permission::Role;
use model::{AccountId, Locale};
use std::io::{BufRead, IsTerminal};
use store::{Keyring, SecretKey};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Give an account a new password. It must be changed at the next sign-in, and all sessions of the account end.
    ResetPassword {
        /// Sign-in name; without it the main account.
        #[arg(long)]
        name: Option<String>,
    },
    /// Seal every secret in the database with a new key. The console must be stopped.
    RotateKey,
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::ResetPassword { name } => reset_password(config, name).await,
        Command::RotateKey => rotate_key(&config).await,
    }
}

async fn rotate_key(config: &Config) -> anyhow::Result<()> {
    if std::env::var_os("GANTRY_SECRET_KEY").is_some() {
        bail!("GANTRY_SECRET_KEY is set: a rotation writes the key file, so unset it and use secret.key_file");
    }
    let (path, new) = (config.key_file(), SecretKey::generate()?);
    let store = wiring::store(config).await?;
    // Both keys are in the file before anything is sealed with the new one: a crash loses nothing.
    let keys = Keyring::load(&path)?.with_primary(new.clone());
    keys.write(&path)?;
    let resealed = store.rotate(new).await;
    store.close().await;
    let resealed = resealed?;
    keys.primary_only().write(&path)?;
    println!(
        "{resealed} secrets are sealed with the new key; copy {} again, old backups need the old key",
        path.display()
    );
    Ok(())
}

async fn reset_password(config: Config, name: Option<String>) -> anyhow::Result<()> {
    let given = piped_line()?;
    let store = wiring::store(&config).await?;
    let accounts = wiring::accounts(&config, &store);
    // Texts of the command line are English, like its help.
    let mut actor = Actor::new(AccountId(String::new()), "gantry admin", true, Role::Full);
    actor.locale = Locale::En;
    let random = given.is_none();
    let result = accounts.reset_password_on_server(&actor, name.as_deref(), given).await;
    store.close().await;
    match result {
        Ok((name, password)) if random => println!("account {name}: one-time password {password}"),
        Ok((name, _)) => println!("account {name}: the password was set"),
        Err(error) => bail!("{}", error.message),
    }
    Ok(())
}

/// A password that is piped in (`echo … | gantry admin reset-password`): its first line. At a terminal nobody is asked:
/// a random one is made.
fn piped_line() -> anyhow::Result<Option<String>> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']);
    Ok((!line.is_empty()).then(|| line.to_owned()))
}
