//! The arguments of `execve`: a file, its arguments and environment, the working directory and the user.

use super::Credentials;

/// The arguments of `execve`.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The working directory.
    pub cwd: &'a str,
    /// The path of the file as requested.
    pub path: &'a str,
    /// The arguments. Loaders print `argv[0]` as the program's name.
    pub argv: &'a [String],
    /// `NAME=value`.
    pub env: &'a [String],
    /// The user and the groups.
    pub who: &'a Credentials,
}

impl Start<'_> {
    /// The value of a variable that is set.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}
