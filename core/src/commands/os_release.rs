//! The release of the distribution, from /etc/os-release.

use crate::image::os_field;
use crate::shell::Shell;

/// A field of /etc/os-release, such as `ID`.
pub(crate) fn os_release(shell: &Shell, name: &str) -> Option<String> {
    let text = shell.read("/etc/os-release").ok().flatten()?;
    os_field(&String::from_utf8_lossy(&text), name)
}

/// Major and minor number of `VERSION_ID`: 3.9 is older than 3.19. Debian's unstable release has none.
pub(crate) fn os_version(shell: &Shell) -> Option<(u32, u32)> {
    let version = os_release(shell, "VERSION_ID")?;
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next().and_then(|part| part.parse().ok()).unwrap_or(0)))
}
