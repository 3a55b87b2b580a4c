//! The server's binary.

use std::path::PathBuf;

use crate::{
    command::{self, Show},
    paths::Paths,
    profile::Profile,
    steps::{Done, Steps},
};

/// Compiles `gantry` and answers where it is. The pages' files must be built before: it carries them.
///
/// # Errors
/// When it does not compile.
pub fn build(paths: &Paths, profile: Profile, steps: &mut Steps) -> anyhow::Result<PathBuf> {
    let binary = paths.target.join(profile.folder()).join("gantry");
    let time = || binary.metadata().and_then(|data| data.modified()).ok();
    steps.run("server (cargo)", || {
        let before = time();
        let mut cargo = command::cargo(&paths.root);
        cargo
            .args([
                "build",
                "--package",
                "server",
                "--bin",
                "gantry",
                "--profile",
                profile.cargo_name(),
                "--target-dir",
            ])
            .arg(&paths.target);
        command::run(&mut cargo, Show::Always)?;
        Ok(if before.is_some() && before == time() { Done::Unchanged } else { Done::Fresh })
    })?;
    Ok(binary)
}
