//! A numeric USER without an entry in /etc/passwd.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let user = start.image.config.user.split(':').next()?;
    let uid: u32 = user.parse().ok().filter(|uid| *uid != 0)?;
    // An image without /etc/passwd has no programs that look up names.
    let (_, node) = start.image.tree.stat("/", "/etc/passwd").ok()?;
    let bytes = node.content()?.bytes()?;
    let text = String::from_utf8_lossy(bytes);
    let mut ids = text.lines().filter_map(|line| line.split(':').nth(2));
    (!ids.any(|id| id.parse() == Ok(uid))).then(|| Hint::new("user-without-name", &[("user", user)]))
}
