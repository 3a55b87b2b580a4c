//! `gantry admin`: for whoever can log in to the machine but not to the console.

use crate::config::Config;
use crate::wiring;
use anyhow::bail;
use authz::Actor;
use model::permission::Role;
use model::{AccountId, Locale};
use std::io::{BufRead, IsTerminal};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Give an account a new password. It must be changed at the next sign-in, and all sessions of the account end.
    ResetPassword {
        /// Sign-in name; without it the main account.
        #[arg(long)]
        name: Option<String>,
    },
}

pub(super) async fn run(config: Config, command: Command) -> anyhow::Result<()> {
    let Command::ResetPassword { name } = command;
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
