//! A user that is a number nobody gave a name.

use super::{Hint, Scene};

pub(super) fn hint(scene: &Scene) -> Option<Hint> {
    let user = scene.image.config.user.split(':').next()?;
    let uid: u32 = user.parse().ok().filter(|uid| *uid != 0)?;
    // Without the file nothing there expects names.
    let (_, node) = scene.image.tree.stat("/", "/etc/passwd").ok()?;
    let bytes = node.content()?.bytes()?;
    let text = String::from_utf8_lossy(bytes);
    let mut ids = text.lines().filter_map(|line| line.split(':').nth(2));
    (!ids.any(|id| id.parse() == Ok(uid))).then(|| Hint::new("user-without-name", &[("user", user)]))
}
