//! glibc's `ldd`: a script around the loader.

use super::{GLIBC_LOADERS, NoAnswer, Printed};
use crate::exec::loader::list_glibc;
use crate::exec::loader_traits::Family;
use crate::exec::start::Start;
use crate::exec::system::System;

impl System<'_> {
    pub(super) fn glibc_ldd(&self, start: Start<'_>) -> Result<Printed, NoAnswer> {
        let name = if start.path.contains('/') { start.path.to_string() } else { format!("./{}", start.path) };
        let refuse = |words: String| Ok(Printed { stderr: words, code: 1, ..Printed::default() });
        let Ok((real, node)) = self.look_up(&start, &name) else {
            if self.root.may_hide(&crate::fs::path::join(start.cwd, &name)) {
                return Err(NoAnswer::Unlisted(name));
            }
            return refuse(format!("ldd: {name}: No such file or directory\n"));
        };
        let Some(content) = node.content() else {
            return refuse(format!("ldd: {name}: not regular file\n"));
        };
        if !start.who.may(&node, 4) {
            return refuse(format!("ldd: error: you do not have read permission for `{name}'\n"));
        }
        let mut stderr = String::new();
        // Debian's ldd does not warn (patch `local-ldd.diff` of its glibc), so the root's own script decides.
        let warns = match self.script(&start).filter(|text| !text.is_empty()) {
            Some(text) => text.contains("you do not have execution permission"),
            None => self.look_up(&start, "/etc/debian_version").is_err(),
        };
        if !start.who.may(&node, 1) && warns {
            stderr = format!("ldd: warning: you do not have execution permission for `{name}'\n");
        }
        let not_dynamic = |stderr: String| {
            Ok(Printed { stderr: format!("{stderr}\tnot a dynamic executable\n"), code: 1, ..Printed::default() })
        };
        let program = self.started_file(&real, &node, content);
        let Ok(elf) = program.elf.as_ref().map(Clone::clone) else {
            return not_dynamic(stderr);
        };
        // A loader verifies only files of its own machine.
        let own = GLIBC_LOADERS.iter().find_map(|loader| {
            let (_, real, node, content) = self.first_loader(&start, &[loader])?;
            let file = self.shared_file(&real, &node, &content);
            let fits = file.elf.as_ref().is_ok_and(|own| (own.machine, own.is_64) == (elf.machine, elf.is_64));
            (fits && file.traits().family == Family::Glibc).then_some((*loader, file))
        });
        let Some((loader, file)) = own.filter(|_| elf.has_dynamic && elf.damaged.is_none()) else {
            return not_dynamic(stderr);
        };
        let argv = [name.clone()];
        let traced = Start { path: &name, argv: &argv, ..start };
        let (text, code) = list_glibc(self, &traced, program, loader, &file).map_err(NoAnswer::Unlisted)?;
        let code = i32::from(code != 0);
        Ok(Printed { stdout: text, stderr, code })
    }
}
