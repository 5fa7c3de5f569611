//! `ldd` of Alpine and other musl distributions: the loader with `--list`.

use super::{NoAnswer, Printed};
use crate::exec::loader::list_musl;
use crate::exec::loader_traits::MUSL_LOADERS;
use crate::exec::start::Start;
use crate::exec::system::System;

impl System<'_> {
    pub(super) fn musl_ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let Some((loader, ..)) = self.first_loader(&start, &MUSL_LOADERS) else {
            return Err(NoAnswer::NoLoader);
        };
        let refuse = |words: String| Ok(Printed { stderr: words, code: 1, ..Printed::default() });
        let (real, node) = match self.look_up(&start, start.path) {
            Ok(found) => found,
            Err(_) if self.root.may_hide(&crate::fs::path::join(start.cwd, start.path)) => {
                return Err(NoAnswer::Unlisted(start.path.to_string()));
            }
            Err(errno) => return refuse(format!("{loader}: cannot load {}: {}\n", start.path, errno.message())),
        };
        let not_valid = format!("{loader}: {}: Not a valid dynamic program\n", start.path);
        let Some(content) = node.content() else { return refuse(not_valid) };
        let program = self.started_file(&real, &node, content);
        if program.elf.as_ref().map_or(true, |elf| !elf.has_dynamic) {
            return refuse(not_valid);
        }
        let (stdout, stderr, code) = list_musl(self, &start, program, loader).map_err(NoAnswer::Unlisted)?;
        Ok(Printed { stdout, stderr, code })
    }
}
