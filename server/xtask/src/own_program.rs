//! The programs of this package that are too large to be on the way to every command; built when they are needed.

use std::path::PathBuf;

use crate::{
    command::{self, Show},
    paths::Paths,
    profile::Profile,
    test::SERVER_SIDE,
};

/// Builds the program `name`, which is also the name of its feature, and answers where it is. It comes out of the build
/// that goes on anyway: that of the console in development, else that of the tests.
///
/// # Errors
/// When it does not compile.
pub fn build(paths: &Paths, profile: Profile, name: &str) -> anyhow::Result<PathBuf> {
    let mut cargo = command::cargo(&paths.root);
    cargo.args(["build", "--bin", name, "--target-dir"]).arg(&paths.target);
    let folder = if profile == Profile::Dev {
        cargo.args(["--package", "xtask", "--features", name]);
        Profile::Dev.folder()
    } else {
        cargo.args(SERVER_SIDE);
        Profile::Ci.folder()
    };
    let program = paths.target.join(folder).join(name);
    if program.exists() {
        cargo.arg("--quiet");
    }
    command::run(&mut cargo, Show::Always)?;
    Ok(program)
}
