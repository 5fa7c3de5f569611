//! The volumes of an image during a RUN of the classic builder. It mounts each, so what the command writes below a
//! VOLUME is not in the layer. BuildKit mounts none.

use super::stage_state::StageState;
use super::unmount::unmount;
use crate::fs::{Tree, path};

/// Makes the mount points.
pub(super) fn mount(tree: &mut Tree, stage: &StageState) {
    for volume in &stage.image.config.volumes {
        let _ = tree.mkdir_all(&path::join("/", volume), 0o755, 0, 0);
    }
}

/// Gives back the image's own files. `mounted` is the tree before the command.
pub(super) fn unmount_all(tree: &mut Tree, mounted: &Tree, stage: &StageState) {
    for volume in &stage.image.config.volumes {
        unmount(tree, mounted, &stage.image.tree, &path::join("/", volume));
    }
}
