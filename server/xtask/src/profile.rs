//! The three ways to build the product.

/// A cargo profile of the server, and how its pages' files are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Quick to build; the pages' files are read from the target folder.
    Dev,
    /// What the tests drive: the pages' files as in a release, the server built without the slow optimizations.
    Ci,
    /// What is handed out.
    Release,
}

impl Profile {
    /// The name that cargo knows.
    #[must_use]
    pub const fn cargo_name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Ci => "ci",
            Self::Release => "release",
        }
    }

    /// The folder in the target folder.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Ci => "ci",
            Self::Release => "release",
        }
    }
}
