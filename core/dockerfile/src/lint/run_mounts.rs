//! `RUN --mount`: the stages that mounts come from, their types and targets.

use super::dispatch::Work;
use crate::path;
use crate::text::go_quote;
use crate::{Instruction, Mount, MountType};
use std::borrow::Cow;

impl Work<'_, '_, '_> {
    /// Checks the mounts of a RUN instruction. `made` says whether a stage is built before it.
    pub(super) fn mounts(
        &mut self,
        instruction: &Instruction<&str>,
        made: &dyn Fn(&usize) -> bool,
    ) -> Result<(), String> {
        let mut mounts = Vec::new();
        for text in instruction.flag_values("mount") {
            mounts.push(Mount::read(text, Some(&mut |value| self.expand(value).map(Cow::into_owned)))?);
        }
        for (mount, source) in mounts.iter().zip(&self.step.sources) {
            let from = if mount.from.is_empty() && mount.kind == MountType::Cache { "scratch" } else { &mount.from };
            if !from.is_empty() && !made(source) {
                return Err(format!(
                    "cannot mount from stage {} to {}, stage needs to be defined before current command",
                    go_quote(from),
                    go_quote(&mount.target)
                ));
            }
            match mount.kind {
                MountType::Secret => continue,
                MountType::Ssh if !mount.source.is_empty() => return Err("ssh does not support source".into()),
                MountType::Ssh => continue,
                _ => {}
            }
            let target = if mount.target.starts_with('/') {
                mount.target.clone()
            } else {
                path::join(&self.state.workdir, &mount.target)
            };
            if target == "/" {
                return Err("invalid mount target \"/\"".into());
            }
        }
        if instruction.flag("device").is_some() {
            return Err("device feature is only supported in Dockerfile frontend 1.14.0-labs or later".into());
        }
        Ok(())
    }
}
