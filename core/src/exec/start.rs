//! What `execve` is asked: a file, its arguments and environment, and who starts it.

use super::Credentials;

/// What `execve` is asked.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The working directory.
    pub cwd: &'a str,
    /// The file, as it is asked for.
    pub path: &'a str,
    /// `argv[0]` is what loaders print as the program's name.
    pub argv: &'a [String],
    /// `NAME=value`.
    pub env: &'a [String],
    /// As whom.
    pub who: &'a Credentials,
}

impl Start<'_> {
    /// The value of a variable that is set.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.env.iter().rev().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}
