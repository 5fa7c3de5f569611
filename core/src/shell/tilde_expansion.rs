//! Tilde expansion of `~user`: the home directory of a user.

use super::Shell;

impl Shell {
    /// The home directory that /etc/passwd has for a user; `None` if there is no such user, or the file is not known.
    pub(super) fn home_of(&mut self, user: &str) -> Option<String> {
        let Ok(content) = self.read("/etc/passwd") else { return None };
        let Some(bytes) = content else {
            self.gap("unknown-content", "/etc/passwd");
            return None;
        };
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().find(|line| line.split(':').next() == Some(user))?;
        line.split(':').nth(5).map(str::to_string)
    }
}
